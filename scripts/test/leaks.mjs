// What a test run leaves on the machine: processes, cgroups, mounts, network interfaces and namespaces, files. Compared with
// what was there before, so a machine in use is no obstacle. Reads /proc and /sys only.

import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Everything of this machine that a run could leave behind: key, and how to name it. */
function inventory(folder) {
  const found = new Map()
  const add = (key, text = key) => found.set(key, text)
  for (const entry of list('/proc')) if (/^\d+$/.test(entry)) describeProcess(entry, folder, add)
  for (const path of cgroups('/sys/fs/cgroup')) add(`cgroup ${path}`)
  for (const line of lines('/proc/self/mountinfo')) {
    const [id, , , root, point] = line.split(' ')
    const [type, source] = line.slice(line.indexOf(' - ') + 3).split(' ')
    add(`mount ${id} ${point}`, `mount ${point} (${type} ${source}${root === '/' ? '' : root})`)
  }
  // Not /sys/class/net: that is the network namespace in which /sys was mounted.
  for (const line of lines('/proc/net/dev').slice(2)) add(`network interface ${line.trim().split(':')[0]}`)
  for (const name of list('/run/netns')) add(`network namespace /run/netns/${name}`)
  for (const name of list('/run/stator')) add(`file /run/stator/${name}`)
  // tsx and npm keep a cache there.
  for (const name of list(folder))
    if (!/^(tsx-\d+|node-compile-cache|v8-compile-cache-\d+)$/.test(name)) add(`file ${folder}/${name}`)
  return found
}

/** A process counts when it is the stub, in a container, or the child of a test. Zombies are their parent's matter. */
function describeProcess(pid, folder, add) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, parent] = fields
    const startTime = fields[19]
    if (state === 'Z' || state === 'X') return
    const ours =
      name.startsWith('stator') ||
      readlinkSync(`/proc/${pid}/exe`).includes('stator-init') ||
      readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid') ||
      readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${folder}`)
    if (!ours) return
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 100)
    add(`process ${pid} ${startTime}`, `process ${pid} ${name} (parent ${parent}): ${command}`)
  } catch {
    // It has ended meanwhile, or is another user's.
  }
}

/** The groups that bear our name, in every hierarchy; what is below one goes with it. */
function* cgroups(folder) {
  for (const entry of list(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = `${folder}/${entry.name}`
    if (entry.name.startsWith('stator')) yield path
    yield* cgroups(path)
  }
}

function list(path, options = {}) {
  try {
    return existsSync(path) ? readdirSync(path, options) : []
  } catch {
    return []
  }
}

function lines(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

/**
 * Looks at the machine now; the returned function looks again, until nothing is new or the time is over, and names what is.
 *
 * @param {string} folder the TMPDIR of the tests
 * @returns {(settleMs: number) => Promise<string[]>}
 */
export function watchForLeaks(folder) {
  const before = inventory(folder)
  const fresh = () => [...inventory(folder)].filter(([key]) => !before.has(key))
  return async (settleMs) => {
    // The kernel takes some things away a moment after the last process that held them.
    const deadline = performance.now() + settleMs
    for (let pauseMs = 50; performance.now() < deadline && fresh().length > 0; pauseMs *= 2) await sleep(pauseMs)
    return fresh().map(([, text]) => text)
  }
}
