// Everything a program can see of what its config.json asked for, question by question, with the same bundles run by runc. What
// stands in files of their own: mounts (mounts.test.ts), what is inherited (inherited.test.ts), nodes (devices.test.ts).

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addProbe, bundle, both, type Change, freshId, missingRunc, place, runc, runcSpec } from './support.ts'

/** What is asked, by what config.json calls it; each a line of shell. */
const questions: Readonly<Record<string, string>> = {
  'process.args': 'tr "\\0" "\\n" < /proc/1/cmdline | head -2',
  'process.env': 'tr "\\0" "\\n" < /proc/1/environ',
  'process.cwd': 'readlink /proc/1/cwd; pwd',
  'process.user': 'id; probe ids; grep -E "^(Uid|Gid|Groups):" /proc/1/status',
  'process.user.umask': 'umask; grep Umask /proc/1/status',
  'process.capabilities': 'grep Cap /proc/1/status; grep Cap /proc/self/status',
  'process.rlimits': 'cat /proc/1/limits; probe limits',
  'process.noNewPrivileges': 'grep NoNewPrivs /proc/1/status',
  'process.oomScoreAdj': 'cat /proc/1/oom_score_adj /proc/1/oom_adj',
  'process.scheduler and ioPriority': 'probe scheduling; cat /proc/1/timerslack_ns',
  'signals': 'grep -E "^(Sig[PBIC]|Shd)" /proc/1/status',
  'linux.seccomp': 'grep Seccomp /proc/1/status',
  'the rest of status': 'grep -E "^(Umask|TracerPid|CoreDumping|THP_enabled|Spec|Cpus_allowed|Mems_allowed)" /proc/1/status',
  'descriptors': 'ls /proc/1/fd; ls -l /proc/1/exe /proc/1/root | sed "s/.* -> //"',
  'session and terminal': 'cut -d" " -f4-8 /proc/1/stat; cat /dev/tty 2>&1',
  'login': 'cat /proc/1/loginuid /proc/1/sessionid',
  'core dumps': 'cat /proc/1/coredump_filter',
  'personality': 'probe machine; cat /proc/1/personality',
  'hostname': 'hostname; cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname',
  'linux.sysctl': 'cd /proc/sys; grep -H . net/ipv4/ip_forward net/ipv4/ping_group_range net/core/somaxconn kernel/shm_rmid_forced kernel/msgmax fs/mqueue/msg_max',
  'network': 'ifconfig -a; cat /proc/net/route',
  // With a user namespace runc lets everybody search it (docs/conformance.md).
  'keyring': 'probe keyring | sed "s/;3f130008;/;3f1b0000;/"',
  'ID maps': 'cat /proc/1/uid_map /proc/1/gid_map /proc/1/setgroups',
  // In the others a container has no group of its own (docs/conformance.md).
  'linux.cgroupsPath': 'grep -E ":(pids|freezer|devices):|^0::" /proc/1/cgroup',
  'processes': 'set -- /proc/[0-9]*; [ $# -lt 6 ] && echo few; cat /proc/1/comm',
  'linux.maskedPaths': 'cd /proc; for f in acpi asound kcore keys latency_stats timer_list timer_stats sched_debug scsi ../sys/firmware ../etc/masked ../etc/masked-folder; do [ -e $f ] && stat -c "%n %F" $f; cat $f 2>&1; ls -A $f 2>&1; done',
  'linux.readonlyPaths': 'for f in bus fs irq sys sys/kernel sysrq-trigger; do grep " /proc/$f " /proc/self/mountinfo | cut -d" " -f5,6; done; touch /etc/readonly/x 2>&1; ls /etc/readonly',
  'root.readonly': 'touch /made && echo written && rm /made; mkdir /tmp/made && echo written && rmdir /tmp/made',
  '/dev': 'cd /dev; ls -ln . pts shm mqueue 2>&1 | sed -E "s/ +/ /g" | cut -d" " -f1-6,10-; stat -c "%n %A %u %g %t:%T" . pts shm mqueue',
  'device rules': 'mknod /tmp/sda b 8 0 2>&1 && cat /tmp/sda 2>&1; rm -f /tmp/sda; mknod /tmp/null c 1 3 2>&1 && cat /tmp/null 2>&1; rm -f /tmp/null; mknod /tmp/mem c 1 1 2>&1 && dd if=/tmp/mem count=1 2>&1 | grep -v records; rm -f /tmp/mem',
  'what may be done': 'mount -t tmpfs x /tmp 2>&1; hostname other 2>&1; chown 5 /tmp 2>&1; echo 1 > /proc/sys/vm/drop_caches; kill -0 1; dmesg 2>&1 | head -1; ping -c1 -W1 127.0.0.1 2>&1 | tail -1 | cut -c1-10',
} // prettier-ignore

