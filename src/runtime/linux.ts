// The real actors (actors.ts): the stages by state of the chart, and what joins actors that must not import each other.

import {
  cgroup,
  type CgroupReceipt,
  interruptCalls,
  oomKills,
  oomKills$,
  openJoin,
  pids,
  readStats,
  signalAll,
} from '../actors/cgroup/index.ts'
import { runHooks } from '../actors/hooks/index.ts'
import { network } from '../actors/network/index.ts'
import {
  atGate,
  clone,
  confine,
  createLive,
  endProcess,
  endProcesses,
  endsWithin,
  gate,
  isolate,
  keptListener,
  launchExec,
  numberOfSignal,
  openGate,
  planOf,
  readExit,
  seal,
  watchEnd,
} from '../actors/process/index.ts'
import { recordingFilter } from '../actors/seccomp/recording.ts'
import { filter, filtersOf } from '../actors/seccomp/index.ts'
import { notifies } from '../actors/seccomp/tighten.ts'
import { mapIds } from '../actors/userns/index.ts'
import type { Live } from '../actors/process/live.ts'
import type { Seccomp } from '../oci/config.ts'
import type { Creation } from '../actors/creation.ts'
import { heldAtGate, initDescriptors } from '../plan/compile/container.ts'
import type { Actors, AnyStage } from './actors.ts'
import { hostFacts } from './host-facts.ts'
import { profilesOf } from './seccomp-profiles.ts'
import { groupsIn, signalContainer, thaw } from './signal.ts'

/** The groups come before the plan: how many there are to join is a part of it. */
const grouped: AnyStage = {
  ...cgroup,
  async run(receipt: CgroupReceipt, creation, signal) {
    const output = await cgroup.run(receipt, creation, signal)
    creation.live.groups = openJoin(receipt)
    return output
  },
}

function chooseProfiles(live: Live, profiles: readonly Seccomp[]): void {
  live.profiles = profiles
  live.keepsListener = profiles.some((profile) => notifies(profile) && !profile.listenerPath)
}

/** Under which numbers init has its control socket, from the load of a filter on. */
function controlNumbers(creation: Creation<Live>): number[] {
  const inherited = planOf(creation).inherited.get(initDescriptors.control) ?? 0
  return [inherited, heldAtGate(creation.launch.preserveFds ?? 0).control]
}

/** Which profiles there are, annotations and policies say. */
const filtered: AnyStage = {
  ...filter,
  async run(receipt: null, creation, signal) {
    const { live } = creation
    if (live.recording) {
      live.filters = [recordingFilter(controlNumbers(creation))]
      return null
    }
    chooseProfiles(live, profilesOf(creation.config, creation.launch))
    return filter.run(receipt, creation, signal)
  },
}

/** A frozen init does not die. */
const cloned: AnyStage = {
  ...clone,
  undo: (receipt: null, processes, receipts) => clone.undo(receipt, processes, () => thaw(receipts)),
}

export const linuxActors: Actors = {
  stages: {
    sealing: [grouped, filtered, seal],
    cloning: [cloned],
    isolating: [mapIds, isolate],
    networking: [network],
    confining: [confine],
    gating: [gate],
  },
  createLive: ({ settle, attachedFile }, receipts) =>
    createLive({
      settle,
      attachedFile,
      get facts() {
        return hostFacts(groupsIn(receipts))
      },
      get groups() {
        const { groups } = groupsIn(receipts)
        return {
          tasks: groups.filter(({ version }) => version === 1).length,
          into: groups.some(({ version }) => version === 2),
        }
      },
    }),
  openGate(creation, processes, signal) {
    const { folder, config, live, launch } = creation
    // Only a failure asks for the steps. The plan is not stored: the same config and groups give the same one.
    const plan = live.plan ?? {
      get steps() {
        chooseProfiles(live, profilesOf(config, launch))
        live.filters = filtersOf(live.profiles, creation.root)
        return planOf(creation).steps
      },
    }
    const { link, onHook } = live
    const hooks = config.hooks?.startContainer
    const output = live.open.get(initDescriptors.startOutput)
    return openGate({ folder, processes, plan, link, hooks, launch, onHook, output }, signal)
  },
  atGate,
  watchEnd,
  readExit,
  oomKills: (receipts) => oomKills(groupsIn(receipts)),
  oomKills$: (receipts) => oomKills$(groupsIn(receipts)),
  stats: (receipts) => readStats(groupsIn(receipts)),
  pids: (receipts) => pids(groupsIn(receipts)),
  signalInit: signalContainer,
  signalAll: (receipts, signal) => signalAll(groupsIn(receipts), numberOfSignal(signal)),
  runHooks,
  launchExec({ id, config, rootfs, root, processes, cgroup, profiles, ...launch }, receipts, signal) {
    chooseProfiles(launch.live, profiles)
    launch.live.filters = filtersOf(profiles, root)
    launch.live.groups = openJoin(groupsIn(receipts), cgroup)
    return launchExec({ ...launch, container: { id, config, rootfs, processes } }, signal)
  },
  keptListener,
  interruptCalls: (receipts) => interruptCalls(groupsIn(receipts)),
  endProcess,
  endProcesses: (processes, receipts) => endProcesses(processes, receipts && (() => thaw(receipts))),
  endsWithin,
}
