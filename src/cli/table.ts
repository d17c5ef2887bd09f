// Columns as Go's tabwriter sets them for runc: at least twelve wide, three spaces between.

const LEAST = 12
const BETWEEN = 3

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(LEAST, ...rows.map((row) => (row[column] ?? '').length + BETWEEN)),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('')
  return rows.map((row) => `${line(row)}\n`).join('')
}
