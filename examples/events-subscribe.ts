// Subscribing to what happens: on the whole root, and to one container.
//
//   node --import tsx examples/events-subscribe.ts [ROOT]

import { filter } from 'rxjs'
import { hostBundle, ofType, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['sh', '-c', 'exit 3'] })

// Everything that happens on the root from now on, whoever does it.
runtime.events$.pipe(filter(ofType('lifecycle.stopped'))).subscribe(({ container, exit }) => {
  console.log(`${container} has ended with code ${exit.exitCode}`)
})

const container = await runtime.create({ id: 'events-subscribe', bundle: host.bundle })
await container.start()
await container.wait()

// One container: from its creation on, whenever one subscribes.
container.events$.pipe(filter(({ type }) => type.startsWith('lifecycle.'))).subscribe(({ seq, type, transition }) => {
  console.log(seq, type, transition?.cause)
})
await container.delete()
