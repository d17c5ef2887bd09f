// The main job, from end to end: a container of this machine's own userland is planned, made, looked at, and taken away again.
//
//   npm run demo        as root, on Linux; about a second

import { mkdtempSync, rmSync } from 'node:fs'
import { arch, availableParallelism, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { main as stator } from '../src/cli/main.ts'
import { hostBundle, openRuntime, StatorError, type RuntimeEvent } from '../src/index.ts'

const began = performance.now()
const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const paint = (code: number) => (words: string) => (colours ? `\x1b[${code}m${words}\x1b[0m` : words)
const [bold, dim, red, green] = [paint(1), paint(2), paint(31), paint(32)]

function title(words: string): void {
  console.log(`\n${bold(words)}`)
}

/** A name and what belongs to it, in columns. */
function row(name: string, words: string): void {
  console.log(`  ${name.padEnd(12)}${words}`)
}

/** One event, as a line: when (since the demo began), what, and how long it took. */
function show(event: RuntimeEvent): void {
  const time = `${(performance.now() - began).toFixed(1).padStart(8)} ms  `
  if (event.type === 'stage.finished' || event.type === 'stage.undone') {
    const how = event.type === 'stage.undone' ? `undone: ${event.subject}` : event.subject
    const took = `${event.durationMs.toFixed(2).padStart(8)} ms`
    console.log(dim(`${time}  ${event.stage.padEnd(12)}${how.padEnd(20)}${took}`))
  } else if (event.type.startsWith('lifecycle.') || event.type.startsWith('exec.')) {
    const words =
      event.type === 'lifecycle.stopped' || event.type === 'exec.exited' ? `  exit code ${event.exit.exitCode}` : ''
    console.log(`${time}${green(event.type)}${words}`)
  }
}

// Who closes it early (`npm run demo | head`) has seen what they wanted; what was made still goes away.
process.stdout.on('error', () => {})

/** The first lines of the plan, as `stator plan` prints it, and how many steps there are. */
async function planOf(bundle: string): Promise<{ first: string[]; summary: string }> {
  let printed = ''
  const code = await stator(['plan', bundle], {
    stdout: { write: (part) => (printed += part) },
    stderr: process.stderr,
  })
  if (code !== 0) throw new Error('there is no plan')
  const lines = printed.trimEnd().split('\n')
  return { first: lines.slice(0, 12), summary: lines.find((line) => /^\d+ steps: /.test(line)) ?? '' }
}

async function all(stream: Readable | null): Promise<string> {
  return stream === null ? '' : await text(stream)
}

async function demo(root: string): Promise<void> {
  title("A container of this machine's own userland")
  await using host = await hostBundle({
    // The shell is process 1. It waits for the signal that ends it, and says so in the log.
    args: ['sh', '-c', 'echo "process $$ on $(hostname)"; trap "echo bye; exit 7" TERM; sleep 60 & wait'],
  })
  const bound = host.config.mounts?.filter(({ type }) => type === 'bind').length
  row('bundle', host.bundle)
  row('userland', `${bound} folders and files of this machine, bound read-only; nothing is copied`)

  title('Its plan, before anything is done')
  const { first, summary } = await planOf(host.bundle)
  for (const line of first) console.log(dim(`  ${line}`))
  console.log(`  … ${summary}`)

  title('Its life')
  await using runtime = await openRuntime({ root })
  runtime.events$.subscribe(show)
  const container = await runtime.create({ id: 'demo', bundle: host.bundle })
  await container.start()
  await container.waitFor({ log: /process/ })

  const session = await container.exec({ args: ['sh', '-c', 'id -un; ls /; touch /usr/x'] })
  const [stdout, stderr] = await Promise.all([all(session.stdout), all(session.stderr), session.wait()])
  const exit = await container.stop({ signal: 'SIGTERM', timeoutMs: 5000 })
  const log: string[] = []
  for await (const { stream, text: line } of container.logs()) log.push(`${stream}: ${line}`)
  await container.delete()

  title('What was seen')
  row('exec', stdout.trim().split('\n').join(' '))
  row('', stderr.trim())
  for (const line of log) row('log', line)
  row('exit code', String(exit.exitCode))

  title('A create that fails names its step')
  const config = {
    ...host.config,
    mounts: [...(host.config.mounts ?? []), { destination: '/tmp', type: 'tmpfs', options: ['size=lots'] }],
  }
  try {
    await runtime.create({ id: 'broken', config, rootfs: join(host.bundle, 'rootfs') })
    throw new Error('a tmpfs of size "lots" was made')
  } catch (error) {
    if (!(error instanceof StatorError)) throw error
    console.log(red(`  ${error.message}`))
    for (const name of ['code', 'stage', 'step', 'stepIndex', 'role', 'syscall', 'errno', 'pointer'] as const)
      if (error[name] !== undefined) row(name, String(error[name]))
  }
  const left = await runtime.list()
  row('left behind', left.length === 0 ? 'nothing' : left.map(({ id }) => id).join(' '))
  if (exit.exitCode !== 7 || left.length > 0) throw new Error('this is not what was to be seen')
}

console.log(
  `Stator on Linux ${release()} (${arch()}, ${availableParallelism()} processors), Node.js ${process.version}`,
)
const root = mkdtempSync(join(tmpdir(), 'stator-demo-'))
try {
  await demo(root)
  console.log(`\n${green('done')} in ${((performance.now() - began) / 1000).toFixed(2)} s`)
} catch (error) {
  if (!(error instanceof StatorError)) throw error
  console.error(red(`\ndemo: ${error.message}`))
  console.error('What this machine lacks for it: bin/stator doctor')
  process.exitCode = 1
} finally {
  rmSync(root, { recursive: true, force: true })
}
