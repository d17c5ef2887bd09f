// Paths in the root file system. Each is resolved once, by openat2(2) within the root, and used by its descriptor: no path in
// a rootfs is ever resolved twice, which is what escapes by races are made of.

import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_PATH,
  S_IFDIR,
  S_IFMT,
  STATX_BASIC_STATS,
} from '../../native/uapi.ts'
import {
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../../native/uapi.ts'
import { openFlags } from '../../native/uapi.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Errnos, Label, Operand, Register } from '../step.ts'

/** struct statx (statx(2)): offsets of what plans look at. */
export const statx = { size: 256, uid: 20, mode: 28, ino: 32, rdevMajor: 128, rdevMinor: 132 } as const

/** In 2 % of calls while others mount, the kernel cannot tell whether a path stayed within the root: EAGAIN. */
const again = { on: ['EAGAIN'], times: 128 } as const

/** struct open_how as a constant; `description` is what the printed plan shows. */
export function openHow(plan: PlanBuilder, flags: number, resolve: number, mode = 0): Address {
  return plan.words(
    [flags, mode, resolve],
    `{0${flags.toString(8)}, ${mode === 0 ? '0' : `0${mode.toString(8)}`}, 0x${resolve.toString(16)}}`,
  )
}

export interface OpenOptions {
  readonly flags?: number
  /** No component may be a symbolic link. */
  readonly noSymlinks?: boolean
  readonly jump?: { readonly on: Errnos; readonly to: Label }
}

/** Opens a path of the container, O_PATH unless told otherwise. `path` is absolute or relative to the root. */
export function openInRoot(
  plan: PlanBuilder,
  root: Register,
  path: string,
  label: string,
  options: OpenOptions = {},
): Register {
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (options.noSymlinks ? RESOLVE_NO_SYMLINKS : 0)
  const how = openHow(plan, (options.flags ?? O_PATH) | O_CLOEXEC, resolve)
  return plan.sys('openat2', [root, relative(path), how, 24], label, {
    retry: again,
    ...(options.jump ? { jump: options.jump } : {}),
  })
}

/** The folders of a container path, outermost first: `/a/b` gives `a`, `b`. Lexical: the kernel has the last word. */
export function components(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts
}

export function relative(path: string): string {
  return components(path).join('/') || '.'
}

/**
 * Opens a folder or file of the container, and makes it, with its parents, where it is missing: folders 0755, a file empty.
 * Whether a file is wanted is known now (`kind`) or is the S_IFMT bits of a mode that a register holds.
 * `leadsTo`: where that is, if it is known that symbolic links are on the way.
 */
export function openOrMake(
  plan: PlanBuilder,
  root: Register,
  path: string,
  kind: 'directory' | { readonly mode: Register },
  label: string,
  options: { readonly noSymlinks?: boolean; readonly leadsTo?: string | undefined } = {},
): Register {
  const { O_DIRECTORY, O_NOFOLLOW } = openFlags(plan.architecture)
  const missing = plan.label('missing')
  const done = plan.label('done')
  const found = openInRoot(plan, root, path, label, { ...options, jump: { on: ['ENOENT'], to: missing } })
  plan.goto(done, 'it is there')

  plan.place(missing)
  const where = options.leadsTo ?? path
  const parts = components(where)
  let parent: Operand = root
  const beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV
  parts.slice(0, -1).forEach((part, index) => {
    const prefix = `/${parts.slice(0, index + 1).join('/')}`
    const make = plan.label('make')
    const next = plan.label('next')
    const existing = openInRoot(plan, root, prefix, `look for ${prefix}`, {
      flags: O_PATH | O_DIRECTORY,
      jump: { on: ['ENOENT'], to: make },
    })
    plan.goto(next, 'it is there')
    plan.place(make)
    plan.sys('mkdirat', [parent, part, 0o755], `make ${prefix}`, { tolerate: ['EEXIST'] })
    const made = plan.sys(
      'openat2',
      [parent, part, openHow(plan, O_PATH | O_DIRECTORY | O_CLOEXEC, beneath), 24],
      `open ${prefix}`,
      { retry: again },
    )
    plan.set(made, 'go on from it', existing)
    plan.place(next)
    if (index > 0) plan.close(parent as Register)
    parent = existing
  })
  const last = parts.at(-1) ?? '.'
  const beFolder = plan.label('folder')
  const open = plan.label('open')
  if (kind !== 'directory') {
    plan.if(kind.mode, '==', S_IFDIR, beFolder, 'a folder for a folder', S_IFMT)
    const file = plan.sys(
      'openat2',
      [parent, last, openHow(plan, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, beneath, 0o644), 24],
      `make the file ${where}`,
      { tolerate: ['EEXIST'], retry: again },
    )
    plan.sys('close', [file], 'close it', { tolerate: ['EBADF'] })
    plan.goto(open, 'made')
    plan.place(beFolder)
  }
  plan.sys('mkdirat', [parent, last, 0o755], `make ${where}`, { tolerate: ['EEXIST'] })
  plan.place(open)
  const made = plan.sys('openat2', [parent, last, openHow(plan, O_PATH | O_CLOEXEC, beneath), 24], `open ${where}`, {
    retry: again,
  })
  plan.set(made, 'this is it', found)
  if (parts.length > 1) plan.close(parent)
  plan.place(done)
  return found
}

/** The mode (type and permissions) of an open descriptor. */
export function modeOf(plan: PlanBuilder, descriptor: Operand, room: Address, label: string): Register {
  plan.sys('statx', [descriptor, '', AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, room], label)
  return plan.load(room.plus(statx.mode), 2, 'its mode')
}
