// scripts/setup.mjs on clones that lack things, with an npm and an apt of our own in PATH: what it runs, and what it says.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const nobody = 65534
const root = process.getuid?.() === 0

const registryReached = `mkdir -p node_modules/tsx
echo '{ "name": "tsx", "main": "tsx.cjs" }' > node_modules/tsx/package.json
cat > node_modules/tsx/tsx.cjs <<'EOF'
const fs = require('node:fs')
fs.mkdirSync('build', { recursive: true })
for (const name of ['x86_64', 'aarch64']) fs.writeFileSync('build/stator-init-' + name, '')
process.exit(0)
EOF`

/** What a command line does in a fake program: shell, with the arguments in "$*". */
interface Programs {
  readonly npm?: string
  readonly apt?: string
  readonly dpkgDeb?: string
  /** What dpkg knows of. */
  readonly installed?: readonly string[]
}

/** A clone without node_modules, its programs, and what they were called with. */
function clone(
  t: TestContext,
  { npm = registryReached, apt = 'echo $* >> installed', dpkgDeb = '', installed = [] }: Programs = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of [
    'package-lock.json',
    'scripts/setup.mjs',
    'scripts/newer-debian.mjs',
    'scripts/debian-packages.json',
    'src/native/init',
  ]) {
    cpSync(`${repository}${name}`, join(folder, name), { recursive: true })
  }
  const calls = join(folder, 'calls')
  const program = (name: string, body: string) => {
    const path = join(folder, 'bin', name)
    const log = `echo "${name} $*${name === 'apt-get' ? ' [$DEBIAN_FRONTEND]' : ''}" >> ${calls}`
    writeFileSync(path, `#!/bin/sh\nexport PATH=/usr/bin:/bin\n${name === 'dpkg-query' ? '' : log}\n${body}\n`)
    chmodSync(path, 0o755)
  }
  mkdirSync(join(folder, 'bin'))
  writeFileSync(calls, '')
  program('npm', npm)
  program('apt-get', apt)
  program('apt-config', `echo 'Acquire::http::Proxy "http://proxy.test/";'; echo 'APT::Update::Post-Invoke:: "false";'`)
  program('dpkg-deb', dpkgDeb)
  writeFileSync(join(folder, 'installed'), installed.map((name) => `${name}\n`).join(''))
  program('dpkg-query', `for name in $(cat installed); do echo "$name installed"; done`)

  const setup = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', ...args], {
      cwd: folder,
      env: { PATH: join(folder, 'bin') },
      encoding: 'utf8',
    })
    return { status, lines: stderr.split('\n').filter(Boolean) }
  }
  return { folder, setup, calls: () => readFileSync(calls, 'utf8').split('\n').filter(Boolean) }
}

/** What it says apart from the progress of its steps. */
const messages = (lines: readonly string[]) => lines.filter((line) => !/( …|: [\d.]+ s)$/.test(line))

test(
  'a fresh clone gets its npm packages, the missing Debian packages and the stub; the second run starts nothing',
  { skip: !root && 'needs root' },
  (t) => {
    const { setup, calls, folder } = clone(t, { installed: ['gcc'] })

    const first = setup('--for', 'build')
    assert.deepEqual(messages(first.lines), [])
    assert.equal(first.status, 0)
    const started = calls().sort()
    assert.equal(started.length, 2)
    assert.match(started[0] ?? '', /^apt-get .*install --yes --no-install-recommends gcc-[\w-]+ \[noninteractive\]$/)
    assert.match(started[1] ?? '', /^npm ci --include=dev --ignore-scripts /)
    assert.ok(existsSync(join(folder, 'build/stator-init-x86_64')))

    assert.deepEqual(setup('--for', 'build'), { status: 0, lines: [] })
    assert.deepEqual(calls().length, 2)
  },
)

test('on a clone that is set up nothing is said', () => {
  const setup = () =>
    spawnSync(process.execPath, ['scripts/setup.mjs', '--for', 'check'], { cwd: repository, encoding: 'utf8' })
  // As every script of package.json does: the sources of the stub may be newer than its binary.
  assert.equal(setup().status, 0)
  const { status, stdout, stderr } = setup()
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
})

