/* What a service manager hands over and wants to be told: the protocols of sd_listen_fds(3) and sd_notify(3),
 * which others than systemd speak too. */
#ifndef TRAJECT_SYSTEMD_H
#define TRAJECT_SYSTEMD_H

#include <event2/util.h>

#include "status.h"

/* Takes the listening socket that was handed over, non-blocking and the caller's to close; -1 when there is
 * none. Returns -1 with the status when something else was handed over. */
int systemd_take_socket(evutil_socket_t *fd, struct status *status);

/* Says, to who wants to know, that clients are served from now on. */
void systemd_ready(void);

#endif
