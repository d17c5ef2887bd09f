// The command line as its callers have it: a process, with what it says, to its end.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stringifyConfig } from '../../src/oci/stringify.ts'
import { builtLauncher } from '../built.ts'
import { type Change, config, place, type Ran } from './support.ts'

/** A command that hangs fails here. */
const PATIENCE_MS = 120_000

export interface Call {
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Descriptors from 3 on. */
  readonly more?: readonly number[]
}

export interface CommandLine {
  /** Of the containers; the runtime's. */
  readonly root: string
  readonly folder: string
  readonly rootfs: string
  /** A bundle with this program. */
  bundle(args: readonly string[], change?: Change): string
  /** To its end. */
  call(argv: readonly string[], options?: Call): Promise<Ran>
  /** To its end, which must be 0, with nothing on stderr. @returns what it printed */
  said(argv: readonly string[], options?: Call): Promise<string>
  /** To its end, which must be 1, with one line on stderr. @returns that, without `stator: ` */
  refused(argv: readonly string[], options?: Call): Promise<string>
  /** Goes on while the test does. */
  start(argv: readonly string[], stdio: StdioOptions): ChildProcess
}

/** With a root, a root file system of busybox and all that is left taken away with the test. */
export async function commandLine(t: TestContext): Promise<CommandLine> {
  const at = await place(t)
  const launcher = builtLauncher()
  const start = (argv: readonly string[], stdio: StdioOptions, { env, cwd }: Call = {}) => {
    const own = { ...process.env, ...env }
    return spawn(launcher, ['--root', at.root, ...argv], { stdio, env: own, ...(cwd === undefined ? {} : { cwd }) })
  }
  const call = (argv: readonly string[], options: Call = {}) =>
    new Promise<Ran>((resolve, reject) => {
      // Files: what a container in the background holds open would never end.
      const paths = ['stdout', 'stderr'].map((name) => join(mkdtempSync(join(at.folder, 'said-')), name))
      const [out = 1, err = 2] = paths.map((path) => openSync(path, 'a'))
      const child = start(argv, ['pipe', out, err, ...(options.more ?? [])], options)
      closeSync(out)
      closeSync(err)
      const said = () => paths.map((path) => readFileSync(path, 'utf8'))
      const late = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`${argv.join(' ')}: not done after ${PATIENCE_MS} ms; it said ${said().join('')}`))
      }, PATIENCE_MS)
      // A program need not read what it is given.
      child.stdin!.on('error', () => {}).end(options.input ?? '')
      child.on('error', reject)
      child.on('exit', (exitCode) => {
        clearTimeout(late)
        const [stdout = '', stderr = ''] = said()
        resolve({ exitCode, stdout, stderr })
      })
    })
  return {
    root: at.root,
    folder: at.folder,
    rootfs: at.rootfs,
    bundle(args, change) {
      const folder = mkdtempSync(join(at.folder, 'bundle-'))
      writeFileSync(join(folder, 'config.json'), stringifyConfig(config(at, args, change), 2))
      return folder
    },
    call,
    async said(argv, options) {
      const { exitCode, stdout, stderr } = await call(argv, options)
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' }, argv.join(' '))
      return stdout
    },
    async refused(argv, options) {
      const { exitCode, stdout, stderr } = await call(argv, options)
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: '' }, argv.join(' '))
      assert.match(stderr, /^stator: [^\n]+\n$/, argv.join(' '))
      return stderr.slice('stator: '.length, -1)
    },
    start: (argv, stdio) => {
      const child = start(argv, stdio)
      t.after(() => child.kill('SIGKILL'))
      return child
    },
  }
}
