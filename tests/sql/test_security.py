"""What the daemon's database role may do at all, and what row security leaves of it for each worker."""
import re
import unittest

from database import Database, Refused, digest, literal, municipality_id, token_of

# What follows from the timeline is written by the function that derives it, and by nobody else.
DERIVED_TABLES = ('stage_spell', 'coach_assignment', 'guidance', 'handover', 'item')
CASE_TABLES = ('trajectory', 'event', 'trajectory_state', 'rhythm_passing', 'chain_head', *DERIVED_TABLES)
ORGANISATION_TABLES = ('municipality', 'team', 'worker', 'team_member', 'employer', 'employer_person')


class SecurityTest(unittest.TestCase):
    """A caseload in two municipalities, of which each worker may see a part."""

    @classmethod
    def setUpClass(cls):
        cls.database = database = Database(strict=True)
        cls.addClassCleanup(database.close)
        cls.clients = {}
        for municipality in ('Veldstad', 'Oevermeer'):
            letter = municipality[0]
            for number, coach, team in (('1', 'anna', 'Noord'), ('2', 'anna', 'Noord'), ('3', 'bert', 'Noord'),
                                        ('4', 'zoe', 'Zuid'), ('5', 'cor', 'Noord'), ('6', 'cor', 'Zuid')):
                cls.clients[letter + number] = database.new_client(letter + number, coach, team, municipality=municipality)
            # Nobody was reached yet, so contact has been due from the start.
            script = 'select session.pass_rhythms();\n'
            for number in range(1, 7):
                client = {'client_number': f'{letter}{number}'}
                script += database.transaction('bas', 'record_contact', municipality, **client, channel='phone',
                                               counterpart='client', reached=True, words='geheim')
                script += database.transaction('bas', 'flag_handover', municipality, **client, employer='Bakkerij De Zon',
                                               supervisor='M. Visser')
                script += database.transaction('bas', 'set_rhythm', municipality, **client, days=10 + number)
                script += database.transaction('bas', 'make_agreement', municipality, **client, party='coach', what='belt',
                                               due_at='2026-02-01')
            # One whose trajectory has ended, one that never had any.
            script += database.transaction('bas', 'end_trajectory', municipality, client_number=f'{letter}2',
                                           outcome='employed')
            script += database.transaction('bas', 'request_erasure', municipality, client_number=f'{letter}2', reason='klaar')
            script += database.transaction('admin', 'set_retention', municipality, retained='activation', value=36)
            script += database.transaction('bas', 'add_client', municipality, client_number=f'{letter}7')
            database.run(script, 'traject_daemon')
        # So that anything at all can be tried as them, whatever is for them.
        database.run("update session.method_access set roles = enum_range(null::traject.role) where method like '%/ListTeams'")
        # Somebody at the employer with access, a client with access, and a privacy officer.
        script = ''
        for actor, function, name, arguments in (
                ('admin', 'add_employer_access', 'visser', {'employer': 'Bakkerij De Zon', 'person': 'M. Visser'}),
                ('anna', 'add_client_access', 'klant', {'client_number': 'V1'}),
                ('admin', 'add_worker', None, {'worker': 'fg', 'full_name': 'F. Gegevens', 'role': 'privacy_officer'}),
                ('admin', 'add_token', 'fg', {'worker': 'fg'})):
            if name:
                arguments['token_sha256'] = '\\x' + digest(token_of('Veldstad', name))
            script += database.transaction(actor, function, **arguments)
        database.run(script, 'traject_daemon')

    def seen(self, worker, query, municipality='Veldstad'):
        return [row[0] for row in self.database.acting(worker, query, municipality)]

    def refused(self, code, run, *arguments):
        with self.assertRaises(Refused, msg=arguments) as caught:
            run(*arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)


