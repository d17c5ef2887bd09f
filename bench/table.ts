// Numbers, and how they are shown.

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** By the nearest rank; between the two middle ones for an even number. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}

export interface Summary {
  readonly runs: number
  readonly medianMs: number
  readonly tenthMs: number
  readonly ninetiethMs: number
  readonly bestMs: number
}

export function summary(values: readonly number[]): Summary {
  return {
    runs: values.length,
    medianMs: median(values),
    tenthMs: quantile(values, 0.1),
    ninetiethMs: quantile(values, 0.9),
    bestMs: Math.min(...values),
  }
}

/** Columns: the first to the left, the others, which are numbers, to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
