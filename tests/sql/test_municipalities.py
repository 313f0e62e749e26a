"""That no statement of the API crosses municipalities: in the plan of each statement that a call runs, in whatever function
or trigger, every scan of a table that has municipalities is held to one of them by its own conditions. So a call touches the
rows of its municipality only, wherever those are kept."""
import json
import re
import unittest

import access
import plan
from access import ENDED, FLAGGED, PREPARED
from database import LOG, Database, Refused, digest_of, literal, sealed

# Tables of no municipality: small, the same for all, and changed by no call. On several machines each has a copy.
EVERYWHERE = {
    'traject.event_rule': 'what kinds of entries there are',
    'traject.handover_transition': 'what may follow on what in a handover',
    'traject.retired_master': 'which master keys wrap no more',
    'session.method_access': 'which role may call which method',
    'session.seal_key': 'the key of the seal over who acts',
    'logbook.method_activity': 'what each method is logged as'}
# Tables that are not held to one municipality by the conditions, in which function, and what sees to it there.
BY_TOKEN = 'found by the digest of a token, before anybody knows whose it is; that is of one municipality'
BY_LINE = 'of a whole batch of calls; each line of it is held to the municipality that its call was let in for'
EXCEPT = {
    **{(function, 'session.token'): BY_TOKEN for function in ('session.enter', 'session.subject_key', 'authenticate')},
    **{('session.log_standby_looks', table): BY_LINE
       for table in ('session.token', 'traject.worker', 'traject.team_member', 'traject.glass', 'traject.person_key')},
    **{('internal.log_looks', table): BY_LINE
       for table in ('traject.client', 'traject.event', 'traject.trajectory', 'traject.person_key', 'traject.glass',
                     'logbook.municipality_activity', 'logbook.processing_log', 'logbook.audit_log')}}
# Functions that name tables, or where in one, of which no call has a plan told.
NOT_TOLD = {
    'internal.create_municipality': 'who installs runs it',
    'traject.chain_anew': 'a migration ran it',
    'session.act': 'who repairs the record as its owner runs it',
    'session.fit_keys': 'the daemon asks it when it starts',
    'session.is_sealed': 'the daemon asks it when it starts',
    'session.pass_rhythms': 'the daemon runs it by the clock, for all municipalities',
    'session.forget_answers': 'the daemon runs it by the clock, for all municipalities',
    'session.ended_tokens': 'the daemon asks it about all its connections, by the digests of their tokens',
    'internal.trajectory_to_correct: from traject.event e':
        'a statement that refuses does not come to its end, where its plan is told'}

EARLIER, LATER = '2026-02-01 09:00+00', '2026-03-01 09:00+00'
WISH = '(z3,wish_voiced,2025-01-02 09:00+00,,,first_contact,{coach},{team},,,,,,,,,,z3' + ',' * 19 + ')'
# What comes to statements to which the calls of access.py do not: of whose client, and who calls what with what else.
MORE = [
    ('own', [('anna', 'ListComingUp', {'client_number': '{number}'})]),
    ('own', [('anna', 'Watch', {'resume_after': '1.0'})]),
    ('own', [*FLAGGED, ('bas', 'GetClient', {}), ('bas', 'GetClient', {'as_of': EARLIER})]),
    ('own', [('anna', 'RecordContact', {'reached': False}), ('anna', 'RecordContact', {'occurred_at': EARLIER})]),
    ('own', [('max', 'AssignCoach', {'team': None})]),
    ('own', [('anna', 'MoveStage', {}), ('anna', 'MoveStage', {'occurred_at': EARLIER})]),
    ('own', [*ENDED, ('bas', 'RecordContact', {'occurred_at': EARLIER})]),
    ('own', [*PREPARED, ('visser', 'RecordOwnStep', {}), ('anna', 'GetTimeline', {})]),
    ('own', [('visser', 'RecordOwnStep', {'kind': kind}) for kind in ('absence_reported', 'absence_recovered')]),
    ('own', [('anna', 'MakeAgreement', {'audience': 'employer'}), ('visser', 'ListOwnEntries', {})]),
    ('own', [('anna', 'CorrectEntry', {}), ('anna', 'GetTimeline', {})]),
    ('own', [('anna', 'GetTimeline', {'audience': 'client'})]),
    ('own', [('anna', 'ListWithoutContact', {'as_of': EARLIER}), ('max', 'ListRetentionDue', {}), ('fg', 'ListRetentionDue', {})]),
    ('own', [('max', 'ImportJourney', {'client_number': 'ZAAK9', 'ended_at': LATER,
                                       'entries': f'{{{{"({number},{EARLIER},anna,log,,phone,,,)"}}}}'}) for number in 'ab']),
    # Twice, the second time with an entry more about what runs.
    ('own', [('max', 'ImportLogCase', {'client_number': 'ZAAK8', 'entries': access.log_case(*more)})
             for more in ((WISH,), (WISH, WISH.replace('(z3', '(z4').replace('voiced', 'changed').replace('wish_ch', 'career_ch')))]),
    ('other team', [('anna', 'BreakGlass', {}), ('anna', 'EndGlass', {})])]
