// Builds what the package ships: the library and the command line as one file each, the public types, and the stub for both
// architectures with its checksums.
//
//   node scripts/build.mjs
//     --out DIR              dist; what is in it goes away
//     --no-types             without them: most of the time is theirs, and who only runs the command line needs none

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const repository = fileURLToPath(new URL('..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: `${repository}dist` },
    'no-types': { type: 'boolean', default: false },
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

rmSync(options.out, { recursive: true, force: true })
mkdirSync(options.out, { recursive: true })

// Who embeds the library shares its xstate and rxjs with it: a second copy would not know the first one's observables.
await build({
  ...common,
  entryPoints: ['src/index.ts'],
  outfile: `${options.out}/index.js`,
  external: Object.keys(dependencies),
})

// The command line starts faster from few files, of which a command loads its own: `--help` need not parse the runtime. All in one
// folder, as some look for what lies beside them. koffi finds its binary beside its own sources and stays outside.
const { metafile } = await build({
  ...common,
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: options.out,
  splitting: true,
  chunkNames: 'cli-[name]-[hash]',
  external: ['koffi'],
  // For Node, rxjs names its CommonJS form: 200 modules that run whether used or not, a tenth of the start of `--help`.
  alias: { rxjs: `${repository}node_modules/rxjs/dist/esm/index.js` },
  banner: {
    // For the CommonJS packages inside, which require Node's modules.
    js: "import { createRequire as createRequireOfBundle } from 'node:module'\nconst require = createRequireOfBundle(import.meta.url)",
  },
})
for (const name of readdirSync(options.out).filter((name) => name.endsWith('.js'))) {
  const path = `${options.out}/${name}`
  writeFileSync(path, withOwnNames(readFileSync(path, 'utf8')))
}
writeFileSync(`${options.out}/THIRD-PARTY.txt`, licences(Object.keys(metafile.inputs)))

const types = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', options.out]
if (!options['no-types'] && spawnSync(process.execPath, types, { cwd: repository, stdio: 'inherit' }).status !== 0)
  process.exit(1)

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
  for (const [, name, inner] of code.matchAll(/^var (\w+) = class (_\w+)/gm)) {
    if (inner === `_${name}`) code = code.replaceAll(new RegExp(`(?<![\\w$.#'"])${inner}(?![\\w$])`, 'g'), name)
  }
  return code
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
