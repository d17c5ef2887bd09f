import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freeze, pids, thawKilled } from '../../../src/actors/cgroup/index.ts'
import { layout } from '../../../src/actors/cgroup/layout.ts'
import { endProcess } from '../../../src/actors/process/index.ts'
import { StatorError } from '../../../src/errors.ts'
import { processStartTime } from '../../../src/native/process-stat.ts'
import { groups, inside, missing, sweep } from '../cgroup/worlds.ts'

after(() => {
  sweep()
})

const hasFreezer = layout().legacy.some(({ controllers }) => controllers.includes('freezer'))
const skip = missing() || (hasFreezer ? false : 'the freezer of cgroup v1')

test('of one that SIGKILL does not end the error names it, and it can be ended later', { skip }, async (t) => {
  const receipt = await groups(t, { name: layout().kind, layout: layout() })
  // Not our child: the end of that would be for Node.js to hear of.
  const child = inside(receipt, 'sleep 1000 & echo $!; wait $!; echo $?')
  const pid = Number(await child.printed('\n'))
  const process = { pid, startTime: processStartTime(pid) ?? '' }
  await freeze(receipt)
  await assert.rejects(
    endProcess(process, { withinMs: 1 }),
    (thrown: unknown) =>
      thrown instanceof StatorError &&
      thrown.code === 'ERR_STATOR_TIMEOUT' &&
      thrown.message.startsWith(`end process ${pid}: still there 1 ms after SIGKILL: `),
  )
  assert.ok(pids(receipt).includes(pid))
  await endProcess(process, { onKill: () => thawKilled(receipt) })
  assert.match((await child.ended).output, /^137$/m)
})
