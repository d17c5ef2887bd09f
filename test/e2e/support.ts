// What end-to-end tests share: a root file system of static busybox, containers that are gone when the test is, and a look at
// what a container sees of itself.

import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { defineConfig, openRuntime, type Container, type Runtime } from '../../src/index.ts'
import type { Spec } from '../../src/oci/config.ts'
import { stringifyConfig } from '../../src/oci/stringify.ts'

/** Config as a test changes it: everything writable. */
export type Writable<T> = T extends readonly (infer E)[] ? Writable<E>[] : T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T

/** Why an end-to-end test cannot run here; false when it can. */
export const missing: string | false = process.getuid?.() !== 0 ? 'root' : !existsSync('/bin/busybox') ? 'busybox-static' : false

const applets = 'sh cat echo true false ls id env sleep mount umount stat readlink touch mkdir rm grep kill ps head tail wc tr hostname dmesg mknod ln chmod test seq sort nproc printf sync sysctl uname cut awk dd ip ifconfig ping pwd date'.split(' ')

/** A folder with /bin/busybox and links to it, and /etc/passwd. */
export function makeRootfs(folder: string): void {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'home']) mkdirSync(join(folder, name), { recursive: true })
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
  for (const name of applets) symlinkSync('busybox', join(folder, 'bin', name))
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nuser:x:1000:\n')
}

export interface Place {
  /** A temporary folder, removed with the test. */
  readonly folder: string
  readonly rootfs: string
  readonly runtime: Runtime
}

/** A runtime on a root of its own with a busybox root file system beside it. */
export async function place(t: TestContext): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'stator-e2e-'))
  const rootfs = join(folder, 'rootfs')
  makeRootfs(rootfs)
  const runtime = await openRuntime({ root: join(folder, 'root') })
  t.after(async () => {
    for (const container of await runtime.list()) await container.delete({ force: true }).catch(() => undefined)
    await runtime.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, rootfs, runtime }
}

let count = 0

/** An id that no other test uses. */
export function freshId(): string {
  return `e2e-${process.pid}-${++count}`
}

/** The safe default with these args, changed by the test. */
export function config({ rootfs }: Place, args: string[], change: (config: Writable<Spec>) => void = () => undefined): Spec {
  const made = structuredClone(defineConfig({ args, rootfs })) as Writable<Spec>
  change(made)
  return made as Spec
}

/** A bundle folder with a config.json. */
export function bundle(at: Place, spec: Spec): string {
  const folder = mkdtempSync(join(at.folder, 'bundle-'))
  writeFileSync(join(folder, 'config.json'), stringifyConfig(spec, 2))
  return folder
}

/** Runs a shell script in a container and gives back what it printed; the script must succeed. */
export async function output(at: Place, script: string, change?: (config: Writable<Spec>) => void): Promise<string> {
  const done = await at.runtime.run({ id: freshId(), config: config(at, ['sh', '-c', script], change), rootfs: at.rootfs })
  assert.equal(done.exitCode, 0, `"${script}" ended with ${done.exitCode}: ${done.stdout}${done.stderr}`)
  return done.stdout
}

/** A running container that sleeps, deleted with the test. */
export async function running(t: TestContext, at: Place, change?: (config: Writable<Spec>) => void): Promise<Container> {
  const container = await at.runtime.create({ id: freshId(), config: config(at, ['sleep', '1000'], change), rootfs: at.rootfs })
  t.after(() => container.delete({ force: true }).catch(() => undefined))
  await container.start()
  return container
}

/** Names in a folder; none when it is not there. */
export function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
