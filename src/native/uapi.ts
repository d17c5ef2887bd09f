// The kernel's constants, by header, with its own names. Plain data, the same on x86_64 and aarch64 where nothing else is said.
// Source: the headers of Linux 6.1, and of the version named beside it what came later.
// Who imports all of them names each (`uapi.O_PATH`) and computes no name: the bundle of the command line would then make 800 getters.
// A flag above bit 30 is a positive number here: combine such flags with `>>> 0` after the last `|`.

import type { Architecture } from './syscalls.ts'

// linux/sched.h: clone(2), clone3(2), unshare(2), setns(2)
export const CLONE_VM = 0x100
export const CLONE_FS = 0x200
export const CLONE_FILES = 0x400
export const CLONE_SIGHAND = 0x800
export const CLONE_PIDFD = 0x1000
export const CLONE_PTRACE = 0x2000
export const CLONE_VFORK = 0x4000
export const CLONE_PARENT = 0x8000
export const CLONE_THREAD = 0x10000
export const CLONE_NEWNS = 0x20000
export const CLONE_SYSVSEM = 0x40000
export const CLONE_SETTLS = 0x80000
export const CLONE_PARENT_SETTID = 0x100000
export const CLONE_CHILD_CLEARTID = 0x200000
export const CLONE_UNTRACED = 0x800000
export const CLONE_CHILD_SETTID = 0x1000000
export const CLONE_NEWCGROUP = 0x2000000
export const CLONE_NEWUTS = 0x4000000
export const CLONE_NEWIPC = 0x8000000
export const CLONE_NEWUSER = 0x10000000
export const CLONE_NEWPID = 0x20000000
export const CLONE_NEWNET = 0x40000000
export const CLONE_IO = 0x80000000
export const CLONE_NEWTIME = 0x80
// Above 32 bits, and so bigints: `|` of numbers would cut them to 0 in silence. Only clone3 takes them.
export const CLONE_CLEAR_SIGHAND = 0x100000000n
export const CLONE_INTO_CGROUP = 0x200000000n
/** sizeof(struct clone_args): VER0 up to tls, VER1 with set_tid, VER2 with cgroup (Linux 5.7). */
export const CLONE_ARGS_SIZE_VER0 = 64
export const CLONE_ARGS_SIZE_VER1 = 80
export const CLONE_ARGS_SIZE_VER2 = 88

// linux/sched.h: sched_setattr(2). SCHED_EXT: Linux 6.12
export const SCHED_OTHER = 0
export const SCHED_FIFO = 1
export const SCHED_RR = 2
export const SCHED_BATCH = 3
export const SCHED_ISO = 4 // reserved, never implemented; the OCI names it
export const SCHED_IDLE = 5
export const SCHED_DEADLINE = 6
export const SCHED_EXT = 7
export const SCHED_RESET_ON_FORK = 0x40000000
export const SCHED_FLAG_RESET_ON_FORK = 1
export const SCHED_FLAG_RECLAIM = 2
export const SCHED_FLAG_DL_OVERRUN = 4
export const SCHED_FLAG_KEEP_POLICY = 8
export const SCHED_FLAG_KEEP_PARAMS = 0x10
export const SCHED_FLAG_UTIL_CLAMP_MIN = 0x20
export const SCHED_FLAG_UTIL_CLAMP_MAX = 0x40
export const SCHED_FLAG_KEEP_ALL = 0x18
export const SCHED_FLAG_UTIL_CLAMP = 0x60
/** sizeof(struct sched_attr): VER0, and VER1 with the utilization clamps (Linux 5.3). */
export const SCHED_ATTR_SIZE_VER0 = 48
export const SCHED_ATTR_SIZE_VER1 = 56

// linux/mount.h: mount(2)
export const MS_RDONLY = 1
export const MS_NOSUID = 2
export const MS_NODEV = 4
export const MS_NOEXEC = 8
export const MS_SYNCHRONOUS = 0x10
export const MS_REMOUNT = 0x20
export const MS_MANDLOCK = 0x40
export const MS_DIRSYNC = 0x80
export const MS_NOSYMFOLLOW = 0x100
export const MS_NOATIME = 0x400
export const MS_NODIRATIME = 0x800
export const MS_BIND = 0x1000
export const MS_MOVE = 0x2000
export const MS_REC = 0x4000
export const MS_SILENT = 0x8000
export const MS_POSIXACL = 0x10000
export const MS_UNBINDABLE = 0x20000
export const MS_PRIVATE = 0x40000
export const MS_SLAVE = 0x80000
export const MS_SHARED = 0x100000
export const MS_RELATIME = 0x200000
export const MS_KERNMOUNT = 0x400000
export const MS_I_VERSION = 0x800000
export const MS_STRICTATIME = 0x1000000
export const MS_LAZYTIME = 0x2000000

// sys/mount.h: umount2(2)
export const MNT_FORCE = 1
export const MNT_DETACH = 2
export const MNT_EXPIRE = 4
export const UMOUNT_NOFOLLOW = 8

// linux/mount.h: open_tree(2), move_mount(2). MOVE_MOUNT_BENEATH: Linux 6.5
export const OPEN_TREE_CLONE = 1
export const OPEN_TREE_CLOEXEC = 0x80000
export const MOVE_MOUNT_F_SYMLINKS = 1
export const MOVE_MOUNT_F_AUTOMOUNTS = 2
export const MOVE_MOUNT_F_EMPTY_PATH = 4
export const MOVE_MOUNT_T_SYMLINKS = 0x10
export const MOVE_MOUNT_T_AUTOMOUNTS = 0x20
export const MOVE_MOUNT_T_EMPTY_PATH = 0x40
export const MOVE_MOUNT_SET_GROUP = 0x100
export const MOVE_MOUNT_BENEATH = 0x200

