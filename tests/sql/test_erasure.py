"""Erasure, as the database holds it: two people, in time, of what has ended, once and for all; and that nobody forgot a
column by which a person is known."""
import unittest

from database import Conversation, Database, Refused, digest, literal, sealed, token_of

# What each column of text or bytes is, so that no place is forgotten by which a person can be known.
ORGANISATION = 'of the municipality, its workers, its employers and their people'
ACCOUNT = ORGANISATION + '; of the account of a client, cleared or replaced when the client is erased'
FIXED = 'the same for every municipality'
SEALED = 'opened by the key that is destroyed alone'
ERASED = 'cleared or replaced when a person is erased'
DIGEST = 'tells nothing to who does not know what it is of'
KEPT = 'stays, and tells who has the log from elsewhere which row of it this was'
KNOWN = {
    'logbook.method_activity': {'method': FIXED, 'processing_activity_id': FIXED, 'words': FIXED},
    'logbook.municipality_activity': {'method': FIXED, 'processing_activity_id': ORGANISATION},
    'logbook.processing_log': {'data_subject_id': SEALED, 'name': FIXED, 'processing_activity_id': ORGANISATION,
                               'resource': FIXED, 'foreign_entity': ORGANISATION},
    'migration.applied': {'name': FIXED, 'checksum': FIXED},
    'session.index_key': {'index_id': DIGEST},
    'session.kept_looks': {'noted_sha256': DIGEST},
    'session.method_access': {'method': FIXED},
    'session.request': {'method': FIXED, 'body_sha256': DIGEST, 'reply': ERASED},
    'session.seal_key': {'key': FIXED},
    'session.token': {'token_sha256': DIGEST, 'certificate_sha256': DIGEST, 'label': ACCOUNT},
    'traject.chain_head': {'chained': DIGEST},
    'traject.client': {'client_number': ERASED, 'full_name': ERASED},
    'traject.employer': {'name': ORGANISATION},
    'traject.employer_person': {'name': ORGANISATION, 'function': ORGANISATION},
    'traject.erasure': {'reason': SEALED},
    'traject.event': {'words': SEALED, 'reason': SEALED, 'correction_reason': SEALED, 'what': SEALED, 'by_whom': SEALED,
                      'grouped_as': SEALED, 'relation': SEALED, 'may_be_told': SEALED, 'activity': KEPT, 'external_id': KEPT, 'chained': DIGEST},
    'traject.event_rule': {'needs': FIXED, 'may': FIXED},
    'traject.item': {'what': SEALED, 'by_whom': SEALED, 'grouped_as': SEALED, 'relation': SEALED, 'may_be_told': SEALED},
    'traject.municipality': {'name': ORGANISATION},
    'traject.person_key': {'wrapped': ERASED, 'data_subject_id': SEALED},
    'traject.retired_master': {'master_id': DIGEST},
    'traject.signed_head': {'statement': DIGEST, 'signature': DIGEST},
    'traject.signed_head_trajectory': {'chained': DIGEST},
    'traject.stage_spell': {'reason': SEALED},
    'traject.team': {'name': ORGANISATION},
    'traject.worker': {'name': ACCOUNT, 'full_name': ACCOUNT},
}


class ErasureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        admin = cls.database.transaction
        cls.database.run(''.join(
            admin('admin', 'add_worker', municipality, worker='fg', full_name='Fg', role='privacy_officer')
            + admin('admin', 'add_token', municipality, worker='fg', token_sha256='\\x' + digest(token_of(municipality, 'fg')))
            for municipality in ('Veldstad', 'Oevermeer')), 'traject_daemon')

    def refused(self, code, call, *arguments, constraint=None, **more):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **more)
        self.assertEqual((caught.exception.code, caught.exception.constraint), (code, constraint), caught.exception)

    def acting(self, worker, script, municipality='Veldstad'):
        entered = self.database.enter(worker, municipality, 'ListTeams' if worker in ('admin', 'anna') else 'ListErasures')
        return self.database.run(f'begin; {entered} set local role traject_api; {script}; rollback;')

    def ended(self, number, **more):
        """A client whose trajectory has ended, with a key; returns the client's id."""
        self.database.new_client(number, **more)
        self.database.as_worker('bas', 'end_trajectory', client_number=number, outcome='other', occurred_at='2026-02-01 10:00+00')
        return self.database.value(f"select client_id from traject.client where client_number = '{number}'")

    def request(self, client, by='max', more='', values=''):
        return (f"""insert into traject.erasure (municipality_id, client_id, by_retention, requested_by{more})
                    select w.municipality_id, {client}, true, w.worker_id{values} from traject.worker w
                      join traject.municipality m using (municipality_id) where w.name = '{by}' and m.name = 'Veldstad'""")

    def confirm(self, client, by='fg'):
        return f"""update traject.erasure e set confirmed_at = now(), confirmed_by = w.worker_id
                     from traject.worker w where w.municipality_id = e.municipality_id and w.name = '{by}'
                      and e.client_id = {client}"""


