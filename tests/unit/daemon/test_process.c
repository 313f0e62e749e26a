/* What the confined process may do, tried out in children of this one. Built without sanitizers, which cannot
 * live in the filter. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

/* Each returns 0 when the system did it, else errno. */

static int read_a_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int write_a_file(void)
{
    return open("/dev/null", O_WRONLY) < 0 ? errno : 0;
}

static int make_a_file(void)
{
    return open("/tmp", O_TMPFILE | O_RDWR, 0600) < 0 ? errno : 0;
}

static int remove_a_file(void)
{
    return unlink("/nonexistent/file") ? errno : 0;
}

static int connect_to_a_network(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int talk_to_the_kernel(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int listen_elsewhere(void)
{
    return listen(STDIN_FILENO, 1) ? errno : 0;
}

static int allocate(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                                      : 0;
}

static int make_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                                     : 0;
}

static int make_a_process(void)
{
    return fork() < 0 ? errno : 0;
}

static int run_a_program(void)
{
    return execl("/bin/true", "true", (char *)NULL) ? errno : 0;
}

static int trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

enum { KILLED = -SIGSYS };

static const struct {
    const char *what;
    int (*done)(void);
    int expected;
} cases[] = {
    {"read a file", read_a_file, 0},
    {"write a file", write_a_file, EPERM},
    {"make a file", make_a_file, EPERM},
    {"remove a file", remove_a_file, EPERM},
    {"connect to a network", connect_to_a_network, 0},
    {"talk to the kernel", talk_to_the_kernel, EPERM},
    {"listen elsewhere", listen_elsewhere, EPERM},
    {"allocate", allocate, 0},
    {"make code", make_code, EPERM},
    {"make a process", make_a_process, EPERM},
    {"run a program", run_a_program, KILLED},
    {"trace", trace, KILLED},
};

static int in_a_child(int (*done)(void))
{
    int status;
    pid_t child = fork();
    if (!child) {
        process_confine();
        _exit(done());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void the_confined_process_does_what_serving_takes(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int done = in_a_child(cases[i].done);
        if (done != cases[i].expected)
            fail_msg("%s: %d, not %d", cases[i].what, done, cases[i].expected);
    }
}

static void the_protected_process_leaves_no_core(void **state)
{
    (void)state;
    process_protect(1000);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_confined_process_does_what_serving_takes),
        cmocka_unit_test(the_protected_process_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
