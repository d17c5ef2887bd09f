// Which event a step was taken for. A snapshot does not say; XState's inspection does, and makes ten records of every step besides.

import type { AnyEventObject } from 'xstate'
import type { ContainerMachine } from './container.ts'

/**
 * The machine as it is, for one actor whose observers want to know why.
 *
 * @param tell is called before each step, with its event
 */
export function withCause(machine: ContainerMachine, tell: (event: AnyEventObject) => void): ContainerMachine {
  const transition: ContainerMachine['transition'] = (snapshot, event, scope) => {
    tell(event)
    return machine.transition(snapshot, event, scope)
  }
  return Object.create(machine, { transition: { value: transition } }) as ContainerMachine
}
