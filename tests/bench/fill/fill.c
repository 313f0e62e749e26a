/* Fills a migrated, empty database with so many clients of 20 entries each on average, sealed and chained as
 * the daemon would; fill.py prepares the database for it and finishes it. Writes who is to load it to
 * FOLDER/readers and FOLDER/writers: a line each of token, role, team and client numbers, divided by tabs.
 *
 *     fill CONNINFO KEYS CLIENTS JOBS FOLDER */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "event.h"
#include "words.h"

enum {
    PAST_DUE_ONE_IN = 10, /* of the open trajectories */
    NEVER_REACHED_ONE_IN = 100,
    OTHER_COACH_PERCENT = 8,
    NOT_PAST_DUE = 1,  /* a place of one who is not */
    ACTORS_MAX = 1000, /* of coaches in a file */
    TOKEN_BYTES = 32,
};

/* Microseconds since 2000. */
static int64_t now_us(void)
{
    return ((int64_t)time(NULL) - 946684800) * 1000000;
}

/* ---- the organisation ---- */

static void token_of(int64_t worker_id, uint8_t token[TOKEN_BYTES])
{
    char text[64];
    int length = snprintf(text, sizeof text, "benchmark %" PRId64, worker_id);
    SHA256((uint8_t *)text, (size_t)length, token);
}

static void write_worker(struct tables *tables, const struct municipality *municipality, int64_t worker_id,
                         const char *name, const char *role, int64_t team_id, struct random *random)
{
    char full_name[WORDS_MAX];
    uint8_t token[TOKEN_BYTES], digest[SHA256_DIGEST_LENGTH];
    struct copy *copy = tables->copies[TABLE_WORKER];
    words_name(random, full_name);
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, worker_id);
    copy_text(copy, name);
    copy_text(copy, full_name);
    copy_text(copy, role);

    token_of(worker_id, token);
    SHA256(token, sizeof token, digest);
    copy = tables->copies[TABLE_TOKEN];
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, worker_id);
    copy_int8(copy, worker_id);
    copy_bytes(copy, digest, sizeof digest);
    copy_text(copy, "benchmark");
    copy_int8(copy, now_us() + 365 * DAY);
    if (!team_id)
        return;
    copy = tables->copies[TABLE_TEAM_MEMBER];
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, team_id);
    copy_int8(copy, worker_id);
}

static void write_named(struct copy *copy, const struct municipality *municipality, int64_t id,
                        const char *kind, int number)
{
    char name[64];
    snprintf(name, sizeof name, "%s %d", kind, number);
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, id);
    copy_text(copy, name);
}

static void write_organisation(const struct municipality *municipality, struct tables *tables,
                               struct random *random)
{
    char name[64];
    struct copy *copy = tables->copies[TABLE_MUNICIPALITY];
    snprintf(name, sizeof name, "Gemeente %" PRId64, municipality->id);
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_text(copy, name);
    copy_int8(copy, FIRST_NUMBER + municipality->clients);

    copy = tables->copies[TABLE_RHYTHM];
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int4(copy, RHYTHM_DAYS);
    copy_range(copy, now_us() - 3650 * DAY, 0);

    write_worker(tables, municipality, caseload_admin_id(municipality), "admin", "admin", 0, random);
    for (int i = 0; i < municipality->teams; i++) {
        write_named(tables->copies[TABLE_TEAM], municipality, caseload_team_id(municipality, i), "Team",
                    i + 1);
        snprintf(name, sizeof name, "m%d", i + 1);
        write_worker(tables, municipality, caseload_manager_id(municipality, i), name, "manager",
                     caseload_team_id(municipality, i), random);
    }
    for (int i = 0; i < municipality->coach_count; i++) {
        snprintf(name, sizeof name, "c%d", i + 1);
        write_worker(tables, municipality, municipality->coaches[i].worker_id, name, "coach",
                     municipality->coaches[i].team_id, random);
    }
    for (int i = 0; i < municipality->employers; i++) {
        write_named(tables->copies[TABLE_EMPLOYER], municipality, caseload_employer_id(municipality, i),
                    "Werkgever", i + 1);
        for (int j = 0; j < 3; j++) {
            copy = tables->copies[TABLE_EMPLOYER_PERSON];
            snprintf(name, sizeof name, "Begeleider %d", j + 1);
            copy_row(copy);
            copy_int8(copy, municipality->id);
            copy_int8(copy, caseload_employer_id(municipality, i));
            copy_int8(copy, caseload_person_id(municipality, i, j));
            copy_text(copy, name);
        }
    }
}

/* ---- the clients ---- */

/* Of who is not asked after some have few entries and some many, ENTRIES_USUAL on average. */
static int entries_of(struct random *random)
{
    int64_t share = random_between(random, 0, 10);
    return (int)(share < 6   ? random_between(random, 8, 18)
                 : share < 9 ? random_between(random, 18, 35)
                             : random_between(random, 36, 58));
}

