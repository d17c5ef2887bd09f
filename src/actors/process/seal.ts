// sealing: config.json becomes a plan, and what init and the keeper will need in the state folder is made.

import { chmodSync, mkdirSync, rmSync, unlinkSync } from 'node:fs'
import { ignoring } from '../../native/errno.ts'
import { mkfifo } from '../../native/pipe.ts'
import { compileContainer } from '../../plan/compile/container.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import type { Live } from './live.ts'

export type SealReceipt = { readonly fifo: string; readonly log: string }

/** Anyone may open it for writing: init does so as the container's user. Its folder keeps others out. */
const FIFO_MODE = 0o622

export const seal: Stage<Creation<Live>, SealReceipt> = {
  name: 'sealing',
  subject: 'plan',
  intend: ({ folder }) => ({ fifo: `${folder}/exec.fifo`, log: `${folder}/log` }),
  async run({ fifo, log }, { id, config, rootfs, stdio, live }) {
    const { host, groups } = live
    live.plan = compileContainer(config, host.facts, {
      id,
      rootfs,
      keeping: { log: stdio === 'log', pipes: stdio === 'pipe', attachedFile: host.attachedFile, settle: host.settle },
      groups: groups.tasks.length,
      intoGroup: groups.into !== null,
    })
    mkfifo(fifo, FIFO_MODE)
    // Whatever this process's umask has left of it.
    chmodSync(fifo, FIFO_MODE)
    if (stdio === 'log') mkdirSync(log)
  },
  async undo({ fifo, log }) {
    try {
      unlinkSync(fifo)
    } catch (error) {
      ignoring('ENOENT')(error)
    }
    rmSync(log, { recursive: true, force: true })
  },
}