test('a changed lock installs the npm packages again', (t) => {
  const { setup, calls, folder } = clone(t, { installed: ['gcc'] })
  setup('--for', 'demo')
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  setup('--for', 'demo')
  assert.equal(calls().filter((call) => call.startsWith('npm ci')).length, 2)
})

test('a changed source of the stub builds it again', (t) => {
  const { setup, folder } = clone(t, { installed: ['gcc'] })
  setup('--for', 'demo')
  writeFileSync(join(folder, 'src/native/init/init.c'), '/* changed */')
  assert.match(setup('--for', 'demo').lines.join('\n'), /^set-up: stator-init for \w+ …\n/)
})

test('without root the command for the Debian packages is printed, and apt is not started', (t) => {
  const { folder, calls } = clone(t)
  const asNobody = ['/usr/bin/setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
  for (const path of [folder, join(folder, 'calls')]) if (root) chownSync(path, nobody, nobody)
  chmodSync(folder, 0o755)
  const [program, ...args] = [...(root ? asNobody : []), process.execPath, 'scripts/setup.mjs', '--for', 'demo']
  const { status, stderr } = spawnSync(program ?? '', args, {
    cwd: folder,
    env: { PATH: join(folder, 'bin') },
    encoding: 'utf8',
  })
  assert.deepEqual(messages(stderr.split('\n').filter(Boolean)), [
    'set-up: Debian packages are missing; as root: apt-get update && apt-get install --yes --no-install-recommends gcc',
  ])
  assert.equal(status, 1)
  assert.deepEqual(
    calls().filter((call) => call.startsWith('apt-get')),
    [],
  )
})

const locked = `echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)' >&2
echo 'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?' >&2
exit 100`

test('a locked apt is one clear line', { skip: !root && 'needs root' }, (t) => {
  const { status, lines } = clone(t, { apt: locked }).setup('--for', 'demo', '--apt-wait', '0')
  assert.deepEqual(messages(lines), [
    'set-up: Debian packages: apt is locked by process 812 (unattended-upgr); try again when it has ended',
  ])
  assert.equal(status, 1)
})

test('a lock that is given back in time is waited for', { skip: !root && 'needs root' }, (t) => {
  const { setup, calls } = clone(t, { apt: `if [ ! -e waited ]; then touch waited; ${locked}; fi` })
  const { status, lines } = setup('--for', 'demo', '--apt-wait', '30')
  assert.deepEqual(messages(lines), ['set-up: apt is locked by process 812 (unattended-upgr): waiting up to 30 s'])
  assert.equal(status, 0)
  assert.equal(calls().filter((call) => call.startsWith('apt-get')).length, 2)
})

test('package lists are fetched only when a package is unknown without them', { skip: !root && 'needs root' }, (t) => {
  const apt = `case "$*" in
*update*) touch updated;;
*) [ -e updated ] || { echo 'E: Unable to locate package gcc' >&2; exit 100; };;
esac`
  const { setup, calls } = clone(t, { apt })
  assert.equal(setup('--for', 'demo').status, 0)
  assert.deepEqual(
    calls().flatMap((call) => /^apt-get.* (install|update)/.exec(call)?.[1] ?? []),
    ['install', 'update', 'install'],
  )
})

test('without a network apt gives one clear line', { skip: !root && 'needs root' }, (t) => {
  const apt = `case "$*" in
*update*) echo "W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'" >&2;;
*) echo 'E: Unable to locate package gcc' >&2; exit 100;;
esac`
  const { status, lines } = clone(t, { apt }).setup('--for', 'demo')
  assert.deepEqual(messages(lines), [
    "set-up: Debian packages: no network: deb.debian.org cannot be reached; check the connection or apt's proxy settings",
  ])
  assert.equal(status, 1)
})

test('without a network npm gives one clear line', (t) => {
  const npm = `echo 'npm error code EAI_AGAIN' >&2
echo 'npm error request to https://registry.npmjs.org/xstate failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org' >&2
exit 1`
  const { status, lines } = clone(t, { npm, installed: ['gcc'] }).setup('--for', 'demo')
  assert.deepEqual(messages(lines), [
    "set-up: npm packages: no network: the registry cannot be reached (EAI_AGAIN); check the connection or npm's proxy settings",
  ])
  assert.equal(status, 1)
})

test('a lock out of step with package.json is said in npm’s words, in one line', (t) => {
  const npm = `echo 'npm error code EUSAGE' >&2
echo 'npm error' >&2
echo 'npm error \`npm ci\` can only install packages when your package.json and package-lock.json are in sync.' >&2
exit 1`
  const { lines } = clone(t, { npm, installed: ['gcc'] }).setup('--for', 'demo')
  assert.deepEqual(messages(lines), [
    'set-up: npm packages: `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
  ])
})

// Packages of a newer Debian, which are not installed.

const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1]
const notDebian = !/^ID=debian$/m.test(release) ? 'Debian' : process.arch === 'x64' ? false : 'packages of x86_64'

