// The flags that every command knows, as data. They stand before the command: `stator --debug run web`.

/** What they say, as commander hands it over. */
export interface GlobalFlags {
  /** Absent: where the runtime keeps its containers unless it is told. */
  readonly root?: string
  /** Absent: stderr. */
  readonly log?: string
  readonly logFormat: LogFormat
  readonly debug?: boolean
  readonly systemdCgroup?: boolean
}

export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

interface Flag {
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  readonly default?: string
  readonly hidden?: boolean
  /** That it changes nothing, and why. */
  readonly withoutEffect?: string
}

export const globalFlags: readonly Flag[] = [
  {
    flags: '--root <dir>',
    description: 'where containers are kept: /run/stator, or $XDG_RUNTIME_DIR/stator for others than root',
  },
  { flags: '--log <file>', description: 'append the log to a file; errors are on stderr all the same' },
  {
    flags: '--log-format <format>',
    description: 'lines for people, or JSON objects',
    choices: logFormats,
    default: 'text',
  },
  { flags: '--debug', description: 'log more: what is ignored, where an error was made' },
  {
    flags: '--rootless <when>',
    description: 'whether missing rights to control groups are no error',
    withoutEffect: 'as rootless containers are not available yet',
    choices: ['auto', 'true', 'false'],
    default: 'auto',
  },
  {
    flags: '--systemd-cgroup',
    description: 'control groups by systemd: not available yet, and an error where it matters',
  },
  { flags: '--criu <path>', description: 'the CRIU program', hidden: true, withoutEffect: 'as with runc' },
]
