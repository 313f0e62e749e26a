/* Responses as frames, ready to be sent. */
#ifndef TRAJECT_RESPONSE_H
#define TRAJECT_RESPONSE_H

#include <event2/buffer.h>

#include "codec.h"

enum { STALENESS_NONE = -1 }; /* of what the primary answered */

/* Appends a Response with the status, which is not OK. */
void response_put_status(struct evbuffer *to, uint64_t id, const struct status *status);

/* Appends a Response with the encoded reply; `more` says that others to the same request follow. */
void response_put_body(struct evbuffer *to, uint64_t id, const struct bytes *body, bool more);

/* Appends the rows in as many Responses as they take; `more` holds for the last. Returns 0, or -1 with
 * a status and perhaps some of them appended. */
int response_put_rows(struct evbuffer *to, uint64_t id, const struct method *method, const struct keys *keys,
                      const PGresult *rows, int64_t staleness_ms, bool more, struct status *status);

#endif
