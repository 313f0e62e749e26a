#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static int64_t values[METRICS];

enum type { COUNTER, GAUGE };
static const char *const types[] = {"counter", "gauge"};

/* Label values are words of this table and names of methods: nothing in them needs escaping. */
static const struct sample {
    const char *name, *help; /* without help it belongs to the family before it */
    enum type type;
    const char *labels;
    int64_t unit; /* so many of what is counted are one of what is told; 0 for 1 */
} samples[METRICS] = {
    [METRIC_ABANDONED] = {"traject_requests_abandoned_total",
                          "Requests whose client hung up before the answer.", COUNTER, NULL, 0},
    [METRIC_STREAMS_REFUSED] = {"traject_streams_refused_total",
                                "Connections that sent what is no request and were closed.", COUNTER, NULL,
                                0},
    [METRIC_WAITING] = {"traject_queue_calls", "Calls that wait for a database connection.", GAUGE, NULL, 0},
    [METRIC_WAITING_BYTES] = {"traject_queue_bytes", "What the calls that wait hold in memory.", GAUGE, NULL,
                              0},
    [METRIC_BATCHES_FAILED] = {"traject_batches_failed_total",
                               "Batches of which a call failed, so that each ran again on its own.", COUNTER,
                               NULL, 0},
    [METRIC_RETRIES_OF_LOSS] = {"traject_call_retries_total",
                                "Calls that ran again, by the class of the SQLSTATE that was in the way (08: "
                                "the connection was lost), or since the standby could not answer.",
                                COUNTER, "cause=\"08\"", 0},
    [METRIC_RETRIES_OF_READ_ONLY] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"25\"", 0},
    [METRIC_RETRIES_OF_ROLLBACK] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"40\"", 0},
    [METRIC_RETRIES_OF_RESOURCES] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"53\"", 0},
    [METRIC_RETRIES_OF_LOCK] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"55\"", 0},
    [METRIC_RETRIES_OF_OPERATOR] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"57\"", 0},
    [METRIC_RETRIES_OF_STANDBY] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"standby\"", 0},
    [METRIC_RETRIES_OF_OTHER] = {"traject_call_retries_total", NULL, COUNTER, "cause=\"other\"", 0},
    [METRIC_PRIMARY_AWAY] = {"traject_database_connections", "Connections to PostgreSQL, by state.", GAUGE,
                             "server=\"primary\",state=\"away\"", 0},
    [METRIC_PRIMARY_PREPARING] = {"traject_database_connections", NULL, GAUGE,
                                  "server=\"primary\",state=\"preparing\"", 0},
    [METRIC_PRIMARY_IDLE] = {"traject_database_connections", NULL, GAUGE, "server=\"primary\",state=\"idle\"",
                             0},
    [METRIC_PRIMARY_BUSY] = {"traject_database_connections", NULL, GAUGE, "server=\"primary\",state=\"busy\"",
                             0},
    [METRIC_STANDBY_AWAY] = {"traject_database_connections", NULL, GAUGE, "server=\"standby\",state=\"away\"",
                             0},
    [METRIC_STANDBY_PREPARING] = {"traject_database_connections", NULL, GAUGE,
                                  "server=\"standby\",state=\"preparing\"", 0},
    [METRIC_STANDBY_IDLE] = {"traject_database_connections", NULL, GAUGE, "server=\"standby\",state=\"idle\"",
                             0},
    [METRIC_STANDBY_BUSY] = {"traject_database_connections", NULL, GAUGE, "server=\"standby\",state=\"busy\"",
                             0},
    [METRIC_STANDBY_UNLOGGED] = {"traject_database_connections", NULL, GAUGE,
                                 "server=\"standby\",state=\"unlogged\"", 0},
    [METRIC_LOST_OF_PRIMARY] = {"traject_database_connections_lost_total",
                                "Connections to PostgreSQL that were there and were lost.", COUNTER,
                                "server=\"primary\"", 0},
    [METRIC_LOST_OF_STANDBY] = {"traject_database_connections_lost_total", NULL, COUNTER,
                                "server=\"standby\"", 0},
    [METRIC_UNCONNECTED_OF_PRIMARY] = {"traject_database_connects_failed_total",
                                       "Attempts to connect to PostgreSQL that failed.", COUNTER,
                                       "server=\"primary\"", 0},
    [METRIC_UNCONNECTED_OF_STANDBY] = {"traject_database_connects_failed_total", NULL, COUNTER,
                                       "server=\"standby\"", 0},
    [METRIC_LISTENING] = {"traject_listener_connected",
                          "1 while the daemon hears of what others record and of tokens that end.", GAUGE,
                          NULL, 0},
    [METRIC_STANDBY_NOT_USED] =
        {"traject_standby_batches_failed_total",
         "Batches of which a call, or all, went to the primary, since the standby was "
         "too far behind or could not answer for another cause.",
         COUNTER, NULL, 0},
    [METRIC_KEPT_LINES] = {"traject_kept_lines",
                           "Lines of who looked while there was no primary, which it has yet to log.", GAUGE,
                           NULL, 0},
    [METRIC_STALENESS_MS] = {"traject_standby_staleness_seconds",
                             "How old the record on the standby was at most, when it last answered a batch.",
                             GAUGE, NULL, 1000},
    [METRIC_STALENESS_SEEN_AT] = {"traject_standby_answered_timestamp_seconds",
                                  "When the standby last answered a batch; 0 for never.", GAUGE, NULL, 0},
    [METRIC_HANDSHAKES_FULL] = {"traject_tls_handshakes_total", "TLS handshakes with clients, by result.",
                                COUNTER, "result=\"full\"", 0},
    [METRIC_HANDSHAKES_RESUMED] = {"traject_tls_handshakes_total", NULL, COUNTER, "result=\"resumed\"", 0},
    [METRIC_HANDSHAKES_FAILED] = {"traject_tls_handshakes_total", NULL, COUNTER, "result=\"failed\"", 0},
    [METRIC_CONNECTIONS_HANDSHAKE] = {"traject_client_connections", "Connections of clients, by state.",
                                      GAUGE, "state=\"handshake\"", 0},
    [METRIC_CONNECTIONS_UNAUTHENTICATED] = {"traject_client_connections", NULL, GAUGE,
                                            "state=\"unauthenticated\"", 0},
    [METRIC_CONNECTIONS_READY] = {"traject_client_connections", NULL, GAUGE, "state=\"ready\"", 0},
    [METRIC_CONNECTIONS_DRAINING] = {"traject_client_connections", NULL, GAUGE, "state=\"draining\"", 0},
    [METRIC_CONNECTIONS_LINGERING] = {"traject_client_connections", NULL, GAUGE, "state=\"lingering\"", 0},
    [METRIC_CONNECTIONS_CLOSED] = {"traject_client_connections", NULL, GAUGE, "state=\"closed\"", 0},
    [METRIC_TURNED_AWAY] = {"traject_client_connections_turned_away_total",
                            "Connections that were over a limit.", COUNTER, NULL, 0},
    [METRIC_CLOSED_FOR_MEMORY] = {"traject_client_connections_closed_for_memory_total",
                                  "Connections closed because they held most of the memory.", COUNTER, NULL,
                                  0},
    [METRIC_MEMORY_IN_USE] = {"traject_memory_in_use_bytes", "Memory that is allocated.", GAUGE, NULL, 0},
    [METRIC_MEMORY_MAX] = {"traject_memory_max_bytes", "How much of it may be.", GAUGE, NULL, 0},
    [METRIC_WATCHERS] = {"traject_watchers", "Calls whose answer goes on.", GAUGE, NULL, 0},
    [METRIC_PROCESS_CPU_MS] = {"process_cpu_seconds_total", "Processor time of user and system.", COUNTER,
                               NULL, 1000},
    [METRIC_PROCESS_OPEN_FDS] = {"process_open_fds", "Open file descriptors.", GAUGE, NULL, 0},
    [METRIC_PROCESS_MAX_FDS] = {"process_max_fds", "File descriptors that may be open.", GAUGE, NULL, 0},
    [METRIC_PROCESS_VIRTUAL_BYTES] = {"process_virtual_memory_bytes", "Virtual memory.", GAUGE, NULL, 0},
    [METRIC_PROCESS_RESIDENT_BYTES] = {"process_resident_memory_bytes", "Resident memory.", GAUGE, NULL, 0},
    [METRIC_PROCESS_STARTED_AT] = {"process_start_time_seconds", "When the daemon started.", GAUGE, NULL, 0},
    [METRIC_BUILD_INFO] = {"traject_build_info", "1, with the version as its label.", GAUGE,
                           "version=\"" TRAJECT_VERSION "\"", 0},
};

