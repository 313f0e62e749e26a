#include "unit.h"

#include <string.h>
#include <time.h>

#include "clock.h"
#include "database.h"
#include "pool.h"
#include "probe.h"

/* One connection to a database that does nothing until it is told, and one to its standby: they stand in for
 * database.c. */
struct database {
    const struct database_events *events;
    void *context;
    struct call_list batch;
    enum database_state state;
    int64_t since_ms, heard_ms;
};

static struct database only, the_standby;

struct database *database_new(struct event_base *base, const char *conninfo, bool standby,
                              const struct contract *contract, const struct keys *keys,
                              const struct database_events *events, void *context)
{
    (void)base, (void)conninfo, (void)contract, (void)keys;
    struct database *database = standby ? &the_standby : &only;
    *database = (struct database){.events = events, .context = context, .state = DATABASE_IDLE};
    TAILQ_INIT(&database->batch);
    return database;
}

enum database_state database_state(const struct database *database)
{
    return database->state;
}

void database_run(struct database *database, struct call_list *batch)
{
    assert_true(database->state == DATABASE_IDLE && !TAILQ_EMPTY(batch));
    TAILQ_CONCAT(&database->batch, batch, queue);
    database->state = DATABASE_BUSY;
    database->since_ms = clock_ms();
}

void database_log(struct database *database, struct database *standby)
{
    assert_true(database->state == DATABASE_IDLE && standby->state == DATABASE_UNLOGGED);
    standby->state = DATABASE_IDLE;
    database->state = DATABASE_BUSY;
    database->since_ms = clock_ms();
}

PGresult *database_answer(struct database *standby)
{
    assert_int_equal(standby->state, DATABASE_UNLOGGED);
    standby->state = DATABASE_IDLE;
    return NULL;
}

void database_log_kept(struct database *database, PGresult *looks)
{
    (void)database, (void)looks;
    fail();
}

int64_t database_since_ms(const struct database *database)
{
    return database->since_ms;
}

int64_t database_heard_ms(const struct database *database)
{
    return database->heard_ms;
}

void database_give_up(struct database *database)
{
    assert_true(database->state == DATABASE_IDLE || database->state == DATABASE_BUSY);
    database->state = DATABASE_AWAY;
}

bool database_answers(const struct database *database)
{
    return database->state >= DATABASE_IDLE;
}

void database_tick(struct database *database, int64_t now_ms)
{
    (void)database, (void)now_ms;
}

void database_free(struct database *database)
{
    (void)database;
}

/* ---- and whether it is there ---- */

static bool is_there;
static int64_t asked_ms; /* 0 when nothing is owed */

struct probe *probe_new(struct event_base *base, const char *conninfo)
{
    (void)base, (void)conninfo;
    asked_ms = 0;
    return (struct probe *)&asked_ms;
}

void probe_ask(struct probe *probe)
{
    (void)probe;
    if (!is_there && !asked_ms)
        asked_ms = clock_ms();
}

int64_t probe_silent_ms(const struct probe *probe, int64_t now)
{
    (void)probe;
    return asked_ms ? now - asked_ms : 0;
}

void probe_give_up(struct probe *probe)
{
    (void)probe;
    asked_ms = 0;
}

void probe_tick(struct probe *probe, int64_t now)
{
    (void)probe, (void)now;
    if (is_there)
        asked_ms = 0;
}

void probe_free(struct probe *probe)
{
    (void)probe;
}

/* ---- who asks ---- */

enum { WAITING_MAX = 100, CROWDED_MS = 100, FOR_LONG_MS = 10 * CROWDED_MS, CALLS = 600, LANES = 40 };

static int64_t now_ms;

/* Time stands still unless a test says otherwise. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = (struct timespec){.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    return 0;
}

static const struct contract contract; /* of no methods */
static struct lane lanes[LANES];
static struct call calls[CALLS];
static int call_count, done_count[TRAJECT__V1__CODE__UNAUTHENTICATED + 1];
static struct event_base *base;
static struct pool *pool;

static void on_done(struct call *call)
{
    done_count[call->status.code]++;
}

static int make(void **state)
{
    (void)state;
    now_ms = 1000000;
    base = event_base_new();
    pool = pool_new(base, "", NULL, 1, WAITING_MAX, CROWDED_MS, &contract, NULL, on_done);
    for (int i = 0; i < LANES; i++)
        lane_init(&lanes[i]);
    call_count = 0;
    memset(done_count, 0, sizeof done_count);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    for (int i = 0; i < LANES; i++) {
        struct call_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
        pool_withdraw(pool, &lanes[i], &waiting);
    }
    for (int i = 0; i < call_count; i++)
        status_clear(&calls[i].status);
    pool_free(pool);
    event_base_free(base);
    return 0;
}

