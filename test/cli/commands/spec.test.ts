// stator spec: a config.json to begin with.

import assert from 'node:assert/strict'
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