static struct client new_client(const struct municipality *municipality, const struct coach *coach, int place,
                                int64_t now, struct random *random)
{
    const struct coach *other = &municipality->coaches[coach->other];
    int in_team = coach->place + place;
    struct plan plan = {
        .entries = place < coach->listed ? ENTRIES_USUAL : entries_of(random),
        .ended = place >= coach->open,
        .past_due = place < coach->open && in_team % PAST_DUE_ONE_IN == 0,
        .never_reached = place < coach->open && in_team % NEVER_REACHED_ONE_IN == 0,
        .other_coach = other != coach && random_percent(random, OTHER_COACH_PERCENT),
        .now = now,
    };
    struct client client = {
        .journey = journey_new(&plan, random),
        .coach = coach,
        .first_coach = plan.other_coach ? other : coach,
        .id = municipality->first_client + coach->first + place + 1,
        .number = FIRST_NUMBER + coach->first + place,
        .employer = (int)random_between(random, 0, municipality->employers),
        .trajectory_kind = (int)random_between(random, 0, 7),
        .outcome = (int)random_between(random, 0, 7),
    };
    seal_new_key(&client.key);
    return client;
}

static void write_person(const struct client *client, const struct municipality *municipality,
                         const struct keys *keys, struct tables *tables, bool written_to,
                         struct random *random)
{
    uint8_t wrapped[WRAPPED_BYTES];
    struct bytes sealed = {0};
    char text[WORDS_MAX];
    for (int i = 0; i < PERSON_KEY_ID_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", client->key.id[i]);
    seal_wrap(&keys->masters[0], &client->key, wrapped);
    seal_text(keys, municipality->id, &client->key, SEAL_NOTHING, text, 2 * PERSON_KEY_ID_BYTES, &sealed);
    struct copy *copy = tables->copies[TABLE_PERSON_KEY];
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_bytes(copy, client->key.id, sizeof client->key.id);
    copy_bytes(copy, wrapped, sizeof wrapped);
    copy_bytes(copy, sealed.data, sealed.length);

    sealed.length = 0;
    size_t length = words_name(random, text);
    seal_text(keys, municipality->id, &client->key, SEAL_NAME, text, length, &sealed);
    copy = tables->copies[TABLE_CLIENT];
    copy_row(copy);
    copy_int8(copy, municipality->id);
    copy_int8(copy, client->id);
    snprintf(text, sizeof text, "%d", client->number);
    copy_text(copy, text);
    copy_bytes(copy, sealed.data, sealed.length);
    copy_int4(copy, 1);
    copy_bytes(copy, client->key.id, sizeof client->key.id);
    copy_int8(copy, client->journey.entries[0].at);

    if (written_to) {
        static const char said[] = "Gebeld over de eerste week; het rooster past nu bij de bus.";
        sealed.length = 0;
        seal_text(keys, municipality->id, &client->key, SEAL_NOTHING, said, sizeof said - 1, &sealed);
        copy = tables->copies[TABLE_SEALED_WORDS];
        copy_row(copy);
        copy_int8(copy, municipality->id);
        copy_text(copy, text);
        copy_bytes(copy, sealed.data, sealed.length);
    }
    free(sealed.data);
}

struct moment {
    int64_t at;
    int client, entry;
};

static int by_moment(const void *a, const void *b)
{
    const struct moment *one = a, *two = b;
    if (one->at != two->at)
        return one->at < two->at ? -1 : 1;
    return one->client != two->client ? one->client - two->client : one->entry - two->entry;
}

/* In the order in which they happened, all clients of the municipality mixed, as they would lie in the table
 * had people written them. */
static void write_events(const struct municipality *municipality, struct client *clients,
                         struct events *events, int64_t *next_id, struct random *random)
{
    size_t count = 0;
    for (int i = 0; i < municipality->clients; i++)
        count += (size_t)clients[i].journey.count;
    struct moment *moments = memory_new(count, sizeof *moments);
    count = 0;
    for (int i = 0; i < municipality->clients; i++)
        for (int j = 0; j < clients[i].journey.count; j++)
            moments[count++] = (struct moment){clients[i].journey.entries[j].at, i, j};
    qsort(moments, count, sizeof *moments, by_moment);
    for (size_t i = 0; i < count; i++) {
        struct client *client = &clients[moments[i].client];
        struct entry *entry = &client->journey.entries[moments[i].entry];
        entry->event_id = (*next_id)++;
        events_add(events, municipality, client, entry, random);
    }
    free(moments);
}

static void write_municipality(struct municipality *municipality, const struct keys *keys,
                               struct tables *tables, struct events *events)
{
    struct random random = {(uint64_t)municipality->id << 32};
    int64_t now = now_us(), next_id = municipality->first_client * ENTRIES_MAX + 1;
    caseload_lay_out(municipality);
    write_organisation(municipality, tables, &random);
    struct client *clients = memory_new((size_t)municipality->clients, sizeof *clients);
    for (int i = 0; i < municipality->coach_count; i++) {
        const struct coach *coach = &municipality->coaches[i];
        for (int place = 0; place < coach->count; place++) {
            struct client *client = &clients[coach->first + place];
            *client = new_client(municipality, coach, place, now, &random);
            write_person(client, municipality, keys, tables, coach->written_to && place < coach->listed,
                         &random);
        }
    }
    write_events(municipality, clients, events, &next_id, &random);
    for (int i = 0; i < municipality->clients; i++) {
        client_write(&clients[i], municipality, tables, now, &next_id);
        journey_free(&clients[i].journey);
    }
    free(clients);
    caseload_free(municipality);
}

/* ---- who loads it ---- */

static void print_actor(FILE *file, int64_t worker_id, const char *role, int team, int first, int count)
{
    uint8_t token[TOKEN_BYTES];
    token_of(worker_id, token);
    for (int i = 0; i < TOKEN_BYTES; i++)
        fprintf(file, "%02x", token[i]);
    fprintf(file, "\t%s\tTeam %d\t", role, team + 1);
    for (int i = 0; i < count; i++)
        fprintf(file, "%s%d", i ? "," : "", FIRST_NUMBER + first + i);
    fputc('\n', file);
}

static int count_coaches(struct municipality *municipalities, int count, bool written_to)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < municipalities[i].coach_count; j++)
            found +=
                municipalities[i].coaches[j].written_to == written_to && municipalities[i].coaches[j].listed;
    return found;
}

