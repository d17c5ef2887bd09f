// stator plan: what would be done for a bundle, before anybody does it. Reads config.json and facts of the machine, touches
// nothing, and shows everybody what root would get.

import { realpathSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { intendGroups } from '../../actors/cgroup/intent.ts'
import { layout } from '../../actors/cgroup/layout.ts'
import { linkedTargets, linkTextByNode } from '../../actors/process/linked-targets.ts'
import { compileFilter } from '../../actors/seccomp/filter.ts'
import { StatorError } from '../../errors.ts'
import type { Seccomp, Spec } from '../../oci/config.ts'
import { parseConfig } from '../../oci/parse.ts'
import type { Plan } from '../../plan/builder.ts'
import { compileContainer } from '../../plan/compile/container.ts'
import { REPORT_WAITS } from '../../plan/layout.ts'
import { comesFrom, printHeadings, printPlan, printSummary } from '../../plan/print.ts'
import { Address, Register, type Operand, type Role, type Step } from '../../plan/step.ts'
import { readConfigFile } from '../../runtime/bundle.ts'
import { rootOfRoot } from '../../runtime/default-root.ts'
import { configWithPolicy, profilesOf } from '../../runtime/seccomp-profiles.ts'
import { hostFacts } from '../../runtime/host-facts.ts'
import { settleCommandOf } from '../../runtime/settle-command.ts'
import { policyAnnotationsOption, policyOption } from '../launch-options.ts'
import type { Verb } from '../verb.ts'

const roles = ['keeper', 'stage', 'init'] as const satisfies readonly Role[]

interface Options {
  readonly bundle?: string
  readonly id?: string
  readonly role?: Role
  readonly pointer?: string
  readonly policy?: string
  readonly policyAnnotations?: boolean
  readonly json?: boolean
}

export const plan: Verb = {
  define(command: Command) {
    command
      .argument('[dir]', 'the bundle; the current folder unless told')
      .option('-b, --bundle <dir>', 'the same')
      .option('--id <id>', 'the id that the container would have; the name of the folder unless told')
      .addOption(new Option('--role <role>', 'only what this process does').choices(roles))
      .option('--pointer <prefix>', 'only what comes from this part of config.json: mounts[3], linux.namespaces')
      .addOption(policyOption())
      .addOption(policyAnnotationsOption())
      .option('--json', 'an array with an object for each step')
  },
  async run({ args: [dir], options, globals, log, print, about }) {
    const { bundle: option, id, role, pointer = '', policy, policyAnnotations, json } = options as Options
    const given = (dir as string | undefined) ?? option ?? '.'
    about(given)
    const bundle = resolve(given)
    const own = parseConfig(readConfigFile(join(bundle, 'config.json')), log.notes)
    const config = policy === undefined ? own : configWithPolicy(own, policy)
    // Of root, whoever asks: it is root's plan.
    const root = resolve(globals.root ?? rootOfRoot)
    const profiles = profilesOf(config, policyAnnotations === true ? { policyAnnotations } : {})
    if (profiles.length > 0) {
      const { unknownNames } = await import('../unknown-names.ts')
      const unknown = unknownNames(policy ?? 'config.json: linux.seccomp', profiles)
      if (unknown !== undefined) log.warn(unknown)
    }
    const made = planOf(config, profiles, { bundle, id: id ?? (basename(bundle) || 'root'), root })
    const wanted = { roles: role === undefined ? roles : [role], pointer }
    const count = made.steps.filter((step) => isWanted(step, wanted)).length
    if (count === 0 && pointer !== '') throw nothingFrom(pointer, made)
    if (json === true) print(stepsAsJson(made, wanted))
    else print(`${printPlan(made, wanted)}\n${pointer === '' ? '' : `${count} of `}${printSummary(made)}\n`)
    // What is long gets a table of contents.
    if (json !== true && pointer === '') print(`\n${printHeadings(made, wanted)}`)
    return 0
  },
}

interface Wanted {
  readonly roles: readonly Role[]
  readonly pointer: string
}

function isWanted(step: Step, { roles, pointer }: Wanted): boolean {
  return roles.includes(step.role) && comesFrom(step, pointer)
}

function nothingFrom(pointer: string, made: Plan): StatorError {
  const parts = [...new Set(made.steps.map((step) => step.pointer.replace(/[.[].*$/, '')))].filter(
    (part) => part !== '',
  )
  const message = `--pointer "${pointer}": no step comes from there (there are parts of ${parts.join(', ')})`
  return new StatorError('ERR_STATOR_CONFIG', message)
}

/** The plan as `create` would make it, with the log kept and the end settled. */
function planOf(
  config: Spec,
  profiles: readonly Seccomp[],
  { bundle, id, root }: { bundle: string; id: string; root: string },
): Plan {
  const receipt = intendGroups(layout(), { id, config, root }, { dryRun: true })
  const rootfs = resolved(fromBundle(bundle, config.root.path))
  return compileContainer(config, hostFacts(receipt), {
    bundle,
    rootfs,
    keeping: { log: true, pipes: false, attachedFile: join(root, 'attached'), settle: settleCommandOf(root) },
    groups: receipt.groups.filter(({ version }) => version === 1).length,
    intoGroup: receipt.groups.some(({ version }) => version === 2),
    linked: linkedTargets(rootfs, config.mounts, linkTextByNode),
    filters: profiles.flatMap((profile) => compileFilter(profile) ?? []),
  })
}

function fromBundle(bundle: string, path: string): string {
  return isAbsolute(path) ? path : join(bundle, path)
}

/** As far as it is there, and may be seen. */
function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Each step as it is, and not as it is printed: numbers are numbers, what only the stub knows has a name. */
function stepsAsJson(made: Plan, wanted: Wanted): string {
  const steps = made.steps.flatMap((step, index) =>
    isWanted(step, wanted)
      ? [{ step: index, role: step.role, ...whatItDoes(step), label: step.label, pointer: step.pointer }]
      : [],
  )
  // A line a step, for grep.
  return `[\n${steps.map((step) => `  ${JSON.stringify(step)}`).join(',\n')}\n]\n`
}

function report(to: number): object {
  const waits = to >= REPORT_WAITS
  return { args: [waits ? to - REPORT_WAITS : to], report: true, ...(waits ? { waits } : {}) }
}

function whatItDoes(step: Step): object {
  const args = step.args.map(argument)
  switch (step.op) {
    case 'sys': {
      const { tolerate, jump, retry, expect } = step.options
      const to = jump === undefined ? undefined : { on: jump.on, step: jump.to.step }
      return { op: step.op, syscall: step.name, args, ...result(step.result), tolerate, jump: to, retry, expect }
    }
    case 'load':
      return { op: step.op, bits: step.width * 8, args, ...result(step.result) }
    case 'store':
      return { op: step.op, bits: step.width * 8, args }
    case 'set':
      return step.result === 'report'
        ? { op: step.op, ...report(Number(step.args[0])) }
        : { op: step.op, args, ...result(step.result) }
    case 'if':
      return { op: step.op, how: step.how, args, to: step.to.step }
    case 'goto':
      return { op: step.op, to: step.to.step }
    case 'fail':
      return { op: step.op, errno: step.errno, args }
    case 'supervise':
      return { op: step.op, args }
  }
}

function argument(value: Operand): unknown {
  if (value instanceof Register) return { register: value.name }
  if (value instanceof Address) return { memory: value.text }
  return typeof value === 'bigint' ? value.toString() : value
}

/** A result that no step reads has no name. */
function result(register: Register): { readonly result?: string } {
  return register.last === -1 ? {} : { result: register.name }
}