class Rights(SecurityTest):
    def test_the_daemon_owns_nothing_and_is_nobody_special(self):
        query = self.database.run
        self.assertEqual(query("""select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication
                                    from pg_roles where rolname = 'traject_daemon'"""), [['f', 'f', 'f', 'f', 'f']])
        self.assertEqual(query("""select * from pg_auth_members where member = 'traject_daemon'::regrole"""), [])
        self.assertEqual(query("""select * from pg_shdepend where refobjid = 'traject_daemon'::regrole and deptype = 'o'"""), [])
        self.assertEqual(query("""select rolsuper, rolbypassrls, rolcanlogin from pg_roles
                                   where rolname = 'traject_owner'"""), [['f', 'f', 'f']])

    def test_the_daemon_touches_next_to_no_table(self):
        self.assertEqual(self.database.run("""
            select c.oid::regclass, privilege, (select string_agg(attname, ' ' order by attnum) from pg_attribute a
                    where a.attrelid = c.oid and attnum > 0 and has_column_privilege('traject_daemon', c.oid, attname, privilege))
              from pg_class c, unnest('{select,insert,update,delete,truncate,references,trigger}'::text[]) privilege
             where c.relkind in ('r', 'p', 'v', 'm', 'f')
               and c.relnamespace::regnamespace::text in ('traject', 'session', 'logbook', 'migration', 'internal', 'api')
               and (has_table_privilege('traject_daemon', c.oid, privilege)
                    or privilege in ('select', 'insert', 'update', 'references')
                       and has_any_column_privilege('traject_daemon', c.oid, privilege))
             order by c.oid::regclass::text, 2"""), [
            ['logbook.method_activity', 'select', 'method processing_activity_id words'],
            ['session.method_access', 'select', 'method roles'],
            ['session.request', 'insert', 'request_key method body_sha256 reply'],
            ['session.request', 'select', 'municipality_id request_key worker_id reply']])
        self.assertEqual(self.database.run("""
            select c.oid::regclass from pg_class c where c.relkind = 'S' and c.relnamespace::regnamespace::text !~ '^pg_'
               and case c.relkind when 'S' then has_sequence_privilege('traject_daemon', c.oid, 'usage, select, update') end"""), [])

    def test_the_daemon_calls_the_api_and_what_enters_it(self):
        self.assertEqual(self.database.run("""
            select p.oid::regproc::text from pg_proc p
             where p.pronamespace = 'session'::regnamespace and p.prosecdef
               and has_function_privilege('traject_daemon', p.oid, 'execute') order by 1"""), [[name] for name in (
            'session.acting', 'session.applied', 'session.authenticate', 'session.ended_tokens', 'session.enter', 'session.fit_keys',
            'session.is_sealed', 'session.log_kept_looks', 'session.log_looks', 'session.log_standby_looks', 'session.look',
            'session.pass_rhythms', 'session.subject_key')])
        for script in ('select internal.derive(1, 1)', 'create temporary table x ()', 'set role traject_api', 'set role traject_owner',
                       'create domain pg_temp.text as pg_catalog.text', 'select session.forget_answers()',
                       'select count(*) from traject.client', 'select * from traject.person_key',
                       "insert into session.request (municipality_id) values (1)", 'delete from session.request'):
            with self.subTest(script):
                self.refused('42501', self.database.as_daemon, 'bas', script)

    def calls(self):
        """A call of each function of the API, with nothing as its arguments."""
        return [row[0] for row in self.database.run("""
            select format('select * from api.%I(%s)', p.proname,
                          (select string_agg('null::' || format_type(a.type, null), ', ' order by a.place)
                             from unnest(p.proargtypes::oid[]) with ordinality a (type, place)))
              from pg_proc p where p.pronamespace = 'api'::regnamespace""")]

    def codes(self, worker, before, queries):
        """How the daemon's role is answered when it asks these, each by itself, after some other statement."""
        body = "".join(f"begin execute {literal(query)}; raise notice '%', 'answered'; "
                       "exception when others then raise notice '%', sqlstate; end; " for query in queries)
        done = self.database.psql(f"set client_min_messages = notice; begin; {self.database.enter(worker)} {before} "
                                  f"do $$ begin {body} end $$; rollback;", 'traject_daemon')
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.findall(r'NOTICE:  00000: (\w+)', done.stderr)

    def test_a_function_runs_for_the_method_of_its_name_alone(self):
        calls = [call for call in self.calls() if 'list_teams' not in call]
        self.assertGreater(len(calls), 80)
        for call, code in zip(calls, self.codes('anna', '', calls), strict=True):
            self.assertEqual(code, 'TJ007', call)
        # Whatever the session says of it.
        changed = """do $$ begin perform set_config('traject.actor', replace(current_setting('traject.actor'), 'ListTeams',
                                                                            'AssignCoach'), true); end $$;"""
        self.assertEqual(set(self.codes('anna', changed, calls)), {'TJ016'})
        # Nor by what a caller chose of one part, to be read as the next ones.
        digested = digest(token_of('Veldstad', 'anna'))
        for part in ('/traject.v1.Traject/ListTeams|0|x', '/traject.v1.Traject/ListTeams|/traject.v1.Traject/AssignCoach'):
            self.refused('TJ007', self.database.run, f"""begin;
                do $$ begin perform session.enter('\\x{digested}', null, {literal(part)}, null); end $$;
                select * from api.assign_coach('V1', 'bert'); rollback;""", 'traject_daemon')
        self.refused('TJ007', self.database.run, f"""begin;
            do $$ begin perform session.enter('\\x{digested}', null, '/traject.v1.Traject/ListTeams', null, 0,
                                              'x|/traject.v1.Traject/AssignCoach', 'y|/traject.v1.Traject/AssignCoach'); end $$;
            select * from api.assign_coach('V1', 'bert'); rollback;""", 'traject_daemon')

    def test_an_actor_cannot_be_made_up(self):
        asked = self.calls() + ['select reply from session.request', "select session.look('{V1}', '{}')",
                                "insert into session.request (request_key, method, body_sha256, reply) "
                                "values (gen_random_uuid(), 'x', '', '{}')"]
        part = "set_config('traject.actor', {}, true)"
        actor = "current_setting('traject.actor')"
        forged = {'another municipality': rf"regexp_replace({actor}, '^(\w+)\|\d+', '\1|' || 999)",
                  'another worker': rf"regexp_replace({actor}, '^(\w+\|\d+\|)\d+', '\1999')",
                  'another role': f"replace({actor}, 'coach', 'manager')", 'other teams': f"replace({actor}, '|coach|{{', '|coach|{{1,2,3,')",
                  'the glass of another': f"replace({actor}, '|{{}}|', '|{{1,2,3}}|')",
                  'more of it': f"{actor} || 'x'", 'no seal': rf"regexp_replace({actor}, '^\w+', '')", 'nothing': "''",
                  'a seal made without the key': rf"session.seal('\x00', substr({actor}, 66)) || substr({actor}, 65)"}
        for what, made in forged.items():
            before = f'do $f$ begin perform {part.format(made)}; end $f$;'
            for query, code in zip(asked, self.codes('anna', before, asked), strict=True):
                # Of no actor at all the municipality cannot even be read.
                self.assertIn(code, ('TJ016', '22P02') if what == 'nothing' else ('TJ016',), (what, query))

    def test_a_seal_holds_for_its_transaction_alone(self):
        kept = self.database.as_daemon('anna', "select current_setting('traject.actor')")[0][0]
        self.refused('TJ016', self.database.run, f"""begin; do $$ begin
            perform set_config('traject.actor', {literal(kept)}, true); end $$;
            select session.look('{{V1}}', '{{}}'); commit;""", 'traject_daemon')

    def test_nothing_deletes_or_changes_an_event(self):
        self.assertEqual(self.database.run("""
            select c.oid::regclass, privilege
              from pg_class c, unnest('{delete,truncate,references,trigger}'::text[]) privilege
             where c.relkind = 'r' and c.relnamespace in ('traject'::regnamespace, 'session'::regnamespace,
                                                          'migration'::regnamespace)
               and has_table_privilege('traject_api', c.oid, privilege)"""), [])
        self.assertEqual(self.database.run("""
            select attname from pg_attribute where attrelid in ('traject.event'::regclass, 'session.request'::regclass)
               and attnum > 0 and has_column_privilege('traject_api', attrelid, attnum, 'update')"""), [])
        # Who passed the rhythm, and who will, is recorded by functions alone.
        self.assertEqual(self.database.run("""
            select t, privilege from unnest('{traject.rhythm_passing, traject.contact_due}'::regclass[]) t,
                   unnest('{select, insert, update}'::text[]) privilege
             where has_table_privilege('traject_api', t, privilege)"""), [['traject.rhythm_passing', 'select']])
        for script in ('update traject.event set words = null', 'delete from traject.event', 'truncate traject.event',
                       'delete from traject.handover', 'alter table traject.event disable trigger all',
                       'alter table traject.event disable row level security', 'drop trigger event_is_append_only on traject.event',
                       'create or replace function traject.refuse_change() returns trigger language sql as $$ select 1 $$',
                       'set session_replication_role = replica', 'create table traject.x ()',
                       'create table public.x ()', 'select token_sha256 from session.token',
                       'select key from session.seal_key', 'insert into session.seal_key values (null)',
                       'update session.seal_key set key = null',
                       'update session.method_access set roles = null',
                       "select internal.create_municipality('X', 'x', 'X', null)", 'select * from migration.applied'):
            with self.subTest(script):
                self.refused('42501', self.database.acting, 'bas', script)

    def test_every_table_with_a_municipality_has_row_security(self):
        self.assertEqual(self.database.run("""
            select c.oid::regclass from pg_class c
             where c.relkind = 'r' and c.relnamespace in ('traject'::regnamespace, 'session'::regnamespace)
               and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'municipality_id')
               and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))"""), [])

    def test_functions_run_with_the_rights_of_the_api_but_for_these(self):
        self.assertEqual(self.database.run("""
            select p.oid::regproc::text from pg_proc p
             where p.prosecdef and p.pronamespace::regnamespace::text in ('api', 'internal', 'session', 'traject')
               and p.proowner = 'traject_owner'::regrole order by 1"""),
            [['api.add_own_entry'], ['api.ask_correction'], ['api.get_own_journey'], ['api.list_own_clients'],
             ['api.list_own_entries'], ['api.list_own_items'], ['api.list_own_silences'], ['api.record_own_step'],
             ['internal.access_to'], ['internal.append'], ['internal.board'], ['internal.break_glass'], ['internal.client_as_of'],
             ['internal.coming_up'], ['internal.derive'], ['internal.derive_move'], ['internal.erase'],
             ['internal.erasures'], ['internal.flag_supervisor_left'], ['internal.follow_rhythm'],
             ['internal.glass_told'], ['internal.journey'], ['internal.log_entries'], ['internal.new_client'], ['internal.own_timeline'], ['internal.rebuild'],
             ['internal.retention_due'], ['internal.rhythm_days'], ['internal.settle'], ['internal.silences'], ['internal.stream_end'], ['internal.stream_page'],
             ['internal.tell'],
             ['internal.tell_coming_up'], ['internal.without_contact'],
             ['session.acting'], ['session.applied'], ['session.authenticate'], ['session.ended_tokens'], ['session.enter'],
             ['session.fit_keys'], ['session.is_sealed'], ['session.log_kept_looks'], ['session.log_looks'],
             ['session.log_standby_looks'], ['session.look'],
             ['session.pass_rhythms'], ['session.subject_key'], ['traject.chain'],
             ['traject.check_covered'], ['traject.check_erasure'], ['traject.check_not_erased'],
             ['traject.check_one_at_a_time'], ['traject.check_own_key'], ['traject.check_own_reason'],
             ['traject.check_revocation'],
             ['traject.keep_contact_due']])
        self.assertEqual(self.database.run("""
            select p.oid::regproc::text from pg_proc p where p.pronamespace = 'api'::regnamespace and not p.prosecdef"""), [])
        # Those that do not run as who calls cannot be led astray by a search path.
        self.assertEqual(self.database.run("""
            select p.oid::regproc::text from pg_proc p
             where p.prosecdef and not coalesce(p.proconfig @> '{"search_path=pg_catalog, pg_temp"}', false)
               and p.pronamespace::regnamespace::text in ('api', 'internal', 'session', 'traject')"""), [])


