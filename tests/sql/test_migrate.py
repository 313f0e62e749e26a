"""trajectd migrate: forward only, safe to run again, and all or nothing."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from database import REPOSITORY, TRAJECTD, WAIT_SECONDS, Conversation, Database, Program, act_as_admin, digest, literal, sealed, token_of


def command(folder, conninfo):
    return [TRAJECTD, 'migrate', '--database', conninfo, '--sql', str(folder / 'sql')]


def migrate(folder, database, name=None):
    return subprocess.run(command(folder, database.cluster.conninfo(name or database.name)), capture_output=True, text=True)


class Migrate(unittest.TestCase):
    def setUp(self):
        self.database = Database(organisation=False, strict=True)
        self.addCleanup(self.database.close)
        self.database.own_keys('enable')
        # A copy of what migrate reads, to change.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='traject-migrate-'))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(REPOSITORY / 'sql', self.folder / 'sql')
        self.schema = self.folder / 'sql/schema'

    def migrate(self, database=None):
        return migrate(self.folder, self.database, database)

    def refused(self, says):
        before = self.dump()
        done = self.migrate()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(says, done.stderr)
        self.assertEqual(self.dump(), before)

    def dump(self, database=None, *options):
        """All that a database holds, as text."""
        done = subprocess.run(['pg_dump', '--exclude-schema=test', *options, '--dbname',
                               self.database.cluster.conninfo(database or self.database.name)], check=True,
                              capture_output=True, text=True)
        # Each dump carries a random word against being tampered with.
        return re.sub(r'^\\(un)?restrict .*', '', done.stdout, flags=re.MULTILINE)

    def test_again_changes_nothing(self):
        before = self.dump()
        self.assertIn('create function api.get_board', before.lower())
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        self.assertEqual(self.dump(), before)

    def test_a_database_made_anew_is_the_same(self):
        # Which also shows that the template of the tests is what the schema says.
        name = self.database.name + '_new'
        self.database.cluster.sql(f'create database {name}')
        self.addCleanup(self.database.cluster.sql, f'drop database {name}')
        done = self.migrate(name)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(self.dump(name, '--schema-only'), self.dump(None, '--schema-only'))

    def test_a_migration_that_was_changed_is_refused(self):
        path = self.schema / '003_path.sql'
        path.write_text(path.read_text() + '-- One more line.\n')
        self.refused('003_path.sql was changed after it was applied; put it back and add a new migration')

    def test_a_database_of_a_newer_version_is_refused(self):
        self.database.run("insert into migration.applied (name, checksum) values ('900_later.sql', 'x')")
        self.refused('the database has migration 900_later.sql, which this version does not know; use a newer version')

    def test_a_database_that_cannot_hold_every_name_is_refused(self):
        name = self.database.name + '_ascii'
        self.database.cluster.sql(f"create database {name} template template0 encoding 'SQL_ASCII' locale 'C'")
        self.addCleanup(self.database.cluster.sql, f'drop database {name}')
        done = self.migrate(name)
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('is encoded in SQL_ASCII, which cannot hold every name; make one with: createdb', done.stderr)

    def test_a_new_migration_is_applied_whole_or_not_at_all(self):
        path = self.schema / '900_more.sql'
        path.write_text('create table traject.more (id bigint); select 1 / 0;\n')
        self.refused('division by zero')
        path.write_text('create table traject.more (id bigint);\n')
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout), (0, 'applying 900_more.sql\n'), done.stderr)
        self.assertEqual(self.database.run("""select tableowner from pg_tables where tablename = 'more'"""),
                         [['traject_owner']])
        self.assertEqual(self.migrate().stdout, '')

    def test_functions_are_made_anew_when_one_changed(self):
        path = self.folder / 'sql/internal/shown.sql'
        path.write_text(path.read_text().replace("' UTC'", "' GMT'"))
        people = self.database.run('select * from traject.worker')
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout), (0, 'making the functions\n'), done.stderr)
        self.assertEqual(self.database.value("select internal.shown('2026-01-02 03:04+00')"), '2026-01-02 03:04 GMT')
        self.assertEqual(self.database.run('select * from traject.worker'), people)
        self.assertTrue(people)
        # The daemon may call them still.
        self.database.run(f"begin; {self.database.enter('admin')} select * from api.list_teams(); commit;", 'traject_daemon')
        # A function that cannot be made leaves those that are there.
        path.write_text('create function internal.shown(')
        self.refused('syntax error')

    def test_an_error_says_where_and_what(self):
        path = self.schema / '900_more.sql'
        path.write_text('-- Één regel.\ncreate table traject.more (id bigint);\ncreate tabel x ();\n')
        self.refused(f'trajectd migrate: {path}, line 3: syntax error at or near "tabel"; nothing of it was kept. Mend that '
                     'and run it again\n')
        path.write_text("do $$\nbegin\n    raise 'no such town' using detail = 'Veldstad';\nend $$;\n")
        self.refused(f'trajectd migrate: {path}: no such town (Veldstad) (PL/pgSQL function inline_code_block line 3 at RAISE)')
        path.write_text('commit;\n')
        self.refused(f'{path} ends the transaction that it runs in')

    def start(self):
        return Program(command(self.folder, self.database.cluster.conninfo(self.database.name)))

    def test_two_at_once_are_one_after_the_other(self):
        (self.schema / '900_more.sql').write_text('create table traject.more (id bigint); select pg_sleep(1);\n')
        both = self.start(), self.start()
        self.assertEqual([(one.wait(), one.lines) for one in both], [(0, []), (0, [])])
        self.assertEqual(self.database.value("select count(*) from migration.applied where name = '900_more.sql'"), '1')

    def test_one_that_waits_for_a_lock_lets_others_by(self):
        (self.schema / '900_more.sql').write_text('alter table traject.team add column more bigint;\n')
        reader = Conversation(self.database, 'postgres')
        self.addCleanup(reader.close)
        reader.run('begin; select count(*) from traject.team')
        waiting = self.start()
        self.addCleanup(waiting.end)
        waiting.wait_for(r'waiting for a lock; the oldest transaction is that of process \d+ \(psql\), since ')
        # Who comes behind it is let through, each time that it gives up.
        self.assertEqual(self.database.value('select count(*) from traject.team'), '0')
        reader.run('rollback')
        self.assertEqual(waiting.wait(), 0, waiting.lines)
        self.assertEqual(self.database.value('select count(more) from traject.team'), '0')

    def test_one_that_was_killed_leaves_nothing_half_done(self):
        before = self.dump()
        path = self.schema / '900_more.sql'
        path.write_text('create table traject.more (id bigint); select pg_sleep(600);\n')
        killed = self.start()
        deadline = time.monotonic() + WAIT_SECONDS
        running = "select pid from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
        while not (found := self.database.run(running)):
            self.assertLess(time.monotonic(), deadline)
        killed.end()
        self.database.run(f'select pg_terminate_backend({found[0][0]}, 60000)')
        self.assertEqual(self.dump(), before)
        path.write_text('create table traject.more (id bigint);\n')
        self.assertEqual(self.migrate().returncode, 0)

    def test_how_it_is_called(self):
        for arguments, says in (([], '--database CONNINFO is missing'), (['--database', 'x', 'y'], 'an argument too many'),
                                (['--more'], 'unrecognized option')):
            done = subprocess.run([TRAJECTD, 'migrate', *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn(says, done.stderr)
            self.assertIn("Try 'trajectd migrate --help'.", done.stderr)
        conninfo = self.database.cluster.conninfo(self.database.name)
        done = subprocess.run(command(self.folder / 'none', conninfo), capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, f'trajectd migrate: {self.folder}/none/sql/schema: No such file or '
                                                          'directory; give the folder sql of this version with --sql\n'))


class Upgrade(unittest.TestCase):
    """A database of the version before 008, with a caseload as that version stored it, is brought to now."""
    STAGES = 'first_contact', 'starting_work', 'work_content'
    CHECKLIST = 'talked_through_with_client', 'guidance_needs_shared', 'absence_and_dropout_discussed', 'fallback_agreed'

    def setUp(self):
        self.database = Database(organisation=False)
        self.addCleanup(self.database.close)
        self.database.cluster.sql(f'drop database {self.database.name}')
        self.database.cluster.sql(f'create database {self.database.name}')
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='traject-upgrade-'))
        self.addCleanup(shutil.rmtree, self.folder)
        # That version had other functions, of which nothing is left in the data.
        for name in ('internal/none', 'session/none', 'api/none', 'types', 'access', 'processing', 'calls', 'drop'):
            path = self.folder / f'sql/{name}.sql'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('-- None.\n')
        shutil.copy2(REPOSITORY / 'sql/roles.sql', self.folder / 'sql')
        (self.folder / 'sql/schema').mkdir()
        for path in sorted((REPOSITORY / 'sql/schema').glob('00[1-7]_*.sql')):
            shutil.copy2(path, self.folder / 'sql/schema')
        self.migrate(self.folder)
        self.database.run(f"""
            insert into traject.municipality (name) values ('Veldstad');
            insert into traject.rhythm (municipality_id, days, period) values (1, 28, '[2025-01-01,)');
            insert into traject.team (municipality_id, name) values (1, 'Noord');
            insert into traject.worker (municipality_id, name, full_name, role)
                values (1, 'anna', 'Anna', 'coach'), (1, 'bert', 'Bert', 'coach'), (1, 'max', 'Max', 'manager');
            insert into traject.team_member (municipality_id, team_id, worker_id) values (1, 1, 1), (1, 1, 2), (1, 1, 3);
            insert into session.token (municipality_id, worker_id, token_sha256, expires_at)
                values (1, 3, '\\x{digest(token_of('Veldstad', 'max'))}', now() + interval '1 day');
            insert into traject.employer (municipality_id, name) values (1, 'De Zon');
            insert into traject.employer_person (municipality_id, employer_id, name) values (1, 1, 'A'), (1, 1, 'B'), (1, 1, 'C');
            """)
        self.events, self.handovers, self.clients = 0, 0, 0

    def migrate(self, folder=REPOSITORY):
        done = migrate(folder, self.database)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    # ---- what the version before 008 wrote: every row of state beside the entry it came from

    def insert(self, table, **values):
        values = {'municipality_id': 1, **values}
        return f"insert into traject.{table} ({', '.join(values)}) values ({', '.join(map(literal, values.values()))});\n"

    def event(self, trajectory, kind, at, stage, **values):
        self.events += 1
        return self.insert('event', trajectory_id=trajectory, kind=kind, occurred_at=at, recorded_by=1, stage=stage, **values)

    def trajectory(self, moves, coaches=(), handovers=(), contacts=(), end=None, client=None):
        """The rows of a trajectory: moves as (moment, stage, reason), coaches as (moment, worker), handovers as lists of
        (moment, step, what of the checklist, planned moment), contacts as (moment, reached)."""
        self.clients += 1
        trajectory, client = self.clients, client or self.clients
        start, stage, _ = moves[0]
        script = '' if client < trajectory else self.insert(
            'client', client_id=client, client_number=f'K{client}', full_name=f'Klant {client}').replace(
            ' values', ' overriding system value values')
        script += f'update traject.client set trajectories = {trajectory - client + 1} where client_id = {client};\n'
        script += self.insert('trajectory', client_id=client, ordinal=trajectory - client + 1, kind='activation',
                              started_at=start, ended_at=end, outcome=end and 'employed')
        entries = [(start, 'trajectory_started', {'worker_id': 1, 'team_id': 1, 'trajectory_kind': 'activation'})]
        entries += [(at, 'stage_moved', {'stage': to, 'from_stage': before, 'reason': reason})
                    for (at, to, reason), (_, before, _) in zip(moves[1:], moves)]
        entries += [(at, 'coach_assigned', {'worker_id': worker, 'team_id': 1}) for at, worker in coaches]
        entries += [(at, 'contact', {'channel': 'phone', 'counterpart': 'client', 'reached': reached, 'words': f'Gebeld, één keer, {at}'})
                    for at, reached in contacts]
        guidance = [(start, 'coach', None)]
        for steps in handovers:
            self.handovers += 1
            done, second, planned, state, since = set(), None, None, None, None
            for at, step, checklist, when in steps:
                done |= set(checklist)
                second = 2 if step == 'prepared' else second
                planned = when or planned
                if not (step == 'prepared' and state == 'accepted') and step != state:
                    state, since = step, at
                entries.append((at, f'handover_{step}', {
                    'employer_id': 1, 'person_id': 3 if step == 'accepted' else 1, 'second_person_id': second,
                    'reason': 'toch niet' if step in ('withdrawn', 'declined', 'returned') else None}))
                if step in ('completed', 'returned'):
                    guidance.append((at, 'employer' if step == 'completed' else 'coach', second))
            script += self.insert('handover', trajectory_id=trajectory, last_step_at=steps[0][0], state_since=since,
                                  employer_id=1, supervisor_id=1, second_person_id=second, planned_at=planned,
                                  **{name: name in done for name in self.CHECKLIST})
            # As its steps led there, so that what that version checked is checked.
            ways = {'completed': ['prepared', 'accepted', 'completed'], 'accepted': ['prepared', 'accepted'],
                    'returned': ['prepared', 'accepted', 'completed', 'returned'], 'flagged': []}
            for step, at in [(step, since) for step in ways.get(state, [state])] + [(state, steps[-1][0])]:
                script += (f"update traject.handover set state = '{step}', last_step_at = '{at}' "
                           f"where handover_id = {self.handovers};\n")
        if end:
            entries.append((end, 'trajectory_ended', {'outcome': 'employed'}))
        for at, kind, values in sorted(entries, key=lambda entry: entry[0]):
            stage = values.pop('stage', stage)
            script += self.event(trajectory, kind, at, stage, **values)

        def periods(marks):
            return [(f'[{mark[0]},{until or ""})', *mark[1:]) for mark, until in zip(marks, [m[0] for m in marks[1:]] + [end])]
        assigned = [(start, 1), *coaches]
        for period, stage, _ in periods(moves):
            script += self.insert('stage_spell', trajectory_id=trajectory, period=period, stage=stage)
        for period, worker in periods(assigned):
            script += self.insert('coach_assignment', trajectory_id=trajectory, period=period, team_id=1, coach_id=worker)
        for period, party, second in periods(guidance):
            by_employer = party == 'employer'
            script += self.insert('guidance', trajectory_id=trajectory, period=period, party=party,
                                  employer_id=1 if by_employer else None, person_id=1 if by_employer else None,
                                  second_person_id=second if by_employer else None)
        last = max((at for at, reached in contacts if reached), default=None)
        attempts = [at for at, reached in contacts if not reached and (last is None or at > last)]
        working = [at for at, stage, _ in moves if stage != 'first_contact'
                   and at > max((at for at, stage, _ in moves if stage == 'first_contact'), default='')]
        script += self.insert('trajectory_state', trajectory_id=trajectory, client_id=client, open=end is None, version=7,
                              started_at=start, stage=moves[-1][1], stage_since=moves[-1][0],
                              working_since=min(working, default=None), team_id=1, coach_id=assigned[-1][1],
                              coach_since=assigned[-1][0], guided_by=guidance[-1][1], guided_since=guidance[-1][0],
                              employer_id=1 if guidance[-1][1] == 'employer' else None, last_contact_at=last,
                              last_attempt_at=max(attempts, default=None), unanswered_attempts=len(attempts), rhythm_days=28,
                              due_at=start).replace(f"{literal(start)});", f"timestamptz {literal(last or start)}"
                                                    + (" + interval '672 hours');" if last else ");"))
        return script

    def fill(self):
        first, second, third = self.STAGES
        whole = [('2026-03-01', 'flagged', (), None), ('2026-03-02', 'prepared', self.CHECKLIST[:2], None),
                 ('2026-03-03', 'prepared', self.CHECKLIST[2:], '2026-03-20'), ('2026-03-04', 'accepted', (), None),
                 ('2026-03-05', 'completed', (), None)]
        start = [('2026-01-01', first, None)]
        script = ''.join([
            self.trajectory(start, handovers=[[*whole[:1], ('2026-03-02', 'declined', (), None)]]),
            # Back and forth, to another coach and back; the second handover flagged when the first was withdrawn.
            self.trajectory([*start, ('2026-01-05', second, None), ('2026-01-09', first, 'opnieuw'),
                             ('2026-01-12', third, 'meteen aan het werk'), ('2026-01-20', second, 'terug')],
                            coaches=[('2026-01-07', 2), ('2026-01-15', 1)],
                            contacts=[('2026-01-03', False), ('2026-01-04', True), ('2026-01-06', False), ('2026-01-08', False)],
                            handovers=[[('2026-02-01', 'flagged', (), '2026-04-01'), ('2026-02-03', 'withdrawn', (), None)],
                                       [('2026-02-03', 'flagged', (), '2026-05-01'),
                                        ('2026-02-04', 'prepared', self.CHECKLIST[1:2], None)]]),
            self.trajectory([('2026-01-01', third, None)], handovers=[whole], contacts=[('2026-01-04', True)]),
            self.trajectory(start, handovers=[[*whole, ('2026-04-01', 'returned', (), None)],
                                              [('2026-04-01', 'flagged', (), None)]]),
            # More was prepared after the employer had accepted.
            self.trajectory(start, handovers=[[*whole[:2], ('2026-03-03', 'accepted', (), None),
                                               ('2026-03-09', 'prepared', self.CHECKLIST[3:], '2026-06-01')]]),
            # Ended with a handover open, and begun again.
            self.trajectory([*start, ('2026-01-05', second, None)], end='2026-03-09',
                            handovers=[[*whole[:2], ('2026-03-09', 'withdrawn', (), None)]]),
            self.trajectory([('2026-04-01', first, None)], client=6),
            self.trajectory(start, end='2026-05-01', handovers=[whole]),
        ])
        self.database.run('begin;\n' + script + 'commit;')

    def held(self):
        """What a move of data must not change."""
        queries = {
            'handovers': """select trajectory_id, state, last_step_at, state_since, employer_id, supervisor_id, second_person_id,
                talked_through_with_client, guidance_needs_shared, absence_and_dropout_discussed, fallback_agreed, planned_at
                from traject.handover order by trajectory_id, handover_id""",
            'path': 'select trajectory_id, period, stage from traject.stage_spell order by 1, 2',
            'coaches': 'select * from traject.coach_assignment order by trajectory_id, period',
            'guidance': 'select * from traject.guidance order by trajectory_id, period',
            'states': "select to_jsonb(s) - 'corrected_at' as state from traject.trajectory_state s order by trajectory_id",
            'events': """select event_id, trajectory_id, kind, occurred_at, recorded_at, worker_id, channel, reached, reason,
                words from traject.event order by event_id""",
            'clients': 'select client_id, client_number, full_name from traject.client order by client_id'}
        return {name: self.database.rows(query) for name, query in queries.items()}

    @staticmethod
    def waiting(row):
        """A row as it is when its texts wait for being sealed: of version 0."""
        return {name: f"\\x00{value.encode().hex()}" if value and name in ('reason', 'words', 'full_name') else value
                for name, value in row.items()}

    def seal(self):
        """What "trajectd seal" does, with what can be read here: a key for each client, and what waits sealed with it."""
        self.database.run("""
            set session_replication_role = replica;
            create function pg_temp.sealed(old bytea, key_id uuid, tokens bytea) returns bytea language sql as $$
                select '\\x01' || uuid_send(key_id) || substring(int4send(traject.characters(old)) from 3)
                    || set_byte('\\x00', 0, octet_length(tokens) / 8) || tokens
                    || decode(repeat('00', 12), 'hex') || substring(old from 2) || decode(repeat('00', 16), 'hex') $$;
            create temporary table made as select municipality_id, client_id, gen_random_uuid() as key_id from traject.client;
            insert into traject.person_key (municipality_id, key_id, wrapped, data_subject_id)
                select municipality_id, key_id, decode(repeat('00', 68), 'hex'), '\\x01' from made;
            update traject.client c set key_id = m.key_id, full_name = pg_temp.sealed(c.full_name, m.key_id, '\\x0102030405060708')
              from made m where m.client_id = c.client_id;
            update traject.event e set reason = pg_temp.sealed(e.reason, m.key_id, ''), words = pg_temp.sealed(e.words, m.key_id, ''),
                   what = pg_temp.sealed(e.what, m.key_id, '\\x0102030405060708'),
                   relation = pg_temp.sealed(e.relation, m.key_id, ''), may_be_told = pg_temp.sealed(e.may_be_told, m.key_id, '')
              from made m join traject.trajectory t using (client_id) where t.trajectory_id = e.trajectory_id;
            update traject.stage_spell s set reason = pg_temp.sealed(s.reason, m.key_id, '')
              from made m join traject.trajectory t using (client_id) where t.trajectory_id = s.trajectory_id;
            update traject.item i set what = e.what from traject.event e where e.event_id = i.item_id;
            call traject.chain_anew();""")

    def test_nothing_is_lost(self):
        self.fill()
        held = self.held()
        moves = self.database.rows("select event_id, stage, from_stage, reason from traject.event where kind = 'stage_moved' "
                                   'order by 1')
        flagged = [row['event_id'] for row in self.database.rows(
            "select event_id from traject.event where kind = 'handover_flagged'")]
        # Else the numbers that handovers get would not meet those they had.
        self.assertTrue({row['handover_id'] for row in self.database.rows('select handover_id from traject.handover')}
                        & set(flagged))
        self.assertIn('applying 010_journey.sql', self.migrate())
        now = self.held()
        for name, rows in held.items():
            with self.subTest(name):
                self.assertEqual(now[name], [self.waiting(row) for row in rows])
        self.assertTrue(all(any(row[name] for row in rows) for rows, name in (
            (held['events'], 'reason'), (held['events'], 'words'), (held['clients'], 'full_name'))))
        # Those who were there count as added now, all at once.
        self.assertEqual(self.database.run("""select count(distinct added_at), bool_and(added_at between now() - interval '1 hour'
            and now()) from traject.client"""), [['1', 't']])
        # Of what waits it is known how long it is.
        self.assertEqual(self.database.run('select distinct traject.characters(words) from traject.event where words is not null'),
                         [[str(len('Gebeld, één keer, 2026-01-01'))]])
        self.seal()
        now = self.held()
        self.assertEqual((now['events'], now['clients']), (held['events'], held['clients']))
        self.assertEqual(sorted(row['handover_id'] for row in self.database.rows('select handover_id from traject.handover')),
                         sorted(flagged))
        self.assertEqual(self.database.run(f"""
            begin; {act_as_admin(1)} select checked, different from internal.rebuild(false, 1000, 0); commit;"""), [[str(self.clients), '{}']])

        shown = []
        for row in self.database.run("select distinct client_number from traject.client"):
            shown += self.database.as_worker('max', 'get_timeline', client_number=row[0], newest_first=False)
        self.assertEqual(sorted(([e['event_id'], e['stage'], e['from_stage'], e['reason']] for e in shown
                                 if e['kind'] == 'stage_moved')), [list(move.values()) for move in moves])
        self.assertEqual(len(shown), len(held['events']))
        checklist = [tuple(e['checklist']) for e in shown if e['checklist']]
        self.assertIn(('guidance needs shared',), checklist)
        planned = {e['due_at'][:10] for e in shown if e['due_at']}
        self.assertEqual(planned, {'2026-04-01', '2026-05-01', '2026-03-20', '2026-06-01'})
        # A change of coach of before has no checklist to go through.
        self.assertEqual(self.database.run('select * from traject.item'), [])

        # Who was past due before there were watchers is not announced.
        due = self.database.rows('select trajectory_id from traject.contact_due order by 1')
        self.assertEqual(due, self.database.rows("select trajectory_id from traject.trajectory_state where open and due_at > now() "
                                                 'order by 1'))
        self.database.run('select session.pass_rhythms()', 'traject_daemon')
        self.assertEqual(self.database.value('select count(*) from traject.rhythm_passing'), '0')

        self.assertEqual(self.migrate(), '')
        self.check_chains()
        # And work goes on: the open handover is prepared further, the one that the employer has is returned.
        self.database.as_worker('max', 'prepare_handover', client_number='K2', talked_through_with_client=True,
                                guidance_needs_shared=False, absence_and_dropout_discussed=False, fallback_agreed=False)
        key = self.database.value("select replace(key_id::text, '-', '') from traject.client where client_number = 'K3'")
        self.database.as_worker('max', 'return_handover', client_number='K3', reason=sealed('gaat niet goed', key=key))
        shown = self.database.as_worker('max', 'get_client', client_number='K2')[0]
        self.assertEqual(shown['handover_needs'], 'absence and dropout discussed, fallback agreed')
        self.check_chains()

    def check_chains(self):
        """Every entry is in the chain of its trajectory, those from before in the order of their numbers."""
        self.assertEqual(self.database.run("""
            select count(*), sum(v.entries) = (select count(*) from traject.event), count(v.misfit)
              from traject.trajectory t, internal.verified(t.municipality_id, t.trajectory_id) v"""), [[str(self.clients), 't', '0']])
        self.assertEqual(self.database.run("""
            select e.event_id from (select event_id, sequence, row_number() over (partition by trajectory_id order by event_id)
                                      from traject.event) e where e.sequence <> e.row_number"""), [])

    def test_the_people_of_an_entry_go_into_it(self):
        self.fill()
        for path in (REPOSITORY / 'sql/schema').iterdir():
            if path.name < '012':
                shutil.copy2(path, self.folder / 'sql/schema')
        self.migrate(self.folder)
        self.database.run("""
            insert into traject.event (municipality_id, event_id, trajectory_id, kind, occurred_at, recorded_by, item_id, what,
                                       relation, may_be_told)
            values (1, 901, 1, 'network_person_added', '2026-01-02', 1, 901, 'Zus', 'zus', 'alles'),
                   (1, 902, 1, 'network_person_added', '2026-01-02', 1, 902, 'Broer', 'broer', 'alles');
            insert into traject.event (municipality_id, event_id, trajectory_id, kind, occurred_at, recorded_by, channel,
                                       counterpart, reached) values (1, 903, 1, 'contact', '2026-01-03', 1, 'phone', 'client', true);
            insert into traject.event_included values (1, 903, 1, 902), (1, 903, 1, 901)""")
        self.migrate()
        self.seal()
        shown = self.database.as_worker('max', 'get_timeline', client_number='K1', newest_first=False, as_of='2026-02-01')
        self.assertEqual({e['event_id']: e['network_people'] for e in shown if e['network_people']}, {903: ['Zus', 'Broer']})
        self.check_chains()


if __name__ == '__main__':
    unittest.main()
