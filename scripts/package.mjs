// Makes the package's tarball from a build of its own, so that neither a stale dist/ gets in nor a used one is disturbed.
// Prints the tarball's path.
//
//   node scripts/package.mjs DIR

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
const target = resolve(process.argv[2] ?? '.')
const stage = join(target, 'stage')
const { files } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8'))

rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
// npm adds the first three by itself.
for (const name of ['package.json', 'README.md', 'LICENSE', ...files]) {
  if (name !== 'dist' && existsSync(`${repository}${name}`))
    cpSync(`${repository}${name}`, join(stage, name), { recursive: true })
}
const build = spawnSync(process.execPath, [`${repository}scripts/build.mjs`, '--out', join(stage, 'dist')], {
  stdio: ['ignore', 2, 2],
})
if (build.status !== 0) process.exit(1)
// --ignore-scripts: prepack would build once more.
const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', target]
const [{ filename }] = JSON.parse(
  execFileSync('npm', pack, { cwd: stage, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
)
rmSync(stage, { recursive: true })
console.log(join(target, filename))
