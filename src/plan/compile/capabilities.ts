// process.capabilities: the five sets, in the order in which the kernel lets them be set (facts.md A.3; capabilities(7)).

import { capabilities as capabilityNames, LINUX_CAPABILITY_VERSION_3, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, PR_CAP_AMBIENT_RAISE, PR_CAPBSET_DROP } from '../../native/uapi.ts' // prettier-ignore
import type { Capabilities } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'

/** Numbers of the names that the kernel knows; the others are dropped, as runc does. */
export function capabilityNumbers(names: readonly string[] | undefined, lastCapability: number): number[] {
  const numbers = (names ?? [])
    .map((name) => capabilityNames.indexOf(name))
    .filter((number) => number >= 0 && number <= lastCapability)
  return [...new Set(numbers)].sort((a, b) => a - b)
}

/** First of all: a capability is dropped from the bounding set only while CAP_SETPCAP is effective. */
export function dropBounding(plan: PlanBuilder, sets: Capabilities | undefined, lastCapability: number): void {
  plan.at('process.capabilities.bounding', () => {
    const keep = new Set(capabilityNumbers(sets?.bounding, lastCapability))
    for (let number = 0; number <= lastCapability; number++)
      if (!keep.has(number))
        plan.sys(
          'prctl',
          [PR_CAPBSET_DROP, number, 0, 0, 0],
          `drop ${capabilityNames[number] ?? number} from the bounding set`,
        )
  })
}

/** Last: the identity has changed, and nothing more needs a right. */
export function setCapabilities(plan: PlanBuilder, sets: Capabilities | undefined, lastCapability: number): void {
  const [effective, permitted, inheritable, ambient] = [
    sets?.effective,
    sets?.permitted,
    sets?.inheritable,
    sets?.ambient,
  ].map((names) => capabilityNumbers(names, lastCapability)) as [number[], number[], number[], number[]]
  plan.at('process.capabilities', () => {
    const header = plan.bytes(words32([LINUX_CAPABILITY_VERSION_3, 0]), '{v3, self}')
    const masks = [effective, permitted, inheritable].map(mask)
    const data = plan.bytes(words32([...masks.map(([low]) => low), ...masks.map(([, high]) => high)]), describe(masks))
    plan.sys('capset', [header, data], 'set the effective, permitted and inheritable sets')
  })
  plan.at('process.capabilities.ambient', () => {
    plan.sys('prctl', [PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0], 'clear the ambient set', {
      tolerate: ['EINVAL'],
    })
    // One that is not permitted and inheritable cannot be ambient; runc warns, and so it is no failure.
    for (const number of ambient)
      plan.sys(
        'prctl',
        [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0],
        `raise ${capabilityNames[number] ?? number} in the ambient set`,
        { tolerate: ['EPERM'] },
      )
  })
}

function mask(numbers: readonly number[]): [number, number] {
  let [low, high] = [0, 0]
  for (const number of numbers) {
    if (number < 32) low |= 1 << number
    else high |= 1 << (number - 32)
  }
  return [low >>> 0, high >>> 0]
}

function words32(words: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => bytes.writeUInt32LE(word, index * 4))
  return bytes
}

function describe(masks: readonly [number, number][]): string {
  const names = ['effective', 'permitted', 'inheritable']
  return `{${masks.map(([low, high], index) => `${names[index]} 0x${(BigInt(high) * 2n ** 32n + BigInt(low)).toString(16)}`).join(', ')}}`
}
