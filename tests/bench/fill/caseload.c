#include "caseload.h"

#include <assert.h>
#include <stdlib.h>

#include "memory.h"
#include "random.h"

enum {
    SPAN = 10000,           /* of the numbers of a municipality */
    COACH_CLIENTS_MIN = 24, /* with those that have ended: 20 to 80 open ones */
    COACH_CLIENTS_MAX = 92,
    MANAGERS_FROM = SPAN / 2,
    PERSONS_OF_EMPLOYER = 3,
};

int caseload_municipalities(int64_t clients)
{
    int64_t count = clients * MUNICIPALITIES_MAX / 1000000;
    return count < MUNICIPALITIES_MIN   ? MUNICIPALITIES_MIN
           : count > MUNICIPALITIES_MAX ? MUNICIPALITIES_MAX
                                        : (int)count;
}

/* Zipf's law, flattened at the top: of a million clients the largest of 342 municipalities has 54,000, the
 * smallest 630. */
static double weight(int place)
{
    return 1.0 / (place + 4);
}

void caseload_sizes(int64_t clients, struct municipality *municipalities, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += weight(i);
    int64_t given = 0;
    for (int i = 0; i < count; i++) {
        int64_t size = i == count - 1 ? clients - given : (int64_t)((double)clients * weight(i) / sum);
        municipalities[i] = (struct municipality){.id = i + 1, .first_client = given, .clients = (int)size};
        given += size;
    }
}

static int take(struct random *random, int remaining)
{
    int count = (int)random_between(random, COACH_CLIENTS_MIN, COACH_CLIENTS_MAX + 1);
    if (remaining - count >= COACH_CLIENTS_MIN)
        return count;
    return remaining <= COACH_CLIENTS_MAX ? remaining : remaining / 2;
}

void caseload_lay_out(struct municipality *municipality)
{
    struct random random = {(uint64_t)municipality->id};
    municipality->teams = (municipality->clients + TEAM_CLIENTS - 1) / TEAM_CLIENTS;
    municipality->employers = municipality->clients / 50 + 1;
    assert(municipality->employers * PERSONS_OF_EMPLOYER < SPAN);
    municipality->coaches =
        memory_new((size_t)municipality->clients / COACH_CLIENTS_MIN + (size_t)municipality->teams + 1,
                   sizeof *municipality->coaches);
    for (int team = 0; team < municipality->teams; team++) {
        int first = team * TEAM_CLIENTS, first_coach = municipality->coach_count;
        int size =
            municipality->clients - first < TEAM_CLIENTS ? municipality->clients - first : TEAM_CLIENTS;
        for (int done = 0; done < size;) {
            int place = municipality->coach_count, count = take(&random, size - done);
            int ended = (done + count) / ENDED_SHARE - done / ENDED_SHARE;
            struct coach *coach = &municipality->coaches[municipality->coach_count++];
            *coach = (struct coach){.worker_id = caseload_worker_id(municipality, place),
                                    .team_id = caseload_team_id(municipality, team),
                                    .team = team,
                                    .first = first + done,
                                    .count = count,
                                    .open = count - ended,
                                    .place = done - done / ENDED_SHARE,
                                    .other = place > first_coach ? place - 1 : place,
                                    .measured = team == 0 && municipality->id <= MEASURED_TEAMS};
            coach->listed = coach->open < LISTED_MAX ? coach->open : LISTED_MAX;
            coach->written_to = !coach->measured && place % 2;
            done += count;
        }
    }
    assert(municipality->coach_count < MANAGERS_FROM);
}

void caseload_free(struct municipality *municipality)
{
    free(municipality->coaches);
    municipality->coaches = NULL;
}

int64_t caseload_team_id(const struct municipality *municipality, int team)
{
    return municipality->id * SPAN + team;
}

int64_t caseload_worker_id(const struct municipality *municipality, int worker)
{
    return municipality->id * SPAN + 1 + worker;
}

int64_t caseload_manager_id(const struct municipality *municipality, int team)
{
    return municipality->id * SPAN + MANAGERS_FROM + team;
}

int64_t caseload_admin_id(const struct municipality *municipality)
{
    return municipality->id * SPAN;
}

int64_t caseload_employer_id(const struct municipality *municipality, int employer)
{
    return municipality->id * SPAN + employer;
}

int64_t caseload_person_id(const struct municipality *municipality, int employer, int person)
{
    return municipality->id * SPAN + employer * PERSONS_OF_EMPLOYER + person;
}
