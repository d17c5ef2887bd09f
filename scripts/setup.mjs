// Set-up: everything that a fresh clone lacks and a script of package.json needs: npm packages, Debian packages (those of a newer
// Debian aside: newer-debian.mjs), the stub.
// Node's built-ins only, as node_modules may not exist yet. When nothing is missing it prints nothing and takes a moment.
//
//   node scripts/setup.mjs --for demo|test|bench|check|build [--apt-wait SECONDS]     60: how long to wait for another apt

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isDebian, isUnpacked, unpackNewer } from './newer-debian.mjs'

const repository = fileURLToPath(new URL('..', import.meta.url))
const debian = JSON.parse(readFileSync(new URL('debian-packages.json', import.meta.url), 'utf8'))

/** How apt-get copes with a slow archive. */
const patience = ['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20']

/** apt's own words for another apt at work. */
const lockTaken = /Could not get lock|Unable to (?:acquire|lock) the/

/** What a person can act on: printed as one line, without a stack. */
class SetupError extends Error {}

const { values: options } = parseArgs({
  options: { for: { type: 'string', default: 'test' }, 'apt-wait': { type: 'string', default: '60' } },
})
const purposes = debian.scripts[options.for]
if (purposes === undefined) {
  console.error(`set-up: unknown script "${options.for}" (${Object.keys(debian.scripts).join(', ')})`)
  process.exit(2)
}

// They do not need each other, and each mostly waits: all at once.
const results = await Promise.allSettled([installNodePackages(), installDebianPackages(), unpackNewerPackages()])
const failures = results.flatMap(({ reason }) => reason ?? [])
if (failures.length === 0) await buildStub().catch((error) => failures.push(error))
for (const failure of failures) console.error(failure instanceof SetupError ? `set-up: ${failure.message}` : failure)
process.exitCode = failures.length === 0 ? 0 : 1