class Columns(ErasureTest):
    def test_somebody_decided_about_each_column(self):
        found = {}
        for table, column in self.database.run("""
                select c.oid::regclass, a.attname
                  from pg_class c
                  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                  join pg_type t on t.oid = a.atttypid
                  left join pg_type e on e.oid = t.typelem and t.typelem <> 0 and t.typlen = -1
                 where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
                   and c.relnamespace::regnamespace::text !~ '^pg_'
                   and coalesce(nullif(coalesce(e.typbasetype, 0), 0), e.oid, nullif(t.typbasetype, 0), t.oid)
                       <> all ('{bigint,integer,smallint,boolean,numeric,uuid,timestamptz,tstzrange,xid8}'::regtype[]::oid[])
                   and coalesce(e.typtype, t.typtype) <> 'e'"""):
            found.setdefault(table, set()).add(column)
        self.assertEqual(found, {table: set(columns) for table, columns in KNOWN.items()})


class Rules(ErasureTest):
    def test_two_people_in_time_and_once(self):
        client = self.ended('E1')
        owner = self.database.owner
        self.refused('23514', owner, self.request(client).replace('true', 'false'), constraint='erasure_reason')
        self.refused('23514', owner, self.request(client, more=', reason', values=f', {literal(sealed("om"))}::bytea'),
                     constraint='erasure_reason')
        # In these tests nobody seals, and the rule is off elsewhere.
        self.refused('40001', owner, 'alter table traject.erasure enable trigger erasure_own_key; '
                     + self.request(client, more=', reason', values=f', {literal(sealed("om"))}::bytea')
                     .replace('true', 'false'), constraint='erasure_own_key')
        self.refused('23514', owner, self.request(client, more=', lapses_at', values=", now() + interval '40 days'"),
                     constraint='erasure_lapses')
        owner(self.request(client))
        self.refused('23P01', owner, self.request(client, 'zack'), constraint='erasure_once')
        self.refused('23514', owner, self.confirm(client, 'max'), constraint='erasure_two_people')
        self.refused('23514', owner, self.confirm(client).replace('set', "set lapses_at = now(), requested_at = now() - interval '30 days',"),
                     constraint='erasure_in_time')
        self.refused('23514', owner, self.confirm(client).replace('set', 'set withdrawn_at = now(), withdrawn_by = w.worker_id,'),
                     constraint='erasure_confirmed')
        owner(self.confirm(client))

    def test_of_what_has_ended(self):
        self.database.new_client('E2')
        client = self.database.value("select client_id from traject.client where client_number = 'E2'")
        self.refused('TJ009', self.database.owner, self.request(client))
        self.database.as_worker('bas', 'end_trajectory', client_number='E2', outcome='other', occurred_at='2026-02-01 10:00+00')
        self.database.owner(self.request(client))
        self.database.as_worker('bas', 'start_trajectory', client_number='E2', kind='activation', coach='anna', team='Noord')
        self.refused('TJ009', self.database.owner, self.confirm(client))

    def test_for_good(self):
        client = self.ended('E3')
        trajectory = self.database.value(f'select trajectory_id from traject.trajectory where client_id = {client}')
        self.database.owner(f"""update traject.person_key k set wrapped = null, erased_at = now() from traject.client c
                                 where c.client_id = {client} and k.key_id = c.key_id""")
        owner = self.database.owner
        self.refused('23514', owner, f"""update traject.person_key k set wrapped = decode(repeat('00', 68), 'hex'), erased_at = null
                                           from traject.client c where c.client_id = {client} and k.key_id = c.key_id""",
                     constraint='person_key_gone')
        entry = f"""insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity)
                    select y.municipality_id, {trajectory}, 'activity', '2026-01-02 10:00+00', w.worker_id, 'iets'
                      from traject.trajectory y join traject.worker w using (municipality_id)
                     where y.trajectory_id = {trajectory} and w.name = 'anna'"""
        for script in (self.request(client),
                       f"update traject.client set full_name = {literal(sealed('Weer Terug', 'name'))} where client_id = {client}",
                       f"""insert into traject.rhythm (municipality_id, client_id, days, period)
                           select municipality_id, client_id, 7, tstzrange(now(), null) from traject.client where client_id = {client}""",
                       entry,
                       # Nor as the first of a chain.
                       f'delete from traject.chain_head where trajectory_id = {trajectory}; {entry}'):
            self.refused('TJ009', owner, script, constraint='client_not_erased')
        self.refused('TJ009', self.acting, 'max', f"select internal.append({trajectory}, '{{}}')", constraint='client_not_erased')

    def test_the_daemon_erases_by_the_function_alone(self):
        client = self.ended('E4')
        for role in ('max', 'fg', 'admin'):
            for script in ('update traject.person_key set wrapped = null, erased_at = now()', 'delete from session.request',
                           'update traject.client set full_name = null', "update traject.client set client_number = 'x'",
                           'update traject.erasure set confirmed_at = now(), confirmed_by = 1',
                           "update traject.erasure set lapses_at = now() + interval '1 year'", 'delete from traject.erasure',
                           'select session.forget_answers()'):
                self.refused('42501', self.acting, role, script)
        # In no other's name, and of no other's client.
        insert = 'insert into traject.erasure (municipality_id, client_id, by_retention) values (session.municipality_id(), {}, true)'
        self.acting('max', insert.format(client))
        self.refused('42501', self.acting, 'zack', insert.format(client))
        self.refused('42501', self.acting, 'fg', insert.format(client))
        self.refused('42501', self.acting, 'max',
                     insert.replace('by_retention)', 'by_retention, requested_by)').replace('true)', 'true, 1)').format(client))
        self.database.as_worker('max', 'request_erasure', client_number='E4', reason='om')
        for role in ('max', 'admin', 'anna'):
            self.refused('TJ007', self.acting, role, f'select internal.erase(erasure_id) from traject.erasure where client_id = {client}'
                         if role == 'max' else 'select internal.erase(1)')
        for municipality in ('Veldstad', 'Oevermeer'):
            seen = self.acting('fg', 'select client_id from traject.erasure', municipality)
            self.assertEqual([client] in seen, municipality == 'Veldstad')
        # A privacy officer sees no client for it.
        self.assertEqual(self.acting('fg', 'select * from traject.client'), [])
        self.assertEqual(self.acting('fg', 'select * from traject.event'), [])


