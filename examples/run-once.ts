// A container from its creation to its end in one call, and one that cannot be made.
//
//   node --import tsx examples/run-once.ts [ROOT]

import { hostBundle, openRuntime, StatorError } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['sh', '-c', 'wc -c; touch /usr/x; exit 3'] })

const { exitCode, stdout, stderr } = await runtime.run({ bundle: host.bundle, input: 'what the program reads' })
console.log({ exitCode, stdout, stderr })

// An error says which step it was, what the kernel answered, and where in the configuration the step comes from.
const mounts = [...(host.config.mounts ?? []), { destination: '/tmp', type: 'tmpfs', options: ['size=lots'] }]
try {
  await runtime.run({ config: { ...host.config, mounts }, rootfs: `${host.bundle}/rootfs` })
} catch (error) {
  if (!(error instanceof StatorError)) throw error
  console.log(error.message)
  console.log(error.code, error.stage, error.syscall, error.errno, error.pointer)
}
