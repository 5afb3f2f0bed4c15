// Columns that stand under each other.
import { oneLine } from './printable.ts';

/** Lines with two spaces between the columns; a last column is not padded. Numbers stand on the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell))));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const pad = (cell: string, at: { row: number; column: number }): string => {
    const width = widths[at.column] ?? 0;
    return typeof rows[at.row]?.[at.column] === 'number' ? cell.padStart(width) : cell.padEnd(width);
  };
  return cells
    .map((row, rowIndex) =>
      row
        .map((cell, column) => pad(cell, { row: rowIndex, column }))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