// linux/mount.h: fsopen(2), fspick(2), fsmount(2)
export const FSOPEN_CLOEXEC = 1
export const FSPICK_CLOEXEC = 1
export const FSPICK_SYMLINK_NOFOLLOW = 2
export const FSPICK_NO_AUTOMOUNT = 4
export const FSPICK_EMPTY_PATH = 8
export const FSMOUNT_CLOEXEC = 1

// linux/mount.h: fsconfig(2). CMD_CREATE_EXCL: Linux 6.6
export const FSCONFIG_SET_FLAG = 0
export const FSCONFIG_SET_STRING = 1
export const FSCONFIG_SET_BINARY = 2
export const FSCONFIG_SET_PATH = 3
export const FSCONFIG_SET_PATH_EMPTY = 4
export const FSCONFIG_SET_FD = 5
export const FSCONFIG_CMD_CREATE = 6
export const FSCONFIG_CMD_RECONFIGURE = 7
export const FSCONFIG_CMD_CREATE_EXCL = 8

// linux/mount.h: mount_setattr(2). NOSYMFOLLOW: Linux 5.14
export const MOUNT_ATTR_RDONLY = 1
export const MOUNT_ATTR_NOSUID = 2
export const MOUNT_ATTR_NODEV = 4
export const MOUNT_ATTR_NOEXEC = 8
export const MOUNT_ATTR__ATIME = 0x70
export const MOUNT_ATTR_RELATIME = 0
export const MOUNT_ATTR_NOATIME = 0x10
export const MOUNT_ATTR_STRICTATIME = 0x20
export const MOUNT_ATTR_NODIRATIME = 0x80
export const MOUNT_ATTR_IDMAP = 0x100000
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000
export const MOUNT_ATTR_SIZE_VER0 = 0x20

// linux/openat2.h: openat2(2)
export const RESOLVE_NO_XDEV = 1
export const RESOLVE_NO_MAGICLINKS = 2
export const RESOLVE_NO_SYMLINKS = 4
export const RESOLVE_BENEATH = 8
export const RESOLVE_IN_ROOT = 0x10
export const RESOLVE_CACHED = 0x20
/** sizeof(struct open_how). */
export const OPEN_HOW_SIZE_VER0 = 24

// asm-generic/fcntl.h: open(2), the flags that x86_64 and aarch64 share; for the others see openFlags
export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_ACCMODE = 3
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_NOCTTY = 0o400
export const O_TRUNC = 0o1000
export const O_APPEND = 0o2000
export const O_NONBLOCK = 0o4000
export const O_DSYNC = 0o10000
export const O_SYNC = 0o4010000
export const O_ASYNC = 0o20000
export const O_NOATIME = 0o1000000
export const O_CLOEXEC = 0o2000000
export const O_PATH = 0o10000000

// linux/fcntl.h: the *at calls. AT_RECURSIVE: open_tree, mount_setattr. AT_HANDLE_FID: Linux 6.5; AT_EXECVE_CHECK: 6.14
export const AT_FDCWD = -100
export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_EACCESS = 0x200
export const AT_REMOVEDIR = 0x200
export const AT_SYMLINK_FOLLOW = 0x400
export const AT_NO_AUTOMOUNT = 0x800
export const AT_EMPTY_PATH = 0x1000
export const AT_STATX_SYNC_TYPE = 0x6000
export const AT_STATX_SYNC_AS_STAT = 0
export const AT_STATX_FORCE_SYNC = 0x2000
export const AT_STATX_DONT_SYNC = 0x4000
export const AT_RECURSIVE = 0x8000
export const AT_HANDLE_FID = 0x200
export const AT_EXECVE_CHECK = 0x10000
/** Paths instead of descriptors that name the caller itself, for calls that take a pidfd; Linux 6.14, and pidfd.h. */
export const PIDFD_SELF_THREAD = -10000
export const PIDFD_SELF_THREAD_GROUP = -10001

// fcntl.h: fcntl(2)
export const F_DUPFD = 0
export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const F_GETLK = 5
export const F_SETLK = 6
export const F_SETLKW = 7
export const F_OFD_GETLK = 36
export const F_OFD_SETLK = 37
export const F_OFD_SETLKW = 38
export const F_DUPFD_CLOEXEC = 1030
export const F_SETPIPE_SZ = 1031
export const F_GETPIPE_SZ = 1032
export const F_ADD_SEALS = 1033
export const F_GET_SEALS = 1034
export const FD_CLOEXEC = 1

// linux/fcntl.h: seals of a memfd. F_SEAL_EXEC: Linux 6.3
export const F_SEAL_SEAL = 1
export const F_SEAL_SHRINK = 2
export const F_SEAL_GROW = 4
export const F_SEAL_WRITE = 8
export const F_SEAL_FUTURE_WRITE = 0x10
export const F_SEAL_EXEC = 0x20

// linux/memfd.h: memfd_create(2). NOEXEC_SEAL, EXEC: Linux 6.3
export const MFD_CLOEXEC = 1
export const MFD_ALLOW_SEALING = 2
export const MFD_HUGETLB = 4
export const MFD_NOEXEC_SEAL = 0x8
export const MFD_EXEC = 0x10

// sys/file.h: flock(2)
export const LOCK_SH = 1
export const LOCK_EX = 2
export const LOCK_NB = 4
export const LOCK_UN = 8

// linux/close_range.h: close_range(2)
export const CLOSE_RANGE_UNSHARE = 2
export const CLOSE_RANGE_CLOEXEC = 4

