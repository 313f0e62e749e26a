#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "log.h"
#include "metrics.h"

enum {
    SECURE_BYTES = 256 * 1024, /* for the daemon's own keys, */
    SECURE_BYTES_OF_CONNECTION =
        256, /* and for the key of a handshake, which OpenSSL keeps as long as the connection */
    SECURE_BYTES_LEAST = 16, /* of one allocation */
};

void process_protect(int connections)
{
    /* OpenSSL wants a power of two; with less than it needs, handshakes would fail. */
    size_t size = SECURE_BYTES;
    while (size < SECURE_BYTES + (size_t)connections * SECURE_BYTES_OF_CONNECTION)
        size *= 2;
    if (prctl(PR_SET_DUMPABLE, 0) || setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}))
        log_event(LOG_WARNING, "core_dumps_possible", "why=%s", LOG_TEXT(strerror(errno)));
    errno = 0;
    if (CRYPTO_secure_malloc_init(size, SECURE_BYTES_LEAST) != 1)
        log_event(LOG_WARNING, "keys_not_locked", "why=%s needs_rlimit_memlock=%zu",
                  LOG_TEXT(strerror(errno)), size);
    /* Once confined, the process cannot ask. */
    struct rlimit descriptors;
    if (!getrlimit(RLIMIT_NOFILE, &descriptors))
        metrics_set(METRIC_PROCESS_MAX_FDS, (int64_t)descriptors.rlim_cur);
}

/* A call that is allowed when that argument, as far as the mask covers it, has that value; always with no
 * mask. */
struct allowed {
    int call;
    unsigned argument;
    scmp_datum_t mask, value;
};

#define CALL(name) .call = SCMP_SYS(name)

static const scmp_datum_t whole = ~(scmp_datum_t)0;

static const struct allowed table[] = {
    /* the event loop and its signals */
    {CALL(epoll_wait)},
    {CALL(epoll_pwait)},
    {CALL(epoll_ctl)},
    {CALL(poll)},
    {CALL(rt_sigaction)},
    {CALL(rt_sigprocmask)},
    {CALL(rt_sigreturn)},
    {CALL(restart_syscall)},
    /* clients, PostgreSQL, the log */
    {CALL(accept4)},
    {CALL(socket), 0, whole, AF_UNIX},
    {CALL(socket), 0, whole, AF_INET},
    {CALL(socket), 0, whole, AF_INET6},
    {CALL(connect)},
    {CALL(getsockname)},
    {CALL(getpeername)},
    {CALL(getsockopt)},
    {CALL(setsockopt)},
    {CALL(shutdown)},
    {CALL(recvfrom)},
    {CALL(sendto)},
    {CALL(read)},
    {CALL(readv)},
    {CALL(write)},
    {CALL(writev)},
    {CALL(close)},
    {CALL(dup)},
    {CALL(fcntl)},
    {CALL(ioctl), 1, whole, FIONREAD},
    /* reading files: certificates and the configuration again, what libpq looks for when it connects */
    {CALL(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {CALL(newfstatat)},
    {CALL(fstat)},
    {CALL(statx)},
    {CALL(access)},
    {CALL(faccessat)},
    {CALL(faccessat2)},
    {CALL(readlink)},
    {CALL(lseek)},
    {CALL(pread64)},
    {CALL(getdents64)},
    /* memory, none of it to be executed */
    {CALL(brk)},
    {CALL(mmap), 2, PROT_EXEC, 0},
    {CALL(mprotect), 2, PROT_EXEC, 0},
    {CALL(mremap)},
    {CALL(munmap)},
    {CALL(madvise)},
    {CALL(futex)},
    /* time, chance, who am I */
    {CALL(clock_gettime)},
    {CALL(clock_getres)},
    {CALL(clock_nanosleep)},
    {CALL(gettimeofday)},
    {CALL(time)},
    {CALL(getrandom)},
    {CALL(getpid)},
    {CALL(gettid)},
    {CALL(getuid)},
    {CALL(geteuid)},
    {CALL(getgid)},
    {CALL(getegid)},
    {CALL(uname)},
    {CALL(sysinfo)},
    /* the end, abort's included */
    {CALL(tgkill)},
    {CALL(exit)},
    {CALL(exit_group)},
};

/* These no library makes by surprise: whoever makes them has taken the process over. */
static const int deadly[] = {SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(mount),
                             SCMP_SYS(pivot_root),
                             SCMP_SYS(setns),
                             SCMP_SYS(unshare),
                             SCMP_SYS(bpf),
                             SCMP_SYS(init_module),
                             SCMP_SYS(finit_module),
                             SCMP_SYS(kexec_load)};

/* The sanitizers' own library traces the process at its end, and more; valgrind does what it likes. */
#ifdef TRAJECT_UNCONFINED
static const bool unconfined = true;
#else
static const bool unconfined = false;
#endif

static int add_rules(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table && !failed; i++) {
        const struct allowed *a = &table[i];
        failed = a->mask ? seccomp_rule_add(filter, SCMP_ACT_ALLOW, a->call, 1,
                                            SCMP_CMP(a->argument, SCMP_CMP_MASKED_EQ, a->mask, a->value))
                         : seccomp_rule_add(filter, SCMP_ACT_ALLOW, a->call, 0);
    }
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    return failed;
}

void process_confine(void)
{
    if (unconfined) {
        log_event(LOG_WARNING, "not_confined", "why=\"built with sanitizers\"");
        return;
    }
    /* Any other call fails like one without permission: where a library tries something rare and can do
     * without, people are served all the same. */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int failed = filter ? add_rules(filter) : -ENOMEM;
    if (!failed)
        failed = seccomp_load(filter);
    if (failed)
        log_event(LOG_WARNING, "not_confined", "why=%s", LOG_TEXT(strerror(-failed)));
    else
        log_event(LOG_INFO, "confined", "calls=%zu", sizeof table / sizeof *table);
    seccomp_release(filter);
}

/* ---- metrics ---- */

static void complain(const char *path)
{
    log_event(LOG_WARNING, "process_not_measured", "file=%s why=%s", path, LOG_TEXT(strerror(errno)));
}

/* As proc(5) has the fields. */
void process_measure_use(void)
{
    static const char path[] = "/proc/self/stat";
    unsigned long user, system, virtual_bytes;
    long resident_pages;
    FILE *stat = fopen(path, "re");
    if (!stat ||
        fscanf(stat,
               "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d "
               "%*d %*u %lu %ld",
               &user, &system, &virtual_bytes, &resident_pages) != 4) {
        complain(path);
    } else {
        metrics_set(METRIC_PROCESS_CPU_MS, (int64_t)(user + system) * 1000 / sysconf(_SC_CLK_TCK));
        metrics_set(METRIC_PROCESS_VIRTUAL_BYTES, (int64_t)virtual_bytes);
        metrics_set(METRIC_PROCESS_RESIDENT_BYTES, resident_pages * sysconf(_SC_PAGESIZE));
    }
    if (stat)
        fclose(stat);
}

void process_measure_descriptors(void)
{
    static const char path[] = "/proc/self/fd";
    int64_t open = -3; /* ".", "..", and this folder's */
    DIR *descriptors = opendir(path);
    if (!descriptors) {
        complain(path);
        return;
    }
    while (readdir(descriptors))
        open++;
    closedir(descriptors);
    metrics_set(METRIC_PROCESS_OPEN_FDS, open);
}
