// A listener that fails is told of as an event. Nobody else is disturbed: the container goes on, and so do the other listeners.
//
//   node --import tsx examples/events-listener.ts [ROOT]

import { filter } from 'rxjs'
import { hostBundle, ofType, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['true'] })

runtime.events$.pipe(filter(ofType('runtime.listenerFailed'))).subscribe(({ listener, event, thrown }) => {
  console.log(`${listener}, told of ${event?.type}: ${thrown.name}: ${thrown.message}`)
})

runtime.events$.subscribe(function counts({ type }) {
  if (type === 'lifecycle.running') throw new Error('the counter is full')
})
runtime.emitter.on('lifecycle.stopped', function tells() {
  throw new Error('nobody is there')
})

const { exitCode } = await runtime.run({ id: 'events-listener', bundle: host.bundle })
console.log(`the container has ended with code ${exitCode}`)
