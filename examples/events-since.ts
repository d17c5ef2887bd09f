// A list and what has happened since, without a gap between the two; and again from a number that was kept.
//
//   node --import tsx examples/events-since.ts [ROOT]

import { hostBundle, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['true'] })

// What is, and the number of the event from which to follow on.
const { containers, seq } = await runtime.snapshot()
console.log(`${containers.length} containers at event ${seq}`)

await runtime.run({ id: 'events-since', bundle: host.bundle })

// All that has happened meanwhile, and then what happens. This is where a service goes on after a restart: with the last
// number that it has dealt with.
let last = seq
for await (const event of runtime.events({ since: seq })) {
  last = event.seq
  if (event.type === 'stage.finished') console.log(`${event.stage}: ${event.subject} in ${event.durationMs} ms`)
  if (event.type === 'lifecycle.deleted') break
}
console.log(`dealt with everything up to event ${last}`)