class AtOnce(ErasureTest):
    """Who adds to a record waits for its erasure, and finds it erased; and the other way round."""

    def setUp(self):
        self.first, self.second = Conversation(self.database), Conversation(self.database)
        self.addCleanup(self.first.close)
        self.addCleanup(self.second.close)

    def begin(self, conversation, actor, call, **arguments):
        method = ''.join(part.capitalize() for part in call.split('_'))
        return conversation.run(f"begin; {self.database.enter(actor, method=method)} "
                                f"select * from {self.database.call(call, **arguments)}")

    def second_begins(self, actor, call, **arguments):
        method = ''.join(part.capitalize() for part in call.split('_'))
        self.second.send(f"begin; {self.database.enter(actor, method=method)} "
                         f"select * from {self.database.call(call, **arguments)}; commit")
        self.database.wait_for_lock()

    def test_an_entry_that_comes_second(self):
        for number, call, arguments in (
                ('A1', 'record_contact', {'channel': 'phone', 'counterpart': 'client', 'reached': True,
                                          'occurred_at': '2026-01-15 10:00+00'}),
                ('A2', 'start_trajectory', {'kind': 'activation', 'coach': 'anna', 'team': 'Noord'})):
            with self.subTest(call):
                client = self.ended(number)
                self.database.as_worker('max', 'request_erasure', client_number=number, reason='om')
                self.begin(self.first, 'fg', 'confirm_erasure', client_number=number)
                self.second_begins('max', call, client_number=number, **arguments)
                self.first.run('commit')
                self.refused('TJ009', self.second.answer, constraint='client_not_erased')
                self.second.run('rollback')
                self.assertEqual(self.database.value(f"""select count(*) from traject.trajectory_state
                                                          where client_id = {client} and open"""), '0')

    def test_an_import_that_comes_second(self):
        client = self.ended('A4')
        self.database.as_worker('max', 'request_erasure', client_number='A4', reason='om')
        self.begin(self.first, 'fg', 'confirm_erasure', client_number='A4')
        call = self.database.call('import_journey', client_number='A4', kind='activation', coach='anna', team='Noord', reason='om',
                                  started_at='2026-01-01 09:00+00')
        self.second.send(f"""begin; {self.database.enter('max', method='ImportJourney')} select * from {call[:-1]}, entries => array[
            row('A4', '2026-01-15 09:00+00', null, 'log', null, null, null, null, null)]::api.import_entry[]); commit""")
        self.database.wait_for_lock()
        self.first.run('commit')
        self.refused('TJ009', self.second.answer, constraint='client_not_erased')
        self.second.run('rollback')
        self.assertEqual(self.database.value(f"select count(*) from traject.event where external_id = 'A4'"), '0')

    def test_a_trajectory_that_comes_first(self):
        client = self.ended('A3')
        self.database.as_worker('max', 'request_erasure', client_number='A3', reason='om')
        self.begin(self.first, 'max', 'start_trajectory', client_number='A3', kind='activation', coach='anna', team='Noord')
        self.second_begins('fg', 'confirm_erasure', client_number='A3')
        self.first.run('commit')
        self.refused('TJ009', self.second.answer)
        self.second.run('rollback')
        self.assertEqual(self.database.value(f"""select wrapped is not null from traject.person_key k
            join traject.client c using (municipality_id, key_id) where c.client_id = {client}"""), 't')