/* ---- histograms ---- */

enum { BOUNDS_MAX = 14 };

struct bounds {
    struct bound {
        int64_t most;
        const char *text; /* in the unit that is told */
    } at[BOUNDS_MAX];     /* ends with a text of NULL */
    int64_t unit;
};

static const struct bounds durations = {{{500, "0.0005"},
                                         {1000, "0.001"},
                                         {2500, "0.0025"},
                                         {5000, "0.005"},
                                         {10000, "0.01"},
                                         {25000, "0.025"},
                                         {50000, "0.05"},
                                         {100000, "0.1"},
                                         {250000, "0.25"},
                                         {500000, "0.5"},
                                         {1000000, "1"},
                                         {2500000, "2.5"},
                                         {10000000, "10"}},
                                        1000000};
static const struct bounds sizes = {
    {{1, "1"}, {2, "2"}, {4, "4"}, {8, "8"}, {16, "16"}, {32, "32"}, {64, "64"}}, 1};

struct counted {
    int64_t buckets[BOUNDS_MAX]; /* each without those before it; the last of those used is over all bounds */
    int64_t sum;
};

static struct counted histograms[HISTOGRAMS];

static const struct histogram_sample {
    const char *name, *help, *labels;
    const struct bounds *bounds;
} histogram_samples[HISTOGRAMS] = {
    [HISTOGRAM_WAIT] = {"traject_database_wait_seconds", "How long calls waited for a database connection.",
                        NULL, &durations},
    [HISTOGRAM_DATABASE] = {"traject_database_call_seconds",
                            "How long the batch of a call was with PostgreSQL before the call was answered.",
                            NULL, &durations},
    [HISTOGRAM_BATCH_ON_PRIMARY] = {"traject_batch_calls", "Calls in a batch.", "server=\"primary\"", &sizes},
    [HISTOGRAM_BATCH_ON_STANDBY] = {"traject_batch_calls", NULL, "server=\"standby\"", &sizes},
};

