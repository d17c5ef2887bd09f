// A container, step by step: made, started, waited for until it is ready, looked into, stopped, and taken away.
//
//   node --import tsx examples/run-container.ts [ROOT]

import { text } from 'node:stream/consumers'
import { hostBundle, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({
  args: ['sh', '-c', 'trap "echo bye; exit 7" TERM; echo ready; sleep 60 & wait'],
})

const container = await runtime.create({ id: 'run-container', bundle: host.bundle })
console.log(container.status)
await container.start()
await container.waitFor({ log: /ready/ })
console.log(container.status)

// A further process in it, with streams of its own.
const session = await container.exec({ args: ['hostname'] })
console.log(`exec: ${(await text(session.stdout!)).trim()}`)

const exit = await container.stop({ signal: 'SIGTERM', timeoutMs: 5000 })
console.log(`${container.status} with code ${exit.exitCode}`)
for await (const line of container.logs()) console.log(`${line.stream}: ${line.text}`)
await container.delete()
