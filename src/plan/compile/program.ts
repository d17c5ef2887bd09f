// The program: its environment, where PATH finds it, and the execve(2) at the end of a plan.

import { errnos } from '../../native/errno.ts'
import { AT_FDCWD, S_IFDIR, S_IFMT, STATX_BASIC_STATS } from '../../native/uapi.ts'
import type { Process } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import { statx } from './paths.ts'

const X_OK = 1
const AT_EACCESS = 0x200

/** The environment as the program gets it: of duplicates the last wins, in the place of the first; an empty HOME counts as unset. */
export function prepareEnvironment(env: readonly string[]): {
  readonly env: string[]
  readonly path: string
  readonly hasHome: boolean
} {
  const values = new Map<string, string>()
  for (const entry of env) {
    const equals = entry.indexOf('=')
    values.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  if (values.get('HOME') === '') values.delete('HOME')
  return {
    env: [...values].map(([name, value]) => `${name}=${value}`),
    path: values.get('PATH') ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    hasHome: values.has('HOME'),
  }
}

/** What execve(2) tries for argv[0], in order: itself when it has a slash, else one candidate for each entry of PATH. */
export function candidates(file: string, path: string): string[] {
  if (file.includes('/')) return [file]
  // An empty entry is the working folder (execvp(3)); relative entries are too.
  return path.split(':').map((folder) => (folder === '' ? `./${file}` : `${folder.replace(/\/+$/, '')}/${file}`))
}

/**
 * Finds the program, as the final user: ENOENT and EACCES are errors of create, not of start. Returns a register with the
 * address of its path. execve(2) takes paths only: execveat(2) on a CLOEXEC descriptor of a script gives ENOENT.
 */
export function findProgram(plan: PlanBuilder, process: Process, room: Address): Register {
  const file = process.args[0] ?? ''
  const tries = candidates(file, prepareEnvironment(process.env ?? []).path)
  const program = plan.set(0, 'no program yet')
  plan.at('process.args[0]', () => {
    const found = plan.label('found')
    // A file that may not be executed is remembered: EACCES tells more than the ENOENT of the entries after it.
    const refusal = plan.set(0, 'none that may not be executed')
    for (const path of tries) {
      const next = plan.label('next')
      const refused = plan.label('refused')
      const answer = plan.sys('faccessat2', [AT_FDCWD, path, X_OK, AT_EACCESS], `look for ${path}`, {
        tolerate: ['EACCES', 'ENOENT', 'ENOTDIR', 'ELOOP'],
      })
      plan.if(answer, '==', -errnos.EACCES, refused, 'it may not be executed')
      plan.if(answer, '!=', 0, next, 'it is not there')
      // A folder may be "executed" too.
      plan.sys('statx', [AT_FDCWD, path, 0, STATX_BASIC_STATS, room], `look what ${path} is`)
      plan.if(plan.load(room.plus(statx.mode), 2, 'its mode'), '==', S_IFDIR, refused, 'a folder is no program', S_IFMT)
      plan.set(plan.string(path), `it is ${path}`, program)
      plan.goto(found, 'found')
      plan.place(refused)
      plan.set(1, 'remember it', refusal)
      plan.place(next)
    }
    const absent = plan.label('absent')
    plan.if(refusal, '==', 0, absent, 'was there one that may not be executed?')
    plan.fail('EACCES', `exec "${file}": permission denied`)
    plan.place(absent)
    plan.fail(
      'ENOENT',
      file.includes('/')
        ? `exec "${file}": no such file or directory`
        : `exec "${file}": executable file not found in $PATH`,
    )
    plan.place(found)
  })
  return program
}

/** argv and envp as execve(2) takes them. `home` is where the answer of the runtime puts `HOME=…`, when env has none. */
export function programVectors(
  plan: PlanBuilder,
  process: Process,
  home: Address | undefined,
): { readonly argv: Address; readonly envp: Address } {
  const { env } = prepareEnvironment(process.env ?? [])
  return {
    argv: plan.vector(process.args, JSON.stringify(process.args)),
    envp: plan.vector(
      home === undefined ? env : [...env, home],
      `${env.length + (home === undefined ? 0 : 1)} variables`,
    ),
  }
}

/** Becomes the program. */
export function becomeProgram(
  plan: PlanBuilder,
  program: Register,
  { argv, envp }: { readonly argv: Address; readonly envp: Address },
  process: Process,
): void {
  const label = `exec ${JSON.stringify(process.args[0] ?? '')}`
  const { args, env = [] } = process
  const bytes = [...args, ...env].reduce((sum, text) => sum + Buffer.byteLength(text) + 1 + POINTER, 0)
  if (bytes < leastForAll) {
    plan.at('process.args', () => plan.sys('execve', [program, argv, envp], label))
    return
  }
  // How much the kernel takes depends on its pages and on RLIMIT_STACK: it is asked, and then it is said what is too much.
  const tooBig = plan.label('too big')
  plan.at('process.args', () =>
    plan.sys('execve', [program, argv, envp], label, { jump: { on: ['E2BIG'], to: tooBig } }),
  )
  plan.place(tooBig)
  const longest = [...args.entries()].map(([index, text]) => ({ at: `process.args[${index}]`, text }))
  longest.push(...[...env.entries()].map(([index, text]) => ({ at: `process.env[${index}]`, text })))
  const { at, text } = longest.reduce((a, b) => (Buffer.byteLength(b.text) > Buffer.byteLength(a.text) ? b : a))
  if (Buffer.byteLength(text) + 1 > leastForOne)
    plan.at(at, () => plan.fail('E2BIG', `${label}: E2BIG: a string of ${Buffer.byteLength(text)} bytes`))
  else plan.at('process', () => plan.fail('E2BIG', `${label}: E2BIG: args and env have ${bytes} bytes together`))
}

const POINTER = 8
/** MAX_ARG_STRLEN with pages of 4 KiB, and ARG_MAX: what execve(2) takes at least, in one string and in all. */
const leastForOne = 131_072
const leastForAll = 131_072
