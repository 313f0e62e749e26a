#include "probe.h"

#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"
#include "memory.h"
#include "postgres.h"

enum { SILENCE_MS_MAX = 10000 }; /* then it connects anew, perhaps to another server */

struct probe {
    struct postgres *postgres;
    bool connected;
    int64_t asked_ms; /* 0 when nothing is owed */
};

static void on_connected(void *context)
{
    struct probe *probe = context;
    probe->connected = true;
    postgres_succeeded(probe->postgres);
}

/* Returns false when the connection is to be given up. */
static bool on_received(void *context)
{
    struct probe *probe = context;
    PGconn *connection = postgres_connection(probe->postgres);
    while (probe->asked_ms && !PQisBusy(connection)) {
        PGresult *result = PQgetResult(connection);
        bool good = !result || PQresultStatus(result) == PGRES_TUPLES_OK;
        PQclear(result);
        if (!good)
            return false;
        if (!result)
            probe->asked_ms = 0;
    }
    return PQstatus(connection) == CONNECTION_OK;
}

static void on_lost(void *context)
{
    struct probe *probe = context;
    probe->connected = false;
    probe->asked_ms = 0;
}

static const struct postgres_events postgres_events = {"probe_lost", "read-write", on_connected, on_received,
                                                       on_lost};

struct probe *probe_new(struct event_base *base, const char *conninfo)
{
    struct probe *probe = memory_new(1, sizeof *probe);
    probe->postgres = postgres_new(base, conninfo, &postgres_events, probe);
    return probe;
}

void probe_ask(struct probe *probe)
{
    if (!probe->connected || probe->asked_ms)
        return;
    probe->asked_ms = clock_ms();
    if (PQsendQuery(postgres_connection(probe->postgres), "select"))
        postgres_flush(probe->postgres);
    else
        postgres_lose(probe->postgres, "sending failed");
}

int64_t probe_silent_ms(const struct probe *probe, int64_t now_ms)
{
    int64_t since_ms =
        probe->asked_ms ? probe->asked_ms : postgres_connecting_since_ms(probe->postgres, now_ms);
    return now_ms - since_ms;
}

void probe_give_up(struct probe *probe)
{
    if (probe->connected)
        postgres_lose(probe->postgres, "it says nothing");
}

void probe_tick(struct probe *probe, int64_t now_ms)
{
    if (probe->asked_ms && now_ms - probe->asked_ms > SILENCE_MS_MAX)
        postgres_lose(probe->postgres, "no answer for too long");
    postgres_tick(probe->postgres, now_ms);
}

void probe_free(struct probe *probe)
{
    postgres_free(probe->postgres);
    free(probe);
}
