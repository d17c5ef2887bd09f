// A stage's place in a chart, before the runtime fills it with `machine.provide({ actors })`. What fills it is in src/actors.

import { fromPromise, type PromiseActorLogic } from 'xstate'
import { StatorError } from '../errors.ts'

/**
 * The place of one stage. A chart knows its name, what goes in and what comes out; a place that nobody has filled rejects with
 * ERR_STATOR_UNSUPPORTED, so the chart goes where a failure leads.
 */
export function stage<Input, Output = void>(name: string): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() =>
    Promise.reject(new StatorError('ERR_STATOR_UNSUPPORTED', `${name}: not available yet`, { stage: name })),
  )
}
