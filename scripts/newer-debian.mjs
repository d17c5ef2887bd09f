// Packages of a newer Debian than this machine's, unpacked aside under build/: for a program that this one does not have yet. apt
// fetches them, from the archive that this machine has its own packages from, with files of its own: neither apt's lists nor
// what is installed changes, and no root is needed. What it checks signatures by is the keyring that this machine has.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const build = fileURLToPath(new URL('../build/', import.meta.url))
const release = '/etc/os-release'
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where the packages of a suite are: their `/usr` is its `usr`. */
const folderOf = (suite) => `${build}debian-${suite}`

/** Written last: the folder is complete, and these are in it. */
const stampOf = (suite) => `${folderOf(suite)}/.packages`

/** Other systems with apt have archives of their own. */
export function isDebian() {
  return existsSync(release) && /^ID=debian$/m.test(readFileSync(release, 'utf8'))
}

export function isUnpacked(suite, packages) {
  return existsSync(stampOf(suite)) && readFileSync(stampOf(suite), 'utf8') === packages.join(' ')
}

/**
 * @param apt runs one command of apt's, given its words and spawn's options: { status, output }
 * @returns what went wrong, as the command said it; undefined: they are there
 */
export async function unpackNewer(suite, packages, apt) {
  // apt fetches as a user of its own, who must get there.
  const folder = mkdtempSync(join(tmpdir(), 'newer-debian-'))
  chmodSync(folder, 0o755)
  try {
    return await unpackIn(folder, suite, packages, apt)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function unpackIn(folder, suite, packages, apt) {
  const uris = await apt(['apt-get', 'update', '--print-uris'])
  const archive = archiveIn(uris.output)
  if (archive === undefined) return `E: no archive of this Debian is among apt's sources`
  const config = await apt(['apt-config', 'dump'])

  for (const name of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'status'), '')
  const signedBy = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
  writeFileSync(join(folder, 'sources.list'), `deb ${signedBy}${archive} ${suite} main\n`)
  writeFileSync(join(folder, 'apt.conf'), configOf(folder, config.output))
  const options = { env: { APT_CONFIG: join(folder, 'apt.conf') }, cwd: folder }
  for (const command of [
    ['apt-get', 'update'],
    ['apt-get', 'download', ...packages],
  ]) {
    const { status, output } = await apt(command, options)
    if (status !== 0) return output
  }

  // Beside its place, and there in one step: what is there is whole.
  mkdirSync(build, { recursive: true })
  const made = mkdtempSync(`${folderOf(suite)}-`)
  try {
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      const { status, output } = await apt(['dpkg-deb', '--extract', join(folder, name), made])
      if (status !== 0) return output
    }
    writeFileSync(join(made, '.packages'), packages.join(' '))
    rmSync(folderOf(suite), { recursive: true, force: true })
    renameSync(made, folderOf(suite))
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** Of what `apt-get update` would fetch, the URI that this machine's own suite comes from. */
function archiveIn(uris) {
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync(release, 'utf8'))?.[1]
  const found = [...uris.matchAll(/^'(\S+)\/dists\/(\S+)\/InRelease'/gm)].map(([, uri, suite]) => ({ uri, suite }))
  const own = found.filter(({ suite }) => suite === codename).map(({ uri }) => uri)
  // Others may name their suites after Debian's; only Debian's main archive has updates of it, too.
  const updated = own.find((uri) => found.some((other) => other.uri === uri && other.suite === `${codename}-updates`))
  return updated ?? own[0]
}

/**
 * How this machine reaches an archive (proxies, certificates), and else nothing of its configuration: it may have hooks. An index whose time
 * is over is taken, as a mirror that stands still has them; who has signed it is checked all the same.
 */
function configOf(folder, dump) {
  const acquire = dump.split('\n').filter((line) => /^Acquire::(?!IndexTargets|Changelogs|Languages)/.test(line))
  return `${acquire.join('\n')}
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Update::Error-Mode "any";
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "${folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
`
}