// linux/stat.h: file types and modes
export const S_IFMT = 0o170000
export const S_IFSOCK = 0o140000
export const S_IFLNK = 0o120000
export const S_IFREG = 0o100000
export const S_IFBLK = 0o60000
export const S_IFDIR = 0o40000
export const S_IFCHR = 0o20000
export const S_IFIFO = 0o10000
export const S_ISUID = 0o4000
export const S_ISGID = 0o2000
export const S_ISVTX = 0o1000

// linux/stat.h: statx(2). MNT_ID: Linux 5.8; MNT_ID_UNIQUE: 6.8
export const STATX_TYPE = 1
export const STATX_MODE = 2
export const STATX_NLINK = 4
export const STATX_UID = 8
export const STATX_GID = 0x10
export const STATX_ATIME = 0x20
export const STATX_MTIME = 0x40
export const STATX_CTIME = 0x80
export const STATX_INO = 0x100
export const STATX_SIZE = 0x200
export const STATX_BLOCKS = 0x400
export const STATX_BASIC_STATS = 0x7ff
export const STATX_BTIME = 0x800
export const STATX_MNT_ID = 0x1000
export const STATX_ATTR_IMMUTABLE = 0x10
export const STATX_ATTR_APPEND = 0x20
export const STATX_ATTR_MOUNT_ROOT = 0x2000
export const STATX_MNT_ID_UNIQUE = 0x4000
export const STATX_SUBVOL = 0x8000

// linux/fs.h: renameat2(2)
export const RENAME_NOREPLACE = 1
export const RENAME_EXCHANGE = 2
export const RENAME_WHITEOUT = 4

// linux/prctl.h: prctl(2)
export const PR_SET_PDEATHSIG = 1
export const PR_GET_PDEATHSIG = 2
export const PR_GET_DUMPABLE = 3
export const PR_SET_DUMPABLE = 4
export const PR_GET_KEEPCAPS = 7
export const PR_SET_KEEPCAPS = 8
export const PR_SET_NAME = 15
export const PR_GET_NAME = 16
export const PR_GET_SECCOMP = 21
export const PR_SET_SECCOMP = 22
export const PR_CAPBSET_READ = 23
export const PR_CAPBSET_DROP = 24
export const PR_GET_TSC = 25
export const PR_SET_TSC = 26
export const PR_TSC_ENABLE = 1
export const PR_TSC_SIGSEGV = 2
export const PR_GET_SECUREBITS = 27
export const PR_SET_SECUREBITS = 28
export const PR_SET_TIMERSLACK = 29
export const PR_GET_TIMERSLACK = 30
export const PR_TASK_PERF_EVENTS_DISABLE = 31
export const PR_TASK_PERF_EVENTS_ENABLE = 32
export const PR_MCE_KILL = 33
export const PR_MCE_KILL_CLEAR = 0
export const PR_MCE_KILL_SET = 1
export const PR_MCE_KILL_LATE = 0
export const PR_MCE_KILL_EARLY = 1
export const PR_MCE_KILL_DEFAULT = 2
export const PR_MCE_KILL_GET = 34
export const PR_SET_MM = 35
export const PR_SET_MM_START_CODE = 1
export const PR_SET_MM_END_CODE = 2
export const PR_SET_MM_START_DATA = 3
export const PR_SET_MM_END_DATA = 4
export const PR_SET_MM_START_STACK = 5
export const PR_SET_MM_START_BRK = 6
export const PR_SET_MM_BRK = 7
export const PR_SET_MM_ARG_START = 8
export const PR_SET_MM_ARG_END = 9
export const PR_SET_MM_ENV_START = 10
export const PR_SET_MM_ENV_END = 11
export const PR_SET_MM_AUXV = 12
export const PR_SET_MM_EXE_FILE = 13
export const PR_SET_MM_MAP = 14
export const PR_SET_MM_MAP_SIZE = 15
export const PR_SET_PTRACER = 0x59616d61
export const PR_SET_CHILD_SUBREAPER = 36
export const PR_GET_CHILD_SUBREAPER = 37
export const PR_SET_NO_NEW_PRIVS = 38
export const PR_GET_NO_NEW_PRIVS = 39
export const PR_GET_TID_ADDRESS = 40
export const PR_SET_THP_DISABLE = 41
export const PR_GET_THP_DISABLE = 42
export const PR_CAP_AMBIENT = 47
export const PR_CAP_AMBIENT_IS_SET = 1
export const PR_CAP_AMBIENT_RAISE = 2
export const PR_CAP_AMBIENT_LOWER = 3
export const PR_CAP_AMBIENT_CLEAR_ALL = 4
export const PR_GET_SPECULATION_CTRL = 52
export const PR_SET_SPECULATION_CTRL = 53
export const PR_SPEC_STORE_BYPASS = 0
export const PR_SPEC_INDIRECT_BRANCH = 1
export const PR_SPEC_L1D_FLUSH = 2
export const PR_SPEC_NOT_AFFECTED = 0
export const PR_SPEC_PRCTL = 1
export const PR_SPEC_ENABLE = 2
export const PR_SPEC_DISABLE = 4
export const PR_SPEC_FORCE_DISABLE = 8
export const PR_SPEC_DISABLE_NOEXEC = 16
export const PR_SET_TAGGED_ADDR_CTRL = 55
export const PR_GET_TAGGED_ADDR_CTRL = 56
export const PR_SET_IO_FLUSHER = 57
export const PR_GET_IO_FLUSHER = 58
export const PR_SET_SYSCALL_USER_DISPATCH = 59
export const PR_SYS_DISPATCH_OFF = 0
export const PR_SYS_DISPATCH_ON = 1
export const PR_SCHED_CORE = 62
export const PR_SCHED_CORE_GET = 0
export const PR_SCHED_CORE_CREATE = 1
export const PR_SCHED_CORE_SHARE_TO = 2
export const PR_SCHED_CORE_SHARE_FROM = 3
export const PR_SCHED_CORE_MAX = 4
export const PR_SCHED_CORE_SCOPE_THREAD = 0
export const PR_SCHED_CORE_SCOPE_THREAD_GROUP = 1
export const PR_SCHED_CORE_SCOPE_PROCESS_GROUP = 2
export const PR_SET_VMA = 0x53564d41
export const PR_SET_VMA_ANON_NAME = 0
/** Linux 6.3: memory that is both writable and executable is refused. */
export const PR_SET_MDWE = 65
export const PR_GET_MDWE = 66
export const PR_MDWE_REFUSE_EXEC_GAIN = 1
export const PR_MDWE_NO_INHERIT = 2

