// What a command of commands/ is made of. main.ts knows its name and its summary; the rest is loaded when it is asked for.

import type { Command } from 'commander'
import type { GlobalFlags } from './flags.ts'
import type { Log } from './log.ts'

/** What was asked for. */
export interface Invocation {
  /** All words as they were typed, with the flags before the command. */
  readonly argv: readonly string[]
  /** By the order of the command's arguments; a variadic one is a list. */
  readonly args: readonly unknown[]
  /** As commander parsed them; each command knows its own. */
  readonly options: Readonly<Record<string, unknown>>
  readonly globals: GlobalFlags
  readonly log: Log
  /** Writes to stdout. */
  readonly print: (text: string) => void
  /** Writes to stderr what is a program's own: errors are thrown. */
  readonly printError: (text: string) => void
  /** The rest of an error's first words: `web` makes `stator: run web: …`. */
  readonly about: (subject: string) => void
}

export interface Verb {
  /** The exit code when it fails; default 1. */
  readonly failureCode?: number
  /** The exit code where flags or arguments are wrong; default 1. */
  readonly usageCode?: number
  /** Adds the arguments and options. */
  define(command: Command): void
  /** @returns the exit code */
  run(invocation: Invocation): Promise<number>
}

/** A line of the list of commands. */
export interface VerbEntry {
  readonly name: string
  readonly summary: string
  /** Not in the list: for other programs to call. */
  readonly hidden?: boolean
  readonly load: () => Promise<Verb>
}

/** Commands that are about one thing: `stator seccomp explain`. */
export interface VerbGroup {
  readonly name: string
  readonly summary: string
  readonly hidden?: false
  readonly verbs: readonly VerbEntry[]
}

/** Every command, in the order in which help lists them. */
export const verbs: readonly (VerbEntry | VerbGroup)[] = [
  {
    name: 'create',
    summary: 'make a container, whose program waits for start',
    load: async () => (await import('./commands/create.ts')).create,
  },
  {
    name: 'start',
    summary: 'let the program of a created container run',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'run',
    summary: 'create and start a container, in the foreground unless told',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'exec',
    summary: 'start a further process in a container that runs',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'state',
    summary: 'what a container is doing, as JSON',
    load: async () => (await import('./commands/state.ts')).state,
  },
  {
    name: 'list',
    summary: 'the containers of a root',
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'logs',
    summary: 'what a container has printed',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'kill',
    summary: 'send a signal to a container',
    load: async () => (await import('./commands/kill.ts')).kill,
  },
  {
    name: 'stop',
    summary: 'ask a container to end, and make it',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    name: 'delete',
    summary: 'take away all that was made for a container',
    load: async () => (await import('./commands/delete.ts')).remove,
  },
  {
    name: 'pause',
    summary: 'suspend a container (not available yet)',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  {
    name: 'resume',
    summary: 'let a paused container go on (not available yet)',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'update',
    summary: 'change the limits of a container (not available yet)',
    load: async () => (await import('./commands/update.ts')).update,
  },
  {
    name: 'checkpoint',
    summary: 'save a running container (not available yet)',
    load: async () => (await import('./commands/checkpoint.ts')).checkpoint,
  },
  {
    name: 'restore',
    summary: 'make a container from a checkpoint (not available yet)',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'watch',
    summary: 'print what happens on a root, as it happens',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'spec',
    summary: "write a config.json, or a bundle of this machine's own userland",
    load: async () => (await import('./commands/spec.ts')).spec,
  },
  {
    name: 'plan',
    summary: 'print every system call that would make a container; needs no root',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'chart',
    summary: 'print a state machine as Mermaid or JSON',
    load: async () => (await import('./commands/chart.ts')).chart,
  },
  {
    name: 'seccomp',
    summary: 'what a filter of system calls does, and why',
    verbs: [
      {
        name: 'explain',
        summary: 'what happens to a system call, and which rule decides',
        load: async () => (await import('./commands/seccomp/explain.ts')).explain,
      },
      {
        name: 'diff',
        summary: 'the system calls that two profiles treat differently',
        load: async () => (await import('./commands/seccomp/diff.ts')).diff,
      },
      {
        name: 'record',
        summary: 'run a bundle, and write a profile of the system calls that were made',
        load: async () => (await import('./commands/seccomp/record.ts')).record,
      },
    ],
  },
  {
    name: 'doctor',
    summary: 'what this machine supports, what is missing, how to get it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'features',
    summary: 'what can be asked for in config.json and on the command line, as JSON',
    load: async () => (await import('./commands/features.ts')).features,
  },
  {
    name: 'completion',
    summary: 'print a script that completes command lines in a shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: 'complete',
    summary: 'what may stand where the cursor is',
    hidden: true,
    load: async () => (await import('./commands/complete.ts')).complete,
  },
  {
    name: 'settle',
    summary: 'record the ends of containers that nobody watched',
    hidden: true,
    load: async () => (await import('./commands/settle.ts')).settle,
  },
  {
    name: 'ps',
    summary: 'the processes of a container',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    name: 'events',
    summary: 'statistics of a container and its OOM kills, as lines of JSON',
    load: async () => (await import('./commands/events.ts')).events,
  },
]
