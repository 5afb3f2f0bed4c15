import { expect, test } from 'vitest';
import { driverFor, openDriver, type DriverName } from '../../../src/store/driver.ts';

const drivers = [...new Set<DriverName>(['libsql', driverFor(process.versions.node)])];

test.each(drivers)('driver - %s finds what is there, whatever the same statement found before', (name) => {
  const database = openDriver(':memory:', name);
  try {
    database.exec("CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('there')");
    for (const first of ['get', 'all'] as const)
      for (const second of ['get', 'all'] as const)
        for (const missing of [true, false]) {
          const statement = database.prepare('SELECT name FROM things WHERE name = ?');
          statement[first](missing ? 'missing' : 'there');
          expect([statement[second]('there')].flat(), `${first}, ${second}`).toMatchObject([{ name: 'there' }]);
        }
  } finally {
    database.close();
  }
});

test.each(drivers)('driver - %s gives a statement that has failed the values of its next call', (name) => {
  const database = openDriver(':memory:', name);
  try {
    database.exec('CREATE TABLE things (name TEXT PRIMARY KEY, n INTEGER CHECK (n < 10))');
    const put = database.prepare('INSERT INTO things VALUES (?, ?) RETURNING name');
    const change = database.prepare('UPDATE things SET n = ? WHERE name = ? RETURNING n');
    expect(put.get('one', 1)).toMatchObject({ name: 'one' });
    expect(() => put.get('one', 2)).toThrow(/UNIQUE/);
    expect(put.get('two', 2)).toMatchObject({ name: 'two' });
    expect(() => change.get(11, 'one')).toThrow(/CHECK/);
    expect(change.get(3, 'two')).toMatchObject({ n: 3 });
    expect(database.prepare('SELECT * FROM things ORDER BY name').all()).toMatchObject([
      { name: 'one', n: 1 },
      { name: 'two', n: 3 },
    ]);
  } finally {
    database.close();
  }
});
