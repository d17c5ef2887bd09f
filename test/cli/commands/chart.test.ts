// stator chart: each machine in each format. What is in a chart: test/machines/chart.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notYet } from '../../../src/cli/commands/chart.ts'
import { allStates, chartOf } from '../../../src/machines/chart.ts'
import { containerMachine } from '../../../src/machines/container.ts'
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

test('what cannot be entered yet is named, in the chart as a comment and in the help', async () => {
  const words = 'pausing, paused, resuming, checkpointing, checkpointed, restoring, restored'
  assert.deepEqual(notYet.container.join(', '), words)
  const states = allStates(chartOf(containerMachine)).map(({ name }) => name)
  for (const name of notYet.container) assert.ok(states.includes(name), name)
  assert.ok((await stator('chart')).stdout.endsWith(`\n  %% cannot be entered yet: ${words}\n`))
  assert.doesNotMatch((await stator('chart', 'exec')).stdout, /%%/)
  assert.match((await stator('chart', '--help')).stdout, /cannot be entered yet[^]*pausing, paused/)
})
