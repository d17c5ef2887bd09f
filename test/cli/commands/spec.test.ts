// stator spec: a config.json to begin with.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { defineConfig } from '../../../src/oci/default-config.ts'
import { parseConfig } from '../../../src/oci/parse.ts'
import { folder, stator } from '../support.ts'

test('the safe default, for sh unless told', async (t) => {
  const path = folder(t)
  assert.deepEqual(await stator('spec', '--bundle', path), { code: 0, stdout: '', stderr: '' })
  const text = readFileSync(join(path, 'config.json'), 'utf8')
  assert.deepEqual(parseConfig(text), defineConfig({ args: ['sh'] }))
  assert.ok(text.endsWith('}\n'))
})

test('what follows is the program, its flags included', async (t) => {
  const path = folder(t)
  assert.equal((await stator('spec', '-b', path, 'ls', '--host', '-l')).code, 0)
  const { process } = parseConfig(readFileSync(join(path, 'config.json'), 'utf8'))
  assert.deepEqual(process.args, ['ls', '--host', '-l'])
})

test('a config.json that is there stays', async (t) => {
  const path = folder(t)
  const file = join(path, 'config.json')
  writeFileSync(file, 'mine')
  for (const host of [[], ['--host']]) {
    const { code, stderr } = await stator('spec', '--bundle', path, ...host)
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^stator: spec ${path}: write "${file}": EEXIST \\(remove it first, or .*\\)\n$`))
    assert.equal(readFileSync(file, 'utf8'), 'mine')
    assert.equal(existsSync(join(path, 'rootfs')), false)
  }
})

test('a folder that is not there is made', async (t) => {
  const path = join(folder(t), 'new', 'one')
  assert.deepEqual(await stator('spec', '-b', path), { code: 0, stdout: '', stderr: '' })
  assert.ok(existsSync(join(path, 'config.json')))
})

test('--host: a bundle of this machine’s userland', async (t) => {
  const path = join(folder(t), 'new')
  assert.deepEqual(await stator('spec', '--host', '--bundle', path, '--', 'id'), { code: 0, stdout: '', stderr: '' })
  const config = parseConfig(readFileSync(join(path, 'config.json'), 'utf8'))
  assert.deepEqual(config.process.args, ['id'])
  assert.ok(config.mounts?.some(({ source, options }) => source === '/usr' && options?.includes('rro')))
  assert.ok(existsSync(join(path, 'rootfs/usr')))
})

function specOf(path: string): ReturnType<typeof parseConfig> {
  return parseConfig(readFileSync(join(path, 'config.json'), 'utf8'))
}

test('--rootless: who calls is root in it, alone; the host’s network, and no limits', async (t) => {
  const path = folder(t)
  assert.deepEqual(await stator('spec', '--rootless', '-b', path, 'id'), { code: 0, stdout: '', stderr: '' })
  const { linux, mounts = [], process: program } = specOf(path)
  const only = (hostID: number | undefined) => [{ containerID: 0, hostID, size: 1 }]
  assert.deepEqual(linux?.uidMappings, only(process.geteuid?.()))
  assert.deepEqual(linux?.gidMappings, only(process.getegid?.()))
  const types = linux?.namespaces?.map(({ type }) => type)
  assert.ok(types?.includes('user') && !types.includes('network'))
  assert.equal(linux?.resources, undefined)
  const options = (destination: string) => mounts.find((mount) => mount.destination === destination)?.options
  assert.ok(!options('/dev/pts')?.some((option) => option.startsWith('gid=')))
  assert.ok(options('/sys')?.includes('rbind') && options('/sys')?.includes('rro'))
  assert.deepEqual(program.args, ['id'])
})

test('--rootless: what it is besides is the safe default', async (t) => {
  const path = folder(t)
  await stator('spec', '--rootless', '-b', path)
  const { linux, mounts, ...rest } = specOf(path)
  const { linux: _, mounts: usual, ...expected } = defineConfig({ args: ['sh'] })
  assert.deepEqual(rest, expected)
  assert.deepEqual(
    mounts?.map(({ destination }) => destination),
    usual?.map(({ destination }) => destination),
  )
  assert.deepEqual(linux?.maskedPaths, defineConfig({ args: ['sh'] }).linux?.maskedPaths)
})

const hasRunc = spawnSync('runc', ['--version']).error === undefined

test(
  '--rootless: mappings, namespaces and mounts as `runc spec --rootless` has them',
  { skip: hasRunc ? false : 'runc is missing' },
  async (t) => {
    const [ours, theirs] = [folder(t), folder(t)]
    await stator('spec', '--rootless', '-b', ours)
    execFileSync('runc', ['spec', '--rootless'], { cwd: theirs })
    const mine = specOf(ours)
    const runc = JSON.parse(readFileSync(join(theirs, 'config.json'), 'utf8')) as typeof mine
    assert.deepEqual(mine.linux?.uidMappings, runc.linux?.uidMappings)
    assert.deepEqual(mine.linux?.gidMappings, runc.linux?.gidMappings)
    assert.equal(mine.linux?.resources, runc.linux?.resources)
    const types = (spec: typeof mine) => new Set(spec.linux?.namespaces?.map(({ type }) => type))
    // Where cgroups are version 2 runc has it, too.
    assert.deepEqual(types(mine), new Set([...types(runc), 'cgroup']))
    const mounts = (spec: typeof mine) =>
      spec.mounts
        ?.filter(({ destination }) => destination !== '/proc')
        .map(({ destination, type, source, options }) => {
          return [destination, type, source, options?.map((option) => (option === 'rro' ? 'ro' : option))]
        })
    assert.deepEqual(mounts(mine), mounts(runc))
  },
)

test('--rootless is not for a bundle of this machine’s userland', async (t) => {
  const path = folder(t)
  const { code, stderr } = await stator('spec', '--rootless', '--host', '-b', path)
  assert.equal(code, 1)
  assert.match(stderr, /'--rootless' cannot be used with option '--host'/)
  assert.equal(existsSync(join(path, 'config.json')), false)
})
