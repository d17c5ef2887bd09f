// The types of an OCI bundle's config.json: runtime-spec 1.3, the parts that concern Linux. Types only: parse.ts makes
// them from text, validate.ts holds the rules that a type cannot say.
//
// Where the spec says uint64 or int64 the type is bigint: 2^64-1 (RLIM_INFINITY) has no exact JavaScript number.
// People who write a config in TypeScript may give numbers too: `SpecInput`. An absent field is absent, never null or
// an empty string.

/** A container's configuration. @see config.md */
export interface Spec {
  /** The version of the runtime-spec that the document follows, as SemVer 2.0. */
  readonly ociVersion: string
  readonly root: Root
  readonly process: Process
  /** Needs a `uts` namespace. */
  readonly hostname?: string
  /** The NIS domain name. Needs a `uts` namespace. */
  readonly domainname?: string
  /** Mounted in this order. */
  readonly mounts?: readonly Mount[]
  readonly hooks?: Hooks
  readonly annotations?: Readonly<Record<string, string>>
  readonly linux?: Linux
}

export interface Root {
  /** Absolute, or relative to the bundle. */
  readonly path: string
  readonly readonly?: boolean
}

export interface Mount {
  /** In the container; `parseConfig` makes a relative one absolute, as the spec says. */
  readonly destination: string
  /** A file system's name; for a bind mount `bind`, `none`, or absent. */
  readonly type?: string
  /** For a bind mount: a path of the host, absolute or relative to the bundle. Else a device or a mere name. */
  readonly source?: string
  /** What they mean: mount-options.ts. */
  readonly options?: readonly string[]
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
}

export interface Process {
  readonly terminal?: boolean
  /** In characters; without `terminal` it has no effect. */
  readonly consoleSize?: ConsoleSize
  readonly user?: User
  /** `args[0]` is the program. */
  readonly args: readonly string[]
  /** `NAME=value`. Of a name given twice the last counts. */
  readonly env?: readonly string[]
  /** Absolute. */
  readonly cwd: string
  readonly capabilities?: Capabilities
  readonly rlimits?: readonly Rlimit[]
  readonly noNewPrivileges?: boolean
  readonly apparmorProfile?: string
  /** -1000 to 1000; absent: as its parent's. */
  readonly oomScoreAdj?: number
  readonly scheduler?: Scheduler
  readonly selinuxLabel?: string
  readonly ioPriority?: IoPriority
  readonly execCPUAffinity?: CpuAffinity
}

export interface ConsoleSize {
  readonly height: bigint
  readonly width: bigint
}

/** Ids as the container's user namespace numbers them. Absent ids are 0. */
export interface User {
  readonly uid?: number
  readonly gid?: number
  /** 0 to 0o777; absent: 0o022. */
  readonly umask?: number
  readonly additionalGids?: readonly number[]
  /** For other platforms; on Linux it has no effect. */
  readonly username?: string
}

/** Names as `CAP_NET_ADMIN`. An unknown name is no error: it is dropped with a warning. */
export interface Capabilities {
  readonly bounding?: readonly string[]
  readonly effective?: readonly string[]
  readonly inheritable?: readonly string[]
  readonly permitted?: readonly string[]
  readonly ambient?: readonly string[]
}

/** @see getrlimit(2) */
export interface Rlimit {
  readonly type: RlimitType
  /** In the unit of the limit; 2^64-1 is RLIM_INFINITY. */
  readonly soft: bigint
  readonly hard: bigint
}

export type RlimitType =
  | 'RLIMIT_AS'
  | 'RLIMIT_CORE'
  | 'RLIMIT_CPU'
  | 'RLIMIT_DATA'
  | 'RLIMIT_FSIZE'
  | 'RLIMIT_LOCKS'
  | 'RLIMIT_MEMLOCK'
  | 'RLIMIT_MSGQUEUE'
  | 'RLIMIT_NICE'
  | 'RLIMIT_NOFILE'
  | 'RLIMIT_NPROC'
  | 'RLIMIT_RSS'
  | 'RLIMIT_RTPRIO'
  | 'RLIMIT_RTTIME'
  | 'RLIMIT_SIGPENDING'
  | 'RLIMIT_STACK'

/** @see sched_setattr(2) */
export interface Scheduler {
  readonly policy: SchedulerPolicy
  /** -20 to 19; for SCHED_OTHER and SCHED_BATCH. */
  readonly nice?: number
  /** 1 to 99; for SCHED_FIFO and SCHED_RR. */
  readonly priority?: number
  readonly flags?: readonly SchedulerFlag[]
  /** Nanoseconds; for SCHED_DEADLINE, as the next two. */
  readonly runtime?: bigint
  readonly deadline?: bigint
  readonly period?: bigint
}

export type SchedulerPolicy =
  'SCHED_OTHER' | 'SCHED_FIFO' | 'SCHED_RR' | 'SCHED_BATCH' | 'SCHED_ISO' | 'SCHED_IDLE' | 'SCHED_DEADLINE'

