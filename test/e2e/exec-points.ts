// The points at which an exec can be held while it is launched, from outside of it.

import type { Processes } from '../../src/actors/creation.ts'
import type { Actors } from '../../src/runtime/actors.ts'

export const points = ['launching', 'cloned', 'stored', 'ready', 'kept', 'let go', 'launched'] as const

export type Point = (typeof points)[number]

/** Until `cloned` is over a delete waits for the launch. */
export const beforeStored: ReadonlySet<Point> = new Set(['launching', 'cloned'])

/** @param at is waited for, but at `cloned` and `stored` */
export function heldExec(actors: Actors, at: (point: Point, processes?: Processes) => void | Promise<void>): Actors {
  return {
    ...actors,
    async launchExec(launch, receipts, signal) {
      await at('launching')
      const cloned = (processes: Processes) => {
        void at('cloned', processes)
        launch.cloned(processes)
        void at('stored', processes)
        const { link } = launch.live
        if (link === undefined) return
        const after = <Args extends unknown[], Result>(point: Point, call: (...args: Args) => Promise<Result>) => {
          return async (...args: Args): Promise<Result> => {
            const result = await call.apply(link, args)
            await at(point)
            return result
          }
        }
        link.reached = after('ready', link.reached)
        link.kept = after('kept', link.kept)
        link.next = after('let go', link.next)
      }
      const processes = await actors.launchExec({ ...launch, cloned }, receipts, signal)
      await at('launched')
      return processes
    },
  }
}
