// The library's public face: what each name means stands where it is made.

export { openRuntime } from './runtime/open.ts'
export type { ContainerInfo, CreateOptions, Runtime, RuntimeOptions } from './runtime/runtime.ts'
export type { AwaitedStatus, Container, DeleteOptions, KillOptions, StopOptions } from './runtime/container.ts'
export type { RunOptions, RunResult } from './runtime/run.ts'
export type { ExecOptions, ExecSession, ExecStatus } from './runtime/exec-session.ts'
export type { Healthcheck, Readiness } from './runtime/ready.ts'
export type { LogLine, LogOptions } from './runtime/logs.ts'
export type { Limits } from './runtime/limits.ts'
export type { Exit } from './actors/exit.ts'
export type { Launch, Stdio } from './actors/creation.ts'
export type { WindowSize } from './native/terminal.ts'
export type {
  CpusetStats,
  CpuStats,
  CpuUsage,
  HugetlbStats,
  IoCount,
  IoStats,
  MemoryCounter,
  MemoryStats,
  PidsStats,
  Pressure,
  PressureStall,
  Stats,
  Throttling,
} from './actors/stats.ts'

export type { AddFdOptions, SeccompNotification } from './actors/seccomp/notification.ts'
export type { Decoded, DecodedValue, SocketAddress } from './actors/seccomp/decode.ts'
export type { NotifyPolicy, PolicyAnswer, PolicyArgument, PolicyPath, PolicyRule } from './oci/notify-policy.ts'

export { hostBundle } from './runtime/host-bundle.ts'
export type { HostBundle, HostBundleOptions } from './runtime/host-bundle.ts'
export { defineConfig } from './oci/default-config.ts'
export type { ConfigOptions } from './oci/default-config.ts'
export type { Process, ProcessInput, Spec, SpecInput } from './oci/config.ts'
export type { OciState, OciStatus } from './oci/state.ts'

export { errorCodes, StatorError } from './errors.ts'
export type { ErrorPlace, ErrorRecord, StatorErrorCode } from './errors.ts'

export { eventTypes, ofType } from './bus/event.ts'
export type { EventOf, EventType, RuntimeEvent, Transition } from './bus/event.ts'
export type { EventsOptions } from './bus/bus.ts'
export type { RuntimeEmitter } from './bus/emitter.ts'

export { containerMachine } from './machines/container.ts'
export type { ContainerActor, ContainerContext, ContainerMachine, ContainerSnapshot } from './machines/container.ts'
export { execMachine } from './machines/exec.ts'
export type { ExecMachine, ExecSnapshot } from './machines/exec.ts'
