/* The tables that are filled, each with the columns that are given; the others take their defaults. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include "copy.h"

enum table {
    TABLE_MUNICIPALITY,
    TABLE_RHYTHM,
    TABLE_TEAM,
    TABLE_WORKER,
    TABLE_TEAM_MEMBER,
    TABLE_EMPLOYER,
    TABLE_EMPLOYER_PERSON,
    TABLE_TOKEN,
    TABLE_PERSON_KEY,
    TABLE_CLIENT,
    TABLE_TRAJECTORY,
    TABLE_EVENT,
    TABLE_CHAIN_HEAD,
    TABLE_STAGE_SPELL,
    TABLE_COACH_ASSIGNMENT,
    TABLE_GUIDANCE,
    TABLE_HANDOVER,
    TABLE_ITEM,
    TABLE_STATE,
    TABLE_CONTACT_DUE,
    TABLE_RHYTHM_PASSING,
    TABLE_SEALED_WORDS, /* the benchmark's own: see fill.py */
    TABLES
};

struct tables {
    struct copy *copies[TABLES];
};

/* The names of the columns of traject.event that are given, in the order of enum event_column. */
extern const char event_columns[];

void tables_begin(struct tables *tables, const char *conninfo);
void tables_end(struct tables *tables);

#endif
