"""How fast a log goes in by way of client and daemon, against COPY of the same rows into the same tables, whose constraints
and foreign keys hold too."""
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import time

import harness

EVENTS_OF_A_CASE = 20
MAP = '''
columns { case = "case" event = "event" moment = "at" activity = "activity" team = "team" coach = "coach" }
kind = "activation" reason = "as in the log"
activity "Call" { channel = "phone" }
activity "Work" { stage = "starting-work" }
activity "*" { }
'''

# A team of its own, in the first municipality.
TEAM = '''
    insert into traject.team (municipality_id, name) values (1, '{name}');
    insert into traject.worker (municipality_id, name, full_name, role)
    values (1, 'c{name}', 'Coach', 'coach'), (1, 'm{name}', 'Manager', 'manager');
    insert into traject.team_member (municipality_id, team_id, worker_id)
    select 1, t.team_id, w.worker_id from traject.team t, traject.worker w
     where (t.municipality_id, t.name) = (1, '{name}') and w.municipality_id = 1 and w.name in ('c{name}', 'm{name}');
    insert into session.token (municipality_id, worker_id, token_sha256, expires_at)
    select 1, worker_id, '\\x{digest}', now() + interval '1 day' from traject.worker where (municipality_id, name) = (1, 'm{name}');
'''

# In the order in which foreign keys want them.
OWN = 'municipality_id = 1 and trajectory_id in (select trajectory_id from bench.imported)'
CLIENTS = ('municipality_id = 1 and client_id in (select y.client_id from traject.trajectory_state y where y.' + OWN
           + ')')
TABLES = {
    'traject.person_key': f'municipality_id = 1 and key_id in (select key_id from traject.client where {CLIENTS})',
    'traject.client': CLIENTS,
    **{f'traject.{table}': OWN for table in ('trajectory', 'event', 'chain_head', 'stage_spell', 'coach_assignment', 'guidance',
                                             'handover', 'item', 'trajectory_state', 'contact_due', 'rhythm_passing')},
}
COLUMNS = '''
    select string_agg(quote_ident(attname), ',' order by attnum) from pg_attribute
     where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
'''


def write_log(path, cases, team, coach):
    activities = ['Call', 'Note', 'Work', *(['Call', 'Note'] * EVENTS_OF_A_CASE)][:EVENTS_OF_A_CASE]
    with open(path, 'w') as file:
        file.write('case,event,at,activity,team,coach\n')
        for case in range(cases):
            for place, activity in enumerate(activities):
                file.write(f'{team}-{case},{team}-{case}-{place},2026-01-{place + 1:02} 10:{case % 60:02},{activity},{team},{coach}\n')


def imported(filled, trajectd, build, folder, cases):
    """Events in a second, by import and by COPY."""
    name = 'i' + secrets.token_hex(4)
    token = secrets.token_hex(32)
    sql = filled.cluster.sql
    sql(TEAM.format(name=name, digest=harness.digest(token)))
    (folder / 'traject').mkdir(mode=0o700, exist_ok=True)
    profile = folder / 'traject/import.conf'
    port = trajectd.address.split(':')[1]
    profile.write_text(f'server = "localhost:{port}"\nca = "{trajectd.ca}"\ntoken = "{token}"\n')
    profile.chmod(0o600)
    (folder / 'log.map').write_text(MAP)
    write_log(folder / 'log.csv', cases, name, f'c{name}')
    began = time.monotonic()
    done = subprocess.run([build / 'client/traject', 'import', folder / 'log.csv', '--map', folder / 'log.map'], capture_output=True, text=True,
                          env={**os.environ, 'XDG_CONFIG_HOME': str(folder), 'TRAJECT_PROFILE': 'import', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'})
    seconds = time.monotonic() - began
    if done.returncode:
        raise AssertionError(f'traject import: {done.stderr[-2000:]}')
    sql(f'''drop table if exists bench.imported;
            create table bench.imported as
            select s.trajectory_id from traject.trajectory_state s join traject.team t using (municipality_id, team_id)
             where s.municipality_id = 1 and t.name = '{name}';
            analyze bench.imported''')
    (events,), = sql(f'select count(*) from traject.event where {OWN}')
    copy_seconds = copied(filled)
    remove(filled)
    return int(events) / seconds, int(events) / copy_seconds


def remove(filled):
    """Whose client and key it is first: the trajectories say."""
    filled.cluster.sql('begin; set local session_replication_role = replica;'
                       + ''.join(f'delete from {table} where {where};' for table, where in TABLES.items() if where != OWN)
                       + ''.join(f'delete from {table} where {where};' for table, where in TABLES.items() if where == OWN) + 'commit')


def copied(filled):
    """The seconds that COPY takes for what was imported, all of it in one transaction."""
    sql = filled.cluster.sql
    folder = pathlib.Path(tempfile.mkdtemp(prefix='copy-', dir=filled.folder))
    if filled.cluster.user:
        shutil.chown(folder, filled.cluster.user)
    columns = {table: sql(COLUMNS.format(table=table))[0][0] for table in TABLES}
    for table, where in TABLES.items():
        sql(f"copy (select {columns[table]} from {table} where {where}) to '{folder}/{table}' (format binary)")
    remove(filled)
    try:
        sql(''.join(f'alter table {table} disable trigger user;' for table in TABLES))
        began = time.monotonic()
        sql('begin;' + ''.join(f"copy {table} ({columns[table]}) from '{folder}/{table}' (format binary);" for table in TABLES) + 'commit')
        return time.monotonic() - began
    finally:
        sql(''.join(f'alter table {table} enable trigger user;' for table in TABLES))
        shutil.rmtree(folder)
