import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits, weightOfShares } from '../../../src/actors/cgroup/limits.ts'
import { StatorError } from '../../../src/errors.ts'
import type { Resources } from '../../../src/oci/config.ts'

/** What is written: on version 1, on version 2. */
function written(resources: Resources): string[] {
  return limits(resources).map(({ file, value }) => `${file[1]}=${value[1]} ${file[2]}=${value[2]}`)
}

test('nothing set: nothing written', () => {
  assert.deepEqual(written({}), [])
  assert.deepEqual(limits(), [])
  assert.deepEqual(written({ memory: {}, cpu: {}, pids: {} }), [])
})

test('memory: bytes with every digit; -1 is no limit, 0 is not set', () => {
  assert.deepEqual(written({ memory: { limit: 9007199254740993n } }), [
    'memory.limit_in_bytes=9007199254740993 memory.max=9007199254740993',
  ])
  assert.deepEqual(written({ memory: { limit: -1n } }), ['memory.limit_in_bytes=-1 memory.max=max'])
  assert.deepEqual(written({ memory: { limit: 0n } }), [])
})

test('memory and swap together; on version 2 swap alone', () => {
  assert.deepEqual(written({ memory: { limit: 100n, swap: 250n } }), [
    'memory.limit_in_bytes=100 memory.max=100',
    'memory.memsw.limit_in_bytes=250 memory.swap.max=150',
  ])
  assert.deepEqual(written({ memory: { swap: -1n } }), ['memory.memsw.limit_in_bytes=-1 memory.swap.max=max'])
  for (const memory of [{ swap: 5n }, { limit: 9n, swap: 8n }, { limit: 9n, swap: -2n }]) {
    assert.throws(() => limits({ memory }), { code: 'ERR_STATOR_CONFIG', pointer: 'linux.resources.memory.swap' })
  }
})

test('pids: below 0 is no limit, 0 is one process', () => {
  assert.deepEqual(written({ pids: { limit: 64n } }), ['pids.max=64 pids.max=64'])
  assert.deepEqual(written({ pids: { limit: -1n } }), ['pids.max=max pids.max=max'])
  assert.deepEqual(written({ pids: { limit: 0n } }), ['pids.max=1 pids.max=1'])
})

test('cpu: shares on version 1, a weight on version 2', () => {
  assert.deepEqual(written({ cpu: { shares: 1024n } }), ['cpu.shares=1024 cpu.weight=100'])
  assert.deepEqual(written({ cpu: { shares: 0n } }), [])
})

test('shares to weight: both ends, the default, and what runc 1.4 writes in between', () => {
  const known: [bigint, number][] = [
    [1n, 1], [2n, 1], [1024n, 100], [2000n, 170], [256n, 35], [262144n, 10000], [1n << 60n, 10000],
  ] // prettier-ignore
  for (const [shares, weight] of known) assert.equal(weightOfShares(shares), weight, `${shares}`)
  let last = 0
  for (let shares = 2n; shares <= 262144n; shares += 131n) {
    const weight = weightOfShares(shares)
    assert.ok(Number.isInteger(weight) && weight >= Math.max(1, last) && weight <= 10000, `${shares}: ${weight}`)
    last = weight
  }
})

test('a negative size is refused with its place', () => {
  assert.throws(
    () => limits({ memory: { limit: -2n } }),
    (error: unknown) => error instanceof StatorError && error.pointer === 'linux.resources.memory.limit',
  )
})
