// sealing: config.json becomes a plan, and what init and the keeper will need in the state folder is made.

import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { mkfifo } from '../../native/pipe.ts'
import { groupTexts } from '../../plan/compile/cgroup-mount.ts'
import { compileContainer } from '../../plan/compile/container.ts'
import type { LoadableFilter } from '../../plan/compile/seccomp.ts'
import { keyringName, keyringSlot } from '../../plan/compile/settings.ts'
import { fillSlots, type Plan } from '../../plan/builder.ts'
import type { Spec } from '../../oci/config.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { keptStreams } from './stdio.ts'
import { keepsListener } from './listener.ts'
import { linkedTargets } from './linked-targets.ts'
import { wishesOf } from './wishes.ts'
import type { Live } from './live.ts'

export type SealReceipt = { readonly fifo: string; readonly log: string }

/** Anyone may open it for writing: init does so as the container's user. Its folder keeps others out. */
const FIFO_MODE = 0o622

export const seal: Stage<Creation<Live>, SealReceipt> = {
  name: 'sealing',
  subject: 'plan',
  intend: ({ folder }) => ({ fifo: `${folder}/exec.fifo`, log: `${folder}/log` }),
  async run({ fifo, log }, creation) {
    const { id, stdio, live } = creation
    live.plan = fillSlots(planOf(creation), { [keyringSlot]: keyringName(id), ...groupTexts(live.host.facts) })
    mkfifo(fifo, FIFO_MODE)
    // Whatever this process's umask has left of it.
    chmodSync(fifo, FIFO_MODE)
    if (stdio === 'log') mkdirSync(log)
  },
  async undo({ fifo, log }) {
    // Mostly there is neither: `start` has taken the fifo away.
    for (const path of [fifo, log]) {
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path, { recursive: true, force: true })
    }
  },
}

interface Compiled {
  readonly key: string
  readonly filters: readonly LoadableFilter[]
  readonly plan: Plan
}
const plans = new WeakMap<Spec, Compiled>()

/** By identity: what is compiled once is given out again. */
function isSame(some: readonly LoadableFilter[], others: readonly LoadableFilter[]): boolean {
  return some.length === others.length && some.every((filter, index) => filter === others[index])
}

/** Many containers are made from one config: its plan is compiled once, and is the same for each but for its slots. */
export function planOf({ config, bundle, rootfs, stdio, launch, live }: Creation<Live>): Plan {
  const { host, filters } = live
  const { attachedFile, settle, groups } = host
  const keeping = {
    ...keptStreams(stdio, config.process),
    attachedFile,
    settle,
    watches: launch.parent === 'caller',
    listener: keepsListener(live),
  }
  const options = {
    bundle,
    rootfs,
    keeping,
    groups: groups.tasks,
    intoGroup: groups.into,
    linked: linkedTargets(rootfs, config.mounts),
    wishes: wishesOf(launch),
  }
  const key = JSON.stringify([options, [...options.linked], host.facts.cgroup.layout])
  const known = plans.get(config)
  if (known?.key === key && isSame(known.filters, filters)) return known.plan
  const plan = compileContainer(config, host.facts, { ...options, filters })
  plans.set(config, { key, filters, plan })
  return plan
}
