/* What the daemon counts about itself, for who watches it: since its start, of itself alone. A table in
 * metrics.c says what each number is called and means; it is counted by a line where the thing happens. */
#ifndef TRAJECT_METRICS_H
#define TRAJECT_METRICS_H

#include <stdint.h>

#include <event2/buffer.h>

#include "contract.h"

/* Those that differ in a state or a server stand in the order of that enum. */
enum metric {
    METRIC_ABANDONED,
    METRIC_STREAMS_REFUSED,
    METRIC_WAITING, /* in the queue */
    METRIC_WAITING_BYTES,
    METRIC_BATCHES_FAILED,
    METRIC_RETRIES_OF_LOSS, /* by cause, as metrics_retry knows them */
    METRIC_RETRIES_OF_READ_ONLY,
    METRIC_RETRIES_OF_ROLLBACK,
    METRIC_RETRIES_OF_RESOURCES,
    METRIC_RETRIES_OF_LOCK,
    METRIC_RETRIES_OF_OPERATOR,
    METRIC_RETRIES_OF_STANDBY,
    METRIC_RETRIES_OF_OTHER,
    METRIC_PRIMARY_AWAY, /* connections by enum database_state, of the primary and then of the standby */
    METRIC_PRIMARY_PREPARING,
    METRIC_PRIMARY_IDLE,
    METRIC_PRIMARY_BUSY,
    METRIC_STANDBY_AWAY,
    METRIC_STANDBY_PREPARING,
    METRIC_STANDBY_IDLE,
    METRIC_STANDBY_BUSY,
    METRIC_STANDBY_UNLOGGED,
    METRIC_LOST_OF_PRIMARY,
    METRIC_LOST_OF_STANDBY,
    METRIC_UNCONNECTED_OF_PRIMARY, /* attempts to connect that failed */
    METRIC_UNCONNECTED_OF_STANDBY,
    METRIC_LISTENING,
    METRIC_STANDBY_NOT_USED,
    METRIC_KEPT_LINES,
    METRIC_STALENESS_MS,
    METRIC_STALENESS_SEEN_AT,
    METRIC_HANDSHAKES_FULL,
    METRIC_HANDSHAKES_RESUMED,
    METRIC_HANDSHAKES_FAILED,
    METRIC_CONNECTIONS_HANDSHAKE, /* of clients, by enum connection_state */
    METRIC_CONNECTIONS_UNAUTHENTICATED,
    METRIC_CONNECTIONS_READY,
    METRIC_CONNECTIONS_DRAINING,
    METRIC_CONNECTIONS_LINGERING,
    METRIC_CONNECTIONS_CLOSED,
    METRIC_TURNED_AWAY,
    METRIC_CLOSED_FOR_MEMORY,
    METRIC_MEMORY_IN_USE,
    METRIC_MEMORY_MAX,
    METRIC_WATCHERS,
    METRIC_PROCESS_CPU_MS,
    METRIC_PROCESS_OPEN_FDS,
    METRIC_PROCESS_MAX_FDS,
    METRIC_PROCESS_VIRTUAL_BYTES,
    METRIC_PROCESS_RESIDENT_BYTES,
    METRIC_PROCESS_STARTED_AT,
    METRIC_BUILD_INFO,
    METRICS,
};

enum histogram {
    HISTOGRAM_WAIT,     /* microseconds */
    HISTOGRAM_DATABASE, /* microseconds */
    HISTOGRAM_BATCH_ON_PRIMARY,
    HISTOGRAM_BATCH_ON_STANDBY,
    HISTOGRAMS,
};

/* Which method a request was for, as requests are counted: one of these, or METRICS_METHODS and the method's
 * place in the contract. */
enum { METRICS_NO_METHOD, METRICS_AUTHENTICATE, METRICS_GET_STATUS, METRICS_METHODS };

/* Before the first request is counted; the contract must outlive it. */
void metrics_init(const struct contract *contract);
void metrics_free(void);

void metrics_add(enum metric metric, int64_t count);
void metrics_set(enum metric metric, int64_t value);
int64_t metrics_get(enum metric metric);

/* A call runs again, because of an SQLSTATE or "standby". */
void metrics_retry(const char *cause);

/* How often that was, for whatever cause. */
int64_t metrics_retries(void);

void metrics_observe(enum histogram histogram, int64_t value);

/* The sum of what was observed. */
int64_t metrics_sum(enum histogram histogram);

/* A request was answered. */
void metrics_request(size_t method, Traject__V1__Code code, int64_t microseconds);

/* Within how many microseconds so many of a thousand requests were answered, as Prometheus'
 * histogram_quantile estimates it; 0 when there were none. */
int64_t metrics_quantile(int64_t per_mille);

/* Writes all of it in Prometheus' text format 0.0.4. A method has its histogram once it was called. */
void metrics_write(struct evbuffer *to);

#endif
