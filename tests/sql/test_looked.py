"""The logs of who looked: who may write to them and how, and what breaking the glass opens."""
import unittest

from database import LOG, Database, Refused, literal, municipality_id, sealed

LOOK = "select session.look('{%s}', '{}');"


class LookedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = database = Database(strict=True)
        cls.addClassCleanup(database.close)
        for municipality in ('Veldstad', 'Oevermeer'):
            for number, coach, team in (('1', 'anna', 'Noord'), ('2', 'bert', 'Noord'), ('3', 'zoe', 'Zuid')):
                database.new_client(municipality[0] + number, coach, team, municipality=municipality)

    def look(self, worker, script, municipality='Veldstad', method='GetClient', user='traject_daemon'):
        self.database.run(f'begin; {self.database.enter(worker, municipality, method)} {script} {LOG} commit;', user)

    def persons(self, municipality='Veldstad'):
        """Whom the audit log of a municipality names."""
        return sorted(row[0] for row in self.database.run(f"""
            select c.client_number from logbook.audit_log a join traject.client c using (municipality_id, client_id)
             where municipality_id = {municipality_id(self.database, municipality)}"""))

    def noted(self, worker, script=LOOK % 'V1'):
        """What a call noted in a transaction of which nothing stays, as on a standby; when that began, and before which one
        it has seen all."""
        return self.database.run(f"""begin; {self.database.enter(worker, method='GetClient')} {script}
            select current_setting('traject.looks'), now(), pg_snapshot_xmin(pg_current_snapshot()); rollback;""", 'traject_daemon')[-1]

    def log_noted(self, *noted):
        self.database.run(f"select session.log_standby_looks({', '.join(map(literal, noted))})", 'traject_daemon')

    def log_kept(self, noted, at):
        self.database.run(f"select session.log_kept_looks({literal(noted)}, {literal(at)})", 'traject_daemon')

    def refused(self, code, run, *arguments):
        with self.assertRaises(Refused, msg=arguments) as caught:
            run(*arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception


class Logs(LookedTest):
    def test_what_was_kept_is_logged_once_whatever_became_of_who_looked(self):
        first, second = self.noted('bert'), self.noted('bert', LOOK % 'V1,V2')
        self.database.owner("update session.token t set revoked_at = now() from traject.worker w "
                            "where w.municipality_id = t.municipality_id and w.worker_id = t.worker_id and w.name = 'bert'")
        self.addCleanup(self.database.run, 'set session_replication_role = replica; update session.token set revoked_at = null')
        self.refused('TJ903', self.log_noted, *first)
        before = self.persons()
        for noted in (first, first, second, first):
            self.log_kept(*noted[:2])
        self.assertEqual(self.persons(), sorted(before + ['V1', 'V1', 'V2']))
        # As it happened then.
        self.assertEqual(self.database.run(f"select count(*) from logbook.audit_log where looked_at between {literal(first[1])} "
                                           f"and {literal(second[1])}::timestamptz + interval '1 second'")[0][0], '4')
        # What was made up is nobody's.
        self.log_kept(second[0].replace('coach', 'admin'), second[1])
        self.assertEqual(self.persons(), sorted(before + ['V1', 'V1', 'V2']))

    def test_by_what_kept_lines_are_known_again_is_forgotten_after_a_month(self):
        old, young = self.noted('anna'), self.noted('anna')
        for noted, age in ((old, '31 days'), (young, '29 days')):
            self.log_kept(*noted[:2])
            self.database.owner(f"update session.kept_looks set logged_at = now() - interval '{age}' where logged_at = "
                                "(select max(logged_at) from session.kept_looks)")
        before = self.database.run('select count(*) from session.kept_looks')
        self.database.run('select session.pass_rhythms()', 'traject_daemon')
        self.assertEqual(int(self.database.run('select count(*) from session.kept_looks')[0][0]), int(before[0][0]) - 1)
        lines = self.persons()
        self.log_kept(*young[:2])
        self.assertEqual(self.persons(), lines)

    def test_each_line_is_of_who_calls_and_of_the_own_municipality(self):
        before = self.persons(), self.persons('Oevermeer')
        self.look('anna', LOOK % 'V1,V1,O1,none')
        self.look('anna', LOOK % 'V1,O1,O2', 'Oevermeer')
        self.assertEqual(self.persons(), sorted([*before[0], 'V1']))
        self.assertEqual(self.persons('Oevermeer'), sorted([*before[1], 'O1', 'O2']))
        self.assertEqual(self.database.run("""
            select distinct c.client_id is null or left(c.client_number, 1) = left(m.name, 1)
              from logbook.audit_log a join traject.worker w using (municipality_id, worker_id)
              join traject.municipality m using (municipality_id)
              left join traject.client c on c.municipality_id = a.municipality_id and c.client_id = a.client_id"""),
            [['t']])
        # Each has its line in the processing log, and the token is the caller's.
        self.assertEqual(self.database.run("""
            select count(*) from logbook.processing_log p full join logbook.audit_log a using (municipality_id, operation_id)
              left join session.token t on t.municipality_id = a.municipality_id and t.token_id = a.token_id and t.worker_id = a.worker_id
             where p.operation_id is null or t.token_id is null"""), [['0']])

    def test_nobody_changes_or_removes_a_line(self):
        self.look('anna', LOOK % 'V1')
        for table in ('processing_log', 'audit_log'):
            for script in (f'update logbook.{table} set municipality_id = 0', f'delete from logbook.{table}',
                           f'truncate logbook.{table}', f'insert into logbook.{table} default values',
                           f'select * from logbook.{table}', f'alter table logbook.{table} disable trigger all'):
                with self.subTest(script):
                    self.refused('42501', self.database.acting, 'bas', script)
            # Nor does who owns them, but by taking the guard away first.
            for script in (f'update logbook.{table} set municipality_id = municipality_id', f'delete from logbook.{table}',
                           f'truncate logbook.{table}'):
                with self.subTest(script):
                    self.refused('TJ009', self.database.owner, script)
        for script in ("select internal.look('{1}')", "select internal.note_look('{}', '{1}', false)",
                       'select * from logbook.logboek_dataverwerkingen', "update logbook.method_activity set words = 'x'"):
            with self.subTest(script):
                self.refused('42501', self.database.acting, 'bas', script)
        # And each holds to its rules.
        for column in ('status_code = 3', 'end_time = start_time - interval \'1 ms\'', 'operation_id = 0', "foreign_entity = 'x:y'"):
            with self.subTest(column):
                self.refused('23514', self.database.run, f"""begin; set constraints all immediate;
                    alter table logbook.processing_log disable trigger processing_log_is_append_only;
                    update logbook.processing_log set parent_operation_id = null, {column}""")

    def test_every_table_of_the_logs_has_row_security(self):
        self.assertEqual(self.database.run("""
            select c.relname from pg_class c where c.relnamespace = 'logbook'::regnamespace and c.relkind = 'r'
               and not c.relrowsecurity"""), [['method_activity']])

    def test_whatever_is_recorded_is_logged_whoever_is_named(self):
        before = self.persons()
        # The statement of a call that names nobody, and records an entry of a client.
        self.look('anna', """with reply as materialized (select * from api.record_contact('V1', 'phone', 'client', true))
            select event_id::text from reply union all select session.look('{}', '{}')::text;""",
            method='RecordContact')
        self.assertEqual(self.persons(), sorted([*before, 'V1']))
        # Only what that very call recorded: the next in the same transaction did not.
        self.look('anna', "select count(*) from api.record_contact('V1', 'phone', 'client', true);"
                          + self.database.enter('bert', 'Veldstad', 'ListTeams') + LOOK % '', method='RecordContact')
        self.assertEqual(self.persons(), sorted([*before, 'V1']))
        # A method that says it concerns nobody cannot.
        self.refused('23502', self.look, 'anna', LOOK % 'V1', 'Veldstad', 'ListTeams')

    def test_who_was_named_is_logged_by_any_number(self):
        # As when an erasure, which gives another number, commits before the lines are made.
        lines = "select count(*) from logbook.audit_log a join traject.client c using (client_id) where c.client_number = 'anders';"
        before, after = self.database.run(f"""begin; {self.database.enter('anna', 'Veldstad', 'GetClient')}
            do $$ begin perform session.look('{{V1}}', '{{}}'); end $$;
            update traject.client set client_number = 'anders' where client_number = 'V1';
            {lines} do $$ begin perform session.log_looks(); end $$; {lines} rollback;""")
        self.assertEqual(int(after[0]), int(before[0]) + 1)

    def test_a_rhythm_of_a_team_is_logged_of_all_who_follow_it(self):
        before = self.persons()
        self.database.as_worker('max', 'set_rhythm', days=13, team='Noord')
        self.assertEqual(self.persons(), sorted([*before, 'V1', 'V2']))
        self.database.as_worker('max', 'set_rhythm', days=0, team='Noord')

    def test_what_differs_is_logged_when_it_is_named(self):
        before = self.persons()
        self.database.run("""set session_replication_role = replica; update traject.trajectory_state set stage = 'preconditions'
            where client_id = (select client_id from traject.client where client_number = 'V3')""")
        self.database.as_worker('admin', 'rebuild_state', repair=True)
        self.assertEqual(self.persons(), sorted([*before, 'V3']))


class OnStandby(LookedTest):
    def test_it_is_logged_as_of_its_own_transaction(self):
        before = self.persons()
        noted, at, seen_before = self.noted('anna', LOOK % 'V1' + "select session.look('{}', '{}');")
        self.log_noted(noted, at, seen_before)
        self.assertEqual(self.persons(), sorted([*before, 'V1']))
        self.assertEqual(self.database.run(f"""
            select p.start_time = {literal(at)}::timestamptz(3), w.name, p.name from logbook.processing_log p
              join logbook.audit_log a using (municipality_id, operation_id) join traject.worker w using (municipality_id, worker_id)
             order by a.operation_id desc limit 1"""), [['t', 'anna', '/traject.v1.Traject/GetClient']])

    def test_what_is_not_proved_is_refused_as_a_whole(self):
        noted, at, seen_before = self.noted('anna')
        before = self.persons()
        forged = noted.replace('|', '|9', 1)
        for changed in ((forged, at), (f'{noted}\n{forged}', at), (self.noted('anna')[0], at)):
            with self.subTest(changed):
                self.refused('TJ903', self.log_noted, *changed, seen_before)
        self.assertEqual(self.persons(), before)
        self.log_noted(noted, at, seen_before)

    def test_what_is_too_old_is_refused(self):
        noted, at, seen_before = self.noted('anna')
        for ago, refused in (('50 seconds', False), ('70 seconds', True), ('-70 seconds', True)):
            then = self.database.value(f"select {literal(at)}::timestamptz - interval '{ago}'")
            sealed_then = self.database.value(f"""
                select replace(n, left(n::jsonb ->> 0, 64), session.seal(k.key, substr(n::jsonb ->> 0, 66), {literal(then)}))
                  from session.seal_key k, (values ({literal(noted)})) v (n)""")
            with self.subTest(ago):
                if refused:
                    self.refused('TJ903', self.log_noted, sealed_then, then, seen_before)
                else:
                    self.log_noted(sealed_then, then, seen_before)

    def test_rights_that_are_gone_are_refused(self):
        for worker, revoke in (
                ('mia', "update session.token t set revoked_at = now() from traject.worker w where w.worker_id = t.worker_id and {who}"),
                ('bert', "update traject.team_member t set revoked_at = now() from traject.worker w "
                         "where w.worker_id = t.worker_id and {who}"),
                ('zoe', "update traject.worker w set role = 'member' where {who}")):
            noted = self.noted(worker)
            who = f"w.name = '{worker}' and w.municipality_id = {municipality_id(self.database, 'Veldstad')}"
            with self.subTest(worker):
                self.log_noted(*noted)
                self.database.run(f'set session_replication_role = replica; {revoke.format(who=who)}')
                self.refused('TJ903', self.log_noted, *noted)

    def test_nobody_is_shown_who_may_have_been_erased_meanwhile(self):
        noted = self.noted('max')
        self.log_noted(*noted)
        self.database.run("""update traject.person_key k set wrapped = null, erased_at = now() from traject.client c
            where c.municipality_id = k.municipality_id and c.key_id = k.key_id and c.client_number = 'O2'""")
        self.log_noted(*noted)
        self.database.run("""update traject.person_key k set wrapped = null, erased_at = now() from traject.client c
            where c.municipality_id = k.municipality_id and c.key_id = k.key_id and c.client_number = 'V2'""")
        self.refused('TJ903', self.log_noted, *noted)
        self.log_noted(*self.noted('max'))


class Glass(LookedTest):
    def breaks(self, worker, number, municipality='Veldstad'):
        return self.database.as_worker(worker, 'break_glass', municipality, client_number=number, reason='spoed')

    def seen(self, worker):
        return [row[0] for row in self.database.acting(worker, 'select client_number from traject.client order by 1')]

    def tearDown(self):
        self.database.run('update traject.glass set until = broken_at')

    def test_one_client_is_opened_and_nobody_else(self):
        self.assertEqual(self.seen('zoe'), ['V3'])
        self.breaks('zoe', 'V1')
        self.assertEqual(self.seen('zoe'), ['V1', 'V3'])
        self.assertEqual(self.seen('zack'), ['V3'])
        for table in ('trajectory', 'event', 'trajectory_state', 'stage_spell', 'guidance'):
            self.assertEqual(self.database.acting('zoe', f'select count(distinct trajectory_id) from traject.{table}'), [['2']])
        self.database.run("update traject.glass set until = clock_timestamp() where until > now()")
        self.assertEqual(self.seen('zoe'), ['V3'])

    def test_figures_and_logs_stay_those_of_the_own_teams(self):
        def told():
            return [[{name: value for name, value in row.items() if name != 'at'} for row in self.database.as_worker('zack', function, **more)]
                    for function, more in (('list_paths', {}), ('get_stage_times', {}), ('get_coach_figures', {}), ('get_handover_figures', {}),
                                           ('get_stage_figures', {}), ('get_silence_figures', {}), ('get_contact_figures', {}),
                                           ('list_figure_clients', {'figure': 'times', 'withheld': True}), ('list_log_cases', {'with_names': True}))]
        before = told()
        self.breaks('zack', 'V1')
        self.assertEqual(self.seen('zack'), ['V1', 'V3'])
        self.assertEqual(told(), before)
        self.assertEqual([row['client_number'] for row in told()[-1]], ['V3'])
        self.refused('TJ005', lambda: self.database.as_worker('zack', 'list_log_entries', client_number='V1', trajectory=1))

    def test_only_what_is_out_of_sight_has_glass(self):
        for worker, number, code in (('anna', 'V1', 'TJ009'), ('max', 'V1', 'TJ009'), ('zoe', 'O1', 'TJ005'), ('zoe', 'V9', 'TJ005')):
            with self.subTest(worker, number=number):
                self.refused(code, self.breaks, worker, number)
        # The answer about another municipality's is the one about none.
        said = [self.refused('TJ005', self.breaks, 'zoe', number).message.replace(number, 'N') for number in ('V9', 'O1')]
        self.assertEqual(said[0], said[1])

    def test_nobody_opens_it_but_by_breaking_it(self):
        for script in ('insert into traject.glass default values', 'update traject.glass set worker_id = worker_id',
                       'delete from traject.glass'):
            self.refused('42501', self.database.acting, 'zoe', script)
        self.breaks('zoe', 'V1')
        # Nor makes it last.
        self.refused('23514', self.database.acting, 'zoe', "update traject.glass set until = until + interval '1 day' where until > now()")
        self.assertEqual(self.database.acting('anna', "update traject.glass set until = now() returning 1"), [])
        self.refused('TJ007', self.database.acting, 'admin', "select internal.break_glass('V1', " + literal(sealed('x')) + ')')

    def test_what_was_seen_through_it_is_marked_also_when_it_ends_meanwhile(self):
        def marked():
            return self.database.run("""
                select coalesce(a.glass_id, 0) from logbook.audit_log a join traject.worker w using (municipality_id, worker_id)
                  join traject.client c on c.municipality_id = a.municipality_id and c.client_id = a.client_id
                 where w.name = 'zoe' and c.client_number = 'V2' order by a.looked_at desc limit 1""")[0][0]
        glasses = []
        for _ in range(2):
            self.breaks('zoe', 'V2')
            glasses.append(self.database.value('select max(glass_id) from traject.glass'))
            self.look('zoe', 'update traject.glass set until = clock_timestamp() where until > clock_timestamp();'
                      + LOOK % 'V2', user='postgres')
            self.assertEqual(marked(), glasses[-1])
        # What is refused after it has ended was not seen.
        self.look('zoe', LOOK % 'V2')
        self.assertEqual(marked(), '0')

    def test_what_a_standby_showed_through_glass_that_has_ended_is_refused(self):
        self.breaks('zoe', 'V1')
        noted = self.noted('zoe')
        self.log_noted(*noted)
        self.database.as_worker('zoe', 'end_glass', client_number='V1')
        self.refused('TJ903', self.log_noted, *noted)

    def test_who_is_responsible_stays_so(self):
        self.breaks('zack', 'V1')
        for function, arguments in (('assign_coach', {'coach': 'zoe', 'team': 'Zuid'}), ('set_rhythm', {'days': 7}),
                                    ('end_trajectory', {'outcome': 'other'})):
            with self.subTest(function):
                self.refused('TJ007', lambda: self.database.as_worker('zack', function, client_number='V1', **arguments))
        entry = self.database.value("select max(event_id) from traject.event where kind = 'trajectory_started' and trajectory_id = "
                                    "(select trajectory_id from traject.trajectory_state join traject.client using (client_id) "
                                    "where client_number = 'V1')")
        self.refused('TJ007', lambda: self.database.as_worker('zack', 'correct_entry', event_id=int(entry), reason='x', words='y'))
        # One's own entry is one's own to correct.
        added = self.database.as_worker('zack', 'record_contact', client_number='V1', channel='phone', counterpart='client',
                                        reached=True)[0]['event_id']
        self.database.as_worker('zack', 'correct_entry', event_id=added, reason='x', words='y')
        self.assertEqual(self.database.as_worker('anna', 'get_client', client_number='V1')[0]['coach'], 'anna')

    def test_access_of_the_client_stays_so(self):
        def gives(worker, number, token):
            return self.database.as_worker(worker, 'add_client_access', client_number=number, token_sha256='\\x' + token * 32)
        self.breaks('zoe', 'V1')
        def refused(call):
            self.assertIn('traject glass end', self.refused('TJ007', call).message)
        refused(lambda: gives('zoe', 'V1', 'a0'))
        # Nor in the daemon's role, by hand.
        refused(lambda: self.database.acting('zoe', """
            insert into traject.worker (municipality_id, name, full_name, role, client_id)
            select municipality_id, 'x', 'x', 'client', client_id from traject.client where client_number = 'V1'"""))
        gives('anna', 'V1', 'a1')
        gives('zoe', 'V3', 'a2')
        refused(lambda: gives('zoe', 'V1', 'a0'))
        refused(lambda: self.database.as_worker('zoe', 'revoke_client_access', client_number='V1'))
        for script in ('update session.token set revoked_at = now()', """
                insert into session.token (municipality_id, worker_id, token_sha256, expires_at)
                select municipality_id, worker_id, sha256('x'), now() + interval '1 day' from traject.worker"""):
            refused(lambda: self.database.acting('zoe', script + """
                where worker_id = (select worker_id from traject.worker where name = 'client-V1')"""))
        self.assertIsNotNone(self.database.as_worker('anna', 'get_client', client_number='V1')[0]['access_until'])
        self.database.as_worker('zoe', 'revoke_client_access', client_number='V3')
        self.database.as_worker('zoe', 'end_glass', client_number='V1')
        self.refused('TJ005', gives, 'zoe', 'V1', 'a0')
        self.database.as_worker('anna', 'revoke_client_access', client_number='V1')

    def test_a_client_whose_trajectory_has_ended_has_glass_too(self):
        self.database.new_client('V8', 'anna')
        self.database.as_worker('anna', 'end_trajectory', client_number='V8', outcome='employed')
        self.breaks('zoe', 'V8')
        self.assertEqual(self.database.as_worker('zoe', 'get_timeline', client_number='V8', newest_first=True)[0]['kind'], 'glass_broken')
        # It comes up for the manager of then, once, also when the client begins anew.
        for _ in range(2):
            comes = [row for row in self.database.as_worker('max', 'list_coming_up', team='Noord', client_number='V8')
                     if row['kind'] == 'glass_broken']
            self.assertEqual([(row['coach'], row['what']) for row in comes], [('anna', 'spoed')])
            self.assertNotIn('glass_broken', [row['kind'] for actor in ('anna', 'zack')
                                              for row in self.database.as_worker(actor, 'list_coming_up')])
            self.database.as_worker('bas', 'start_trajectory', client_number='V8', kind='activation', coach='anna', team='Noord')
            self.database.as_worker('anna', 'end_trajectory', client_number='V8', outcome='employed')
        # And nothing that follows from the timeline differs.
        self.assertEqual(self.database.as_worker('admin', 'rebuild_state', repair=False)[0]['different'], [])


if __name__ == '__main__':
    unittest.main()
