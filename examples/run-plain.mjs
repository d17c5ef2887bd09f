// The shortest run in plain JavaScript, for a Node.js without `await using` (before 24): `finally` says what is closed at the end.
//
//   node --import tsx examples/run-plain.mjs [ROOT]

import { hostBundle, openRuntime } from 'stator'

const runtime = await openRuntime({ root: process.argv[2] })
try {
  const host = await hostBundle({ args: ['sh', '-c', 'echo "hello from $(hostname)"; exit 7'] })
  try {
    const { exitCode, stdout } = await runtime.run({ bundle: host.bundle })
    console.log({ exitCode, stdout })
  } finally {
    await host.remove()
  }
} finally {
  await runtime.close()
}
