// Walks a chart without running it: every snapshot that commands, facts and results of stages can lead to.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  type EventObject,
  getNextTransitions,
  transition,
} from 'xstate'
import { type AdjacencyValue, getAdjacencyMap } from 'xstate/graph'

export type Events = Readonly<Record<string, readonly EventObject[]>>

/** What differs between snapshots, as far as the chart looks at it. */
export function keyOf(snapshot: AnyMachineSnapshot): string {
  const { exit, image, stop } = snapshot.context as {
    exit: unknown
    image?: { own: boolean }
    stop?: { command: string }
  }
  const history = Object.entries(snapshot.historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)])
  return JSON.stringify([snapshot.value, exit !== null, image?.own, stop?.command, history])
}

/**
 * @param events by type, what can be sent where a transition of that type is declared
 * @param underWay what the chart has sent to itself, and so comes before all else
 */
export function walk(
  machine: AnyStateMachine,
  inputs: readonly unknown[],
  events: Events,
  underWay: (snapshot: AnyMachineSnapshot) => EventObject | undefined = () => undefined,
) {
  const eventsOf = (snapshot: AnyMachineSnapshot): EventObject[] => {
    const first = underWay(snapshot)
    return first === undefined ? possible(snapshot) : [first]
  }
  const possible = (snapshot: AnyMachineSnapshot): EventObject[] =>
    [...new Set(getNextTransitions(snapshot).map(({ eventType }) => eventType))].flatMap((type) => {
      const known = events[type] ?? (/^xstate\.(done|error)\./.test(type) ? [resultOf(type)] : undefined)
      if (known === undefined) throw new Error(`no example of the event ${type}`)
      return known
    })
  const maps = inputs.map((input) =>
    getAdjacencyMap(machine, { input, events: eventsOf, serializeState: keyOf, limit: 20_000 }),
  )
  const values = maps.flatMap((map) => Object.values(map) as AdjacencyValue<AnyMachineSnapshot, EventObject>[])
  const vertices = new Map<string, AnyMachineSnapshot>()
  const steps: { from: AnyMachineSnapshot; event: EventObject; to: AnyMachineSnapshot }[] = []
  for (const { state, transitions } of values) {
    if (vertices.has(keyOf(state))) continue
    vertices.set(keyOf(state), state)
    const ways: { event: EventObject; state: AnyMachineSnapshot }[] = Object.values(transitions)
    for (const { event, state: to } of ways) steps.push({ from: state, event, to })
  }
  return { vertices: [...vertices.values()], steps }
}

/** What an invoked stage sends when it is done or has failed. */
export function resultOf(type: string, data?: unknown): EventObject & { actorId: string } {
  const actorId = type.split('.').slice(3).join('.')
  const result = type.startsWith('xstate.done.') ? { output: data } : { error: data ?? new Error('no') }
  return { type, actorId, ...result }
}

/** One event, and those that the chart thereupon sends to itself, as an actor does it. */
export function follow(machine: AnyStateMachine, from: AnyMachineSnapshot, event: EventObject): AnyMachineSnapshot[] {
  const queue = [event]
  const seen: AnyMachineSnapshot[] = []
  let snapshot = from
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [after, actions] = transition(machine, snapshot, next)
    snapshot = after
    seen.push(snapshot)
    for (const { type, params } of actions as { type: string; params?: { event: EventObject } }[]) {
      if (type === 'xstate.sendTo' && params !== undefined) queue.push(params.event)
    }
  }
  return seen
}

export function allNodes(machine: AnyStateMachine): AnyStateNode[] {
  const list = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(list)]
  return list(machine.root)
}

export function declaredTransitions(machine: AnyStateMachine): AnyTransitionDefinition[] {
  return allNodes(machine).flatMap((node) => [...node.transitions.values()].flat())
}

export function describeTransition({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const name = typeof guard === 'string' ? guard : (guard as { type?: string } | undefined)?.type
  return `${source.id} ${eventType} [${name ?? ''}] ${(target ?? []).map(({ id }) => id).join()}`
}
