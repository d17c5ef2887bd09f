// The ID maps of a new user namespace, written from outside while init waits for its go-on.

import { writeFileSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import type { IdMapping } from '../../oci/config.ts'
import type { Cloned, Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'

export const mapIds: Stage<Creation<Cloned>, null> = {
  name: 'isolating',
  subject: 'userns',
  intend: () => null,
  async run(_receipt, { config: { linux }, live }) {
    if (!linux?.namespaces?.some(({ type, path }) => type === 'user' && !path)) return
    const pid = live.processes?.init.pid
    if (pid === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    // setgroups stays allowed: the maps are written by the host's root (user_namespaces(7)).
    writeMap(pid, 'uid_map', linux.uidMappings ?? [], 'linux.uidMappings')
    writeMap(pid, 'gid_map', linux.gidMappings ?? [], 'linux.gidMappings')
  },
  async undo() {},
}

/** In one write, as the kernel wants it. */
function writeMap(pid: number, file: 'uid_map' | 'gid_map', mappings: readonly IdMapping[], pointer: string): void {
  const path = `/proc/${pid}/${file}`
  const text = mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('')
  try {
    writeFileSync(path, text)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new StatorError(
      'ERR_STATOR_STAGE',
      `write ${JSON.stringify(text.trim())} to ${file}: ${errno} (${pointer})`,
      { pointer, path, errno, syscall: 'write' },
      { cause: error },
    )
  }
}