// linux/securebits.h
export const SECBIT_NOROOT = 1
export const SECBIT_NOROOT_LOCKED = 2
export const SECBIT_NO_SETUID_FIXUP = 4
export const SECBIT_NO_SETUID_FIXUP_LOCKED = 8
export const SECBIT_KEEP_CAPS = 0x10
export const SECBIT_KEEP_CAPS_LOCKED = 0x20
export const SECBIT_NO_CAP_AMBIENT_RAISE = 0x40
export const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80

// linux/capability.h: capget(2), capset(2)
export const LINUX_CAPABILITY_VERSION_3 = 0x20080522
/** Capability names in the order of their numbers: the index is the bit. */
export const capabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
]
/** The last capability these tables know; the running kernel says its own in /proc/sys/kernel/cap_last_cap. */
export const CAP_LAST = 40
export const CAP_DAC_OVERRIDE = 1
export const CAP_KILL = 5
export const CAP_SETGID = 6
export const CAP_SETUID = 7
export const CAP_SETPCAP = 8
export const CAP_NET_ADMIN = 12
export const CAP_SYS_CHROOT = 18
export const CAP_SYS_PTRACE = 19
export const CAP_SYS_ADMIN = 21
export const CAP_SYS_RESOURCE = 24
export const CAP_MKNOD = 27
export const CAP_BPF = 39
export const CAP_CHECKPOINT_RESTORE = 40

// linux/resource.h: prlimit(2)
/** Resource to number, by the name of the OCI (`process.rlimits[].type`). Source: asm-generic/resource.h. */
export const rlimits: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
}
export const RLIM_INFINITY = 0xffffffffffffffffn
export const RLIMIT_CPU = 0
export const RLIMIT_FSIZE = 1
export const RLIMIT_DATA = 2
export const RLIMIT_STACK = 3
export const RLIMIT_CORE = 4
export const RLIMIT_RSS = 5
export const RLIMIT_NPROC = 6
export const RLIMIT_NOFILE = 7
export const RLIMIT_MEMLOCK = 8
export const RLIMIT_AS = 9
export const RLIMIT_LOCKS = 10
export const RLIMIT_SIGPENDING = 11
export const RLIMIT_MSGQUEUE = 12
export const RLIMIT_NICE = 13
export const RLIMIT_RTPRIO = 14
export const RLIMIT_RTTIME = 15

// linux/wait.h: wait4(2), waitid(2)
export const WNOHANG = 1
export const WUNTRACED = 2
export const WSTOPPED = 2
export const WEXITED = 4
export const WCONTINUED = 8
export const WNOWAIT = 0x1000000
export const __WNOTHREAD = 0x20000000
export const __WALL = 0x40000000
export const __WCLONE = 0x80000000
export const P_ALL = 0
export const P_PID = 1
export const P_PGID = 2
export const P_PIDFD = 3
export const CLD_EXITED = 1
export const CLD_KILLED = 2
export const CLD_DUMPED = 3
export const CLD_TRAPPED = 4
export const CLD_STOPPED = 5
export const CLD_CONTINUED = 6

// asm-generic/signal.h: sigaction(2), signalfd(2)
export const SIG_BLOCK = 0
export const SIG_UNBLOCK = 1
export const SIG_SETMASK = 2
export const SIG_DFL = 0
export const SIG_IGN = 1
/** Bytes of the kernel's sigset_t, which rt_sigaction and rt_sigprocmask ask for; that of a C library is 128. */
export const SIGSET_BYTES = 8

// linux/pidfd.h: pidfd_open(2), pidfd_send_signal(2). NONBLOCK: Linux 5.10; THREAD and the SIGNAL flags: 6.9
export const PIDFD_NONBLOCK = 0o4000
export const PIDFD_THREAD = 0o200
export const PIDFD_SIGNAL_THREAD = 0x1
export const PIDFD_SIGNAL_THREAD_GROUP = 0x2
export const PIDFD_SIGNAL_PROCESS_GROUP = 0x4
/** _IOWR(0xff, 11, struct pidfd_info) with the structure of its first version; Linux 6.13. */
export const PIDFD_GET_INFO = 0xc040ff0b
export const PIDFD_INFO_SIZE_VER0 = 64
export const PIDFD_INFO_PID = 0x1
export const PIDFD_INFO_CREDS = 0x2
export const PIDFD_INFO_CGROUPID = 0x4
export const PIDFD_INFO_EXIT = 0x8 // Linux 6.15
export const PIDFD_INFO_COREDUMP = 0x10 // Linux 6.16
// A namespace of the process behind a pidfd, as a descriptor; Linux 6.11.
export const PIDFD_GET_CGROUP_NAMESPACE = 0xff01
export const PIDFD_GET_IPC_NAMESPACE = 0xff02
export const PIDFD_GET_MNT_NAMESPACE = 0xff03
export const PIDFD_GET_NET_NAMESPACE = 0xff04
export const PIDFD_GET_PID_NAMESPACE = 0xff05
export const PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE = 0xff06
export const PIDFD_GET_TIME_NAMESPACE = 0xff07
export const PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE = 0xff08
export const PIDFD_GET_USER_NAMESPACE = 0xff09
export const PIDFD_GET_UTS_NAMESPACE = 0xff0a

