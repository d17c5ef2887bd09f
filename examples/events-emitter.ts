// The same without RxJS: an EventEmitter whose keys are the types of events.
//
//   node --import tsx examples/events-emitter.ts [ROOT]

import { hostBundle, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['true'] })

runtime.emitter.on('lifecycle.running', ({ container, time }) => console.log(`${container} runs since ${time}`))
runtime.emitter.once('lifecycle.stopped', ({ exit }) => console.log(`code ${exit.exitCode}`))
let count = 0
runtime.emitter.on('event', () => count++)

await runtime.run({ id: 'events-emitter', bundle: host.bundle })
console.log(`${count} events`)
