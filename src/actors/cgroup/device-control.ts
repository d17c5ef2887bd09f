// The kernel is told which devices a container may use: lines on version 1, a program on version 2.

import { closeSync, constants, openSync } from 'node:fs'

import { bpfProgAttach, bpfProgLoad } from '../../native/bpf.ts'
import type { Fd } from '../../native/fd.ts'
import { BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI, BPF_PROG_TYPE_CGROUP_DEVICE } from '../../native/uapi.ts'
import { failure, writeControl } from './control-file.ts'
import type { Demands } from './demands.ts'
import { allowsEverything, type Rule } from './devices.ts'
import { deviceProgram } from './ebpf.ts'
import { type CgroupReceipt, groupWith } from './receipt.ts'

const place = { pointer: 'linux.resources.devices' }

/**
 * Puts the rules in force, for everyone who will be in the group.
 *
 * @throws {StatorError} ERR_STATOR_STAGE with the errno; EPERM on version 1 also where the group above forbids the device
 */
export function limitDevices(receipt: CgroupReceipt, demands: Pick<Demands, 'rules' | 'lines'>): void {
  const group = groupWith(receipt, 'devices')
  if (group === undefined) return
  if (group.version === 1) {
    // One file after the other, in the order of the lines: the first line is the default, all others are of the other file.
    const [first, ...exceptions] = demands.lines
    if (first === undefined) return
    writeControl(group.folder, first.file, first.line, place)
    const [next] = exceptions
    if (next !== undefined)
      writeControl(
        group.folder,
        next.file,
        exceptions.map(({ line }) => line),
        place,
      )
  } else if (!allowsEverything(demands.rules)) {
    attach(group.folder, demands.rules)
  }
}

/** The kernel asks all programs on the way from the root, and each may refuse: MULTI, so that the container's own can be added. */
function attach(path: string, rules: readonly Rule[]): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    bpfProgAttach(folder, load(deviceProgram(rules)), BPF_CGROUP_DEVICE, { flags: BPF_F_ALLOW_MULTI })
  } catch (error) {
    throw failure(error, `attach device rules to ${path}`, path, place)
  } finally {
    closeSync(folder)
  }
}

let loaded: { readonly instructions: Buffer; readonly program: Fd } | undefined

/**
 * The last program stays loaded: the kernel takes 0.2 ms to check it, most containers have the same rules, and any number of
 * groups can share one program.
 */
function load(instructions: Buffer): Fd {
  if (loaded === undefined || !loaded.instructions.equals(instructions)) {
    const program = bpfProgLoad({
      type: BPF_PROG_TYPE_CGROUP_DEVICE,
      instructions,
      name: 'stator_devices',
      expectedAttachType: BPF_CGROUP_DEVICE,
    })
    loaded?.program.close() // the groups it is attached to keep it
    loaded = { instructions, program }
  }
  return loaded.program
}