// linux/nsfs.h: ioctl_ns(2)
export const NS_GET_USERNS = 0xb701
export const NS_GET_PARENT = 0xb702
export const NS_GET_NSTYPE = 0xb703
export const NS_GET_OWNER_UID = 0xb704

// linux/eventpoll.h: epoll(7)
export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
export const EPOLL_CLOEXEC = 0x80000
export const EPOLLIN = 1
export const EPOLLPRI = 2
export const EPOLLOUT = 4
export const EPOLLERR = 8
export const EPOLLHUP = 0x10
export const EPOLLRDHUP = 0x2000
export const EPOLLEXCLUSIVE = 0x10000000
export const EPOLLWAKEUP = 0x20000000
export const EPOLLONESHOT = 0x40000000
export const EPOLLET = 0x80000000

// linux/poll.h: ppoll(2)
export const POLLIN = 1
export const POLLPRI = 2
export const POLLOUT = 4
export const POLLERR = 8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20

// linux/eventfd.h, linux/timerfd.h
export const EFD_CLOEXEC = 0x80000
export const EFD_NONBLOCK = 0x800
export const EFD_SEMAPHORE = 1
export const TFD_CLOEXEC = 0x80000
export const TFD_NONBLOCK = 0x800
export const TFD_TIMER_ABSTIME = 1
export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
export const CLOCK_BOOTTIME = 7

// linux/inotify.h: inotify(7)
export const IN_CLOEXEC = 0x80000
export const IN_NONBLOCK = 0x800
export const IN_ACCESS = 1
export const IN_MODIFY = 2
export const IN_ATTRIB = 4
export const IN_CLOSE_WRITE = 8
export const IN_CLOSE_NOWRITE = 0x10
export const IN_OPEN = 0x20
export const IN_MOVED_FROM = 0x40
export const IN_MOVED_TO = 0x80
export const IN_CREATE = 0x100
export const IN_DELETE = 0x200
export const IN_DELETE_SELF = 0x400
export const IN_MOVE_SELF = 0x800
export const IN_UNMOUNT = 0x2000
export const IN_Q_OVERFLOW = 0x4000
export const IN_IGNORED = 0x8000
export const IN_CLOSE = 0x18
export const IN_MOVE = 0xc0
export const IN_ONLYDIR = 0x1000000
export const IN_DONT_FOLLOW = 0x2000000
export const IN_EXCL_UNLINK = 0x4000000
export const IN_MASK_CREATE = 0x10000000
export const IN_MASK_ADD = 0x20000000
export const IN_ISDIR = 0x40000000
export const IN_ONESHOT = 0x80000000
export const IN_ALL_EVENTS = 0xfff

// sys/socket.h: socket(2), sendmsg(2)
export const AF_UNSPEC = 0
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 0xa
export const AF_NETLINK = 0x10
export const AF_PACKET = 0x11
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_SEQPACKET = 5
export const SOCK_CLOEXEC = 0x80000
export const SOCK_NONBLOCK = 0x800
export const SOL_SOCKET = 1
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_PASSCRED = 0x10
export const SO_PEERCRED = 0x11
export const SO_SNDTIMEO = 0x15
export const SO_SNDBUFFORCE = 0x20
export const SO_RCVBUFFORCE = 0x21
export const SCM_RIGHTS = 1
export const SCM_CREDENTIALS = 2
export const MSG_OOB = 1
export const MSG_PEEK = 2
export const MSG_CTRUNC = 8
export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_WAITALL = 0x100
export const MSG_NOSIGNAL = 0x4000
export const MSG_CMSG_CLOEXEC = 0x40000000
export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2
export const SO_PEERPIDFD = 77 // Linux 6.5
/** Bytes of sun_path in struct sockaddr_un. Source: linux/un.h. */
export const UNIX_PATH_MAX = 108
/** How many descriptors one message carries at most. Source: net/scm.h. */
export const SCM_MAX_FD = 253

// linux/if.h, linux/sockios.h: netdevice(7)
export const IFNAMSIZ = 0x10
export const SIOCGIFNAME = 0x8910
export const SIOCGIFFLAGS = 0x8913
export const SIOCSIFFLAGS = 0x8914
export const SIOCGIFINDEX = 0x8933
export const SIOCGIFMTU = 0x8921
export const SIOCSIFMTU = 0x8922
export const SIOCGIFADDR = 0x8915
export const SIOCSIFADDR = 0x8916
export const SIOCSIFNETMASK = 0x891c
export const SIOCGIFHWADDR = 0x8927
export const IFF_UP = 1
export const IFF_BROADCAST = 2
export const IFF_LOOPBACK = 8
export const IFF_POINTOPOINT = 0x10
export const IFF_RUNNING = 0x40
export const IFF_NOARP = 0x80
export const IFF_MULTICAST = 0x1000
/** sizeof(struct ifreq). */
export const IFREQ_BYTES = 40

// linux/netlink.h: netlink(7)
export const NETLINK_ROUTE = 0
export const NETLINK_AUDIT = 9
export const NETLINK_NETFILTER = 0xc
export const NLM_F_REQUEST = 1
export const NLM_F_MULTI = 2
export const NLM_F_ACK = 4
export const NLM_F_ECHO = 8
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