class Due(ErasureTest):
    def test_more_than_one_call_erases(self):
        self.database.owner("""
            insert into traject.person_key (municipality_id, key_id, wrapped, data_subject_id)
            select m.municipality_id, gen_random_uuid(), decode(repeat('00', 68), 'hex'), '\\x00'
              from traject.municipality m, generate_series(1, 250) where m.name = 'Veldstad'""")
        self.database.owner("""
            insert into traject.client (municipality_id, client_number, key_id, trajectories)
            select municipality_id, 'D' || row_number() over (), key_id, 1 from traject.person_key k
             where not exists (select from traject.client c where c.key_id = k.key_id)""")
        # Straight into the state: what is counted here is not the entries.
        self.database.run("""
            set session_replication_role = replica;
            insert into traject.trajectory (municipality_id, trajectory_id, client_id, ordinal, kind, started_at, ended_at, outcome)
            select municipality_id, 900000 + client_id, client_id, 1, 'activation', '2015-01-01', '2016-01-01', 'other'
              from traject.client where client_number ~ '^D';
            insert into traject.trajectory_state (municipality_id, trajectory_id, client_id, open, started_at, stage, stage_since,
                                                  team_id, coach_id, coach_since, guided_by, guided_since, rhythm_days, due_at)
            select y.municipality_id, y.trajectory_id, y.client_id, false, y.started_at, 'first_contact', y.started_at, t.team_id,
                   w.worker_id, y.started_at, 'coach', y.started_at, 30, y.started_at
              from traject.trajectory y join traject.team t using (municipality_id) join traject.worker w using (municipality_id)
             where y.trajectory_id > 900000 and t.name = 'Noord' and w.name = 'anna'""")
        due = self.database.as_worker('fg', 'list_retention_due')
        self.assertEqual(len(due), 200)
        due += self.database.as_worker('fg', 'list_retention_due', page_token=due[-1]['page_token'])
        self.assertEqual(len({d['client_number'] for d in due}), 250)
        self.assertEqual(self.database.as_worker('max', 'request_due_erasures'), [{'requested': 250, 'remaining': 0}])
        waits = self.database.as_worker('fg', 'list_erasures', with_ended=False)
        waits += self.database.as_worker('fg', 'list_erasures', with_ended=False, page_token=waits[-1]['page_token'])
        self.assertEqual({e['client_number'] for e in waits}, {d['client_number'] for d in due})
        self.assertEqual(self.database.as_worker('fg', 'confirm_due_erasures'), [{'erased': 200, 'remaining': 50}])
        self.assertEqual(self.database.as_worker('fg', 'confirm_due_erasures'), [{'erased': 50, 'remaining': 0}])
        self.assertEqual(self.database.value("select count(*) from traject.client where client_number ~ '^D'"), '0')
        self.assertEqual(self.database.value("select count(*) from traject.client where client_number ~ '^erased-[0-9a-f]{12}$'"),
                         '250')

    def test_who_never_began_is_due_as_well(self):
        ask = self.database.as_worker
        for number in ('N1', 'N2', 'N3'):
            ask('anna', 'add_client', client_number=number, full_name='Nooit Begonnen')
        self.assertEqual(self.database.value("""select count(*) from traject.client where client_number ~ '^N'
            and added_at between now() - interval '1 hour' and clock_timestamp()"""), '3')
        def due(actor='fg'):
            return [row['client_number'] for row in ask(actor, 'list_retention_due') if row['client_number'].startswith('N')]
        # What no call does: long ago. One began a trajectory since.
        self.database.owner("""update traject.client set added_at = now() - interval '60 months 1 hour'
            where client_number in ('N1', 'N2')""")
        self.database.owner("update traject.client set added_at = now() - interval '59 months' where client_number = 'N3'")
        ask('max', 'start_trajectory', client_number='N2', kind='activation', coach='anna', team='Noord')
        self.assertEqual(due(), ['N1'])
        ask('fg', 'set_retention', retained='never_started', value=58)
        self.assertEqual([due(actor) for actor in ('fg', 'max', 'zack')], [['N1', 'N3']] * 3)
        row = next(row for row in ask('max', 'list_retention_due') if row['client_number'] == 'N3')
        self.assertEqual((row['kind'], row['ended_at'], row['team']), (None, None, None))
        self.assertEqual(ask('fg', 'list_retention_due', 'Oevermeer'), [])
        for value in (11, 241):
            self.refused('23514', ask, 'fg', 'set_retention', retained='never_started', value=value, constraint='retention_range')
        self.assertIn({'retained': 'never_started', 'value': 58, 'unit': 'months after the client was added', 'is_set': True},
                      ask('fg', 'list_retention'))
        self.assertGreaterEqual(ask('zack', 'request_due_erasures')[0]['requested'], 2)
        self.assertGreaterEqual(ask('fg', 'confirm_due_erasures')[0]['erased'], 2)
        self.assertEqual(self.database.run("select client_number from traject.client where client_number ~ '^N'"), [['N2']])
        self.assertEqual(due(), [])


