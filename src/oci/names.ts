// A name that is none of the known ones, and the one that was perhaps meant.

/** `no such option (did you mean "stdio"?)`; without a guess, all there are, if they are few. */
export function noSuch(kind: string, name: string, known: Iterable<string>): string {
  const names = [...known]
  const found = names
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(Math.min(name.length, candidate.length) / 3)))
    .sort((a, b) => a.edits - b.edits)[0]
  if (found !== undefined) return `no such ${kind} (did you mean "${found.candidate}"?)`
  return names.length <= 8 ? `no such ${kind} (there are ${names.join(', ')})` : `no such ${kind}`
}

/** How many characters must be added, taken away or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let at = 0; at < b.length; at++) {
      next.push(Math.min((row[at] ?? 0) + (letter === b[at] ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
