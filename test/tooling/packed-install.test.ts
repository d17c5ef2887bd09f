// What a user gets: the package as npm packs it, installed into an empty folder without install scripts.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const unbuilt = ['x86_64', 'aarch64'].filter((name) => !existsSync(`${repository}build/stator-init-${name}`))
const skip = unbuilt.length > 0 && `needs stator-init for ${unbuilt.join(' and ')} (node scripts/setup.mjs --for build)`

suite('the packed package', { skip }, () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'packed-'))
    const packed = spawnSync(process.execPath, ['scripts/package.mjs', folder], { cwd: repository, encoding: 'utf8' })
    assert.equal(packed.status, 0, packed.stderr)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', packed.stdout.trim()]
    execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const node = (script: string) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8' })

  test('is imported by its name', () => {
    const { stdout, stderr } = node("const stator = await import('stator'); console.log(typeof stator.openRuntime)")
    assert.equal(stdout, 'function\n', stderr)
  })

  test('reaches the C library without an install script', () => {
    const script = "import koffi from 'koffi'; console.log(koffi.load(null).func('int getpid()')() === process.pid)"
    const { stdout, stderr } = node(script)
    assert.equal(stdout, 'true\n', stderr)
  })

  test('holds the stub for both architectures, as its checksums say', () => {
    // e_machine of the ELF header: EM_X86_64, EM_AARCH64.
    for (const [architecture, machine] of [
      ['x86_64', 62],
      ['aarch64', 183],
    ] as const) {
      const file = join(folder, 'node_modules/stator/dist', `stator-init-${architecture}`)
      const bytes = readFileSync(file)
      assert.equal(bytes.readUInt16LE(18), machine)
      assert.equal(
        readFileSync(`${file}.sha256`, 'utf8'),
        `${createHash('sha256').update(bytes).digest('hex')}  stator-init-${architecture}\n`,
      )
    }
  })

  test('finds its policies, from either bundle', () => {
    // As the code does: beside the folder of the bundle.
    const stator = join(folder, 'node_modules/stator')
    const policies = new URL('../policies/seccomp/', pathToFileURL(join(stator, 'dist/cli.cjs')))
    assert.ok(existsSync(new URL('default.json', policies)) && existsSync(new URL('seccomp.schema.json', policies)))
    // The function itself, bundled as the command line is, since the library does not export it.
    const source = JSON.stringify(join(repository, 'src/runtime/policies.ts'))
    const bundle = join(stator, 'dist/policies-of-this-test.mjs')
    buildSync({
      stdin: { contents: `export * from ${source}`, resolveDir: repository },
      ...{
        outfile: bundle,
        bundle: true,
        format: 'esm',
        platform: 'node',
        nodePaths: [join(repository, 'node_modules')],
      },
    })
    const { stdout, stderr } = node(
      `const { seccompPolicy, seccompPolicyNames } = await import(${JSON.stringify(bundle)})
      console.log(...seccompPolicyNames(), seccompPolicy('default').name)`,
    )
    assert.equal(stdout, 'audit build default strict default\n', stderr)
  })

  test('is called by its own names, in stack traces too', () => {
    const bundle = readFileSync(join(folder, 'node_modules/stator/dist/index.js'), 'utf8')
    assert.match(bundle, /^var Root = class Root /m)
    assert.doesNotMatch(bundle, /class _/)
    const { stdout, stderr } = node(
      "import { openRuntime, StatorError } from 'stator'; console.log(StatorError.name); await openRuntime({ root: '' }).catch(console.log)",
    )
    assert.match(stdout, /^StatorError\nStatorError: open: root must be a path, not ""\n/, stderr)
  })

  test('its command line is called by its own names too, and makes no object of all constants', () => {
    const bundle = readFileSync(join(folder, 'node_modules/stator/dist/cli.cjs'), 'latin1')
    assert.match(bundle, /^ +Root = class Root /m)
    assert.doesNotMatch(bundle, /(\w+) = class _\1\b/)
    assert.doesNotMatch(bundle, /uapi_exports/)
  })

  test('has a command', () => {
    const { status, stdout, stderr } = spawnSync(join(folder, 'node_modules/.bin/stator'), ['--help'], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /stator/)
  })

  test('has every page that its pages lead to', () => {
    const stator = join(folder, 'node_modules/stator')
    const pages = (readdirSync(stator, { recursive: true }) as string[]).filter(
      (name) => name.endsWith('.md') && !name.includes('node_modules'),
    )
    assert.ok(pages.includes('README.md') && pages.includes('docs/guide/run.md'))
    for (const page of pages) {
      const text = readFileSync(join(stator, page), 'utf8').replace(/^(```|~~~)[^]*?^\1/gm, '')
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s#]+)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        assert.ok(existsSync(join(stator, dirname(page), target)), `${page}: ${target}: no such file`)
      }
    }
  })

  test('names no file that it does not have', () => {
    const stator = join(folder, 'node_modules/stator')
    const { files } = JSON.parse(readFileSync(join(stator, 'package.json'), 'utf8')) as { files: string[] }
    for (const name of files) assert.ok(existsSync(join(stator, name)), name)
  })

  for (const resolution of ['nodenext', 'bundler']) {
    test(`has types that resolve (${resolution})`, () => {
      const consumer = join(folder, `consumer-${resolution}`)
      mkdirSync(consumer)
      // A wrong use too: types that do not resolve are `any`, which takes everything.
      writeFileSync(
        join(consumer, 'index.ts'),
        `import { type AwaitedStatus, type EventsOptions, openRuntime, type RuntimeEvent, StatorError } from 'stator'
const runtime = await openRuntime()
export const closed: Promise<void> = runtime.close()
export const code: string = new StatorError('ERR_STATOR_ID', 'x').code
// @ts-expect-error
export const wrong: number = runtime.events$
const container = await runtime.get('x')
export const status: AwaitedStatus = container.status
export const history = (options: EventsOptions): AsyncIterable<RuntimeEvent> => runtime.events(options)
const session = await container.exec({ args: ['x'] })
// What is nobody's business outside is not there.
// @ts-expect-error
export const inside = [session.launch]
// @ts-expect-error
export const close = session.close
// @ts-expect-error
runtime.emitter.on('lifecycle.runing', () => {})
`,
      )
      const module = resolution === 'nodenext' ? 'nodenext' : 'esnext'
      writeFileSync(
        join(consumer, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            ...{ module, moduleResolution: resolution, target: 'es2022', lib: ['es2023', 'esnext.disposable'] },
            ...{ types: ['node'], strict: true, skipLibCheck: false, noEmit: true },
          },
        }),
      )
      mkdirSync(join(consumer, 'node_modules'))
      symlinkSync(join(repository, 'node_modules/@types'), join(consumer, 'node_modules/@types'))
      const tsc = join(repository, 'node_modules/typescript/bin/tsc')
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', consumer], { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  }
})