const sources = `case "$*" in
*--print-uris*)
  echo "'http://other.test/dists/${codename}/InRelease' other.test 0 "
  echo "'http://archive.test/debian/dists/${codename}/InRelease' archive.test 0 "
  echo "'http://archive.test/debian/dists/${codename}-updates/InRelease' archive.test 0 ";;`

interface Packages {
  readonly purposes: Record<string, { suite?: string; packages: string[] | Record<string, string[]> }>
}

/** All that `--for test` installs: nothing is missing but what is unpacked aside. */
function everything(): string[] {
  const { purposes } = JSON.parse(readFileSync(`${repository}scripts/debian-packages.json`, 'utf8')) as Packages
  return Object.values(purposes).flatMap(({ suite, packages }) =>
    suite !== undefined ? [] : Array.isArray(packages) ? packages : (packages[process.arch] ?? []),
  )
}

test(
  'packages of a newer Debian are unpacked aside, from where this one comes from; the second run starts nothing',
  { skip: notDebian },
  (t) => {
    const apt = `${sources}
*update*) cat "$APT_CONFIG" sources.list > \${0%/bin/*}/configured;;
*download*) touch one.deb two.deb;;
esac`
    const dpkgDeb = 'mkdir -p $3/usr/sbin; echo > $3/usr/sbin/seccompagent'
    const { setup, calls, folder } = clone(t, { apt, dpkgDeb, installed: everything() })
    const { status, lines } = setup('--for', 'test')
    assert.deepEqual(messages(lines), [])
    assert.equal(status, 0)
    assert.deepEqual(
      readdirSync(join(folder, 'build')).filter((name) => name.startsWith('debian-')),
      ['debian-forky'],
    )
    assert.ok(existsSync(join(folder, 'build/debian-forky/usr/sbin/seccompagent')))
    const configured = readFileSync(join(folder, 'configured'), 'utf8')
    assert.match(configured, /^deb (\[signed-by=\S+\] )?http:\/\/archive\.test\/debian forky main$/m)
    assert.match(configured, /^Acquire::http::Proxy "http:\/\/proxy\.test\/";$/m)
    assert.doesNotMatch(configured, /Post-Invoke/, "the machine's hooks are not run")
    const started = calls().length

    assert.deepEqual(setup('--for', 'test'), { status: 0, lines: [] })
    assert.equal(calls().length, started)
  },
)

test(
  'without a network the packages of a newer Debian are one clear line, and nothing is left',
  { skip: notDebian },
  (t) => {
    const apt = `${sources}
*update*) echo "E: Failed to fetch http://archive.test/debian/dists/forky/InRelease  Temporary failure resolving 'archive.test'" >&2; exit 100;;
esac`
    const { setup, folder } = clone(t, { apt, installed: everything() })
    const { status, lines } = setup('--for', 'test')
    assert.deepEqual(messages(lines), [
      "set-up: Debian packages of forky: no network: archive.test cannot be reached; check the connection or apt's proxy settings",
    ])
    assert.equal(status, 1)
    assert.ok(!existsSync(join(folder, 'build/debian-forky')))
  },
)

test('where apt has no source of this Debian, that is said', { skip: notDebian }, (t) => {
  const { lines } = clone(t, { apt: 'true', installed: everything() }).setup('--for', 'test')
  assert.deepEqual(messages(lines), [
    "set-up: Debian packages of forky: no archive of this Debian is among apt's sources",
  ])
})
