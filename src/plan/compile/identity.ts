// Who the program is: user, groups, working folder, umask, and the limits of its last moments before execve(2). The order
// is that of facts.md A.3 (runc's finalizeNamespace): each step needs what the one before it has not yet given up.

import { AT_EMPTY_PATH, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, RLIMIT_NOFILE } from '../../native/uapi.ts'
import type { Process } from '../../oci/config.ts'
import type { PlanBuilder } from '../builder.ts'
import type { Address, Register } from '../step.ts'
import { dropBounding, setCapabilities } from './capabilities.ts'
import { statx } from './paths.ts'

/** getcwd(2) wants room for the longest path. */
const PATH_MAX = 4096

/**
 * From root in the container to the process that config.json asks for, all but the last rlimit.
 *
 * @param room for one struct statx
 */
export function becomeUser(
  plan: PlanBuilder,
  process: Process,
  lastCapability: number,
  room: Address,
  inUserNamespace: boolean,
): void {
  const { uid = 0, gid = 0, umask = 0o022, additionalGids = [] } = process.user ?? {}
  let went!: Register
  plan.at('process.cwd', () => {
    // Root may go where the user may not, and the other way round on a network file system: then tried again below.
    went = plan.sys('chdir', [process.cwd], `go to ${process.cwd}`, { tolerate: ['EPERM', 'EACCES'] })
  })
  dropBounding(plan, process.capabilities, lastCapability)
  plan.at('process.user', () => {
    plan.sys('prctl', [PR_SET_KEEPCAPS, 1, 0, 0, 0], 'keep capabilities across the change of user')
    for (const stream of [0, 1, 2]) giveStream(plan, stream, uid, room)
    const groups = plan.bytes(Buffer.from(new Uint32Array(additionalGids).buffer), `[${additionalGids.join(', ')}]`)
    plan.at('process.user.additionalGids', () =>
      // A joined user namespace may deny setgroups (user_namespaces(7)): who asks for no groups has none of the host's anyway.
      plan.sys(
        'setgroups',
        [additionalGids.length, groups],
        `groups ${additionalGids.join(', ') || 'none'}`,
        inUserNamespace && additionalGids.length === 0 ? { tolerate: ['EPERM'] } : {},
      ),
    )
    plan.at('process.user.gid', () => plan.sys('setresgid', [gid, gid, gid], `group ${gid}`))
    plan.at('process.user.uid', () => plan.sys('setresuid', [uid, uid, uid], `user ${uid}`))
  })
  plan.at('process.cwd', () => {
    const there = plan.label('there')
    plan.if(went, '==', 0, there, 'root could go there')
    plan.sys('chdir', [process.cwd], `go to ${process.cwd} as the user`)
    plan.place(there)
    // Outside the root the kernel says "(unreachable)…": a leaked descriptor was the way in (CVE-2024-21626).
    const inside = plan.label('inside')
    const cwd = plan.scratch(PATH_MAX, 'cwd')
    plan.sys('getcwd', [cwd, PATH_MAX], 'ask where that is')
    plan.if(plan.load(cwd, 1, 'its first byte'), '==', '/'.charCodeAt(0), inside, 'it must be in the root')
    plan.fail('EXDEV', 'the working folder lies outside the root file system')
    plan.place(inside)
  })
  plan.at('process.user.umask', () => plan.sys('umask', [umask], `umask 0${umask.toString(8)}`))
  plan.sys('prctl', [PR_SET_KEEPCAPS, 0, 0, 0, 0], 'capabilities as usual')
  setCapabilities(plan, process.capabilities, lastCapability)
}

/** `no_new_privs`, before the identity changes. */
export function noNewPrivileges(plan: PlanBuilder, process: Process): void {
  if (process.noNewPrivileges)
    plan.at('process.noNewPrivileges', () => plan.sys('prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], 'no new privileges'))
}

/** Last of all limits: with few open files allowed, nothing more can be opened (kernel rule 17). */
export function limitOpenFiles(plan: PlanBuilder, process: Process): void {
  process.rlimits?.forEach((limit, index) => {
    if (limit.type !== 'RLIMIT_NOFILE') return
    plan.at(`process.rlimits[${index}]`, () =>
      plan.sys(
        'prlimit64',
        [0, RLIMIT_NOFILE, plan.words([limit.soft, limit.hard], `{${limit.soft}, ${limit.hard}}`), null],
        `open files ${limit.soft}, at most ${limit.hard}`,
      ),
    )
  })
}

/** A stream belongs to the user, so that /dev/stdout can be opened again; /dev/null stays the host's. */
function giveStream(plan: PlanBuilder, stream: number, uid: number, room: Address): void {
  const next = plan.label('next')
  const give = plan.label('give')
  plan.sys('statx', [stream, '', AT_EMPTY_PATH, 0x7ff, room], `look at stream ${stream}`, {
    jump: { on: ['EBADF'], to: next },
  })
  plan.if(plan.load(room.plus(statx.uid), 4, 'whose it is'), '==', uid, next, 'it belongs to the user already')
  plan.if(plan.load(room.plus(statx.rdevMajor), 4, 'its device'), '!=', 1, give, 'is it /dev/null?')
  plan.if(plan.load(room.plus(statx.rdevMinor), 4, 'its device'), '==', 3, next, 'it is /dev/null')
  plan.place(give)
  plan.sys('fchown', [stream, uid, -1], `give it to user ${uid}`, { tolerate: ['EINVAL', 'EPERM', 'EROFS'] })
  plan.place(next)
}
