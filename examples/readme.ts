// The library in ten lines, as README.md shows it.

import { hostBundle, ofType, openRuntime } from 'stator'
import { filter } from 'rxjs'

await using runtime = await openRuntime()
const ended = filter(ofType('lifecycle.stopped'))
runtime.events$.pipe(ended).subscribe(({ container, exit }) => console.log(container, 'ended with', exit.exitCode))

await using host = await hostBundle({ args: ['sh', '-c', 'echo "hello from $(hostname)"; exit 7'] })
const web = await runtime.create({ id: 'web', bundle: host.bundle })
await web.start()
await web.wait()
for await (const { time, text } of web.logs()) console.log(time, text)
await web.delete()
