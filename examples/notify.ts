// Answers system calls of a container: its mkdir fails as on a full disk.
//
//   node --import tsx examples/notify.ts [ROOT]

import { hostBundle, openRuntime } from 'stator'

await using runtime = await openRuntime({ root: process.argv[2] })
await using host = await hostBundle({ args: ['mkdir', '/tmp/a', '/tmp/b'] })

// Of all calls these wait for an answer. All others are made as if there were no filter.
const asked = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' } as const
const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [asked] } as const

runtime.notifications$.subscribe((notification) => {
  console.log('asked:', notification.decode()?.['path'])
  void notification.deny('ENOSPC')
})

const config = { ...host.config, linux: { ...host.config.linux, seccomp } }
const { exitCode, stderr } = await runtime.run({ config, rootfs: `${host.bundle}/rootfs` })
console.log(stderr.trimEnd())
console.log('exit code', exitCode)
