// The statement that adds rows to a table.
export function insertInto(table: string, columns: readonly string[], rows = 1): string {
  const values = `(${columns.map(() => '?').join(',')})`;
  return `INSERT INTO ${table} (${columns.join(',')}) VALUES ${Array.from({ length: rows }, () => values).join(',')}`;
}