const all = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const
const bundles: Readonly<Record<string, Change>> = {
  'as runc spec has it': () => {},
  'all of process': ({ process }) => {
    process.cwd = '/home/user'
    process.env = ['PATH=/bin', 'A=1', 'B=', 'A=2', 'TERM=x=y']
    process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7, 1001], umask: 0o027 }
    const some = ['CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_AUDIT_WRITE']
    process.capabilities = Object.fromEntries(all.map((set) => [set, set === 'bounding' ? [...some, 'CAP_CHOWN'] : some]))
    process.rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 128n, hard: 256n },
      { type: 'RLIMIT_CORE', soft: 0n, hard: 0n },
      { type: 'RLIMIT_STACK', soft: 1048576n, hard: 2097152n },
    ]
    process.oomScoreAdj = 500
    process.noNewPrivileges = true
  },
  'root with rights': ({ process, root }) => {
    root.readonly = false
    process.noNewPrivileges = false
    const many = ['CAP_CHOWN', 'CAP_MKNOD', 'CAP_SYS_ADMIN', 'CAP_NET_RAW', 'CAP_KILL', 'CAP_SYSLOG']
    process.capabilities = { bounding: many, effective: many, permitted: many }
  },
  'paths, names and settings': (made) => {
    made.root.readonly = false
    made.hostname = 'a.name.of-its-own'
    made.linux!.maskedPaths!.push('/etc/masked', '/etc/masked-folder', '/nowhere')
    made.linux!.readonlyPaths!.push('/etc/readonly', '/nowhere')
    made.linux!.sysctl = { 'net.ipv4.ip_forward': '1', 'net.ipv4.ping_group_range': '0 7', 'kernel.msgmax': '4096', 'fs.mqueue.msg_max': '20' }
    made.linux!.devices = [
      { path: '/dev/made', type: 'c', major: 1n, minor: 5n, fileMode: 0o640, uid: 1000, gid: 7 },
      { path: '/dev/fifo', type: 'p', fileMode: 0o600 },
    ]
    made.linux!.resources = { devices: [{ allow: false, access: 'rwm' }, { allow: true, type: 'c', major: 1n, minor: 5n, access: 'rw' }] }
  },
  'namespaces of the host': (made) => {
    delete made.hostname
    made.linux!.namespaces = made.linux!.namespaces!.filter(({ type }) => type === 'mount' || type === 'pid')
  },
  'a user namespace': (made) => {
    made.linux!.namespaces!.push({ type: 'user' })
    made.linux!.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }]
    made.linux!.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }]
  },
} // prettier-ignore

for (const [name, change] of Object.entries(bundles))
  test(`question by question as with runc: ${name}`, { skip: missingRunc }, async (t) => {
    const at = await place(t)
    addProbe(at.rootfs)
    mkdirSync(join(at.rootfs, 'home/user'))
    for (const folder of ['masked-folder', 'readonly']) mkdirSync(join(at.rootfs, 'etc', folder))
    for (const file of ['masked', 'masked-folder/a', 'readonly/a'])
      writeFileSync(join(at.rootfs, 'etc', file), `${file}\n`)
    const script = Object.values(questions).map((question, index) => `echo; echo "=== ${index}"; (${question}) 2>&1`).join('\n') // prettier-ignore
    const spec = runcSpec(
      at,
      ['sh', '-c', `${script}; true`, 'sh'],
      both(change, (made) => (made.linux!.cgroupsPath = `/${freshId()}`)),
    )
    const theirs = runc(at, spec)
    assert.equal(theirs.exitCode, 0, theirs.stderr)
    const ours = await at.runtime.run({ id: freshId(), bundle: bundle(at, spec) })
    const [byUs, byThem] = [answers(ours.stdout), answers(theirs.stdout)]
    assert.deepEqual(byUs, byThem)
    for (const [question, answer] of Object.entries(byUs))
      assert.notEqual(answer.join('').trim(), '', `${question}: no answer`)
  })

/** By question, without the ids of the containers. */
function answers(text: string): Record<string, readonly string[]> {
  const parts = text.split(/^=== (\d+)\n/m)
  return Object.fromEntries(
    Object.keys(questions).map((name) => {
      const part = parts[parts.indexOf(String(Object.keys(questions).indexOf(name)), 1) + 1] ?? ''
      return [name, part.replaceAll(/e2e-\d+-\d+/g, 'ID').split('\n')]
    }),
  )
}
