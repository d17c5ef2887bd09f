// stator chart: each machine in each format. What is in a chart: test/machines/chart.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stator } from '../support.ts'

test('without arguments: the container, as Mermaid', async () => {
  const { code, stdout, stderr } = await stator('chart')
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /^stateDiagram-v2\n(?:.*\n)*.*confining/)
  assert.equal((await stator('chart', 'container', '--format', 'mermaid')).stdout, stdout)
})

test('the exec session, and JSON', async () => {
  assert.match((await stator('chart', 'exec')).stdout, /^stateDiagram-v2\n/)
  for (const machine of ['container', 'exec']) {
    const { stdout } = await stator('chart', machine, '--format', 'json')
    assert.equal((JSON.parse(stdout) as { id: string }).id, machine)
  }
})

test('what there is not is refused, with what there is', async () => {
  assert.match(
    (await stator('chart', '--format', 'png')).stderr,
    /'png' is invalid\. Allowed choices are mermaid, json\n$/,
  )
  assert.match((await stator('chart', 'pod')).stderr, /'pod' is invalid .*\. Allowed choices are container, exec\n$/)
})
