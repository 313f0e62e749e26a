/* Who has which clients: municipalities as unequal as the country's, teams of 600 open trajectories where
 * there are enough, coaches of 20 to 80. */
#ifndef BENCH_CASELOAD_H
#define BENCH_CASELOAD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TEAM_CLIENTS = 700, /* of which those that have ended, one in ENDED_SHARE */
    ENDED_SHARE = 7,
    LISTED_MAX = 20,     /* clients of a coach whom the load asks after: each with ENTRIES_USUAL entries */
    MEASURED_TEAMS = 4,  /* one of each of the first municipalities: nobody writes there */
    FIRST_NUMBER = 1001, /* of a municipality's clients */
    MUNICIPALITIES_MIN = 8,
    MUNICIPALITIES_MAX = 342, /* of a million clients, as many as there are */
};

struct coach {
    int64_t worker_id, team_id;
    int team;         /* from 0 in the municipality */
    int first, count; /* of its clients, from 0 in the municipality */
    int open;         /* the first so many have not ended */
    int listed;       /* and of these the first so many are asked after */
    int place;        /* of the first open one among the open ones of the team */
    int other;        /* another coach of the same team, or itself */
    bool measured;    /* of a measured team */
    bool written_to;  /* by the load */
};

struct municipality {
    int64_t id;
    int64_t first_client; /* clients of all municipalities before */
    int clients;
    int teams, coach_count, employers;
    struct coach *coaches;
};

/* How many municipalities so many clients are of. */
int caseload_municipalities(int64_t clients);

/* The sizes of all of them; `municipalities` has room for as many as there are. */
void caseload_sizes(int64_t clients, struct municipality *municipalities, int count);

/* Teams and coaches of one; to free. */
void caseload_lay_out(struct municipality *municipality);
void caseload_free(struct municipality *municipality);

/* Numbers in the database: each municipality has a range of its own. */
int64_t caseload_team_id(const struct municipality *municipality, int team);
int64_t caseload_worker_id(const struct municipality *municipality, int worker);
int64_t caseload_manager_id(const struct municipality *municipality, int team);
int64_t caseload_admin_id(const struct municipality *municipality);
int64_t caseload_employer_id(const struct municipality *municipality, int employer);
int64_t caseload_person_id(const struct municipality *municipality, int employer, int person);

#endif