// asm-generic/ioctls.h: ioctl_tty(2)
export const TIOCSCTTY = 0x540e
export const TIOCNOTTY = 0x5422
export const TIOCGWINSZ = 0x5413
export const TIOCSWINSZ = 0x5414
export const TIOCSPTLCK = 0x40045431
export const TIOCGPTN = 0x80045430
export const TIOCGPTPEER = 0x5441
export const TIOCGPGRP = 0x540f
export const TIOCSPGRP = 0x5410
export const TCGETS = 0x5401
export const TCSETS = 0x5402
export const FIONREAD = 0x541b
export const FIONBIO = 0x5421
export const TCXONC = 0x540a

// asm-generic/termbits.h: termios(3), the flags that cfmakeraw changes and the ends of output
export const IGNBRK = 1
export const BRKINT = 2
export const PARMRK = 8
export const ISTRIP = 0x20
export const INLCR = 0x40
export const IGNCR = 0x80
export const ICRNL = 0x100
export const IXON = 0x400
export const OPOST = 1
export const ONLCR = 4
export const CSIZE = 0x30
export const CS8 = 0x30
export const PARENB = 0x100
export const ISIG = 1
export const ICANON = 2
export const ECHO = 8
export const ECHONL = 0x40
export const IEXTEN = 0x8000
export const VTIME = 5
export const VMIN = 6
/** sizeof(struct termios) of the kernel, which TCGETS writes; that of a C library is longer. */
export const TERMIOS_BYTES = 36

// linux/magic.h: statfs(2), what a file system says it is
export const ANON_INODE_FS_MAGIC = 0x9041934
export const BPF_FS_MAGIC = 0xcafe4a11
export const BTRFS_SUPER_MAGIC = 0x9123683e
export const CGROUP2_SUPER_MAGIC = 0x63677270
export const CGROUP_SUPER_MAGIC = 0x27e0eb
export const DEBUGFS_MAGIC = 0x64626720
export const DEVPTS_SUPER_MAGIC = 0x1cd1
export const ECRYPTFS_SUPER_MAGIC = 0xf15f
export const EROFS_SUPER_MAGIC_V1 = 0xe0f5e1e2
export const EXT4_SUPER_MAGIC = 0xef53
export const F2FS_SUPER_MAGIC = 0xf2f52010
export const FUSE_SUPER_MAGIC = 0x65735546
export const HUGETLBFS_MAGIC = 0x958458f6
export const NFS_SUPER_MAGIC = 0x6969
export const NSFS_MAGIC = 0x6e736673
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630
export const PIPEFS_MAGIC = 0x50495045
export const PROC_SUPER_MAGIC = 0x9fa0
export const RAMFS_MAGIC = 0x858458f6
export const RDTGROUP_SUPER_MAGIC = 0x7655821
export const SECURITYFS_MAGIC = 0x73636673
export const SELINUX_MAGIC = 0xf97cff8c
export const SOCKFS_MAGIC = 0x534f434b
export const SQUASHFS_MAGIC = 0x73717368
export const SYSFS_MAGIC = 0x62656572
export const TMPFS_MAGIC = 0x1021994
export const TRACEFS_MAGIC = 0x74726163
export const XFS_SUPER_MAGIC = 0x58465342
export const PID_FS_MAGIC = 0x50494446 // Linux 6.9
export const MQUEUE_MAGIC = 0x19800202 // ipc/mqueue.c
export const ZFS_SUPER_MAGIC = 0x2fc12fc1 // not in the kernel's tree; statfs(2)

// linux/magic.h neighbours: fixed inode numbers. Source: linux/proc_fs.h, linux/proc_ns.h
export const PROC_ROOT_INO = 1
export const PROC_IPC_INIT_INO = 0xefffffff
export const PROC_UTS_INIT_INO = 0xeffffffe
export const PROC_USER_INIT_INO = 0xeffffffd
export const PROC_PID_INIT_INO = 0xeffffffc
export const PROC_CGROUP_INIT_INO = 0xeffffffb
export const PROC_TIME_INIT_INO = 0xeffffffa

// linux/statfs.h: f_flags of statfs(2)
export const ST_RDONLY = 1
export const ST_NOSUID = 2
export const ST_NODEV = 4
export const ST_NOEXEC = 8
export const ST_SYNCHRONOUS = 0x10
export const ST_MANDLOCK = 0x40
export const ST_NOATIME = 0x400
export const ST_NODIRATIME = 0x800
export const ST_RELATIME = 0x1000
export const ST_NOSYMFOLLOW = 0x2000

// linux/ioprio.h: ioprio_set(2)
export const IOPRIO_CLASS_SHIFT = 13
export const IOPRIO_CLASS_NONE = 0
export const IOPRIO_CLASS_RT = 1
export const IOPRIO_CLASS_BE = 2
export const IOPRIO_CLASS_IDLE = 3
export const IOPRIO_WHO_PROCESS = 1
export const IOPRIO_WHO_PGRP = 2
export const IOPRIO_WHO_USER = 3

// linux/mempolicy.h: set_mempolicy(2)
export const MPOL_DEFAULT = 0
export const MPOL_PREFERRED = 1
export const MPOL_BIND = 2
export const MPOL_INTERLEAVE = 3
export const MPOL_LOCAL = 4
export const MPOL_PREFERRED_MANY = 5
export const MPOL_F_STATIC_NODES = 0x8000
export const MPOL_F_RELATIVE_NODES = 0x4000
export const MPOL_F_NUMA_BALANCING = 0x2000
export const MPOL_WEIGHTED_INTERLEAVE = 6 // Linux 6.9