static void count_in(struct counted *counted, const struct bounds *bounds, int64_t value)
{
    int bucket = 0;
    while (bounds->at[bucket].text && value > bounds->at[bucket].most)
        bucket++;
    counted->buckets[bucket]++;
    counted->sum += value;
}

/* ---- requests ---- */

enum { CODES = TRAJECT__V1__CODE__UNAUTHENTICATED + 1 };

static struct method_counts {
    const char *name;
    struct counted duration;
    int64_t codes[CODES];
} * methods;
static size_t method_count;

void metrics_init(const struct contract *contract)
{
    static const char *const names[METRICS_METHODS] = {"unknown", "Authenticate", "GetStatus"};
    method_count = METRICS_METHODS + contract->method_count;
    methods = memory_new(method_count, sizeof *methods);
    for (size_t i = 0; i < method_count; i++)
        methods[i].name = i < METRICS_METHODS
                              ? names[i]
                              : strrchr(contract->methods[i - METRICS_METHODS].full_name, '/') + 1;
    values[METRIC_BUILD_INFO] = 1;
}

void metrics_free(void)
{
    free(methods);
    methods = NULL;
    method_count = 0;
}

void metrics_request(size_t method, Traject__V1__Code code, int64_t microseconds)
{
    struct method_counts *counts = &methods[method];
    /* The database's functions choose the code. */
    counts->codes[(unsigned)code < CODES ? code : TRAJECT__V1__CODE__UNKNOWN]++;
    count_in(&counts->duration, &durations, microseconds);
}

/* ---- the others ---- */

void metrics_add(enum metric metric, int64_t count)
{
    values[metric] += count;
}

void metrics_set(enum metric metric, int64_t value)
{
    values[metric] = value;
}

int64_t metrics_get(enum metric metric)
{
    return values[metric];
}

void metrics_retry(const char *cause)
{
    static const char known[][3] = {"08", "25", "40", "53", "55", "57", "st"};
    size_t i = 0;
    while (i < sizeof known / sizeof *known && strncmp(cause, known[i], 2) != 0)
        i++;
    values[METRIC_RETRIES_OF_LOSS + i]++;
}

int64_t metrics_retries(void)
{
    int64_t retries = 0;
    for (int i = METRIC_RETRIES_OF_LOSS; i <= METRIC_RETRIES_OF_OTHER; i++)
        retries += values[i];
    return retries;
}