class Answers(ErasureTest):
    def test_each_municipality_keeps_them_as_long_as_it_set(self):
        self.database.as_worker('fg', 'set_retention', 'Oevermeer', retained='answers', value=7)
        self.database.run("""
            insert into session.request (municipality_id, worker_id, request_key, method, body_sha256, reply, answered_at)
            select m.municipality_id, 1, gen_random_uuid(), 'x', '\\x00', '{}', now() - make_interval(days => d, mins => 1)
              from traject.municipality m, unnest('{6, 7, 29, 30}'::integer[]) d""")
        self.database.run('select session.pass_rhythms()', 'traject_daemon')
        self.assertEqual(self.database.run("""
            select m.name, (now() - answered_at)::interval day from session.request join traject.municipality m using (municipality_id)
             where method = 'x' order by 1, 2"""),
            [['Oevermeer', '6 days'], ['Veldstad', '6 days'], ['Veldstad', '7 days'], ['Veldstad', '29 days']])

    def test_none_that_is_kept_names_who_was_erased(self):
        for number in ('K1', 'K2'):
            self.ended(number)
        self.database.run("""
            insert into session.request (municipality_id, worker_id, request_key, method, body_sha256, reply)
            select m.municipality_id, 1, gen_random_uuid(), 'y', '\\x00', reply::jsonb
              from traject.municipality m, unnest(array['{"client_number": "K1"}', '{"client_number": "K2"}',
                   '{"checked": 2, "different": ["client K2: state"]}']) reply""")
        self.database.as_worker('max', 'request_erasure', client_number='K2', reason='om')
        self.database.as_worker('fg', 'confirm_erasure', client_number='K2')
        self.assertEqual(sorted(self.database.run("""
            select m.name, coalesce(r.reply ->> 'client_number', r.reply ->> 'different')
              from session.request r join traject.municipality m using (municipality_id) where method = 'y'""")),
            [['Oevermeer', 'K1'], ['Oevermeer', 'K2'], ['Oevermeer', '["client K2: state"]'], ['Veldstad', 'K1']])


if __name__ == '__main__':
    unittest.main()