// linux/personality.h: personality(2)
export const UNAME26 = 0x20000
export const ADDR_NO_RANDOMIZE = 0x40000
export const MMAP_PAGE_ZERO = 0x100000
export const ADDR_COMPAT_LAYOUT = 0x200000
export const READ_IMPLIES_EXEC = 0x400000
export const ADDR_LIMIT_32BIT = 0x800000
export const SHORT_INODE = 0x1000000
export const WHOLE_SECONDS = 0x2000000
export const STICKY_TIMEOUTS = 0x4000000
export const ADDR_LIMIT_3GB = 0x8000000
export const PER_LINUX = 0
export const PER_LINUX_32BIT = 0x800000
export const PER_LINUX32 = 8
export const PER_LINUX32_3GB = 0x8000008
export const PER_MASK = 0xff

// linux/seccomp.h: seccomp(2)
export const SECCOMP_MODE_DISABLED = 0
export const SECCOMP_MODE_STRICT = 1
export const SECCOMP_MODE_FILTER = 2
export const SECCOMP_SET_MODE_STRICT = 0
export const SECCOMP_SET_MODE_FILTER = 1
export const SECCOMP_GET_ACTION_AVAIL = 2
export const SECCOMP_GET_NOTIF_SIZES = 3
export const SECCOMP_FILTER_FLAG_TSYNC = 1
export const SECCOMP_FILTER_FLAG_LOG = 2
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20
export const SECCOMP_RET_KILL_PROCESS = 0x80000000
export const SECCOMP_RET_KILL_THREAD = 0
export const SECCOMP_RET_TRAP = 0x30000
export const SECCOMP_RET_ERRNO = 0x50000
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000
export const SECCOMP_RET_TRACE = 0x7ff00000
export const SECCOMP_RET_LOG = 0x7ffc0000
export const SECCOMP_RET_ALLOW = 0x7fff0000
export const SECCOMP_RET_ACTION_FULL = 0xffff0000
export const SECCOMP_RET_DATA = 0xffff
export const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
export const SECCOMP_ADDFD_FLAG_SETFD = 1
export const SECCOMP_ADDFD_FLAG_SEND = 2
export const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100
export const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101
export const SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102
export const SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103

// linux/audit.h: the architecture a seccomp filter sees
export const AUDIT_ARCH_X86_64 = 0xc000003e
export const AUDIT_ARCH_I386 = 0x40000003
export const AUDIT_ARCH_AARCH64 = 0xc00000b7
export const AUDIT_ARCH_ARM = 0x40000028
export const AUDIT_ARCH_RISCV64 = 0xc00000f3
export const AUDIT_ARCH_PPC64LE = 0xc0000015
export const AUDIT_ARCH_S390X = 0x80000016

// linux/keyctl.h: keyctl(2)
export const KEYCTL_GET_KEYRING_ID = 0
export const KEYCTL_JOIN_SESSION_KEYRING = 1
export const KEYCTL_DESCRIBE = 6
export const KEYCTL_SETPERM = 5
export const KEY_SPEC_SESSION_KEYRING = -3

// linux/kcmp.h: kcmp(2)
export const KCMP_FILE = 0
export const KCMP_VM = 1
export const KCMP_FILES = 2
export const KCMP_FS = 3
export const KCMP_SIGHAND = 4
export const KCMP_IO = 5

// linux/bpf.h: bpf(2)
export const BPF_PROG_LOAD = 5
export const BPF_OBJ_PIN = 6
export const BPF_OBJ_GET = 7
export const BPF_PROG_ATTACH = 8
export const BPF_PROG_DETACH = 9
export const BPF_PROG_GET_NEXT_ID = 11
export const BPF_PROG_GET_FD_BY_ID = 13
export const BPF_OBJ_GET_INFO_BY_FD = 15
export const BPF_PROG_QUERY = 16
export const BPF_LINK_CREATE = 28
export const BPF_LINK_DETACH = 34
export const BPF_PROG_TYPE_SOCKET_FILTER = 1
export const BPF_PROG_TYPE_CGROUP_SKB = 8
export const BPF_PROG_TYPE_CGROUP_SOCK = 9
export const BPF_PROG_TYPE_CGROUP_DEVICE = 15
export const BPF_PROG_TYPE_CGROUP_SYSCTL = 23
export const BPF_CGROUP_INET_INGRESS = 0
export const BPF_CGROUP_INET_EGRESS = 1
export const BPF_CGROUP_INET_SOCK_CREATE = 2
export const BPF_CGROUP_DEVICE = 6
export const BPF_CGROUP_SYSCTL = 18
export const BPF_F_ALLOW_OVERRIDE = 1
export const BPF_F_ALLOW_MULTI = 2
export const BPF_F_REPLACE = 4
export const BPF_F_QUERY_EFFECTIVE = 1
export const BPF_DEVCG_ACC_MKNOD = 1
export const BPF_DEVCG_ACC_READ = 2
export const BPF_DEVCG_ACC_WRITE = 4
export const BPF_DEVCG_DEV_BLOCK = 1
export const BPF_DEVCG_DEV_CHAR = 2
export const BPF_OBJ_NAME_LEN = 16

