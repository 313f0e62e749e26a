"""A database that is filled with so many clients: made anew when the schema or what fills it changed, else taken as it
was left; and the proof that what fills it does as the functions of the database would."""
import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import cluster
import harness

FOLDER = pathlib.Path(__file__).resolve().parent
# After that, who is past due is another share of the clients.
KEPT_DAYS = 7

# What pgbench needs to act as who the load generator acts as. It cannot seal, so words about each client stand ready.
OWN = '''
    create schema bench;
    grant usage on schema bench to traject_daemon;
    create table bench.sealed_words (
        municipality_id bigint, client_number text, words bytea not null, primary key (municipality_id, client_number));
    create table bench.actor (
        list text, place integer, token_sha256 bytea not null, municipality_id bigint not null, team text not null,
        first_number bigint not null, listed bigint not null, primary key (list, place));
    -- With the rights of its owner, whom row security hides nothing from.
    create view bench.stage as
        select c.municipality_id, c.client_number, s.stage
          from traject.client c
          join traject.trajectory_state s on s.municipality_id = c.municipality_id and s.client_id = c.client_id;
    grant select on bench.sealed_words, bench.actor, bench.stage to traject_daemon;
'''

# Indexes that hold no constraint are made when the rows are there.
INDEXES = '''
    select i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
      from pg_index i
      join pg_class t on t.oid = i.indrelid
     where t.relnamespace in ('traject'::regnamespace, 'session'::regnamespace) and not i.indisunique
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
     order by pg_relation_size(i.indrelid)
'''

# The form of what is sealed is looked at by functions that would take most of the time of filling, and it was made by the
# daemon's own code. These are put back as they were once it is there; a sample is held against them.
FORMS = '''
    select case when c.contypid <> 0 then 'domain ' || c.contypid::regtype else 'table ' || c.conrelid::regclass end, c.conname,
           pg_get_constraintdef(c.oid), c.convalidated
      from pg_constraint c
     where c.contype = 'c' and c.connamespace = 'traject'::regnamespace
       and pg_get_constraintdef(c.oid) ~ 'traject\.(is_sealed|texts_fit)' and obj_description(c.oid, 'pg_constraint') is null
'''

# Numbers go on after those that were given.
SEQUENCES = '''
    select setval('traject.event_event_id_seq', (select max(event_id) from (select max(event_id) as event_id from traject.event
                                                union all select max(passing_id) from traject.rhythm_passing) n));
    do $$ declare of record; begin
        for of in select c.oid::regclass as relation, a.attname, pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
                    from pg_class c
                    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and a.attidentity <> '' and not a.attisdropped
                   where c.relnamespace in ('traject'::regnamespace, 'session'::regnamespace)
                     and (c.relname, a.attname) <> ('event', 'event_id') loop
            execute format('select setval(%L, coalesce(max(%I), 1)) from %s', of.sequence, of.attname, of.relation);
        end loop;
    end $$;
'''

# No foreign key was looked at while the rows came: PostgreSQL checks them all now.
FOREIGN_KEYS = '''
    update pg_constraint set convalidated = false
     where contype = 'f' and connamespace in ('traject'::regnamespace, 'session'::regnamespace);
    do $$ declare of record; begin
        for of in select conrelid::regclass as relation, conname from pg_constraint where not convalidated and contype = 'f' loop
            execute format('alter table %s validate constraint %I', of.relation, of.conname);
        end loop;
    end $$;
'''

# The admin of a municipality compares so many trajectories with their entries, from one on.
COMPARE = '''
    begin;
    select session.enter('\\x{token}', null, '/traject.v1.Traject/RebuildState', null);
    select checked, array_to_string(different[:3], '; ') from api.rebuild_state(false, page_size => {rows}, page_token => '{after}');
    rollback;
'''

# Each history is looked at as when something is added to it. Then entries are added again as copies, with every trigger and
# constraint that looks at an entry; nothing of it stays.
AGAIN = '''
    begin;
    select session.enter('\\x{token}', null, '/traject.v1.Traject/RebuildState', null);
    select count(internal.check_history(h.told, internal.items((h.told).items)))
      from (select internal.timeline(y.municipality_id, y.trajectory_id) as told from traject.trajectory y
             where y.municipality_id = {municipality} and y.trajectory_id between {first} and {last} offset 0) h;
    insert into traject.event
    select (jsonb_populate_record(null::traject.event, to_jsonb(e) - '{{sequence,chained}}'::text[]
                                                       || jsonb_build_object('event_id', -e.event_id))).*
      from traject.event e where e.municipality_id = {municipality} and e.trajectory_id between {first} and {last}
     order by e.event_id;
    rollback;
'''
PAGE, AGAIN_OF_PAGE = 500, 20
SAMPLE = 1500


def stamp(clients):
    """What the content of a database depends on."""
    files = sorted(harness.REPOSITORY.glob('sql/schema/*.sql')) + sorted(FOLDER.glob('fill/*')) + [FOLDER / 'filled.py']
    digest = hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()
    return {'clients': clients, 'made of': digest}