async function installNodePackages() {
  // The platform too: the tree holds binaries of one platform.
  const lock = readFileSync(`${repository}package-lock.json`)
  const stamp = `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`
  const stampFile = `${repository}node_modules/.stator-lock`
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return

  await step('npm packages (about 140 MB)', async () => {
    // Under `npm run` this is the npm that runs us; it need not be in PATH.
    const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
    const { status, output } = await run([
      ...npm,
      ...['ci', '--include=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
      ...['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
      // `npm run --silent` hands its silence on, and what failed is read from the output.
      '--loglevel=error',
    ])
    if (status !== 0) throw new SetupError(npmFailure(output))
    writeFileSync(stampFile, stamp)
  })
}

/** npm's output as one line. */
function npmFailure(output) {
  const code = /^npm (?:error|ERR!) code (\S+)/m.exec(output)?.[1]
  const network = /^(EAI_AGAIN|ENOTFOUND|ECONN\w+|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EPROTO)$/
  if (code !== undefined && network.test(code)) {
    return `npm packages: no network: the registry cannot be reached (${code}); check the connection or npm's proxy settings`
  }
  const said = output.split('\n').filter((line) => /^npm (error|ERR!) (?!code|A complete log)/.test(line))
  return `npm packages: ${said[0]?.replace(/^npm \S+ /, '') ?? 'npm ci failed without a word'}`
}

async function installDebianPackages() {
  if (process.platform !== 'linux') return
  const wanted = purposes.flatMap((purpose) =>
    debian.purposes[purpose].suite === undefined ? packagesOf(purpose) : [],
  )
  if (wanted.length === 0) return

  const query = spawnSync('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...wanted])
  if (query.error !== undefined) {
    console.error(`set-up: not a Debian system; needed here are the programs of: ${wanted.join(' ')}`)
    return
  }
  const installed = new Set(query.stdout.toString().match(/^\S+(?= installed$)/gm))
  const missing = wanted.filter((name) => !installed.has(name))
  if (missing.length === 0) return

  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing]
  if (process.getuid() !== 0) {
    throw new SetupError(`Debian packages are missing; as root: apt-get update && ${install.join(' ')}`)
  }
  await step(`Debian packages: ${missing.join(' ')}`, async () => {
    let { status, output } = await apt(install)
    // A fresh machine has no package lists, an old one outdated ones: both show in the first attempt.
    if (
      status !== 0 &&
      /Unable to locate package|no installation candidate|Failed to fetch|Unable to fetch/.test(output)
    ) {
      const update = await apt(['apt-get', 'update'])
      const again = await apt(install)
      status = again.status
      // `update` reports an unreachable server as a warning, and what follows from that only says that a package is unknown.
      output = again.output + update.output
    }
    if (status !== 0) throw new SetupError(`Debian packages: ${aptFailure(output)}`)
  })
}

/** Those of another suite than this machine's are not installed. */
async function unpackNewerPackages() {
  if (!isDebian()) return
  for (const purpose of purposes) {
    const { suite } = debian.purposes[purpose]
    const packages = packagesOf(purpose)
    if (suite === undefined || packages.length === 0 || isUnpacked(suite, packages)) continue
    await step(`Debian packages of ${suite}, unpacked aside: ${packages.join(' ')}`, async () => {
      const output = await unpackNewer(suite, packages, apt)
      if (output !== undefined) throw new SetupError(`Debian packages of ${suite}: ${aptFailure(output)}`)
    })
  }
}

/** A purpose's packages on this architecture. */
function packagesOf(purpose) {
  const { packages } = debian.purposes[purpose]
  return Array.isArray(packages) ? packages : (packages[process.arch] ?? [])
}

/** One command of apt's. While another one holds apt's lock it waits, up to --apt-wait. */
async function apt([program, ...rest], spawnOptions) {
  const deadline = Date.now() + Number(options['apt-wait']) * 1000
  for (let attempt = 0; ; attempt++) {
    const result = await run([program, ...(program === 'apt-get' ? patience : []), ...rest], spawnOptions)
    if (result.status === 0 || !lockTaken.test(result.output) || Date.now() >= deadline) return result
    if (attempt === 0) console.error(`set-up: ${lockHolder(result.output)}: waiting up to ${options['apt-wait']} s`)
    await sleep(1000)
  }
}

function lockHolder(output) {
  const [, pid, name] = /held by process (\d+)(?: \(([^)]+)\))?/.exec(output) ?? []
  return `apt is locked by ${pid === undefined ? 'another program' : `process ${pid}${name === undefined ? '' : ` (${name})`}`}`
}

/** apt's output as one line. */
function aptFailure(output) {
  if (lockTaken.test(output)) return `${lockHolder(output)}; try again when it has ended`
  const network =
    /(?:Temporary failure resolving|Could not resolve) '?([\w.-]+)|(?:Could not connect to|Unable to connect to) ([\w.-]+)/.exec(
      output,
    )
  if (network !== null)
    return `no network: ${network[1] ?? network[2]} cannot be reached; check the connection or apt's proxy settings`
  return /^E: (.*)$/m.exec(output)?.[1] ?? 'apt-get failed'
}

async function buildStub() {
  if (process.platform !== 'linux' || !purposes.includes('stub')) return
  // All that build.ts reads. It looks for itself too, but starting it costs more than this.
  const hash = createHash('sha256').update(process.arch)
  for (const name of ['build.ts', 'stub.ts', 'plan.h', 'init.c'])
    hash.update(readFileSync(`${repository}src/native/init/${name}`))
  const stamp = hash.digest('hex')
  const native = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const architectures = purposes.includes('cross') ? ['x86_64', 'aarch64'] : [native]
  const stampOf = (architecture) => `${repository}build/.set-up-${architecture}`
  const isBuilt = (architecture) =>
    existsSync(`${repository}build/stator-init-${architecture}`) &&
    existsSync(stampOf(architecture)) &&
    readFileSync(stampOf(architecture), 'utf8') === stamp
  if (architectures.every(isBuilt)) return

  await step(`stator-init for ${architectures.join(' and ')}`, async () => {
    const all = architectures.length > 1 ? ['--all'] : []
    const { status, output } = await run([process.execPath, '--import', 'tsx', 'src/native/init/build.ts', ...all])
    if (status !== 0) throw new SetupError(`stator-init cannot be built:\n${output.trim()}`)
    for (const architecture of architectures) writeFileSync(stampOf(architecture), stamp)
  })
}

/** Says what is being done and how long it took. */
async function step(title, action) {
  console.error(`set-up: ${title} …`)
  const start = performance.now()
  await action()
  console.error(`set-up: ${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

/** Runs a program; its output, both streams together, is kept. */
function run([program, ...args], { cwd = repository, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      // LC_ALL: the messages are read above.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => reject(new SetupError(`${program} cannot be started (${error.code})`)))
    child.on('close', (status) => resolve({ status, output }))
  })
}
