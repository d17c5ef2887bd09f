/*
 * stator-init: executes a plan. It knows nothing of OCI, of containers or of the order of things: what a plan says is
 * decided by src/plan, and can be printed (`stator plan`). What is here is an interpreter that always ends:
 * jumps go forward only, retries are counted, there is no allocation and no libc.
 *
 * The bytes are described in src/plan/layout.ts, from which plan.h is generated.
 */
#include "plan.h"

#if defined(__x86_64__)
enum { SYS_read = 0, SYS_write = 1, SYS_lseek = 8, SYS_mmap = 9, SYS_rt_sigaction = 13, SYS_pread64 = 17, SYS_ftruncate = 77,
       SYS_clock_gettime = 228, SYS_exit_group = 231, SYS_ppoll = 271, SYS_wait4 = 61 };

static long call(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
        long result;
        register unsigned long r10 __asm__("r10") = d;
        register unsigned long r8 __asm__("r8") = e;
        register unsigned long r9 __asm__("r9") = f;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
        return result;
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall run\n\thlt\n");

#elif defined(__aarch64__)
enum { SYS_ftruncate = 46, SYS_lseek = 62, SYS_read = 63, SYS_write = 64, SYS_pread64 = 67, SYS_ppoll = 73, SYS_exit_group = 94,
       SYS_clock_gettime = 113, SYS_rt_sigaction = 134, SYS_mmap = 222, SYS_wait4 = 260 };

static long call(long number, unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e, unsigned long f)
{
        register unsigned long x8 __asm__("x8") = (unsigned long)number;
        register unsigned long x0 __asm__("x0") = a;
        register unsigned long x1 __asm__("x1") = b;
        register unsigned long x2 __asm__("x2") = c;
        register unsigned long x3 __asm__("x3") = d;
        register unsigned long x4 __asm__("x4") = e;
        register unsigned long x5 __asm__("x5") = f;

        __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
        return (long)x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tbl run\n");

#else
#error "an architecture needs its system call instruction and its entry point here"
#endif

enum { EINTR = 4, EAGAIN = 11, EINVAL = 22, EPROTO = 71, SIGPIPE = 13, SEEK_CUR = 1, PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20,
       MAP_FIXED_NOREPLACE = 0x100000, CLOCK_REALTIME = 0, WALL = 0x40000000 /* __WALL */ };

struct pollfd { int fd; short events, revents; };

struct machine {
        const struct step *steps;
        unsigned count;
        unsigned long registers[REGISTERS];
};

/* gcc may call these even when freestanding. */
void *memset(void *to, int byte, unsigned long count)
{
        for (unsigned long i = 0; i < count; i++)
                ((volatile char *)to)[i] = (char)byte;
        return to;
}

void *memcpy(void *to, const void *from, unsigned long count)
{
        for (unsigned long i = 0; i < count; i++)
                ((volatile char *)to)[i] = ((const char *)from)[i];
        return to;
}

__attribute__((noreturn)) static void leave(int status)
{
        call(SYS_exit_group, (unsigned long)status, 0, 0, 0, 0, 0);
        /* A filter of seccomp has refused it. The kernel ends who does what no processor can, pid 1 too. */
        __builtin_trap();
}

/* Tells which step failed, how, and what the kernel had to say about it; then ends. Nobody reads: ends all the same. */
__attribute__((noreturn)) static void fail(const struct machine *m, unsigned pc, int error, long value, long explain)
{
        static struct record record;
        unsigned long to = m->registers[REPORT_REGISTER];
        int fd = (int)to, waits = fd >= 0 && to & REPORT_WAITS;
        long ended;

        record.magic = RECORD_MAGIC;
        record.kind = RECORD_FAILED;
        record.step = pc;
        record.error = error;
        record.value = value;
        if (explain >= 0) {
                /* One read gives one message; the last one tells most, but the first is the cause. */
                long got = call(SYS_read, (unsigned long)explain, (unsigned long)record.text, RECORD_TEXT, 0, 0, 0);

                record.length = got > 0 ? (unsigned)got : 0;
        }
        if (fd >= 0) {
                /* A socket or pipe whose other end is gone must not raise SIGPIPE: the exit status below would be lost. */
                static const unsigned long ignore[4] = { 1 /* SIG_IGN */, 0, 0, 0 };

                call(SYS_rt_sigaction, SIGPIPE, (unsigned long)ignore, 0, 8, 0, 0);
                call(SYS_write, (unsigned long)fd, (unsigned long)&record, sizeof(record), 0, 0, 0);
        }
        do
                ended = waits ? call(SYS_wait4, (unsigned long)-1, 0, WALL, 0, 0, 0) : 0;
        while (ended > 0 || ended == -EINTR);
        leave(1);
}

static unsigned long value(const struct machine *m, const struct step *s, unsigned n)
{
        return s->registers & (1u << n) ? m->registers[s->arguments[n] % REGISTERS] : s->arguments[n];
}

static int listed(const unsigned short errnos[4], long error)
{
        for (int i = 0; i < 4 && errnos[i]; i++)
                if (errnos[i] == ANY_ERRNO || errnos[i] == error)
                        return 1;
        return 0;
}

/* One read of a stream, written to the log as one frame. Returns what read gave: 0 is the end of the stream. */
static long copy(int from, int log, unsigned stream)
{
        static struct { struct frame frame; char bytes[LOG_LONGEST]; } buffer;
        long got = call(SYS_read, (unsigned long)from, (unsigned long)buffer.bytes, LOG_LONGEST, 0, 0, 0);
        unsigned long time[2] = { 0, 0 };
        unsigned long done = 0, size;

        if (got <= 0)
                return got;
        call(SYS_clock_gettime, CLOCK_REALTIME, (unsigned long)time, 0, 0, 0, 0);
        buffer.frame.seconds = time[0];
        buffer.frame.nanoseconds = time[1];
        buffer.frame.stream = stream;
        buffer.frame.length = (unsigned)got;
        size = sizeof(buffer.frame) + (unsigned long)got;
        while (done < size) {
                long wrote = call(SYS_write, (unsigned long)log, (unsigned long)&buffer + done, size - done, 0, 0, 0);

                /* A full disk must not stop the container: its output is read on, and lost. Half a frame would hide all after it. */
                if (wrote <= 0) {
                        long end = call(SYS_lseek, (unsigned long)log, 0, SEEK_CUR, 0, 0, 0);

                        if (done && end >= (long)done)
                                call(SYS_ftruncate, (unsigned long)log, (unsigned long)end - done, 0, 0, 0, 0);
                        break;
                }
                done += (unsigned long)wrote;
        }
        return got;
}

/*
 * Waits until descriptor `process` has one of `events` (or has hung up), and writes what comes from two streams to the
 * log meanwhile. What is in the pipes when the process ends is still written, within bounds: another process may hold
 * the other end and write for ever.
 */
static void supervise(int process, short events, int out, int err, int log)
{
        struct pollfd fds[3] = { { process, events, 0 }, { out, 1 /* POLLIN */, 0 }, { err, 1, 0 } };

        for (;;) {
                long ready = call(SYS_ppoll, (unsigned long)fds, 3, 0, 0, 0, 0);

                if (ready < 0)
                        continue;
                for (int i = 1; i < 3; i++) {
                        /* After the end of the process: all that is left, non-blocking, at most 64 frames. */
                        for (int n = fds[0].revents ? 64 : 1; n > 0 && fds[i].fd >= 0 && (fds[i].revents || fds[0].revents); n--) {
                                long got = copy(fds[i].fd, log, (unsigned)i);

                                /* Ended, or broken for good: what stays ready and gives nothing would be asked for ever. */
                                if (got == 0 || (got < 0 && got != -EAGAIN && got != -EINTR))
                                        fds[i].fd = -1;
                                if (got <= 0)
                                        break;
                        }
                }
                if (fds[0].revents)
                        return;
        }
}

static long load(unsigned long address, unsigned width)
{
        switch (width) {
        case 1: return *(const unsigned char *)address;
        case 2: return *(const unsigned short *)address;
        case 4: return *(const unsigned *)address;
        default: return *(const long *)address;
        }
}

static void store(unsigned long address, unsigned width, unsigned long what)
{
        switch (width) {
        case 1: *(unsigned char *)address = (unsigned char)what; break;
        case 2: *(unsigned short *)address = (unsigned short)what; break;
        case 4: *(unsigned *)address = (unsigned)what; break;
        default: *(unsigned long *)address = what; break;
        }
}

static int compare(unsigned how, unsigned long a, unsigned long b)
{
        switch (how) {
        case COMPARE_EQUAL: return a == b;
        case COMPARE_NOT_EQUAL: return a != b;
        default: return a < b;
        }
}

/* Makes the call, and decides by the step what its result means. Returns the next step's number. */
static unsigned system_call(struct machine *m, unsigned pc, const struct step *s)
{
        unsigned tries = s->tries;
        long result;

        do
                result = call(s->number, value(m, s, 0), value(m, s, 1), value(m, s, 2), value(m, s, 3), value(m, s, 4), value(m, s, 5));
        while (result < 0 && result >= -4095 && listed(s->retry, -result) && tries-- > 0);

        if (s->result != NO_REGISTER)
                m->registers[s->result] = (unsigned long)result;
        if (result < 0 && result >= -4095) {
                if (!(s->flags & (FLAG_TOLERATE | FLAG_JUMP)) || !listed(s->errnos, -result))
                        fail(m, pc, (int)-result, result, s->flags & FLAG_EXPLAIN ? (long)value(m, s, 0) : -1);
                return s->flags & FLAG_JUMP ? s->target : pc + 1;
        }
        if (s->flags & FLAG_EXPECT && result != s->expect)
                fail(m, pc, EPROTO, result, -1);
        return pc + 1;
}

__attribute__((noreturn)) static void interpret(struct machine *m)
{
        unsigned pc = 0, next;

        for (;; pc = next) {
                const struct step *s = m->steps + pc;

                if (pc >= m->count)
                        leave(2);
                next = pc + 1;
                switch (s->op) {
                case OP_SYS:
                        next = system_call(m, pc, s);
                        break;
                case OP_LOAD:
                        m->registers[s->result] = (unsigned long)load(value(m, s, 0), s->width);
                        break;
                case OP_STORE:
                        store(value(m, s, 0), s->width, value(m, s, 1));
                        break;
                case OP_SET:
                        m->registers[s->result] = value(m, s, 0);
                        break;
                case OP_IF:
                        if (compare(s->width, value(m, s, 0) & value(m, s, 2), value(m, s, 1)))
                                next = s->target;
                        break;
                case OP_GOTO:
                        next = s->target;
                        break;
                case OP_SUPERVISE:
                        supervise((int)value(m, s, 0), (short)value(m, s, 1), (int)value(m, s, 2), (int)value(m, s, 3),
                                  (int)value(m, s, 4));
                        break;
                case OP_FAIL:
                        fail(m, pc, (int)value(m, s, 0), (long)value(m, s, 1), -1);
                default:
                        fail(m, pc, EINVAL, s->op, -1);
                }
                /* Forward only: a plan cannot loop, so every plan ends. */
                if (next <= pc)
                        fail(m, pc, EINVAL, next, -1);
        }
}

__attribute__((noreturn, used)) void run(void)
{
        static struct machine machine;
        struct header header;
        char last;
        long mapped;

        if (call(SYS_pread64, PLAN_DESCRIPTOR, (unsigned long)&header, sizeof(header), 0, 0, 0) != sizeof(header) ||
            header.magic != PLAN_MAGIC || header.version != PLAN_VERSION ||
            sizeof(header) + (unsigned long)header.count * sizeof(struct step) > header.bytes ||
            call(SYS_pread64, PLAN_DESCRIPTOR, (unsigned long)&last, 1, header.bytes - 1, 0, 0) != 1)
                leave(3);
        /* Private: a plan is written to (results, replies), its sealed descriptor is not. */
        mapped = call(SYS_mmap, PLAN_BASE, header.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, PLAN_DESCRIPTOR, 0);
        if (mapped != (long)PLAN_BASE)
                leave(4);
        if (header.scratch) {
                mapped = call(SYS_mmap, SCRATCH_BASE, header.scratch, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, (unsigned long)-1, 0);
                if (mapped != (long)SCRATCH_BASE)
                        leave(4);
        }
        machine.steps = (const struct step *)(PLAN_BASE + sizeof(header));
        machine.count = header.count;
        machine.registers[REPORT_REGISTER] = (unsigned long)-1;
        interpret(&machine);
}