/* Returns its status. */
static Traject__V1__Code ask(struct lane *lane, int64_t municipality_id, int64_t deadline_ms)
{
    struct call *call = &calls[call_count++];
    *call = (struct call){.lane = lane, .municipality_id = municipality_id, .deadline_ms = deadline_ms};
    pool_submit(pool, call, &call->status);
    event_base_loop(base, EVLOOP_NONBLOCK); /* for those that make room */
    return call->status.code;
}

static int in_batch(int64_t municipality_id)
{
    int count = 0;
    const struct call *call;
    TAILQ_FOREACH(call, &only.batch, queue)
    count += call->municipality_id == municipality_id;
    return count;
}

/* The batch is answered, and the next begins. */
static void answer_batch(void)
{
    struct call *call;
    while ((call = TAILQ_FIRST(&only.batch))) {
        TAILQ_REMOVE(&only.batch, call, queue);
        only.events->done(call, only.context);
    }
    only.state = DATABASE_IDLE;
    only.heard_ms = clock_ms();
    only.events->idle(&only, only.context);
}

static void a_batch_takes_in_turn_from_each_municipality(void **state)
{
    (void)state;
    /* The first runs alone; 30 connections of one municipality are before the one of the other. */
    ask(&lanes[0], 1, INT64_MAX);
    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    for (int i = 0; i < 10; i++)
        ask(&lanes[30], 2, INT64_MAX);
    answer_batch();
    assert_int_equal(in_batch(2), 10);
    assert_int_equal(in_batch(1), 54);
}

static void of_many_connections_each_gives_few(void **state)
{
    (void)state;
    ask(&lanes[0], 1, INT64_MAX);
    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    answer_batch();
    for (int i = 0; i < 30; i++)
        assert_in_range(lanes[i].waiting_count, 0, 2);
}

/* Asks for 90 calls again and again, each batch of which takes so long. */
static void serve(int rounds, int64_t batch_ms)
{
    for (int round = 0; round < rounds; round++) {
        call_count = 0;
        for (int i = 0; i < 90; i++)
            ask(&lanes[i % 30], 1, INT64_MAX);
        while (pool_count(pool).waiting) {
            now_ms += batch_ms;
            answer_batch();
        }
        answer_batch();
    }
    call_count = 0;
    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    answer_batch();
}

static void a_batch_is_as_small_as_calls_are_slow(void **state)
{
    (void)state;
    serve(1, 0);
    assert_in_range(in_batch(1), 50, 64);
    answer_batch();
    answer_batch();
    serve(6, 10000);
    assert_int_equal(in_batch(1), 4);
    while (pool_count(pool).waiting)
        answer_batch();
    answer_batch();
    serve(6, 0);
    assert_in_range(in_batch(1), 50, 64);
}

