// Mount points of which a symbolic link of the image is a part, and where they lead. The usual one is /etc/resolv.conf ->
// ../run/systemd/resolve/stub-resolv.conf, where nothing is yet. runc makes what is missing; so does the plan, which cannot
// read a link itself.

import { readlinkSync } from 'node:fs'
import { syscallResult } from '../../native/libc.ts'
import { AT_FDCWD } from '../../native/uapi.ts'
import type { Mount } from '../../oci/config.ts'
import type { LinkedTargets } from '../../plan/compile/compilation.ts'
import { components } from '../../plan/compile/paths.ts'

/** As in the kernel (MAXSYMLINKS). */
const mostLinks = 40
/** Links there are refused (new-mount.ts), and of what is in them nothing is the image's. */
const ofTheKernel = new Set(['proc', 'sys', 'dev'])

/** The text of the link there; null for anything else, and for nothing. */
type ReadLink = (path: string) => string | null

/**
 * The image may change while this looks: it is a proposal, and whatever it says, the plan stays in the root. Nothing is opened,
 * and what is missing or cannot be seen is taken as it is written. The same before and after the plan has run.
 */
export function linkedTargets(
  rootfs: string,
  mounts: readonly Mount[] = [],
  readLink: ReadLink = linkText,
): LinkedTargets {
  const found = new Map<string, string>()
  const texts = new Map<string, string | null>()
  const look: ReadLink = (path) => {
    let text = texts.get(path)
    if (text === undefined) texts.set(path, (text = readLink(rootfs + path)))
    return text
  }
  const covered = new Set<string>()
  for (const { destination } of mounts) {
    const parts = components(destination)
    const plain = `/${parts.join('/')}`
    const path = ofTheKernel.has(parts[0] ?? '') ? plain : follow(parts, look, covered)
    if (path === undefined) continue
    if (path !== plain) found.set(destination, path)
    covered.add(path)
  }
  return found
}

/** Undefined for a loop. */
function follow(parts: readonly string[], look: ReadLink, covered: ReadonlySet<string>): string | undefined {
  const todo = [...parts].reverse()
  let path = ''
  let links = 0
  let ofAnother = false
  while (todo.length > 0) {
    const part = todo.pop() as string
    if (part === '' || part === '.') continue
    if (part === '..') {
      path = path.slice(0, Math.max(path.lastIndexOf('/'), 0))
      continue
    }
    const at = `${path}/${part}`
    // Below another mount of the container nothing of the image is to be seen.
    ofAnother ||= covered.has(at)
    const text = ofAnother ? null : look(at)
    if (text === null) {
      path = at
      continue
    }
    if (++links > mostLinks) return undefined
    if (text.startsWith('/')) path = ''
    todo.push(...text.split('/').reverse())
  }
  return path === '' ? '/' : path
}

/** PATH_MAX. */
const room = Buffer.alloc(4096)

/** By the system call: that most paths are no links is no exception, and costs a microsecond and not ten. */
function linkText(path: string): string | null {
  const bytes = syscallResult('readlinkat', AT_FDCWD, path, room, room.length)
  if (bytes <= 0) return null
  const text = room.toString('utf8', 0, bytes)
  // A plan holds text: a name that is none is left to the kernel, which refuses to make anything through a link.
  return text.includes('\ufffd') ? null : text
}

/** The same without a library of C, for who only looks. */
export function linkTextByNode(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
