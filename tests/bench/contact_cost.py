"""What a contact costs PostgreSQL by way of api.record_contact, against the update and the insert alone: of both many in a
pipeline, in a transaction that is undone, so that what is written without its chain does not stay. The actor is set once."""

BATCH = 16  # of the clients of one actor, each once

AS_DAEMON = '''\\if :ready = 0
select '\\x' || encode(token_sha256, 'hex') as token, municipality_id as municipality, first_number as first {words}
  from bench.actor where list = 'writers' and place = 0 \\gset
\\set ready 1
\\endif
\\startpipeline
begin;
{enter};
{calls}
rollback;
\\endpipeline
'''
CALL = '''select * from api.record_contact("client_number" => (:first::bigint + {place})::text, "channel" => 'phone', "counterpart" => 'client',
    "reached" => true, "words" => :words{place});
'''

AS_SUPERUSER = '''\\if :ready = 0
select a.municipality_id as municipality, t.worker_id as worker {words} {trajectories}
  from bench.actor a join session.token t on t.token_sha256 = a.token_sha256
 where a.list = 'writers' and a.place = 0 \\gset
\\set ready 1
\\endif
\\startpipeline
begin;
{calls}
rollback;
\\endpipeline
'''
BARE = '''update traject.trajectory_state
   set last_contact_at = now(), due_at = now() + make_interval(hours => 24 * rhythm_days), unanswered_attempts = 0, last_attempt_at = null,
       version = version + 1
 where municipality_id = :municipality::bigint and trajectory_id = :trajectory{place}::bigint;
insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, channel, counterpart, reached, words, sequence,
                           chained)
values (:municipality::bigint, :trajectory{place}::bigint, 'contact', now(), :worker::bigint, 'phone', 'client', true, :words{place}, 1000000,
        '\\x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a');
'''
TABLES = 'traject.event', 'traject.trajectory_state'


def words(of):
    return ''.join(f''', (select words from bench.sealed_words w where w.municipality_id = {of}.municipality_id
        and w.client_number = ({of}.first_number + {place})::text) as words{place}''' for place in range(BATCH))


def costs(filled, bench, statements, seconds):
    """CPU microseconds of PostgreSQL for each contact: by the function, and by plain SQL."""
    places = range(BATCH)
    function = AS_DAEMON.format(words=words('actor'), enter=statements.enter(':token', 'RecordContact'),
                                calls=''.join(CALL.format(place=place) for place in places))
    trajectories = ''.join(f''', (select y.trajectory_id from traject.client c join traject.trajectory y using (municipality_id, client_id)
        where c.municipality_id = a.municipality_id and c.client_number = (a.first_number + {place})::text) as trajectory{place}'''
                           for place in places)
    plain = AS_SUPERUSER.format(words=words('a'), trajectories=trajectories, calls=''.join(BARE.format(place=place) for place in places))
    by_function = bench.run([(function, 1)], 1, seconds, 2, batch=BATCH)
    filled.cluster.sql(''.join(f'alter table {table} disable trigger user;' for table in TABLES))
    try:
        by_hand = bench.run([(plain, 1)], 1, seconds, 2, batch=BATCH, conninfo=filled.cluster.conninfo('traject'))
    finally:
        filled.cluster.sql(''.join(f'alter table {table} enable trigger user;' for table in TABLES))
    return by_function.postgres_us, by_hand.postgres_us