export type SchedulerFlag =
  | 'SCHED_FLAG_RESET_ON_FORK'
  | 'SCHED_FLAG_RECLAIM'
  | 'SCHED_FLAG_DL_OVERRUN'
  | 'SCHED_FLAG_KEEP_POLICY'
  | 'SCHED_FLAG_KEEP_PARAMS'
  | 'SCHED_FLAG_UTIL_CLAMP_MIN'
  | 'SCHED_FLAG_UTIL_CLAMP_MAX'

/** @see ioprio_set(2) */
export interface IoPriority {
  readonly class: 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE'
  /** 0 (first) to 7. */
  readonly priority?: number
}

/** Lists as `0-3,7`. Only exec uses them. */
export interface CpuAffinity {
  /** Before the process is moved into the container's cgroup. */
  readonly initial?: string
  /** After. */
  readonly final?: string
}

/** Run in this order of kinds; within a kind in the list's order. */
export interface Hooks {
  /** Deprecated by the spec, still used; runs just before `createRuntime`. */
  readonly prestart?: readonly Hook[]
  readonly createRuntime?: readonly Hook[]
  readonly createContainer?: readonly Hook[]
  readonly startContainer?: readonly Hook[]
  readonly poststart?: readonly Hook[]
  readonly poststop?: readonly Hook[]
}

export type HookKind = keyof Hooks

export interface Hook {
  /** Absolute. */
  readonly path: string
  /** With `args[0]`, as for execve(2). */
  readonly args?: readonly string[]
  readonly env?: readonly string[]
  /** Seconds, above 0. */
  readonly timeout?: number
}

/** @see config-linux.md */
export interface Linux {
  readonly namespaces?: readonly Namespace[]
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly timeOffsets?: { readonly [Clock in 'boottime' | 'monotonic']?: TimeOffset }
  readonly devices?: readonly Device[]
  /** By the name that the interface has on the host. */
  readonly netDevices?: Readonly<Record<string, NetDevice>>
  readonly cgroupsPath?: string
  readonly resources?: Resources
  /** Keys with dots, as `net.ipv4.ip_forward`. */
  readonly sysctl?: Readonly<Record<string, string>>
  readonly seccomp?: Seccomp
  readonly rootfsPropagation?: RootfsPropagation
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly mountLabel?: string
  readonly intelRdt?: IntelRdt
  readonly memoryPolicy?: MemoryPolicy
  readonly personality?: Personality
}

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time'

export interface Namespace {
  readonly type: NamespaceType
  /** Absolute: a namespace to join. Absent: a new one. */
  readonly path?: string
}

export interface IdMapping {
  readonly containerID: number
  readonly hostID: number
  readonly size: number
}

export interface TimeOffset {
  readonly secs?: bigint
  readonly nanosecs?: number
}

export interface Device {
  /** Absolute, in the container. */
  readonly path: string
  /** Character (c, u), block (b), FIFO (p). */
  readonly type: 'c' | 'b' | 'u' | 'p'
  readonly major?: bigint
  readonly minor?: bigint
  /** Permission bits. */
  readonly fileMode?: number
  readonly uid?: number
  readonly gid?: number
}

export interface NetDevice {
  /** Its name in the container; absent or empty: the same. */
  readonly name?: string
}

export type RootfsPropagation =
  '' | 'shared' | 'slave' | 'private' | 'unbindable' | 'rshared' | 'rslave' | 'rprivate' | 'runbindable'

/** @see config-linux.md, "Control groups" */
export interface Resources {
  /** In order; a later rule overrides an earlier one. */
  readonly devices?: readonly DeviceRule[]
  readonly memory?: MemoryResources
  readonly cpu?: CpuResources
  readonly pids?: PidsResources
  readonly blockIO?: BlockIoResources
  readonly hugepageLimits?: readonly HugepageLimit[]
  readonly network?: NetworkResources
  readonly rdma?: Readonly<Record<string, RdmaResources>>
  /** cgroup v2 files and what to write into them. */
  readonly unified?: Readonly<Record<string, string>>
}

export interface DeviceRule {
  readonly allow: boolean
  /** a: all; absent means a too. */
  readonly type?: 'a' | 'c' | 'b'
  /** Absent or -1: any. */
  readonly major?: bigint
  readonly minor?: bigint
  /** Of the letters r, w, m. */
  readonly access?: string
}

/** Bytes; -1 is no limit. */
export interface MemoryResources {
  readonly limit?: bigint
  readonly reservation?: bigint
  /** Memory and swap together. */
  readonly swap?: bigint
  readonly kernel?: bigint
  readonly kernelTCP?: bigint
  /** 0 to 100. */
  readonly swappiness?: bigint
  readonly disableOOMKiller?: boolean
  readonly useHierarchy?: boolean
  readonly checkBeforeUpdate?: boolean
}

