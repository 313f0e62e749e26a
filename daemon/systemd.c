#include "systemd.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

enum { FIRST_SOCKET = 3 };

int systemd_take_socket(evutil_socket_t *fd, struct status *status)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    *fd = -1;
    /* They may be meant for whoever started this process. */
    if (!pid || !count || atol(pid) != getpid())
        return 0;
    int listens = 0;
    socklen_t length = sizeof listens;
    if (strcmp(count, "1") != 0)
        return status_set(status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
                          "%s sockets were handed over (LISTEN_FDS); hand over one, to which clients connect",
                          count);
    if (getsockopt(FIRST_SOCKET, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) || !listens)
        return status_set(
            status, TRAJECT__V1__CODE__INVALID_ARGUMENT, NULL,
            "what was handed over (LISTEN_FDS) is no socket that listens; have ListenStream= name an "
            "address and a port, and Accept=no");
    *fd = FIRST_SOCKET;
    evutil_make_socket_closeonexec(*fd);
    evutil_make_socket_nonblocking(*fd);
    return 0;
}

void systemd_ready(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path)
        return;
    size_t length = strlen(path);
    int fd = -1;
    ssize_t sent = -1;
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
    } else if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0) {
        memcpy(address.sun_path, path, length);
        /* Of an abstract address the first byte is zero. */
        if (*path == '@')
            *address.sun_path = '\0';
        sent = sendto(fd, "READY=1", strlen("READY=1"), 0, (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    }
    if (sent < 0)
        log_event(LOG_WARNING, "not_notified", "why=%s", LOG_TEXT(strerror(errno)));
    if (fd >= 0)
        close(fd);
}
