// Socket activation: descriptors from 3 on that a service manager has passed (sd_listen_fds(3)), and that belong to the program.

/**
 * How many there are, if they are this process's.
 *
 * @param env $LISTEN_PID names the process that they are for
 */
export function listenFds(env: NodeJS.ProcessEnv, pid: number): number {
  const { LISTEN_PID, LISTEN_FDS } = env
  return LISTEN_PID === String(pid) && /^\d{1,6}$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0
}

/** What the program is told of them: it is process 1 of its container, or soon exec'ed by it. */
export function listenEnv(env: NodeJS.ProcessEnv, pid: number): readonly string[] {
  const count = listenFds(env, pid)
  return count === 0 ? [] : [`LISTEN_FDS=${count}`, 'LISTEN_PID=1']
}