export interface CpuResources {
  readonly shares?: bigint
  /** Microseconds in each period, as the periods. */
  readonly quota?: bigint
  readonly burst?: bigint
  readonly period?: bigint
  readonly realtimeRuntime?: bigint
  readonly realtimePeriod?: bigint
  readonly cpus?: string
  readonly mems?: string
  readonly idle?: bigint
}

export interface PidsResources {
  /** 0 or less, and absent: as the spec of the version says; `max` for -1. */
  readonly limit?: bigint
}

export interface BlockIoResources {
  readonly weight?: number
  readonly leafWeight?: number
  readonly weightDevice?: readonly BlockIoWeight[]
  readonly throttleReadBpsDevice?: readonly BlockIoThrottle[]
  readonly throttleWriteBpsDevice?: readonly BlockIoThrottle[]
  readonly throttleReadIOPSDevice?: readonly BlockIoThrottle[]
  readonly throttleWriteIOPSDevice?: readonly BlockIoThrottle[]
}

export interface BlockIoWeight {
  readonly major: bigint
  readonly minor: bigint
  readonly weight?: number
  readonly leafWeight?: number
}

export interface BlockIoThrottle {
  readonly major: bigint
  readonly minor: bigint
  /** Bytes or operations a second. */
  readonly rate: bigint
}

export interface HugepageLimit {
  /** As `2MB`. */
  readonly pageSize: string
  /** Bytes. */
  readonly limit: bigint
}

export interface NetworkResources {
  readonly classID?: number
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[]
}

export interface RdmaResources {
  readonly hcaHandles?: number
  readonly hcaObjects?: number
}

export interface Seccomp {
  /** Empty, and no `syscalls`: no filter. */
  readonly defaultAction: SeccompAction | ''
  /** Of SCMP_ACT_ERRNO, to 4094; of SCMP_ACT_TRACE the tracer's message. Absent: EPERM. */
  readonly defaultErrnoRet?: number
  /** Besides this machine's own one. */
  readonly architectures?: readonly SeccompArchitecture[]
  readonly flags?: readonly SeccompFlag[]
  /** A Unix socket that gets the descriptor of the notifications. */
  readonly listenerPath?: string
  readonly listenerMetadata?: string
  readonly syscalls?: readonly SeccompRule[]
}

export type SeccompAction =
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY'

export type SeccompArchitecture =
  | 'SCMP_ARCH_X86_64'
  | 'SCMP_ARCH_X86'
  | 'SCMP_ARCH_X32'
  | 'SCMP_ARCH_AARCH64'
  | 'SCMP_ARCH_ARM'
  | 'SCMP_ARCH_RISCV64'
  | 'SCMP_ARCH_PPC64LE'
  | 'SCMP_ARCH_S390X'

export type SeccompFlag =
  | 'SECCOMP_FILTER_FLAG_TSYNC'
  | 'SECCOMP_FILTER_FLAG_LOG'
  | 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'
  | 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'

export interface SeccompRule {
  readonly names: readonly string[]
  readonly action: SeccompAction
  readonly errnoRet?: number
  /** All hold; where two are about one argument, any of them does. */
  readonly args?: readonly SeccompArgument[]
}

export interface SeccompArgument {
  /** 0 to 5. */
  readonly index: number
  /** Of SCMP_CMP_MASKED_EQ the mask. */
  readonly value: bigint
  /** Of SCMP_CMP_MASKED_EQ what is left of the argument under the mask. */
  readonly valueTwo?: bigint
  readonly op: SeccompOperator
}

export type SeccompOperator =
  'SCMP_CMP_NE' | 'SCMP_CMP_LT' | 'SCMP_CMP_LE' | 'SCMP_CMP_EQ' | 'SCMP_CMP_GE' | 'SCMP_CMP_GT' | 'SCMP_CMP_MASKED_EQ'

export interface IntelRdt {
  readonly closID?: string
  readonly schemata?: readonly string[]
  readonly l3CacheSchema?: string
  readonly memBwSchema?: string
  readonly enableMonitoring?: boolean
}

export interface MemoryPolicy {
  readonly mode: string
  /** A list as `0-1,3`. */
  readonly nodes?: string
  readonly flags?: readonly string[]
}

/** @see personality(2) */
export interface Personality {
  readonly domain: 'LINUX' | 'LINUX32'
  readonly flags?: readonly string[]
}

/** T as people write it: a number will do where T has a bigint. */
export type Input<T> = T extends bigint
  ? bigint | number
  : T extends string | number | boolean
    ? T
    : T extends readonly (infer E)[]
      ? readonly Input<E>[]
      : { readonly [K in keyof T]: Input<T[K]> }

/** What `normalizeConfig` takes. */
export type SpecInput = Input<Spec>
/** What `normalizeProcess` takes. */
export type ProcessInput = Input<Process>
