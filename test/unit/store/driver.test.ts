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
