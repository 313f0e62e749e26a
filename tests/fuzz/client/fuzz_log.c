/* Any bytes as an event log: every row is counted, and what is taken is fit to be sent. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void count(void *context, size_t line, const char *reason)
{
    check(line && *reason);
    ++*(size_t *)context;
}

static void check_text(const char *text)
{
    check(!u8_check((const uint8_t *)text, strlen(text)));
}

static void check_case(const struct log_case *of)
{
    const Traject__V1__ImportJourneyRequest *request = &of->request;
    check(of->left_out || !of->bad_rows);
    check(of->first_line && of->rows == of->bad_rows + request->n_entries);
    check(of->left_out ||
          (*request->client_number && *request->coach && *request->team && request->started_at));
    check_text(request->client_number);
    check_text(request->coach);
    for (size_t i = 0; i < request->n_entries; i++) {
        const Traject__V1__ImportEntry *entry = request->entries[i];
        check(*entry->external_id && *entry->activity);
        check_text(entry->external_id);
        check_text(entry->activity);
        const Google__Protobuf__Timestamp *now = entry->occurred_at;
        const Google__Protobuf__Timestamp *before = i ? request->entries[i - 1]->occurred_at : now;
        check(before->seconds < now->seconds ||
              (before->seconds == now->seconds && before->nanos <= now->nanos));
    }
    uint8_t *packed = malloc(traject__v1__import_journey_request__get_packed_size(request) + 1);
    traject__v1__import_journey_request__pack(request, packed);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct map *map;
    if (!map) {
        char *reason = NULL;
        map = map_parse(
            "columns { case = \"c\" event = \"e\" moment = \"m\" activity = \"a\" team = \"t\" coach = "
            "\"o\"\n"
            "channel = \"h\" worker = \"w\" started = \"s\" ended = \"d\" name = \"n\" words = \"x\" }\n"
            "kind = \"activation\" reason = \"r\"\n"
            "channel \"D\" { channel = \"office\" }\n"
            "activity \"C\" { channel = \"phone\" }\n"
            "activity \"M\" { channel = \"column\" stage = \"first-contact\" }\n"
            "activity \"W*\" { stage = \"work-content\" }\n",
            "map", false, &reason);
        check(map);
    }
    if (!size)
        return 0;
    size_t reports = 0;
    char *reason = NULL;
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");
    struct log *log = log_read(in, map, count, &reports, &reason);
    fclose(in);
    check((log == NULL) == (reason != NULL));
    if (log) {
        size_t entries = 0, suspects = 0;
        for (size_t i = 0; i < log->n_cases; i++) {
            check_case(&log->cases[i]);
            suspects += log->cases[i].left_out && !log->cases[i].bad_rows;
            entries += log->cases[i].request.n_entries;
        }
        check(reports == log->bad_rows + suspects && log->rows == log->bad_rows + entries);
        log_free(log);
    }
    free(reason);
    return 0;
}