class Filled:
    """`folder` holds the cluster, the key file, and who loads it: readers and writers."""

    def __init__(self, folder, clients, program, say):
        self.folder, self.clients, self.program, self.say = pathlib.Path(folder), clients, program, say
        self.stamp = self.folder / 'filled.json'
        if self.fits():
            self.say(f'taking the {clients} clients of {self.folder}')
            self.cluster = cluster.Cluster(self.folder)
            self.cluster.start()
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.cluster = cluster.Cluster(self.folder)
            self.fill()
        harness.migrate(self.cluster, 'traject')

    def fits(self):
        if not self.stamp.exists():
            return False
        kept = json.loads(self.stamp.read_text())
        made = datetime.datetime.fromisoformat(kept.pop('at'))
        return kept == stamp(self.clients) and datetime.datetime.now() - made < datetime.timedelta(days=KEPT_DAYS)

    def forget(self):
        """What was left of those who looked, so that every run begins with empty logs."""
        self.cluster.sql('begin; set local session_replication_role = replica; '
                         'truncate logbook.processing_log, logbook.audit_log, session.request; commit')

    def sizes(self):
        """How large the database is, and how much of it is the entries."""
        (total, table, indexes, entries), = self.cluster.sql('''
            select pg_database_size(current_database()), pg_table_size('traject.event'), pg_indexes_size('traject.event'), count(*)
              from traject.event''')
        gib, each = 1 << 30, int(entries)
        return (f'{self.clients} clients, {each} entries: {int(total) / gib:.2f} GiB, of which entries {int(table) / gib:.2f} GiB'
                f' ({int(table) / each:.0f} bytes each) and their indexes {int(indexes) / gib:.2f} GiB ({int(indexes) / each:.0f} bytes each)')

    def log_sizes(self):
        """The same of the lines of who looked, since the logs were emptied."""
        (size, lines), = self.cluster.sql('''
            select pg_total_relation_size('logbook.processing_log') + pg_total_relation_size('logbook.audit_log'),
                   count(*) from logbook.audit_log''')
        return f'{lines} lines in each of both logs of who looked: {int(size) / (int(lines) or 1):.0f} bytes for both'

    def step(self, what, did):
        began = time.monotonic()
        result = did()
        self.say(f'  {what}: {time.monotonic() - began:.0f} s')
        return result

    def fill(self):
        self.say(f'filling {self.clients} clients')
        made_of, sql = stamp(self.clients), self.cluster.sql
        self.cluster.start(**cluster.FILLING)
        sql('create database traject', 'postgres')
        harness.migrate(self.cluster, 'traject')
        sql(OWN)
        harness.make_keys(self.folder / 'keys')
        indexes, forms = sql(INDEXES), sql(FORMS)
        sql(''.join(f'drop index {name};' for name, _ in indexes)
            + ''.join(f'alter {of} drop constraint {name};' for of, name, *_ in forms))
        self.step('rows', lambda: subprocess.run([self.program, self.cluster.conninfo('traject'), self.folder / 'keys', str(self.clients),
                                                  str(os.cpu_count()), self.folder], check=True))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            self.step('indexes', lambda: list(pool.map(sql, [definition for _, definition in reversed(indexes)])))
        sql(''.join(f'''alter {of} add constraint {name} {check.removesuffix(' NOT VALID')} not valid;
                        update pg_constraint set convalidated = {valid == 't'} where conname = '{name}';''' for of, name, check, valid in forms))
        self.step('numbers', lambda: sql(SEQUENCES))
        self.step('who loads it', self.note_actors)
        self.step('foreign keys', lambda: sql(FOREIGN_KEYS))
        self.step('vacuum', lambda: sql('vacuum (analyze)'))
        self.step('proof of a sample', lambda: self.check(SAMPLE))
        self.cluster.stop()
        self.step('to the disk', self.cluster.sync)
        self.stamp.write_text(json.dumps({**made_of, 'at': datetime.datetime.now().isoformat()}))
        self.cluster.start()

    def note_actors(self):
        """From the files that the load generator reads."""
        rows = ["create temporary table given (list text, place integer, token_sha256 bytea, team text, first_number bigint, listed bigint);\n"
                "copy given from stdin;\n"]
        for name in ('readers', 'writers'):
            places = {'coach': 0, 'manager': 0}
            for line in (self.folder / name).read_text().splitlines():
                token, role, team, numbers = line.split('\t')
                numbers = numbers.split(',')
                place = places[role]
                places[role] += 1
                if role == 'coach' or name == 'readers':
                    rows.append(f'{name if role == "coach" else "managers"}\t{place}\t\\\\x{harness.digest(token)}\t{team}\t{numbers[0]}\t{len(numbers)}\n')
        self.cluster.sql(''.join(rows) + '\\.\n' + '''
            insert into bench.actor
            select g.list, g.place, g.token_sha256, t.municipality_id, g.team, g.first_number, g.listed
              from given g join session.token t on t.token_sha256 = g.token_sha256''')

    # ---- the proof ----

    def check(self, sample=None):
        """Compares so many trajectories, or all, with what the database's own functions make of their entries; returns
        how many were compared."""
        compared = 0
        pages = [(municipality, after) for municipality, first, last in self.cluster.sql(
            f'select municipality_id, min(trajectory_id), max(trajectory_id) from traject.trajectory where trajectory_id <= {self.clients} group by 1 order by 1')
            for after in range(int(first) - 1, int(last), PAGE)]
        if sample:
            pages = random.sample(pages, max(1, min(len(pages), sample // PAGE)))
        for municipality, after in pages:
            (token,), = self.cluster.sql(f"""
                select encode(t.token_sha256, 'hex') from session.token t join traject.worker w using (municipality_id, worker_id)
                 where t.municipality_id = {municipality} and w.role = 'admin'""")
            _, (checked, different) = self.cluster.sql(COMPARE.format(token=token, rows=PAGE, after=after))
            if different:
                raise AssertionError(f'municipality {municipality} is not as its entries say: {different}')
            compared += int(checked)
            self.cluster.sql(AGAIN.format(token=token, municipality=municipality, first=after + 1, last=after + AGAIN_OF_PAGE))
        return compared
