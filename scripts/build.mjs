// Builds what the package ships: the library and the command line as one file each, the public types, and the stub for both
// architectures with its checksums.
//
//   node scripts/build.mjs [--out DIR] [--without-types]     DIR: dist, and what is in it goes away; types take most of the time

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const repository = fileURLToPath(new URL('..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: `${repository}dist` },
    'without-types': { type: 'boolean', default: false },
  },
})
const { dependencies } = JSON.parse(readFileSync(`${repository}package.json`, 'utf8'))

const common = {
  absWorkingDir: repository,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  metafile: true,
  logLevel: 'warning',
}

for (const name of ['stator-init-x86_64', 'stator-init-aarch64'])
  if (!existsSync(`${repository}build/${name}.sha256`)) {
    console.error(`build/${name} is not there: "npm run build" makes it, and calls this`)
    process.exit(1)
  }
rmSync(options.out, { recursive: true, force: true })
mkdirSync(options.out, { recursive: true })

// Who embeds the library shares its xstate and rxjs with it: a second copy would not know the first one's observables.
await build({
  ...common,
  entryPoints: ['src/index.ts'],
  outfile: `${options.out}/index.js`,
  external: Object.keys(dependencies),
})

// One file, and CommonJS: to resolve, read and compile forty ES modules takes several times as long as what a command does. An
// `import()` is evaluated when it is come to, here too. koffi finds its binary beside its own sources and stays outside.
const { metafile } = await build({
  ...common,
  format: 'cjs',
  entryPoints: ['src/cli/main.ts'],
  outfile: `${options.out}/cli.cjs`,
  external: ['koffi'],
  // For Node, rxjs names its CommonJS form: 200 modules that run whether used or not, a tenth of the start of `--help`.
  alias: { rxjs: `${repository}node_modules/rxjs/dist/esm/index.js` },
  define: { 'import.meta.url': 'urlOfBundle' },
  banner: {
    js: `const urlOfBundle = require('node:url').pathToFileURL(__filename).href
const requireLater = (name) => new Proxy({}, { get: (_, key) => require(name)[key] })`,
  },
})
for (const name of readdirSync(options.out).filter((name) => /\.c?js$/.test(name))) {
  const path = `${options.out}/${name}`
  const code = inAscii(withOwnNames(readFileSync(path, 'utf8')))
  writeFileSync(path, name === 'cli.cjs' ? withLateModules(code) : code)
}
writeFileSync(`${options.out}/THIRD-PARTY.txt`, licences(Object.keys(metafile.inputs)))

if (!options['without-types']) {
  const types = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', options.out]
  if (spawnSync(process.execPath, types, { cwd: repository, stdio: 'inherit' }).status !== 0) process.exit(1)
}

for (const name of ['stator-init-x86_64', 'stator-init-aarch64']) {
  const [expected] = readFileSync(`${repository}build/${name}.sha256`, 'utf8').split(' ')
  const found = createHash('sha256')
    .update(readFileSync(`${repository}build/${name}`))
    .digest('hex')
  if (found !== expected) throw new Error(`build/${name}: its checksum is ${found}, and not ${expected}`)
  for (const file of [name, `${name}.sha256`]) copyFileSync(`${repository}build/${file}`, `${options.out}/${file}`)
}

/**
 * esbuild makes of a class that refers to itself `var Root = class _Root`, and so it is called in stack traces and by
 * console.log. Its option keepNames would help, and cost time at each closure. Here each gets its name back.
 */
function withOwnNames(code) {
  for (const [, name, inner] of code.matchAll(/^(?:var| +) ?(\w+) = class (_\w+)/gm)) {
    if (inner === `_${name}`) code = code.replaceAll(new RegExp(`(?<![\\w$.#'"])${inner}(?![\\w$])`, 'g'), name)
  }
  return code
}

/** These take Node.js milliseconds to load, and most commands do not come to use them. */
function withLateModules(code) {
  return code.replaceAll(/= require\("(node:(?:child_process|crypto))"\)/g, '= requireLater("$1")')
}

/** esbuild leaves comments as they are. The launcher reads the file byte by byte, as that is faster, and V8 keeps half as many. */
function inAscii(code) {
  return code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The licences of the packages that are inside a bundle, as they ask for. */
function licences(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []))
  return [...packages]
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(`${repository}${folder}/package.json`, 'utf8'))
      const file = readdirSync(`${repository}${folder}`).find((entry) => /^licen[cs]e/i.test(entry))
      return `${name} ${version}\n\n${readFileSync(`${repository}${folder}/${file}`, 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
