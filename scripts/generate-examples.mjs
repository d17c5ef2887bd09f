// Writes the examples into the guides that quote them. Run it after a change of an example; test/docs/examples.test.ts fails as long
// as a guide shows something else, or an example prints something else.
//
//   node --import tsx scripts/generate-examples.mjs
//
// A block stands below a comment with the example's path: <!-- examples/NAME.ts -->, or NAME.mjs. What it prints is written by hand.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** An example without its first comment. */
function exampleCode(path) {
  const text = readFileSync(join(repository, path), 'utf8')
  return text.replace(/^(\/\/.*\n)+\n/, '')
}

/** A page with its examples as they are now. */
export function withExamples(page) {
  return page.replace(
    /(<!-- (examples\/\S+\.(?:ts|mjs)) -->\n```(?:ts|js)\n)[^]*?```/g,
    (_, head, path) => `${head}${exampleCode(path)}\`\`\``,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const guides = join(repository, 'docs/guide')
  for (const name of readdirSync(guides)) {
    const path = join(guides, name)
    writeFileSync(path, withExamples(readFileSync(path, 'utf8')))
  }
}
