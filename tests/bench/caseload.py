"""A large caseload, straight into the database: teams with a manager and coaches of 50 or 60 clients each."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import harness  # noqa: E402
from sealing import Sealing  # noqa: E402

TEAM_SIZE = 100
COACHES = 2
BATCH = 1000

# The actor of what follows, as session.enter sets and seals it.
ACTOR = '''
    select m.municipality_id into municipality from traject.municipality m where m.name = 'Veldstad';
    perform session.act(municipality, (select w.worker_id from traject.worker w
                                        where w.name = 'admin' and w.municipality_id = municipality),
                        '{role}', array(select team_id from traject.team));
'''

ORGANISATION = '''
do $$ declare municipality bigint; begin
    {actor}
    for team in {first} .. {last} loop
        perform api.add_team('T' || team);
        for place in 0 .. {coaches} - 1 loop
            perform api.add_worker('c' || team || chr(97 + place), 'Coach', 'coach', array['T' || team]);
        end loop;
        perform api.add_worker('m' || team, 'Manager', 'manager', array['T' || team]);
    end loop;
end $$;
'''

# Three contacts each, one of them an attempt; a third are past due, some never had contact.
CLIENTS = '''
do $$ declare municipality bigint; number text; keys text[] := '{{{keys}}}'; begin
    {actor}
    for i in {first} .. {last} loop
        number := (100000 + i)::text;
        perform set_config('traject.new_key', keys[i - {first} + 1], true);
        perform api.add_client(number);
        perform api.start_trajectory(number, 'work_experience', now() - interval '300 days' - i * interval '1 minute',
                                     'c' || i / {size} || chr(97 + i % {coaches}), 'T' || i / {size});
        perform api.move_stage(number, 'starting_work', now() - interval '200 days' - i * interval '1 minute');
        continue when i % 20 = 0;
        perform api.record_contact(number, 'phone', 'client', true, now() - interval '1 day' * (i % 40) - interval '1 minute');
        perform api.record_contact(number, 'phone', 'client', true, now() - interval '1 day' * (40 + i % 40));
        perform api.record_contact(number, 'phone', 'client', false, now() - interval '1 day' * (i % 30) - interval '1 minute');
    end loop;
end $$;
'''


def fill(service, first, last):
    """Clients number `first` to before `last`, with their teams."""
    service.sql(ORGANISATION.format(actor=ACTOR.format(role='admin'), first=first // TEAM_SIZE, last=(last - 1) // TEAM_SIZE,
                                    coaches=COACHES))
    sealing = Sealing(service)
    for batch in range(first, last, BATCH):
        end = min(batch + BATCH, last)
        service.sql(CLIENTS.format(actor=ACTOR.format(role='manager'), first=batch, last=end - 1, size=TEAM_SIZE, coaches=COACHES,
                                   keys=','.join(sealing.new_key() for _ in range(batch, end))))
    service.sql('vacuum analyze')


# Of each client ten things that run, a third of them past their term, and a handover for one in five; one supervisor in
# fifty has left.
ITEMS = '''
    -- In the form of what is sealed, under nobody's key.
    create function pg_temp.sealed(words text) returns bytea language sql as $$
        select '\\x01'::bytea || decode(repeat('00', 16), 'hex') || int2send(length(words)::int2)
               || case when words like 'groep%' then '\\x01'::bytea || substring(sha256(words::bytea) for 8) else '\\x00' end
               || decode(repeat('00', 12), 'hex') || convert_to(words, 'UTF8') || decode(repeat('00', 16), 'hex') $$;
    alter table traject.event disable trigger event_own_key;
    insert into traject.employer (municipality_id, name)
    select m.municipality_id, 'E' || e from traject.municipality m, generate_series(1, 200) e where m.name = 'Veldstad';
    insert into traject.employer_person (municipality_id, employer_id, name, revoked_at)
    select e.municipality_id, e.employer_id, 'P' || p, case when (e.employer_id + p) % 50 = 0 then now() end
      from traject.employer e, generate_series(1, 3) p where e.name like 'E%';
    create temporary table made as
    select s.municipality_id, s.trajectory_id, s.coach_id, nextval('traject.event_event_id_seq') as item_id,
           k.kind::traject.item_kind as kind, k.began::traject.event_kind as began, k.state::traject.item_state as state,
           now() - make_interval(days => 61 + (s.trajectory_id * 7 + k.place * 13)::integer % 100) as at,
           case when k.due then now() + make_interval(days => (s.trajectory_id * 11 + k.place * 17)::integer % 180 - 60) end as due,
           k.place
      from traject.trajectory_state s,
           (values ('agreement', 'agreement_made', 'agreed', true, 0), ('agreement', 'agreement_made', 'agreed', true, 1),
                   ('bottleneck', 'bottleneck_raised', 'raised', false, 2), ('contract', 'contract_begun', 'running', true, 3),
                   ('precondition', 'precondition_missing', 'missing', true, 4),
                   ('precondition', 'precondition_in_hand', 'in_hand', true, 5),
                   ('motivation', 'motivation_talked', 'running', false, 6),
                   ('wish', 'wish_voiced', 'running', false, 7), ('task', 'task_fitted', 'running', false, 8),
                   ('appointment', 'appointment_planned', 'planned', true, 9)) k (kind, began, state, due, place);
    create temporary table entries as
    select n.municipality_id, n.item_id as event_id, n.trajectory_id, n.began as kind, n.at as occurred_at, n.item_id, n.due as due_at,
           n.coach_id as recorded_by, case when n.place in (0, 1, 2, 7, 8) then pg_temp.sealed('iets') end as what,
           case when n.place < 2 then 'coach'::traject.agreement_party end as party,
           case n.place when 4 then 'debts' when 5 then 'language' end::traject.theme as theme,
           case when n.place = 6 then 'guidance'::traject.factor end as factor, case when n.place = 6 then pg_temp.sealed('woorden') end as words,
           case when n.place = 9 then 'office'::traject.channel end as channel,
           case when n.place = 9 then 'employer'::traject.counterpart end as counterpart,
           case when n.place = 3 then 'temporary'::traject.contract_kind end as contract, case when n.place = 3 then 24 end as hours,
           case when n.place = 3 then (select min(employer_id) from traject.employer) + n.trajectory_id % 100 end as employer_id,
           case when n.place = 2 then pg_temp.sealed('groep ' || n.trajectory_id % 30) end as grouped_as, n.kind as item, n.state
      from made n;
    insert into traject.event (municipality_id, event_id, trajectory_id, kind, occurred_at, item_id, due_at, recorded_by, what, party,
                               theme, factor, words, channel, counterpart, contract, hours, employer_id, grouped_as)
    select municipality_id, event_id, trajectory_id, kind, occurred_at, item_id, due_at, recorded_by, what, party, theme, factor, words,
           channel, counterpart, contract, hours, employer_id, grouped_as from entries;
    insert into traject.item (municipality_id, item_id, trajectory_id, kind, state, open, opened_at, state_since, changed_at, due_at, what,
                              party, theme, factor, channel, counterpart, contract, hours, employer_id, grouped_as)
    select municipality_id, item_id, trajectory_id, item, state, true, occurred_at, occurred_at, occurred_at, due_at, what, party, theme,
           factor, channel, counterpart, contract, hours, employer_id, grouped_as from entries;
    insert into traject.handover (municipality_id, handover_id, trajectory_id, state, last_step_at, state_since, employer_id, supervisor_id)
    select s.municipality_id, nextval('traject.event_event_id_seq'), s.trajectory_id, 'flagged', now() - interval '20 days',
           now() - interval '20 days', p.employer_id, p.person_id
      from traject.trajectory_state s
      join (select p.*, row_number() over (order by p.person_id) as place from traject.employer_person p) p
        on p.place = 1 + s.trajectory_id % 500
     where s.trajectory_id % 5 = 0;
    alter table traject.event enable trigger event_own_key;
'''


def fill_items(service):
    """What runs, of all the clients there are; as stored, since entering it all would take an hour."""
    service.sql(ITEMS)
    service.sql('vacuum analyze')


class DurableCluster(harness.Cluster):
    """Unlike that of the tests, with every commit on the disk, as in service."""

    def start(self):
        self.server = harness.Program([self.bin / 'postgres', '-D', self.folder / 'data', '-k', self.folder,
                                       '-c', 'listen_addresses=', '-c', 'shared_buffers=256MB'], self.user)
        self.server.wait_for('ready to accept connections')


def new_service(**options):
    harness.Cluster = DurableCluster
    service = harness.Service(log_level='info', **options)
    for worker in ('m0', 'c0a'):
        service.profile(worker, harness.secrets.token_hex(32))
    return service


def give_tokens(service):
    """Once the workers are there."""
    for worker in ('m0', 'c0a'):
        service.sql(f"""insert into session.token (municipality_id, worker_id, token_sha256, expires_at)
            select municipality_id, worker_id, '\\x{harness.digest(service.token(worker))}', now() + interval '1 day'
              from traject.worker where name = '{worker}'""")
