// Real groups for tests: in a folder of their own in each hierarchy, on every layout that this machine can stand for.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { makeGroups, applyLimits, cgroup, openJoin } from '../../../src/actors/cgroup/index.ts'
import { intendGroups } from '../../../src/actors/cgroup/intent.ts'
import { type Layout, layout } from '../../../src/actors/cgroup/layout.ts'
import type { CgroupReceipt } from '../../../src/actors/cgroup/receipt.ts'
import type { Linux } from '../../../src/oci/config.ts'

/** Below the root of every hierarchy. */
export const BASE = `/stator-test-${process.pid}`

export interface World {
  readonly name: string
  readonly layout: Layout
}

/**
 * This machine's layout. A hybrid can do for two more: without its version 2 tree it is a legacy one, and without the
 * devices controller it has to use a program for devices, as version 2 does.
 */
export function worlds(): World[] {
  const own = layout()
  const found: World[] = [{ name: own.kind, layout: own }]
  if (own.kind === 'hybrid') {
    const legacy = own.legacy.filter(({ controllers }) => !controllers.includes('devices'))
    found.push({ name: 'legacy', layout: { ...own, kind: 'legacy', unified: null } })
    found.push({ name: 'hybrid without the devices controller', layout: { ...own, legacy } })
  }
  return found
}

/** For `skip`: what these tests lack here. */
export function missing(...controllers: string[]): string | false {
  if (process.getuid?.() !== 0) return 'root'
  const { kind, unified, legacy } = layout()
  if (kind === 'none') return 'cgroups'
  const has = [...(unified?.controllers ?? []), ...legacy.flatMap((hierarchy) => hierarchy.controllers)]
  const lacking = controllers.find((name) => !has.includes(name))
  if (lacking !== undefined) return `the cgroup controller ${lacking}`
  try {
    const [group] = intendGroups(layout(), { id: 'x', config: {} }).groups
    return group === undefined ? 'writable cgroups' : false
  } catch {
    return 'writable cgroups'
  }
}

let count = 0

/** A container's groups in this world, made and limited; undone at the end of the test. */
export async function groups(t: TestContext, { layout }: World, linux: Linux = {}): Promise<CgroupReceipt> {
  const config = { linux: { cgroupsPath: `${BASE}/${++count}`, ...linux } }
  const receipt = intendGroups(layout, { id: 'test', config })
  t.after(() => cgroup.undo(receipt, null))
  await makeGroups(receipt)
  applyLimits(receipt, { id: 'test', config })
  return receipt
}

export interface Inside {
  readonly pid: number
  /** Once the script has printed it, or all that it has printed when it ended before. */
  printed(text: string): Promise<string>
  /** Both streams, and how it ended. */
  readonly ended: Promise<{ output: string; code: number | null; signal: string | null }>
}

/** A shell script in the container's groups; it goes in by the descriptors that init gets. */
export function inside(receipt: CgroupReceipt, script: string): Inside {
  const { tasks, into } = openJoin(receipt)
  const descriptors = [...tasks, ...(into === null ? [] : [into])]
  const enter = tasks.map((_, index) => `echo 0 >&${3 + index}`)
  // A shell cannot clone into a group; by its folder's descriptor it finds the file that also moves it.
  if (into !== null) enter.push(`echo 0 >/proc/self/fd/${3 + tasks.length}/cgroup.procs`)
  const leave = descriptors.map((_, index) => `exec ${3 + index}>&-`)
  const child = spawn('sh', ['-c', [...enter, ...leave].join(' && ') + ` || exit 99\n${script}`], {
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors.map(({ number }) => number)],
  })
  for (const descriptor of descriptors) descriptor.close()

  let output = ''
  const waiting: { text: string; resolve: (output: string) => void }[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      for (const { text, resolve } of waiting) if (output.includes(text)) resolve(output)
    })
  }
  const ended = new Promise<{ output: string; code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ output, code, signal }))
  })
  return {
    pid: child.pid as number,
    ended,
    printed: (text) =>
      Promise.race([
        ended.then((end) => end.output),
        new Promise<string>((resolve) => {
          waiting.push({ text, resolve })
          if (output.includes(text)) resolve(output)
        }),
      ]),
  }
}

/** All groups of these tests that are there. */
export function remaining(): string[] {
  const { unified, legacy } = layout()
  return [...(unified === null ? [] : [unified]), ...legacy]
    .map(({ mount }) => mount + BASE)
    .filter((folder) => existsSync(folder))
}

/** Removes what the tests' folders still have; for the end of a file. */
export function sweep(): void {
  const remove = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(`${folder}/${entry.name}`)
    rmdirSync(folder)
  }
  for (const folder of remaining()) remove(folder)
}
