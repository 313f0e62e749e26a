"""A large caseload, straight into the database: teams of 100 clients, with two coaches and a manager each."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import harness  # noqa: E402

TEAM_SIZE = 100
BATCH = 1000

# The actor of what follows, as session.enter sets it.
ACTOR = '''
    select m.municipality_id into municipality from traject.municipality m where m.name = 'Veldstad';
    perform set_config('traject.municipality_id', municipality::text, true),
            set_config('traject.role', '{role}', true),
            set_config('traject.worker_id', (select w.worker_id from traject.worker w where w.name = 'admin'
                                                and w.municipality_id = municipality)::text, true),
            set_config('traject.team_ids', array(select team_id from traject.team)::text, true);
'''

ORGANISATION = '''
do $$ declare municipality bigint; begin
    {actor}
    for team in {first} .. {last} loop
        perform api.add_team('T' || team);
        perform api.add_worker('c' || team || 'a', 'Coach', 'coach', array['T' || team]);
        perform api.add_worker('c' || team || 'b', 'Coach', 'coach', array['T' || team]);
        perform api.add_worker('m' || team, 'Manager', 'manager', array['T' || team]);
    end loop;
end $$;
'''

# Three contacts each, one of them an attempt; a third are past due, some never had contact.
CLIENTS = '''
do $$ declare municipality bigint; number text; begin
    {actor}
    for i in {first} .. {last} loop
        number := (100000 + i)::text;
        perform api.add_client(number, 'Klant ' || i);
        perform api.start_trajectory(number, 'work_experience', now() - interval '300 days' - i * interval '1 minute',
                                     'c' || i / {size} || case i % 2 when 0 then 'a' else 'b' end, 'T' || i / {size});
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
    service.sql(ORGANISATION.format(actor=ACTOR.format(role='admin'), first=first // TEAM_SIZE, last=(last - 1) // TEAM_SIZE))
    for batch in range(first, last, BATCH):
        service.sql(CLIENTS.format(actor=ACTOR.format(role='manager'), first=batch, last=min(batch + BATCH, last) - 1,
                                   size=TEAM_SIZE))
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