static void a_full_queue_is_paid_for_by_who_holds_most(void **state)
{
    (void)state;
    ask(&lanes[0], 1, INT64_MAX);
    for (int i = 0; i < WAITING_MAX; i++)
        assert_int_equal(ask(&lanes[i % 20], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
    assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__RESOURCE_EXHAUSTED);
    /* Half of it is the other's, then that one pays too. */
    int accepted = 0;
    for (int i = 0; i < WAITING_MAX; i++)
        accepted += ask(&lanes[20], 2, INT64_MAX) == TRAJECT__V1__CODE__OK;
    assert_in_range(accepted, WAITING_MAX / 2 - 1, WAITING_MAX / 2);
    assert_int_equal(done_count[TRAJECT__V1__CODE__RESOURCE_EXHAUSTED], accepted);
    /* It was taken evenly from the connections of the first. */
    for (int i = 0; i < 20; i++)
        assert_in_range(lanes[i].waiting_count, 2, 3);
    assert_int_equal(pool_count(pool).waiting, WAITING_MAX);
    /* Who is nobody yet has a share as well. */
    assert_int_equal(ask(&lanes[21], 0, INT64_MAX), TRAJECT__V1__CODE__OK);
}

static void few_large_calls_are_as_much_as_many_small(void **state)
{
    (void)state;
    ask(&lanes[0], 1, INT64_MAX);
    for (int i = 0; i < WAITING_MAX / 2; i++)
        ask(&lanes[0], 1, INT64_MAX);
    struct call *large = &calls[call_count++];
    *large = (struct call){.lane = &lanes[1], .municipality_id = 2, .deadline_ms = INT64_MAX};
    large->body.capacity = 64 * 1024 * 1024; /* as much as the queue holds; nothing looks at it */
    assert_int_equal(pool_submit(pool, large, &large->status), 0);
    assert_int_equal(ask(&lanes[2], 3, INT64_MAX), TRAJECT__V1__CODE__OK);
    assert_int_equal(large->status.code, TRAJECT__V1__CODE__RESOURCE_EXHAUSTED);
    large->body.capacity = 0;
}

static void who_sends_more_than_is_served_waits_no_longer_than_that_takes(void **state)
{
    (void)state;
    ask(&lanes[0], 1, INT64_MAX);
    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    now_ms += FOR_LONG_MS + 1;
    /* Where nothing is begun the database is slow, or away: more may wait. */
    assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
    answer_batch();
    assert_in_range(in_batch(1), 4, 64);
    /* Few connections wait for nobody but themselves. */
    while (pool_count(pool).waiting)
        answer_batch();
    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 2], 1, INT64_MAX);
    now_ms += FOR_LONG_MS + 1;
    answer_batch();
    while (pool_count(pool).waiting < 90)
        assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
    while (pool_count(pool).waiting)
        answer_batch();

    for (int i = 0; i < 90; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    now_ms += FOR_LONG_MS + 1;
    answer_batch();
    while (pool_count(pool).waiting < 64)
        assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
    assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__RESOURCE_EXHAUSTED);
    /* Another municipality is no part of that, and a connection with less takes the place of one with more.
     */
    assert_int_equal(ask(&lanes[31], 2, INT64_MAX), TRAJECT__V1__CODE__OK);
    assert_int_equal(done_count[TRAJECT__V1__CODE__RESOURCE_EXHAUSTED], 0);
    assert_int_equal(ask(&lanes[32], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
    assert_int_equal(done_count[TRAJECT__V1__CODE__RESOURCE_EXHAUSTED], 1);
    /* It is over once nothing waits. */
    while (pool_count(pool).waiting)
        answer_batch();
    for (int i = 0; i < 80; i++)
        assert_int_equal(ask(&lanes[0], 1, INT64_MAX), TRAJECT__V1__CODE__OK);
}

static void who_was_let_in_before_too_many_came_is_refused(void **state)
{
    (void)state;
    pool_free(pool);
    pool = pool_new(base, "", NULL, 1, 3 * WAITING_MAX, CROWDED_MS, &contract, NULL, on_done);
    serve(6, 10000);
    while (pool_count(pool).waiting) {
        now_ms += 10000;
        answer_batch();
    }
    answer_batch();
    memset(done_count, 0, sizeof done_count);
    call_count = 0;
    for (int i = 0; i < 3 * WAITING_MAX; i++)
        ask(&lanes[i % 30], 1, INT64_MAX);
    /* Few are done at a time; for a while there may be so many. */
    while (now_ms - calls[0].queued_us / 1000 <= 2 * FOR_LONG_MS) {
        now_ms += CROWDED_MS;
        answer_batch();
    }
    now_ms += CROWDED_MS;
    answer_batch();
    assert_true(done_count[TRAJECT__V1__CODE__RESOURCE_EXHAUSTED] > 0);
    while (pool_count(pool).waiting)
        answer_batch();
    answer_batch();
}

static void what_is_too_late_is_not_begun(void **state)
{
    (void)state;
    ask(&lanes[0], 1, INT64_MAX);
    ask(&lanes[1], 1, clock_ms() - 1);
    ask(&lanes[1], 1, INT64_MAX);
    ask(&lanes[2], 2, clock_ms() - 1);
    answer_batch();
    assert_int_equal(done_count[TRAJECT__V1__CODE__DEADLINE_EXCEEDED], 2);
    assert_int_equal(in_batch(1), 1);
    assert_int_equal(pool_count(pool).waiting, 0);
}

static void what_a_database_has_given_back_is_not_refused_as_not_begun(void **state)
{
    (void)state;
    struct call *given_back = &calls[call_count];
    ask(&lanes[0], 1, INT64_MAX);
    given_back->deadline_ms = clock_ms() - 1;
    given_back->body.capacity = 64 * 1024 * 1024; /* it fills the queue; nothing looks at it */
    struct call_list lost = TAILQ_HEAD_INITIALIZER(lost);
    TAILQ_CONCAT(&lost, &only.batch, queue);
    /* The database is not there yet. */
    only.events->lost(&only, &lost, only.context);
    assert_int_equal(ask(&lanes[1], 2, INT64_MAX), TRAJECT__V1__CODE__RESOURCE_EXHAUSTED);
    answer_batch();
    assert_int_equal(in_batch(1), 1);
    assert_int_equal(given_back->status.code, TRAJECT__V1__CODE__OK);
    given_back->body.capacity = 0;
}

/* ---- a primary that says nothing ---- */

enum { TICK_MS = 250, SILENT_MS = 2000 };

/* A call waits for the primary. */
static int make_with_standby(void **state)
{
    make(state);
    pool_free(pool);
    pool = pool_new(base, "", "", 1, WAITING_MAX, CROWDED_MS, &contract, NULL, on_done);
    only.heard_ms = now_ms;
    ask(&lanes[0], 1, INT64_MAX);
    assert_int_equal(only.state, DATABASE_BUSY);
    return 0;
}

static void tick(int64_t ms, bool there)
{
    is_there = there;
    for (int64_t end = now_ms + ms; now_ms < end;) {
        now_ms += TICK_MS;
        pool_tick(pool, now_ms);
    }
}

static void a_silent_primary_is_left_to_the_standby(void **state)
{
    (void)state;
    tick(SILENT_MS, false);
    assert_int_equal(only.state, DATABASE_BUSY);
    tick(2 * TICK_MS, false);
    assert_int_equal(only.state, DATABASE_AWAY);
    the_standby.state = DATABASE_UNLOGGED;
    the_standby.events->unlogged(&the_standby, the_standby.context);
    assert_int_equal(the_standby.state, DATABASE_IDLE);
    tick(10 * SILENT_MS, true);
    the_standby.state = DATABASE_UNLOGGED;
    the_standby.events->unlogged(&the_standby, the_standby.context);
    assert_int_equal(the_standby.state, DATABASE_IDLE);
    /* Until it is back. */
    answer_batch();
    the_standby.state = DATABASE_UNLOGGED;
    the_standby.events->unlogged(&the_standby, the_standby.context);
    assert_int_equal(only.state, DATABASE_BUSY);
    answer_batch();
}

static void also_when_it_is_to_log_what_a_standby_answered(void **state)
{
    (void)state;
    answer_batch();
    tick(10 * SILENT_MS, false);
    assert_int_equal(only.state, DATABASE_IDLE);
    the_standby.state = DATABASE_UNLOGGED;
    the_standby.events->unlogged(&the_standby, the_standby.context);
    assert_int_equal(only.state, DATABASE_BUSY);
    tick(SILENT_MS + 2 * TICK_MS, false);
    assert_int_equal(only.state, DATABASE_AWAY);
    answer_batch();
}

static void a_primary_that_is_slow_is_waited_for(void **state)
{
    (void)state;
    the_standby.state = DATABASE_UNLOGGED;
    the_standby.since_ms = now_ms;
    tick(10 * SILENT_MS, true);
    assert_int_equal(only.state, DATABASE_BUSY);
    assert_int_equal(the_standby.state, DATABASE_UNLOGGED);
    the_standby.state = DATABASE_IDLE;
    answer_batch();
}

static void a_primary_that_answers_others_is_not_silent(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        only.heard_ms = now_ms;
        tick(SILENT_MS - TICK_MS, false);
    }
    assert_int_equal(only.state, DATABASE_BUSY);
    answer_batch();
}