# Calls that are refused; what they say instead of the name that they do not find, they look for.
REFUSED = [('bas', 'FlagHandover', {'employer': 'Bakker'}), ('bas', 'FlagHandover', {'supervisor': 'Vis'}),
           ('admin', 'AddTeamMember', {'team': 'Nord'}), ('admin', 'AddTeamMember', {'worker': 'anne'})]

# A table where the source of a function names it, with what follows on that line.
NAMED = re.compile(r'(?:\b(?:from|join|into|update|using)|,)\s+((?:traject|session|logbook)\.\w+)(?: [\w.= ]+)?')


class Municipalities(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.cases = access.Cases()
        database = cls.database = cls.cases.database
        cls.addClassCleanup(database.close)
        cls.places = {row[0]: int(row[1]) for row in database.run("""
            select a.attrelid::regclass, a.attnum from pg_attribute a join pg_class c on c.oid = a.attrelid
             where a.attname = 'municipality_id' and c.relkind = 'r'""")}
        for name, value in plan.SETTINGS.items():
            database.run(f'alter database {database.name} set {name} = {literal(value)}')
        told = cls.told(cls.each_method() + cls.more() + cls.by_the_daemon())
        database.own_keys('enable')
        cls.statements = list(plan.statements(told + cls.told(cls.under_own_keys())))

    @classmethod
    def told(cls, script):
        done = cls.database.psql(plan.BEFORE + script, 'traject_daemon')
        if done.returncode:
            raise Refused(plan.TOLD.sub('', done.stderr))
        return done.stderr

    @classmethod
    def transaction(cls, whose, steps, after=''):
        """Calls with all that is checked of them; nothing of it stays."""
        return (f'begin;\n{cls.cases.steps(steps, cls.cases.clients[whose])}{after}{LOG}\n'
                'set constraints all immediate;\nrollback;\n')

    @classmethod
    def each_method(cls):
        """The calls of access.py, each by every role that may make it and reaches somebody."""
        return ''.join(
            cls.transaction('other team' if of == 'out' else 'own', [
                *access.BEFORE.get(method, []),
                (access.CALLERS[role], method, access.OF_ROLE.get((role, method), {}))])
            for method, says in access.expected().items() for role, of in says.items() if of not in ('-', 'none'))

    @classmethod
    def more(cls):
        script = ''.join(cls.transaction(whose, steps) for whose, steps in MORE)
        for actor, method, more in REFUSED:
            call = literal('select from ' + cls.cases.call(method, cls.cases.clients['own'], more))
            script += cls.transaction('own', [], f"""do $try$ begin
                execute {literal(Database.enter(actor, method=method))};
                execute {call};
                raise exception 'was not refused: %', {call};
                exception when others then if sqlstate not like 'TJ%' then raise; end if; end $try$;\n""")
        return script

    @classmethod
    def by_the_daemon(cls):
        """What the daemon itself asks before a call, and puts around it."""
        digest, key, client = f"'\\x{digest_of('Veldstad', 'anna')}'", f"'{'0' * 32}'", cls.cases.clients['own']
        method, body = "'/traject.v1.Traject/RecordContact'", f"'\\x{'00' * 32}'"
        return f"""begin;
            select from session.authenticate({digest});
            select from session.subject_key({digest}, null, {literal(client['number'])}, null);
            select from session.subject_key({digest}, null, null, {client['agreement']});
            select session.enter({digest}, {key}, {method}, {body});
            with reply as materialized (select r.* from {cls.cases.call('RecordContact', client, {})} r),
                kept as (insert into session.request (request_key, method, body_sha256, reply)
                         select {key}, {method}, {body}, to_jsonb(reply) from reply)
            select null::bytea from reply
            union all select session.look(array[{literal(client['number'])}], '{{}}', array[{key}::uuid]);
            select session.log_standby_looks(current_setting('traject.looks'), now(), pg_snapshot_xmax(pg_current_snapshot()));
            {LOG}
            set constraints all immediate;
            select from session.request r where r.request_key = {key};
            rollback;\n"""

    @classmethod
    def under_own_keys(cls):
        """Calls that bring what is sealed under the key of whom it is about, as it is but in tests."""
        words = sealed('x', key=cls.database.value(f"""select encode(uuid_send(key_id), 'hex') from traject.client
                                                        where client_number = {literal(cls.cases.clients['own']['number'])}"""))
        return (cls.transaction('own', [('anna', 'RecordContact', {'words': words})])
                + cls.transaction('own', [*ENDED, ('bas', 'RequestErasure', {'reason': words})]))

    def test_each_scan_is_of_one_municipality(self):
        self.assertGreater(len({(statement.function, statement.text) for statement in self.statements}), 500)
        crossing, unneeded = set(), EXCEPT.keys() | EVERYWHERE.keys()
        for function, line, text, explained in self.statements:
            read = plan.Plan(explained, self.places)
            unneeded -= {(function, table) for table, _, _ in read.crossing()} | read.tables
            by_token = {table for of, table in EXCEPT if of == function and EXCEPT[of, table] == BY_TOKEN}
            found = [f'{table}, by {how}' for table, by_row, how in plan.Plan(explained, self.places, by_token).crossing()
                     if not (by_row and EXCEPT.get((function, table)) == BY_LINE)]
            found += [f'{table}, which is not said to be everywhere'
                      for table in read.tables - self.places.keys() - EVERYWHERE.keys()]
            found += [f'{table}, which is changed for all' for table in read.changed - self.places.keys()]
            crossing |= {f'{function or text}, line {line}: {each}' for each in found}
        self.assertEqual('\n'.join(sorted(crossing)), '')
        self.assertEqual(unneeded, set(), 'exceptions that nothing needs')

    def test_each_method_was_called(self):
        asked = ''.join(statement.text for statement in self.statements if not statement.function)
        self.assertEqual([method for method in access.methods() if f'api.{access.function_of(method)}(' not in asked], [])

    def test_all_that_names_a_table_was_planned(self):
        functions = self.database.rows("""
            select p.pronamespace::regnamespace || '.' || p.proname as name, l.lanname as language, p.prosrc as source
              from pg_proc p join pg_language l on l.oid = p.prolang
             where p.pronamespace in ('api'::regnamespace, 'internal'::regnamespace, 'session'::regnamespace,
                                      'traject'::regnamespace)""")
        untold = {(each['name'], named[0]) for each in functions if each['language'] == 'plpgsql'
                  for named in self.tables_named(each['source']) if not self.is_told(each['name'], named)}
        # A function in SQL has a plan of its own, or one within what calls it, which may be such a function too.
        in_sql = [each for each in functions if each['language'] == 'sql'
                  and each['name'].split('.')[1] not in {statement.function for statement in self.statements}]
        texts = ''.join(statement.text for statement in self.statements)
        while called := [each for each in in_sql if each['name'] + '(' in texts]:
            in_sql = [each for each in in_sql if each not in called]
            texts += ''.join(each['source'] for each in called)
        untold |= {(each['name'], named[0]) for each in in_sql for named in self.tables_named(each['source'])}
        self.assertEqual(sorted(f'{name}: {named}' for name, named in untold
                                if not {name, f'{name}: {named}'} & NOT_TOLD.keys()), [])
        self.assertEqual(NOT_TOLD.keys() - {name for name, _ in untold} - {f'{name}: {named}' for name, named in untold}, set(),
                         'exceptions that nothing needs')

    def tables_named(self, source):
        return [named for named in NAMED.finditer(source)
                if named[1] in self.places.keys() | EVERYWHERE.keys() | {'session.open_token'}]

    def is_told(self, function, named):
        """Whether there is a plan of what names a table at that place in the source of a function."""
        at = named.string.count('\n', 0, named.start()) + 1
        return any(statement.function == function and statement.line <= at and named[0] in statement.text
                   for statement in self.statements)

    def test_what_crosses_is_found(self):
        client, event, key = 'traject.client', 'traject.event', 'traject.person_key'
        for query, crosses in {
                'select from traject.client c where c.municipality_id = 1': [],
                'select from traject.client c where c.municipality_id = 1 and c.client_id = 2 or 1 = c.municipality_id': [],
                'select from traject.client c where c.client_number = $$1$$': [client],
                'select from traject.client c where c.client_number = $$ AND (c.municipality_id = 1)$$': [client],
                'select from traject.client c where c.municipality_id > 1': [client],
                'select from traject.client c where c.municipality_id in (1, 2)': [client],
                'select from traject.client c where c.municipality_id = c.client_id': [client],
                'select from traject.client c where c.municipality_id = 1 or c.client_id = 1': [client],
                'select from traject.client c where c.municipality_id = (select min(k.municipality_id) from traject.person_key k)':
                    [key],
                'select from traject.client c where exists (select from traject.person_key k where k.key_id = c.key_id '
                'and c.municipality_id = 1)': [key],
                'select from traject.client c join traject.person_key k using (municipality_id, key_id) '
                'where k.municipality_id = 1': [],
                'select from traject.client c join traject.person_key k using (key_id) where c.municipality_id = 1': [key],
                'select from traject.client c join traject.person_key k using (municipality_id, key_id)': [client, key],
                'select from traject.client c join traject.event e on e.municipality_id = c.client_id '
                'where c.municipality_id = 1': [event],
                'select from traject.client c left join traject.person_key k on k.key_id = c.key_id and k.municipality_id = 1':
                    [client],
                'with c as materialized (select * from traject.client) select from c join traject.person_key k '
                'using (municipality_id) where c.municipality_id = 1': [client],
                'update traject.client c set key_id = null where c.client_id = 1': [client],
                'delete from traject.event e using traject.client c where c.municipality_id = 1': [event],
                'insert into traject.person_key (municipality_id) select c.municipality_id from traject.client c': [client, key],
                'insert into traject.person_key (municipality_id) select c.municipality_id from traject.client c '
                'where c.municipality_id = 1': []}.items():
            with self.subTest(query):
                explained = json.loads(self.database.value(f'explain (verbose, format json) {query}'))[0]['Plan']
                self.assertEqual(sorted(table for table, _, _ in plan.Plan(explained, self.places).crossing()), crosses)


if __name__ == '__main__':
    unittest.main()
