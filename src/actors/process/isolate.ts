// isolating: what is done to init from outside, now that the state folder knows it. Then init goes on.

import { writeFileSync } from 'node:fs'
import { StatorError } from '../../errors.ts'
import type { IdMapping } from '../../oci/config.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import type { Live } from './live.ts'

export const isolate: Stage<Creation<Live>, null> = {
  name: 'isolating',
  subject: 'process',
  intend: () => null,
  async run(_receipt, { config, live }) {
    const pid = live.processes?.init.pid
    if (live.link === undefined || pid === undefined)
      throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    const { linux, process } = config
    if (linux?.namespaces?.some(({ type, path }) => type === 'user' && !path)) {
      // setgroups stays allowed: the maps are written by the host's root (user_namespaces(7)).
      writeProc(pid, 'uid_map', lines(linux.uidMappings ?? []), 'linux.uidMappings')
      writeProc(pid, 'gid_map', lines(linux.gidMappings ?? []), 'linux.gidMappings')
    }
    if (process.oomScoreAdj !== undefined)
      writeProc(pid, 'oom_score_adj', String(process.oomScoreAdj), 'process.oomScoreAdj')
    live.link.goOn('isolated')
  },
  async undo() {},
}

function lines(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('')
}

/** In one write, as the maps want it. */
function writeProc(pid: number, file: string, text: string, pointer: string): void {
  const path = `/proc/${pid}/${file}`
  try {
    writeFileSync(path, text)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new StatorError(
      'ERR_STATOR_STAGE',
      `write ${JSON.stringify(text.trim())} to ${path}: ${errno} (${pointer})`,
      { pointer, path, errno, syscall: 'write' },
      { cause: error },
    )
  }
}