static void a_machine_that_has_paused_hears_first_what_was_said(void **state)
{
    (void)state;
    tick(SILENT_MS - TICK_MS, false);
    now_ms += 10 * SILENT_MS;
    tick(TICK_MS, false);
    only.heard_ms = now_ms;
    tick(TICK_MS, false);
    assert_int_equal(only.state, DATABASE_BUSY);
    answer_batch();
}

static void without_a_standby_it_is_waited_for(void **state)
{
    (void)state;
    the_standby.state = DATABASE_AWAY;
    tick(10 * SILENT_MS, false);
    assert_int_equal(only.state, DATABASE_BUSY);
    answer_batch();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_takes_in_turn_from_each_municipality, make, unmake),
        cmocka_unit_test_setup_teardown(of_many_connections_each_gives_few, make, unmake),
        cmocka_unit_test_setup_teardown(a_batch_is_as_small_as_calls_are_slow, make, unmake),
        cmocka_unit_test_setup_teardown(a_full_queue_is_paid_for_by_who_holds_most, make, unmake),
        cmocka_unit_test_setup_teardown(few_large_calls_are_as_much_as_many_small, make, unmake),
        cmocka_unit_test_setup_teardown(who_sends_more_than_is_served_waits_no_longer_than_that_takes, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(who_was_let_in_before_too_many_came_is_refused, make, unmake),
        cmocka_unit_test_setup_teardown(what_is_too_late_is_not_begun, make, unmake),
        cmocka_unit_test_setup_teardown(what_a_database_has_given_back_is_not_refused_as_not_begun, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_silent_primary_is_left_to_the_standby, make_with_standby, unmake),
        cmocka_unit_test_setup_teardown(also_when_it_is_to_log_what_a_standby_answered, make_with_standby,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_primary_that_is_slow_is_waited_for, make_with_standby, unmake),
        cmocka_unit_test_setup_teardown(a_primary_that_answers_others_is_not_silent, make_with_standby,
                                        unmake),
        cmocka_unit_test_setup_teardown(a_machine_that_has_paused_hears_first_what_was_said,
                                        make_with_standby, unmake),
        cmocka_unit_test_setup_teardown(without_a_standby_it_is_waited_for, make_with_standby, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