// linux/bpf_common.h, linux/bpf.h: the parts of an instruction, classic and extended
export const BPF_LD = 0
export const BPF_LDX = 1
export const BPF_ST = 2
export const BPF_STX = 3
export const BPF_ALU = 4
export const BPF_JMP = 5
export const BPF_RET = 6
export const BPF_MISC = 7
export const BPF_JMP32 = 6
export const BPF_ALU64 = 7
export const BPF_W = 0
export const BPF_H = 8
export const BPF_B = 0x10
export const BPF_DW = 0x18
export const BPF_IMM = 0
export const BPF_ABS = 0x20
export const BPF_MEM = 0x60
export const BPF_LEN = 0x80
export const BPF_K = 0
export const BPF_X = 8
export const BPF_A = 0x10
export const BPF_ADD = 0
export const BPF_SUB = 0x10
export const BPF_MUL = 0x20
export const BPF_DIV = 0x30
export const BPF_OR = 0x40
export const BPF_AND = 0x50
export const BPF_LSH = 0x60
export const BPF_RSH = 0x70
export const BPF_NEG = 0x80
export const BPF_XOR = 0xa0
export const BPF_MOV = 0xb0
export const BPF_JA = 0
export const BPF_JEQ = 0x10
export const BPF_JGT = 0x20
export const BPF_JGE = 0x30
export const BPF_JSET = 0x40
export const BPF_JNE = 0x50
export const BPF_JLT = 0xa0
export const BPF_JLE = 0xb0
export const BPF_CALL = 0x80
export const BPF_EXIT = 0x90
// Of classic programs alone, as those of seccomp; linux/filter.h.
export const BPF_TAX = 0
export const BPF_TXA = 0x80
export const BPF_MAXINSNS = 4096
export const BPF_MEMWORDS = 16

// linux/futex.h, linux/random.h, sys/mman.h
export const GRND_NONBLOCK = 1
export const PROT_NONE = 0
export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4
export const MAP_SHARED = 1
export const MAP_PRIVATE = 2
export const MAP_FIXED = 0x10
export const MAP_ANONYMOUS = 0x20

// asm-generic/signal.h: signal(7). The same numbers on both architectures; real-time signals as C libraries number them
// (they keep 32 and 33 for their threads), so SIGRTMIN is 34.
/** Signal to number by name, with the real-time ones as SIGRTMIN, SIGRTMIN+1 … SIGRTMAX-1, SIGRTMAX. */
export const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
  // Other names of the same numbers.
  SIGIOT: 6,
  SIGCLD: 17,
  SIGPOLL: 29,
  SIGRTMIN: 34,
  'SIGRTMIN+1': 35,
  'SIGRTMIN+2': 36,
  'SIGRTMIN+3': 37,
  'SIGRTMIN+4': 38,
  'SIGRTMIN+5': 39,
  'SIGRTMIN+6': 40,
  'SIGRTMIN+7': 41,
  'SIGRTMIN+8': 42,
  'SIGRTMIN+9': 43,
  'SIGRTMIN+10': 44,
  'SIGRTMIN+11': 45,
  'SIGRTMIN+12': 46,
  'SIGRTMIN+13': 47,
  'SIGRTMIN+14': 48,
  'SIGRTMIN+15': 49,
  'SIGRTMAX-14': 50,
  'SIGRTMAX-13': 51,
  'SIGRTMAX-12': 52,
  'SIGRTMAX-11': 53,
  'SIGRTMAX-10': 54,
  'SIGRTMAX-9': 55,
  'SIGRTMAX-8': 56,
  'SIGRTMAX-7': 57,
  'SIGRTMAX-6': 58,
  'SIGRTMAX-5': 59,
  'SIGRTMAX-4': 60,
  'SIGRTMAX-3': 61,
  'SIGRTMAX-2': 62,
  'SIGRTMAX-1': 63,
  SIGRTMAX: 64,
}
/** The highest signal number. */
export const SIGNAL_MAX = 64
export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGABRT = 6
export const SIGKILL = 9
export const SIGUSR1 = 10
export const SIGSEGV = 11
export const SIGUSR2 = 12
export const SIGPIPE = 13
export const SIGALRM = 14
export const SIGTERM = 15
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19
export const SIGSYS = 31
export const SIGWINCH = 28

// asm/fcntl.h: the flags of open(2) in which the architectures differ
const asmGeneric = { O_DIRECT: 0o40000, O_LARGEFILE: 0o100000, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000 } as const
const arm = { O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000, O_DIRECT: 0o200000, O_LARGEFILE: 0o400000 } as const

/** All flags of open(2), by name. */
export interface OpenFlags {
  readonly O_RDONLY: number
  readonly O_WRONLY: number
  readonly O_RDWR: number
  readonly O_CREAT: number
  readonly O_EXCL: number
  readonly O_NOCTTY: number
  readonly O_TRUNC: number
  readonly O_APPEND: number
  readonly O_NONBLOCK: number
  readonly O_DSYNC: number
  readonly O_SYNC: number
  readonly O_ASYNC: number
  readonly O_NOATIME: number
  readonly O_CLOEXEC: number
  readonly O_PATH: number
  readonly O_DIRECT: number
  readonly O_LARGEFILE: number
  readonly O_DIRECTORY: number
  readonly O_NOFOLLOW: number
  readonly O_TMPFILE: number
}

/** The flags of open(2) for an architecture, which need not be the running one. */
export function openFlags(architecture: Architecture): OpenFlags {
  const own = architecture === 'aarch64' ? arm : asmGeneric
  return {
    O_RDONLY,
    O_WRONLY,
    O_RDWR,
    O_CREAT,
    O_EXCL,
    O_NOCTTY,
    O_TRUNC,
    O_APPEND,
    O_NONBLOCK,
    O_DSYNC,
    O_SYNC,
    O_ASYNC,
    O_NOATIME,
    O_CLOEXEC,
    O_PATH,
    ...own,
    O_TMPFILE: 0o20000000 | own.O_DIRECTORY,
  }
}
