/* Any bytes as an event log that may be packed: of our own, and by a map of XES. Every row is counted, and
 * what is taken is fit to be sent. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gzip.h"
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

static void check_case(const struct log_case *of)
{
    check(of->first_line && of->rows == of->bad_rows + log_case_entries(of));
    check(*of->request.client_number);
    if (!of->told)
        return;
    for (size_t i = 0; i < of->told->n_entries; i++)
        check(*of->told->entries[i]->external_id && of->told->entries[i]->kind &&
              of->told->entries[i]->occurred_at);
    uint8_t *packed = malloc(traject__v1__import_log_case_request__get_packed_size(of->told) + 1);
    traject__v1__import_log_case_request__pack(of->told, packed);
    free(packed);
}

static void read_as(const uint8_t *data, size_t size, const struct map *map)
{
    size_t reports = 0;
    char *reason = NULL;
    int fd = memfd_create("log", 0);
    check(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    FILE *in = gzip_reader(fd);
    struct log *log = log_read(in, map, count, &reports, &reason);
    fclose(in);
    check((log == NULL) == (reason != NULL));
    if (log) {
        for (size_t i = 0; i < log->n_cases; i++)
            check_case(&log->cases[i]);
        log_free(log);
    }
    free(reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct map *map;
    if (!map) {
        char *reason = NULL;
        map = map_parse("columns { team = \"case:t\" coach = \"case:o\" channel = \"h\" started = \"case:s\" "
                        "words = \"x\" }\n"
                        "kind = \"activation\" reason = \"r\"\n"
                        "channel \"D\" { channel = \"office\" }\n"
                        "activity \"M\" { channel = \"column\" stage = \"first-contact\" }\n"
                        "activity \"*\" { stage = \"work-content\" }\n",
                        "map", true, &reason);
        check(map);
    }
    read_as(data, size, NULL);
    read_as(data, size, map);
    return 0;
}
