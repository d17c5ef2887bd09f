/* How long a command takes, without what it costs to start it from Node: for each line on stdin the command is run once, with `@`
 * in its arguments replaced by the line, and a line is printed: nanoseconds from the spawn to the end, the wait status, and
 * nanoseconds of processor time, of all that it has waited for too.
 *
 *   cc -O2 -o stopwatch stopwatch.c
 *   ./stopwatch runc run --bundle BUNDLE @
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long nanoseconds(struct timeval t)
{
        return t.tv_sec * 1000000000LL + t.tv_usec * 1000LL;
}

int main(int argc, char **argv)
{
        char line[256];
        posix_spawn_file_actions_t actions;

        if (argc < 2)
                return 2;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        while (fgets(line, sizeof(line), stdin)) {
                char *command[64];
                int status = 0, error, i;
                struct rusage used;
                long long start, took;
                pid_t pid;

                line[strcspn(line, "\n")] = 0;
                for (i = 1; i < argc && i < 63; i++)
                        command[i - 1] = strcmp(argv[i], "@") ? argv[i] : line;
                command[i - 1] = NULL;
                start = now();
                error = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
                if (error) {
                        fprintf(stderr, "%s: %s\n", command[0], strerror(error));
                        return 1;
                }
                while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
                        ;
                took = now() - start;
                printf("%lld %d %lld\n", took, status, nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime));
                fflush(stdout);
        }
        return 0;
}