/* Coaches from all municipalities, each with as large a share as it has of them; and the managers of the
 * measured teams. */
static void write_actors(struct municipality *municipalities, int count, const char *folder, const char *name,
                         bool written_to)
{
    char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        fail("%s cannot be written", path);
    for (int i = 0; i < count && i < MEASURED_TEAMS; i++)
        print_actor(file, caseload_manager_id(&municipalities[i], 0), "manager", 0, NOT_PAST_DUE, 1);
    int all = count_coaches(municipalities, count, written_to), wanted = all < ACTORS_MAX ? all : ACTORS_MAX,
        passed = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < municipalities[i].coach_count; j++) {
            const struct coach *coach = &municipalities[i].coaches[j];
            if (coach->written_to != written_to || !coach->listed)
                continue;
            if ((int64_t)passed * wanted / all != (int64_t)(passed + 1) * wanted / all)
                print_actor(file, coach->worker_id, "coach", coach->team, coach->first, coach->listed);
            passed++;
        }
    if (fclose(file))
        fail("%s cannot be written", path);
    free(path);
}

/* What one of so many jobs writes. */
static void write_share(const char *conninfo, const struct keys *keys, struct municipality *municipalities,
                        int count, int job, int jobs)
{
    struct tables tables;
    tables_begin(&tables, conninfo);
    struct events *events = events_new(keys, tables.copies[TABLE_EVENT]);
    /* Largest first, so that the jobs end together. */
    for (int i = 0; i < count; i++)
        if ((i + i / jobs) % jobs == job)
            write_municipality(&municipalities[i], keys, &tables, events);
    events_free(events);
    tables_end(&tables);
}

/* Starts the jobs, each a process of its own; the number of the job that this is, or `jobs` of who started
 * them. */
static int start_jobs(int jobs)
{
    for (int job = 0; job < jobs; job++) {
        pid_t child = fork();
        if (child < 0)
            fail("no process could be started");
        if (!child)
            return job;
    }
    return jobs;
}

static int wait_for_jobs(void)
{
    int done = 0;
    for (int status = 0; wait(&status) > 0;)
        done += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("Usage: fill CONNINFO KEYS CLIENTS JOBS FOLDER\n", stderr);
        return 2;
    }
    struct keys *keys;
    struct status status = {0};
    if (keys_read(argv[2], &keys, &status))
        fail("%s", status.message);
    int64_t clients = atoll(argv[3]);
    int jobs = atoi(argv[4]), count = caseload_municipalities(clients);
    if (clients < 100 * MUNICIPALITIES_MIN || clients > 10000000 || jobs < 1)
        fail("%s clients in %s jobs; give 800 to 10,000,000, in 1 or more", argv[3], argv[4]);
    struct municipality *municipalities = memory_new((size_t)count, sizeof *municipalities);
    caseload_sizes(clients, municipalities, count);
    int job = start_jobs(jobs);
    bool done = job < jobs || wait_for_jobs() == jobs;
    if (job < jobs) {
        write_share(argv[1], keys, municipalities, count, job, jobs);
    } else if (done) {
        for (int i = 0; i < count; i++)
            caseload_lay_out(&municipalities[i]);
        write_actors(municipalities, count, argv[5], "readers", false);
        write_actors(municipalities, count, argv[5], "writers", true);
        for (int i = 0; i < count; i++)
            caseload_free(&municipalities[i]);
    }
    free(municipalities);
    keys_free(keys);
    return done ? 0 : 1;
}