class RowSecurity(SecurityTest):
    # Of Veldstad's V1 to V7: the caseload, or the teams'; and V7, who has no trajectory yet.
    SEES = {'anna': '12', 'bert': '3', 'zoe': '4', 'cor': '56', 'mia': '1235', 'max': '1235', 'zack': '46',
            'bas': '123456', 'admin': ''}

    def test_nothing_is_seen_without_saying_who_asks(self):
        for table in [f'traject.{name}' for name in (*CASE_TABLES, *ORGANISATION_TABLES, 'client', 'rhythm')] + \
                     ['session.request']:
            with self.subTest(table):
                with self.assertRaises(Refused) as caught:
                    self.database.run(f'set role traject_api; select municipality_id from {table}')
                self.assertIn(caught.exception.code, ('TJ016', '42704'))
                # Nor after somebody else's transaction on the same connection.
                with self.assertRaises(Refused) as caught:
                    self.database.run(f"begin; {self.database.enter('bas')} commit; set role traject_api; "
                                      f'select municipality_id from {table}')
                self.assertIn(caught.exception.code, ('TJ016', '22P02'))

    def test_what_adds_as_the_owner_asks_whose_case_it_is(self):
        def add(of, to, more='{}'):
            return f'''select internal.append({self.clients[to]}, array[jsonb_populate_record(internal.fill_entry(
                jsonb_populate_record(null::traject.trajectory_state, jsonb_build_object(
                    'municipality_id', session.municipality_id(), 'trajectory_id', {self.clients[of]})),
                jsonb_populate_record(null::traject.event, '{{"kind": "activity", "activity": "x", "occurred_at": "2026-03-01"}}')),
                '{more}')])'''
        for worker, script in (('max', add('V1', 'V1')), ('zack', add('V4', 'V4')), ('bas', add('V4', 'V4'))):
            self.database.acting(worker, script)
        for worker, script in (('anna', add('V1', 'V1')), ('admin', add('V1', 'V1')), ('zack', add('V1', 'V1')),
                               ('bas', add('V1', 'V4')), ('bas', add('V1', 'V1', '{"recorded_by": 1}')),
                               ('bas', add('V1', 'V1', '{"municipality_id": 2}')),
                               ('admin', "select internal.new_client('V9', null)"),
                               ('fg', "select internal.new_client('V9', null)")):
            with self.subTest(worker, script=script):
                self.refused('TJ007', self.database.acting, worker, script)
        # Of another municipality, of which nothing is known here.
        self.refused('23502', self.database.acting, 'bas', add('O1', 'O1'))
        # Also where the end of the chain was lost.
        self.refused('TJ007', self.database.run, f"""begin;
            delete from traject.chain_head where trajectory_id = {self.clients['V1']};
            {self.database.enter('zack')} set local role traject_api; {add('V1', 'V1')}""")

    def test_what_derives_as_the_owner_asks_whose_case_it_is(self):
        for client, municipality in ('V1', 'Veldstad'), ('O1', 'Oevermeer'):
            for fresh in 'false', 'true', 'null':
                with self.subTest(client=client, fresh=fresh):
                    self.refused('TJ007', self.database.acting, 'zack', f"""
                        select internal.derive({municipality_id(self.database, municipality)}, {self.clients[client]}, {fresh})""")

    def test_a_token_that_does_not_hold_leads_nowhere(self):
        for change in ('revoked_at = now()', "expires_at = now() - interval '1 second'",
                       'token_sha256 = sha256(token_sha256)'):
            with self.subTest(change):
                self.refused('TJ016', self.database.run, f"""begin;
                    update session.token set {change} where worker_id in (select worker_id from traject.worker
                                                                           where name = 'anna');
                    {self.database.enter('anna')}""")
        self.refused('TJ016', self.database.run, f"""begin;
            update traject.worker set revoked_at = now() where name = 'mia'; {self.database.enter('mia')}""")

    def test_a_role_calls_what_is_for_it(self):
        self.refused('TJ007', self.database.as_worker, 'anna', 'set_rhythm')
        self.refused('TJ007', self.database.as_worker, 'admin', 'get_board')
        self.refused('TJ007', self.database.as_worker, 'bas', 'add_team')

    def test_each_sees_the_own_cases_and_no_others(self):
        for worker, numbers in self.SEES.items():
            expected = ['V' + number for number in numbers]
            ids = [str(self.clients[number]) for number in expected]
            with self.subTest(worker):
                self.assertEqual(self.seen(worker, 'select client_number from traject.client order by 1'),
                                 expected + (['V7'] if worker != 'admin' else []))
                for table in CASE_TABLES:
                    self.assertEqual(self.seen(worker, f'select distinct trajectory_id from traject.{table} order by 1'),
                                     sorted(ids, key=int), table)
                self.assertEqual(self.seen(worker, """select c.client_number from traject.rhythm r
                    join traject.client c using (municipality_id, client_id) order by 1"""), expected)
                self.assertEqual(self.seen(worker, "select words from traject.event where words is not null"),
                                 ['geheim'] * len(expected))

    def test_nobody_sees_another_municipality(self):
        home = self.database.value("select municipality_id from traject.municipality where name = 'Oevermeer'")
        for worker in self.SEES:
            for table in [f'traject.{name}' for name in (*CASE_TABLES, *ORGANISATION_TABLES, 'client', 'rhythm')] + \
                         ['session.request', 'session.token']:
                seen = set(self.seen(worker, f'select distinct municipality_id from {table}', 'Oevermeer'))
                self.assertLessEqual(seen, {home}, (worker, table))
        # And the other's numbers are as good as none.
        for number in ('V1', 'none'):
            with self.assertRaises(Refused) as caught:
                self.database.run(self.database.transaction('bas', 'get_client', 'Oevermeer', client_number=number),
                                  'traject_daemon')
            self.assertEqual(caught.exception.code, 'TJ005')
            self.assertRegex(caught.exception.message, f'^no client with number {number} among those you may see; ask the manager')

    def readable(self):
        """Every table and view that the API's functions may read anything of, and whether its rows say of which municipality."""
        return self.database.run("""
            select c.oid::regclass, exists (select from pg_attribute a
                                             where a.attrelid = c.oid and a.attname = 'municipality_id') from pg_class c
             where c.relkind in ('r', 'p', 'v', 'm', 'f') and has_schema_privilege('traject_api', c.relnamespace, 'usage')
               and c.relnamespace in ('traject'::regnamespace, 'session'::regnamespace, 'api'::regnamespace,
                                      'internal'::regnamespace)
               and has_any_column_privilege('traject_api', c.oid, 'select')""")

    def test_no_table_at_all_holds_a_row_of_another_municipality(self):
        # Without a municipality stand only the rules themselves.
        self.assertEqual({table for table, of_one in self.readable() if of_one == 'f'},
                         {'traject.event_rule', 'traject.handover_transition', 'traject.retired_master', 'session.method_access'})
        tables = [table for table, of_one in self.readable() if of_one == 't']
        self.assertGreaterEqual(len(tables), 20)
        for worker in (*self.SEES, 'visser', 'klant', 'fg'):
            query = ' union all '.join(f"select '{table}', municipality_id from {table}" for table in tables)
            seen = self.database.acting(worker, query)
            self.assertLessEqual({row[1] for row in seen}, {self.home('Veldstad')}, worker)

    def home(self, municipality):
        return self.database.value(f"select municipality_id from traject.municipality where name = '{municipality}'")

    def test_people_outside_see_no_row_of_any_table(self):
        # The answers to their own requests aside; and keys of persons, which open nothing without the master key and what
        # they sealed, and which the daemon takes along with the words that it tells them.
        query = ' union all '.join(f"select '{table}' from {table}" for table, of_one in self.readable()
                                   if of_one == 't' and table not in ('session.request', 'traject.person_key'))
        for worker in ('visser', 'klant'):
            self.assertEqual(self.seen(worker, query), [], worker)
        # A privacy officer sees the organisation, and nobody's case.
        for table in [f'traject.{name}' for name in (*CASE_TABLES, 'client')] + ['session.token']:
            self.assertEqual(self.seen('fg', f'select municipality_id from {table}'), [], table)
        self.assertIn('anna', self.seen('fg', 'select name from traject.worker'))

    def test_people_outside_change_nothing_directly(self):
        for worker in ('visser', 'klant', 'fg'):
            for script in ("update traject.trajectory_state set version = 0", "update traject.client set trajectories = 0",
                           "update traject.municipality set next_client_number = 1", "update traject.worker set revoked_at = now()",
                           "update session.token set revoked_at = now()"):
                self.assertEqual(self.seen(worker, script + ' returning municipality_id'), [], (worker, script))
            for script in ('insert into traject.client (municipality_id, client_number) values ({}, {})',
                           "insert into traject.team (municipality_id, name) values ({}, {})"):
                self.refused('42501', self.seen, worker, script.format(self.home('Veldstad'), "'X9'"))

    def touched(self, worker, table, assignment):
        """The trajectories that an update of all rows reaches."""
        return set(self.seen(worker, f'update traject.{table} set {assignment} returning trajectory_id'))

    def test_each_changes_the_own_cases_and_no_others(self):
        for worker, numbers in self.SEES.items():
            own = {str(self.clients['V' + number]) for number in numbers}
            with self.subTest(worker):
                self.assertEqual(self.touched(worker, 'trajectory_state', 'version = version'), own)

    def blind(self, table, assignment, worker='admin'):
        """What an update reaches that reads no column, so that only the policy for updates holds: for a worker without
        any case. PostgreSQL says how many rows, or that a row does not pass a constraint."""
        done = self.database.psql(f"\\unset QUIET\nbegin; {self.database.enter(worker)} "
                                  f"set local role traject_api; update traject.{table} set {assignment}; rollback;")
        return done.stdout.split('\n')[-3] if done.returncode == 0 else done.stderr

    def test_an_update_that_reads_nothing_reaches_nothing_either(self):
        for table, assignment in (('trajectory_state', 'version = 0'), ('client', 'trajectories = 0'),
                                  ('municipality', 'next_client_number = 1')):
            with self.subTest(table):
                self.assertEqual(self.blind(table, assignment), 'UPDATE 0')
        # Rhythms are set by admins and managers.
        self.assertEqual(self.blind('rhythm', "period = 'empty'", 'anna'), 'UPDATE 0')

    def test_nobody_writes_what_follows_from_the_timeline(self):
        for table in DERIVED_TABLES:
            for script in (f'update traject.{table} set trajectory_id = trajectory_id',
                           f'insert into traject.{table} select * from traject.{table}', f'delete from traject.{table}'):
                with self.subTest(script):
                    self.refused('42501', self.seen, 'bas', script)
        self.refused('42501', self.seen, 'bas', "update traject.trajectory set outcome = 'other'")

    def test_nobody_adds_to_the_cases_of_others(self):
        mine, others, abroad = (self.clients[number] for number in ('V1', 'V3', 'O3'))
        municipality = {mine: 'Veldstad', others: 'Veldstad', abroad: 'Oevermeer'}

        def insert(trajectory, table, columns, values):
            return f"""insert into traject.{table} (municipality_id, trajectory_id, {columns})
                select m.municipality_id, {trajectory}, {values} from (select municipality_id from (values {places}) m
                    (municipality_id, name) where name = '{municipality[trajectory]}') m"""
        places = ', '.join(f'({row[0]}, {literal(row[1])})' for row in
                           self.database.run('select municipality_id, name from traject.municipality'))
        inserts = {
            'event': ('kind, occurred_at, recorded_by, activity', "'activity', now(), session.worker_id(), 'x'")}
        for table, (columns, values) in inserts.items():
            for trajectory in (others, abroad):
                with self.subTest(table, trajectory=trajectory):
                    self.refused('42501', self.seen, 'anna', insert(trajectory, table, columns, values))
        self.seen('anna', insert(mine, 'event', *inserts['event']))
        # Nor in somebody else's name.
        self.refused('42501', self.seen, 'anna', insert(mine, 'event', inserts['event'][0], "'activity', now(), "
                                                        'session.worker_id() + 1, ' "'x'"))
        # And what is derived of others is derived for them.
        self.refused('TJ007', self.seen, 'zoe', f'select internal.derive(session.municipality_id(), {mine})')
        # A state that would make somebody's case one's own, or give one's own away.
        self.refused('42501', self.seen, 'anna', """insert into traject.trajectory_state
            select (jsonb_populate_record(s, jsonb_build_object('trajectory_id', 999, 'coach_id', 0))).*
              from traject.trajectory_state s limit 1""")
        self.refused('42501', self.seen, 'anna', 'update traject.trajectory_state set coach_id = coach_id + 1')
        self.refused('42501', self.seen, 'max', """update traject.trajectory_state set team_id =
            (select team_id from traject.team where name = 'Zuid')""")
        self.refused('42501', self.seen, 'bas', """insert into traject.team (municipality_id, name)
            select municipality_id, 'Oost' from traject.municipality""")
        self.refused('42501', self.seen, 'admin', """insert into traject.team (municipality_id, name)
            select municipality_id + 1, 'Oost' from traject.municipality""")
        self.refused('42501', self.seen, 'admin', """insert into traject.client (municipality_id, client_number)
            select municipality_id, 'X1' from traject.municipality""")
        self.refused('42501', self.seen, 'anna', """insert into traject.rhythm (municipality_id, days, period)
            select municipality_id, 5, '(,)' from traject.municipality""")

    def test_calls_reach_no_case_of_others(self):
        client = {'client_number': 'V3'}
        for function, arguments in {
                'get_client': {}, 'get_timeline': {'newest_first': True}, 'list_items': {'with_ended': True, 'overdue': False},
                'make_agreement': {'party': 'coach', 'what': 'x', 'due_at': '2026-02-01'},
                'record_step': {'kind': 'agreement_kept', 'item_id': 1},
                'record_contact': {'channel': 'phone', 'counterpart': 'client', 'reached': True},
                'move_stage': {'stage': 'starting_work'}, 'end_trajectory': {'outcome': 'other'},
                'flag_handover': {'employer': 'Bakkerij De Zon', 'supervisor': 'M. Visser'},
                'withdraw_handover': {'reason': 'x'}}.items():
            for worker in ('anna', 'zoe', 'cor'):
                with self.subTest(function, worker=worker):
                    with self.assertRaises(Refused) as caught:
                        self.database.as_worker(worker, function, **client, **arguments)
                    self.assertEqual(caught.exception.code, 'TJ005', caught.exception)
        for worker, numbers in self.SEES.items():
            if worker == 'admin':
                continue
            open_ones = ['V' + number for number in numbers if number != '2']
            board = self.database.as_worker(worker, 'get_board')
            self.assertEqual(sorted(card['client_number'] for card in board), open_ones)
            found = self.database.as_worker(worker, 'find_clients', query='V')
            self.assertEqual([row['client_number'] for row in found], ['V' + number for number in numbers] + ['V7'])
            listed = self.database.as_worker(worker, 'list_handovers')
            self.assertEqual(sorted(row['client_number'] for row in listed), open_ones)


if __name__ == '__main__':
    unittest.main()
