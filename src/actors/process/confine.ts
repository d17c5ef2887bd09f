// confining: init builds its root and takes its rights away; here is what waits for it, and the hooks at their sync point.

import { StatorError } from '../../errors.ts'
import { ociVersion, type OciState } from '../../oci/state.ts'
import { initDescriptors, limitsComeLate } from '../../plan/compile/container.ts'
import { isFilteredLast } from '../../plan/compile/seccomp.ts'
import type { Creation } from '../creation.ts'
import type { Stage } from '../stage.ts'
import { fromOutside } from './from-outside.ts'
import { InnerHooks } from './inner-hooks.ts'
import { writeAll } from './memfd-text.ts'
import type { Live } from './live.ts'
import { setLimits } from './limits.ts'
import { givePidfd, takeTerminal } from './handover.ts'
import { handOverListener, keepsListener } from './listener.ts'

export const confine: Stage<Creation<Live>, null> = {
  name: 'confining',
  subject: 'process',
  intend: () => null,
  async run(_receipt, creation, signal) {
    const { config, live, launch } = creation
    const { link, open } = live
    const pid = live.processes?.init.pid
    if (link === undefined || pid === undefined) throw new StatorError('ERR_STATOR_STAGE', 'init has not been cloned')
    const { prestart, createRuntime, createContainer, startContainer } = config.hooks ?? {}
    const state = ociState(creation, pid)

    const startState = open.get(initDescriptors.startState)
    if (startContainer?.length && startState !== undefined)
      writeAll(startState, JSON.stringify({ ...state, status: 'created' }))
    if (prestart?.length || createRuntime?.length || createContainer?.length) {
      await link.reached('hooks', signal)
      await live.runHooks?.(state)
      const hookState = open.get(initDescriptors.hookState)
      if (createContainer?.length && hookState !== undefined) writeAll(hookState, JSON.stringify(state))
      link.goOn('hooks')
    }
    const hooks = new InnerHooks({
      kind: 'createContainer',
      hooks: createContainer ?? [],
      output: open.get(initDescriptors.hookOutput),
      onEvent: live.onHook,
    })
    try {
      hooks.begin()
      for (const _ of createContainer ?? []) hooks.ended((await link.reached('hookEnded', signal)).payload)
      if (limitsComeLate(config)) fromOutside(live, 'limited', () => setLimits(pid, config.process))
      if (!isFilteredLast(config.process)) await handOverListener(live, signal)
      const ready = await link.reached('ready', signal)
      live.passwd = ready.payload
      takeTerminal(config.process, ready, launch, live)
      givePidfd('standard', launch, live)
    } catch (thrown) {
      throw hooks.failed(thrown)
    }
    if (!keepsListener(live)) await link.kept(signal)
  },
  async undo() {},
}

function ociState({ id, bundle, config }: Creation<Live>, pid: number): OciState {
  return {
    ociVersion,
    id,
    status: 'creating',
    pid,
    bundle,
    ...(config.annotations === undefined ? {} : { annotations: config.annotations }),
  }
}
