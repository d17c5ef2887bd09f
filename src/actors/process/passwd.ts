// HOME by the container's own /etc/passwd (passwd(5)).

/** The home folder of a uid; `/` when there is no entry, as runc does. */
export function homeOf(passwd: string, uid: number): string {
  for (const line of passwd.split('\n')) {
    const fields = line.split(':')
    if (fields.length >= 6 && fields[2] === String(uid)) return fields[5] || '/'
  }
  return '/'
}