void metrics_observe(enum histogram histogram, int64_t value)
{
    count_in(&histograms[histogram], histogram_samples[histogram].bounds, value);
}

int64_t metrics_sum(enum histogram histogram)
{
    return histograms[histogram].sum;
}

int64_t metrics_quantile(int64_t per_mille)
{
    int64_t all[BOUNDS_MAX] = {0}, total = 0, below = 0, from = 0;
    for (size_t method = 0; method < method_count; method++) {
        for (int i = 0; i < BOUNDS_MAX; i++) {
            all[i] += methods[method].duration.buckets[i];
            total += methods[method].duration.buckets[i];
        }
    }
    for (const struct bound *bound = durations.at; total && bound->text; bound++) {
        int64_t here = all[bound - durations.at];
        if (here && (below + here) * 1000 >= total * per_mille)
            return from +
                   (int64_t)((double)(bound->most - from) *
                             ((double)total * (double)per_mille / 1000 - (double)below) / (double)here);
        below += here;
        from = bound->most;
    }
    return total ? from : 0;
}

/* ---- the text ---- */

static void write_head(struct evbuffer *to, const char *name, const char *help, const char *type)
{
    if (help)
        evbuffer_add_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_value(struct evbuffer *to, int64_t value, int64_t unit)
{
    if (unit > 1)
        evbuffer_add_printf(to, "%" PRId64 ".%0*" PRId64 "\n", value / unit, unit == 1000 ? 3 : 6,
                            value % unit);
    else
        evbuffer_add_printf(to, "%" PRId64 "\n", value);
}

static void write_histogram(struct evbuffer *to, const char *name, const char *labels,
                            const struct bounds *bounds, const struct counted *counted)
{
    int64_t total = 0;
    const char *comma = *labels ? "," : "", *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    for (int i = 0;; i++) {
        const char *most = bounds->at[i].text;
        total += counted->buckets[i];
        evbuffer_add_printf(to, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", name, labels, comma,
                            most ? most : "+Inf", total);
        if (!most)
            break;
    }
    evbuffer_add_printf(to, "%s_sum%s%s%s ", name, open, labels, close);
    write_value(to, counted->sum, bounds->unit);
    evbuffer_add_printf(to, "%s_count%s%s%s %" PRId64 "\n", name, open, labels, close, total);
}

static void write_requests(struct evbuffer *to)
{
    write_head(to, "traject_requests_total", "Requests that were answered, by method and status.", "counter");
    for (size_t i = 0; i < method_count; i++) {
        for (int code = 0; code < CODES; code++) {
            /* Zeroes of what never happens would be a hundred times as much. */
            if (methods[i].codes[code] || code == TRAJECT__V1__CODE__OK)
                evbuffer_add_printf(to, "traject_requests_total{method=\"%s\",status=\"%s\"} %" PRId64 "\n",
                                    methods[i].name, status_name((Traject__V1__Code)code),
                                    methods[i].codes[code]);
        }
    }
    write_head(to, "traject_request_duration_seconds",
               "From when a request was read to when its answer was ready, by method.", "histogram");
    for (size_t i = 0; i < method_count; i++) {
        char labels[100];
        int64_t answered = 0;
        for (int code = 0; code < CODES; code++)
            answered += methods[i].codes[code];
        snprintf(labels, sizeof labels, "method=\"%s\"", methods[i].name);
        if (answered)
            write_histogram(to, "traject_request_duration_seconds", labels, &durations, &methods[i].duration);
    }
}

void metrics_write(struct evbuffer *to)
{
    for (int i = 0; i < METRICS; i++) {
        const struct sample *sample = &samples[i];
        const char *labels = sample->labels;
        write_head(to, sample->name, sample->help, types[sample->type]);
        evbuffer_add_printf(to, "%s%s%s%s ", sample->name, labels ? "{" : "", labels ? labels : "",
                            labels ? "}" : "");
        write_value(to, values[i], sample->unit);
    }
    for (int i = 0; i < HISTOGRAMS; i++) {
        const struct histogram_sample *sample = &histogram_samples[i];
        write_head(to, sample->name, sample->help, "histogram");
        write_histogram(to, sample->name, sample->labels ? sample->labels : "", sample->bounds,
                        &histograms[i]);
    }
    write_requests(to);
}
