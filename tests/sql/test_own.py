"""What is told to somebody at an employer and to a client, and what they say: for whom each entry is meant."""
import unittest

from database import EMPLOYER, Database, Refused, digest, token_of
from items import BEGINS, STEPS

GARAGE, START = 'Garage', '2026-01-01 09:00+00'
AHEAD = '2090-01-01 09:00+00'

# ---- a second opinion of the defaults

NEVER_EMPLOYER = {kind for kind in (*BEGINS, *STEPS) if kind.startswith(('precondition_', 'motivation_', 'bottleneck_', 'network_'))} \
    | {'client_entry', 'correction_asked', 'correction_made', 'correction_declined'}
# Who learns of an entry of which nothing was said; what is not here is the team's.
EVERYONE = ('handover_', 'supervisor_', 'day_along', 'trial_placement_', 'probation_', 'contract_', 'task_', 'workplace_guidance_',
            'appointment_', 'absence_', 'dropout_')
CLIENT = ('trajectory_', 'stage_moved', 'contact', 'coach_assigned', 'rhythm_set', 'first_contact', 'wage_value_', 'scheme_',
          'adaptation_', 'wish_', 'goal_', 'career_', 'training_', 'agreement_', 'client_entry', 'correction_')


class OwnTest(unittest.TestCase):
    """Fatima (O1) whom M. Visser guides on the floor; another client of his is O2; K. de Wit has O3."""
    clients = 0

    @classmethod
    def setUpClass(cls):
        cls.database = database = Database(strict=True)
        cls.addClassCleanup(database.close)
        script = (database.transaction('admin', 'add_employer', employer=GARAGE)
                  + database.transaction('admin', 'add_employer_person', employer=GARAGE, person='M. Visser'))
        for employer, person, token in ((EMPLOYER, 'M. Visser', 'visser'), (EMPLOYER, 'K. de Wit', 'dewit'),
                                        (GARAGE, 'M. Visser', 'garage')):
            script += database.transaction('admin', 'add_employer_access', employer=employer, person=person,
                                           token_sha256='\\x' + digest(token_of('Veldstad', token)))
        database.run(script, 'traject_daemon')

    def ask(self, actor, function, /, **arguments):
        return self.database.as_worker(actor, function, **arguments)

    def refused(self, code, says, actor, function, /, **arguments):
        with self.assertRaises(Refused, msg=(function, arguments)) as caught:
            self.ask(actor, function, **arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertRegex(caught.exception.message, says)

    def new_client(self, person='M. Visser', employer=EMPLOYER):
        """A client with access by a token of the number's name, whom that person guides on the floor."""
        OwnTest.clients += 1
        number = f'O{OwnTest.clients}'
        self.database.new_client(number, at=START)
        self.ask('anna', 'add_client_access', client_number=number, token_sha256='\\x' + digest(token_of('Veldstad', number)))
        if person:
            self.ask('anna', 'arrange_workplace_guidance', client_number=number, guide='colleague', guidance_form='calls',
                     employer=employer, person=person)
        return number

    def told(self, actor, number=None):
        return self.ask(actor, 'list_own_entries', client_number=number)

    def entry(self, actor, number, event):
        return next((entry for entry in self.told(actor, number) if entry['event_id'] == event), None)


class Audience(OwnTest):
    def test_the_defaults_are_these(self):
        for rule in self.database.rows('select kind, audience, words_audience from traject.event_rule'):
            kind = rule['kind']
            own_words = kind == 'client_entry' or kind.startswith('correction_')
            audience = 'everyone' if kind.startswith(EVERYONE) else 'client' if kind.startswith(CLIENT) else 'team'
            with self.subTest(kind):
                self.assertEqual((rule['audience'], rule['words_audience']), (audience, 'client' if own_words else 'team'))
                self.assertFalse(kind in NEVER_EMPLOYER and audience in ('employer', 'everyone'))
        kinds = self.database.rows('select unnest(enum_range(null::traject.event_kind)) as kind')
        self.assertEqual(len(kinds), int(self.database.value('select count(*) from traject.event_rule')))

    def test_what_is_never_for_the_employer(self):
        number = self.new_client()
        rule = self.database.value("select pg_get_expr(conbin, conrelid) from pg_constraint where conname = 'event_never_for_employer'")
        for row in self.database.rows(f'''select kind, audience, ({rule}) as may
                                            from (select kind from traject.event_rule) k
                                           cross join unnest(enum_range(null::traject.audience)) a (audience)'''):
            with self.subTest(row['kind'], audience=row['audience']):
                self.assertEqual(row['may'], row['audience'] in ('team', 'client') or row['kind'] not in NEVER_EMPLOYER)
        self.refused('23514', 'event_never_for_employer', 'anna', 'record_motivation', client_number=number, guidance='x',
                     audience='everyone')

    def test_facts_and_words_go_to_whom_they_are_meant_for(self):
        number = self.new_client()
        calls = {  # an entry about work at the employer, one that is not, and one of the team
            'about work there': ('begin_contract', {'employer': EMPLOYER, 'contract': 'permanent', 'hours': '24'}),
            'between client and coach': ('make_agreement', {'party': 'coach', 'what': 'belt', 'due_at': AHEAD}),
            'of the team': ('set_precondition', {'theme': 'debts', 'state': 'missing'}),
            'about work elsewhere': ('record_day_along', {'employer': GARAGE})}
        # Whether client and employer learn of it, when nothing was said.
        default = {'about work there': (True, True), 'between client and coach': (True, False), 'of the team': (False, False),
                   'about work elsewhere': (True, False)}
        said = {'team': (False, False), 'client': (True, False), 'employer': (False, True), 'everyone': (True, True)}
        for what, (function, arguments) in calls.items():
            for audience in (None, *said):
                with self.subTest(what, audience=audience):
                    if what == 'of the team' and audience in ('employer', 'everyone'):
                        continue
                    event = self.ask('anna', function, client_number=number, words='de woorden', audience=audience,
                                     **arguments)[0]['event_id']
                    for actor, learns in zip((number, 'visser'), said[audience] if audience else default[what]):
                        if what == 'about work elsewhere' and actor == 'visser':
                            learns = False
                        entry = self.entry(actor, number, event)
                        self.assertEqual(entry is not None, learns, actor)
                        if learns:
                            self.assertEqual(entry['words'], 'de woorden' if audience else None)
                    shown = next(entry for entry in self.ask('anna', 'get_timeline', client_number=number, newest_first=True)
                                 if entry['event_id'] == event)
                    self.assertEqual(shown['words'], 'de woorden')
                    self.assertEqual(shown['words_audience'], audience or 'team')
                    self.ask('anna', 'withdraw_entry', event_id=event, reason='x')
                    self.assertIsNone(self.entry(number, number, event))

    def test_every_method_that_records_takes_it(self):
        takes = self.database.run("""select proname from pg_proc where pronamespace = 'api'::regnamespace
            and prorettype = 'api.recorded'::regtype and not coalesce('audience' = any (proargnames), false) order by 1""")
        self.assertEqual([row[0] for row in takes], ['add_own_entry', 'ask_correction', 'record_own_step', 'withdraw_entry'])

    def test_a_correction_keeps_it_or_changes_it(self):
        number = self.new_client()
        event = self.ask('anna', 'make_agreement', client_number=number, party='coach', what='belt', due_at=AHEAD,
                         words='geheim')[0]['event_id']
        def correct(**changes):
            return self.ask('anna', 'correct_entry', event_id=event, reason='de reden', **changes)[0]['event_id']
        event = correct(words='nog geheim')
        self.assertIsNone(self.entry(number, number, event)['words'])
        self.assertIsNone(self.entry(number, number, event)['correction_reason'])
        event = correct(audience='everyone')
        self.assertEqual((self.entry(number, number, event)['words'], self.entry('visser', number, event)['words']),
                         ('nog geheim', 'nog geheim'))
        event = correct(what='belt terug')
        self.assertIsNotNone(self.entry('visser', number, event))
        event = correct(audience='team')
        self.assertIsNone(self.entry(number, number, event))
        # Also not what it had been before.
        self.assertFalse([entry for actor in (number, 'visser') for entry in self.told(actor, number)
                          if entry['kind'] == 'agreement_made'])
        self.assertEqual(self.ask(number, 'list_own_items', with_ended=True)[0]['kind'], 'workplace_guidance')

    def test_an_item_tells_no_more_than_its_entries(self):
        number = self.new_client()
        self.ask('anna', 'make_agreement', client_number=number, party='coach', what='zichtbaar', due_at=AHEAD,
                 audience='everyone', words='mag')
        self.ask('anna', 'record_step', client_number=number, kind='agreement_changed', what='verborgen', words='mag niet',
                 audience='team')
        for actor in (number, 'visser'):
            item = next(item for item in self.ask(actor, 'list_own_items', with_ended=False, client_number=number)
                        if item['kind'] == 'agreement')
            self.assertEqual((item['what'], item['words']), ('zichtbaar', 'mag'))
        self.ask('anna', 'make_agreement', client_number=number, party='coach', what='begonnen in het team', due_at=AHEAD,
                 audience='team')
        self.assertEqual(len([item for item in self.ask(number, 'list_own_items', with_ended=False)
                              if item['kind'] == 'agreement']), 1)


class AsTheClientReadsIt(OwnTest):
    '''A coach who looks at the journey together with the client is told what the client is told.'''

    def test_the_same_as_the_client_is_told(self):
        number = self.new_client()
        for audience in (None, 'team', 'client', 'employer', 'everyone'):
            self.ask('anna', 'record_contact', client_number=number, channel='phone', counterpart='client', reached=True,
                     words=f'gesprek {audience}', audience=audience)
            self.ask('anna', 'make_agreement', client_number=number, party='coach', what=f'afspraak {audience}', due_at=AHEAD,
                     words='w', audience=audience)
        self.ask('anna', 'set_precondition', client_number=number, theme='debts', state='missing')
        self.ask(number, 'add_own_entry', words='van mijzelf')
        wrong = self.ask('anna', 'move_stage', client_number=number, stage='work_content', reason='r')[0]['event_id']
        self.ask('anna', 'correct_entry', event_id=wrong, reason='de reden', words='anders', audience='client')
        own = self.told(number)
        self.assertIn('van mijzelf', [entry['words'] for entry in own])
        told = self.ask('anna', 'get_timeline', client_number=number, newest_first=True, audience='client')
        self.assertEqual(told, own)
        self.assertLess(len(own), len(self.ask('anna', 'get_timeline', client_number=number, newest_first=True)))
        # In the other order, in pages, and of some of it.
        def asked(**more):
            return self.ask('anna', 'get_timeline', client_number=number, audience='client', **more)
        self.assertEqual([e['event_id'] for e in asked(newest_first=False)], [e['event_id'] for e in reversed(own)])
        for newest_first in (True, False):
            paged, token = [], None
            while page := asked(newest_first=newest_first, page_size=3, page_token=token):
                paged += page
                token = page[-1]['page_token']
            self.assertEqual(paged, asked(newest_first=newest_first))
        self.assertEqual({e['kind'] for e in asked(newest_first=True, kinds='{contact}')}, {'contact'})
        self.assertEqual([e['event_id'] for e in asked(newest_first=True, stages='{first_contact}')],
                         [e['event_id'] for e in own if e['stage'] == 'first_contact'])
        self.assertEqual([e['kind'] for e in asked(newest_first=True, as_of=START)], ['trajectory_started'])

    def test_also_of_one_who_has_no_access(self):
        self.database.new_client('ZONDER', at=START)
        self.ask('anna', 'set_precondition', client_number='ZONDER', theme='debts', state='missing')
        for words, audience in (('VOOR HET TEAM', None), ('VOOR DE KLANT', 'client')):
            self.ask('anna', 'record_contact', client_number='ZONDER', channel='phone', counterpart='client', reached=True,
                     words=words, audience=audience)
        told = self.ask('anna', 'get_timeline', client_number='ZONDER', newest_first=False, audience='client')
        self.assertEqual([(entry['kind'], entry['words'] is not None) for entry in told],
                         [('trajectory_started', False), ('contact', False), ('contact', True)])

    def test_nothing_else_is_asked_for(self):
        number = self.new_client()
        for audience in ('team', 'employer', 'everyone'):
            self.refused('TJ003', f'audience is "{audience}"', 'anna', 'get_timeline', client_number=number, newest_first=True,
                         audience=audience)
        self.refused('TJ003', 'not told to the client as it was', 'anna', 'get_timeline', client_number=number,
                     newest_first=True, audience='client', with_superseded=True)


class AtAnEmployer(OwnTest):
    def mine(self, actor='visser'):
        return {row['client_number']: row for row in self.ask(actor, 'list_own_clients')}

    def prepare(self, number, employer=EMPLOYER, person='M. Visser', second='J. Bos'):
        self.ask('anna', 'flag_handover', client_number=number, employer=employer, supervisor=person)
        self.ask('anna', 'prepare_handover', client_number=number, talked_through_with_client=True,
                 guidance_needs_shared=True, absence_and_dropout_discussed=True, fallback_agreed=True, second_person=second)

    def step(self, number, kind, actor='visser', **details):
        return self.ask(actor, 'record_own_step', client_number=number, kind=kind, **details)[0]

    def test_the_own_clients_are_those_one_is_something_to(self):
        number = self.new_client(person=None)
        self.assertNotIn(number, self.mine())
        self.prepare(number, second='K. de Wit')
        self.assertEqual((self.mine()[number]['role'], self.mine()[number]['handover_state']), ('was_to_guide', 'prepared'))
        self.assertEqual(self.mine('dewit')[number]['role'], 'second_person')
        # Of the same name, at another employer.
        self.assertNotIn(number, self.mine('garage'))
        self.assertEqual(self.mine()[number]['coach'], 'Anna')
        self.ask('anna', 'withdraw_handover', client_number=number, reason='x')
        self.assertNotIn(number, self.mine())
        self.ask('anna', 'begin_trial_placement', client_number=number, employer=EMPLOYER, person='M. Visser', due_at=AHEAD)
        self.assertEqual(self.mine()[number]['role'], 'trial_placement')
        self.ask('anna', 'record_step', client_number=number, kind='trial_placement_ended', ending='other')
        self.assertNotIn(number, self.mine())
        self.refused('TJ005', f'no client with number {number} among your own', 'visser', 'list_own_entries', client_number=number)

    def test_accepts_and_asks_the_coach_back(self):
        number = self.new_client(person=None)
        self.prepare(number)
        event = self.step(number, 'handover_accepted', words='graag')
        self.assertIsNone(event['contact_due_at'])
        shown = self.ask('anna', 'get_timeline', client_number=number, newest_first=True)[0]
        self.assertEqual((shown['kind'], shown['recorded_by'], shown['person'], shown['words']),
                         ('handover_accepted', f'M. Visser ({EMPLOYER})', 'M. Visser', 'graag'))
        # One's own words are one's own; the client reads that it was accepted.
        self.assertEqual(self.entry('visser', number, event['event_id'])['words'], 'graag')
        self.assertIsNone(self.entry(number, number, event['event_id'])['words'])
        self.ask('anna', 'complete_handover', client_number=number)
        self.assertEqual(self.mine()[number]['guided_by'], 'employer')
        self.refused('TJ003', 'reason is missing', 'visser', 'record_own_step', client_number=number, kind='handover_returned')
        self.step(number, 'handover_returned', reason='het gaat niet')
        self.assertEqual(self.ask('anna', 'get_client', client_number=number)[0]['guided_by'], 'coach')
        self.assertNotIn(number, self.mine())

    def test_declines(self):
        number = self.new_client()
        self.prepare(number)
        self.step(number, 'handover_declined', reason='geen tweede persoon')
        self.assertEqual(self.ask('anna', 'get_client', client_number=number)[0]['handover_state'], 'declined')

    def test_a_handover_to_another_employer_is_not_theirs(self):
        number = self.new_client()
        self.prepare(number, employer=GARAGE, person='M. Visser', second=None)
        self.assertIsNone(self.mine()[number]['handover_state'])
        for kind in ('handover_accepted', 'handover_declined', 'handover_returned'):
            self.refused('TJ009', 'has no handover to', 'visser', 'record_own_step', client_number=number, kind=kind, reason='x')
        self.assertFalse([entry for entry in self.told('visser', number) if entry['kind'].startswith('handover')])
        self.step(number, 'handover_accepted', actor='garage')

    def test_what_was_meant_for_one_employer_is_not_told_to_the_next(self):
        number = self.new_client(person=None)
        def agree(audience):
            return self.ask('anna', 'make_agreement', client_number=number, party='coach', what='belt', due_at=AHEAD,
                            words='voor wie het toen was', audience=audience)[0]['event_id']
        def correct(event, **changes):
            return self.ask('anna', 'correct_entry', event_id=event, reason='de reden', **changes)[0]['event_id']
        before = agree('everyone')
        self.ask('anna', 'flag_handover', client_number=number, employer=EMPLOYER, supervisor='M. Visser',
                 occurred_at='2026-01-02 09:00+00')
        bakery = [agree(audience) for audience in ('employer', 'everyone')]
        for event in bakery:
            self.assertEqual(self.entry('visser', number, event)['words'], 'voor wie het toen was')
        self.assertIsNone(self.entry('visser', number, before))
        # Entered later, and by its dates the next one's already when that was said.
        self.ask('anna', 'withdraw_handover', client_number=number, reason='x', occurred_at='2026-01-03 09:00+00')
        self.ask('anna', 'flag_handover', client_number=number, employer=GARAGE, supervisor='M. Visser',
                 occurred_at='2026-01-04 09:00+00')
        garage = agree('employer')
        self.assertIsNotNone(self.entry('garage', number, garage))
        bakery = [bakery[0], correct(bakery[1], what='belt terug')]
        for event in (before, *bakery):
            self.assertIsNone(self.entry('garage', number, event))
        self.assertEqual([item['what'] for item in self.ask('garage', 'list_own_items', with_ended=True)
                          if item['client_number'] == number and item['kind'] == 'agreement'], ['belt'])
        # Unless it is said anew.
        self.assertIsNotNone(self.entry('garage', number, correct(bakery[1], audience='employer')))

    def test_reports_absence_and_recovery(self):
        number = self.new_client()
        self.refused('TJ009', 'no absence of client', 'visser', 'record_own_step', client_number=number, kind='absence_recovered')
        self.step(number, 'absence_reported', due_at=AHEAD)
        self.assertIsNotNone(self.mine()[number]['absent_since'])
        self.step(number, 'absence_changed', due_at='2090-02-01 09:00+00')
        self.step(number, 'absence_recovered')
        self.assertIsNone(self.mine()[number]['absent_since'])
        self.step(number, 'dropout_reported', reason='het werk hield op')
        self.assertEqual([item['kind'] for item in self.ask('anna', 'list_items', client_number=number, with_ended=False,
                                                            overdue=False) if item['kind'] == 'dropout'], ['dropout'])
        self.assertEqual(self.ask('admin', 'rebuild_state', repair=False)[0]['different'], [])

    def test_a_refusal_tells_no_more_than_is_meant_for_them(self):
        number = self.new_client()
        for kind, report, arguments in (('absence', 'report_absence', {}), ('dropout', 'report_dropout', {'reason': 'x'})):
            for details in ({'employer': EMPLOYER, 'audience': 'team'}, {'employer': GARAGE}, {}):
                with self.subTest(kind, **details):
                    began = self.ask('anna', report, client_number=number, occurred_at='2026-03-05 09:00+00', **arguments,
                                     **details)[0]['event_id']
                    with self.assertRaises(Refused) as caught:
                        self.step(number, f'{kind}_reported', reason='x' if kind == 'dropout' else None)
                    self.assertEqual((caught.exception.code, caught.exception.message),
                                     ('TJ009', f'the coach knows of {kind} of this client already; call the coach'))
                    self.ask('anna', 'withdraw_entry', event_id=began, reason='x')
            began = self.step(number, f'{kind}_reported', reason='x' if kind == 'dropout' else None)['event_id']
            self.refused('TJ009', f'{kind} {began} runs since', 'visser', 'record_own_step', client_number=number,
                         kind=f'{kind}_reported', reason='x')

    def test_says_nothing_else_and_nothing_of_others(self):
        number, others = self.new_client(), self.new_client(person='K. de Wit')
        for kind in self.database.rows("""select kind from traject.event_rule where kind not in ('handover_accepted',
                'handover_declined', 'handover_returned', 'absence_reported', 'absence_changed', 'absence_recovered',
                'dropout_reported')"""):
            self.refused('TJ003', 'kind is', 'visser', 'record_own_step', client_number=number, kind=kind['kind'], reason='x')
        for client in (others, 'none'):
            self.refused('TJ005', f'no client with number {client} among', 'visser', 'record_own_step', client_number=client,
                         kind='absence_reported')
        self.assertNotIn(others, self.mine())

    def test_no_stage_and_no_name_of_another_table(self):
        number = self.new_client()
        self.ask('anna', 'add_network_person', client_number=number, what='Ria', relation='zus', may_be_told='alles')
        self.ask('anna', 'plan_appointment', client_number=number, channel='phone', counterpart='employer', due_at=AHEAD,
                 employer=EMPLOYER, network_people=['Ria'])
        told = self.told('visser', number)
        self.assertEqual({entry['stage'] for entry in told}, {None})
        self.assertNotIn('Ria', str(told) + str(self.ask('visser', 'list_own_items', with_ended=True, client_number=number)))

    def test_access_ends_with_leaving(self):
        self.ask('admin', 'add_employer_person', employer=GARAGE, person='T. Vertrekt')
        def give():
            self.ask('admin', 'add_employer_access', employer=GARAGE, person='T. Vertrekt',
                     token_sha256='\\x' + digest(token_of('Veldstad', f'vertrekt{give.times}')))
            give.times += 1
        give.times = 0
        give()
        self.assertEqual(self.ask('vertrekt0', 'list_own_clients'), [])
        self.ask('admin', 'revoke_employer_access', employer=GARAGE, person='T. Vertrekt')
        self.refused('TJ016', 'revoked', 'vertrekt0', 'list_own_clients')
        self.refused('TJ009', 'has no access', 'admin', 'revoke_employer_access', employer=GARAGE, person='T. Vertrekt')
        # What ended stays ended; another token opens the same account.
        give()
        self.refused('TJ016', 'revoked', 'vertrekt0', 'list_own_clients')
        self.assertEqual(self.ask('vertrekt1', 'list_own_clients'), [])
        self.ask('admin', 'revoke_employer_person', employer=GARAGE, person='T. Vertrekt')
        self.refused('TJ016', 'revoked', 'vertrekt1', 'list_own_clients')
        self.refused('TJ009', 'no longer at this employer', 'admin', 'add_employer_access', employer=GARAGE,
                     person='T. Vertrekt', token_sha256='\\x' + 'aa' * 32)
        self.ask('admin', 'add_employer', employer='Sluit')
        self.ask('admin', 'add_employer_person', employer='Sluit', person='Z')
        self.ask('admin', 'add_employer_access', employer='Sluit', person='Z', token_sha256='\\x' + digest(token_of('Veldstad', 'sluit')))
        self.ask('admin', 'revoke_employer', employer='Sluit')
        self.refused('TJ016', 'revoked', 'sluit', 'list_own_clients')


class AClient(OwnTest):
    def test_knows_where_and_who(self):
        number = self.new_client()
        journey = self.ask(number, 'get_own_journey')[0]
        self.assertEqual((journey['client_number'], journey['stage'], journey['coach'], journey['guided_by']),
                         (number, 'first_contact', 'Anna', 'coach'))
        self.ask('bas', 'assign_coach', client_number=number, coach='bert', reason='niet voor de klant')
        self.assertEqual(self.ask(number, 'get_own_journey')[0]['coach'], 'Bert')
        told = self.told(number)
        self.assertEqual([entry['kind'] for entry in told][:1], ['coach_assigned'])
        self.assertEqual((told[0]['reason'], told[0]['worker'], told[0]['recorded_by']), (None, 'Bert', 'Bas'))
        # Page after page the same.
        paged, token = [], None
        while page := self.ask(number, 'list_own_entries', page_size=1, page_token=token):
            paged += page
            token = page[-1]['page_token']
        self.assertEqual(paged, told)

    def test_sees_nobody_else(self):
        number, other = self.new_client(), self.new_client()
        self.refused('TJ005', 'among your own', number, 'list_own_entries', client_number=other)
        self.assertNotIn(other, str(self.ask(number, 'list_own_items', with_ended=True)) + str(self.told(number)))
        event = self.told(other)[0]['event_id']
        self.refused('TJ005', f'no entry {event} in your journey', number, 'ask_correction', event_id=event, words='x')

    def test_adds_what_is_no_contact(self):
        number = self.new_client()
        before = self.ask('anna', 'get_client', client_number=number)[0]
        event = self.ask(number, 'add_own_entry', words='Ik werk graag vroeg.')[0]['event_id']
        self.assertEqual(self.entry(number, number, event)['words'], 'Ik werk graag vroeg.')
        shown = self.ask('anna', 'get_timeline', client_number=number, newest_first=True)[0]
        self.assertEqual((shown['kind'], shown['words'], shown['recorded_by'], shown['words_audience']),
                         ('client_entry', 'Ik werk graag vroeg.', 'the client', 'client'))
        after = self.ask('anna', 'get_client', client_number=number)[0]
        for field in ('last_contact_at', 'contact_due_at', 'unanswered_attempts', 'stage', 'guided_by'):
            self.assertEqual(after[field], before[field], field)
        self.assertIsNone(self.entry('visser', number, event))
        # What somebody wrote stands as it is.
        self.refused('TJ009', 'what the client wrote stands', 'max', 'correct_entry', event_id=event, reason='x', words='y')
        self.refused('TJ009', 'what the client wrote stands', 'anna', 'withdraw_entry', event_id=event, reason='x')
        self.refused('TJ003', 'words is missing', number, 'add_own_entry', words=' ')

    def coming(self, number):
        return [row for row in self.ask('anna', 'list_coming_up', client_number=number) if row['kind'] == 'correction']

    def test_asks_for_a_correction_and_is_answered(self):
        number = self.new_client()
        hidden = self.ask('anna', 'set_precondition', client_number=number, theme='debts', state='missing')[0]['event_id']
        self.refused('TJ005', 'no entry', number, 'ask_correction', event_id=hidden, words='x')
        about = self.told(number)[-1]['event_id']
        for kind in ('correction_made', 'correction_declined'):
            self.ask(number, 'ask_correction', event_id=about, words='Dat klopt niet.')
            self.assertEqual([row['about'] for row in self.coming(number)], [f'asked of entry {about}'])
            shown = self.ask('anna', 'get_timeline', client_number=number, newest_first=True)[0]
            self.assertEqual((shown['kind'], shown['about_id'], shown['words']), ('correction_asked', about, 'Dat klopt niet.'))
            with self.assertRaises(Refused):
                self.ask('anna', 'record_step', client_number=number, kind=kind)
            answer = self.ask('anna', 'record_step', client_number=number, kind=kind, words='Het antwoord.')[0]['event_id']
            self.assertEqual(self.entry(number, number, answer)['words'], 'Het antwoord.')
            self.assertEqual(self.coming(number), [])
        self.assertEqual(sorted(item['state'] for item in self.ask(number, 'list_own_items', with_ended=True)
                                if item['kind'] == 'correction'), ['met', 'refused'])

    def test_asks_also_after_the_end(self):
        number = self.new_client()
        about = self.told(number)[-1]['event_id']
        self.ask('anna', 'end_trajectory', client_number=number, outcome='employed')
        self.refused('TJ009', 'has no open trajectory', number, 'add_own_entry', words='x')
        item = self.ask(number, 'ask_correction', event_id=about, words='Dat klopt niet.')[0]['event_id']
        self.assertEqual(len(self.coming(number)), 1)
        self.ask('anna', 'record_step', client_number=number, kind='correction_made', item_id=item, words='Gedaan.')
        self.assertEqual(self.coming(number), [])
        self.assertEqual(self.ask('admin', 'rebuild_state', repair=False)[0]['different'], [])

    def test_access_is_given_and_ended_by_who_guides(self):
        number = self.new_client()
        self.assertIsNotNone(self.ask('anna', 'get_client', client_number=number)[0]['access_until'])
        days = self.database.value(f"""select extract(day from t.expires_at - t.created_at)::integer from session.token t
            join traject.worker w using (municipality_id, worker_id) where w.name = 'client-{number}'""")
        self.assertEqual(days, '90')
        def givers(actor='anna'):
            return self.ask(actor, 'get_client', client_number=number)[0]['access_given_by']
        self.assertEqual(givers(), ['anna'])
        # Who comes after sees it, also when others gave more.
        self.ask('bas', 'assign_coach', client_number=number, coach='bert')
        for actor, token in (('bert', 'dd'), ('mia', 'ee'), ('bert', 'ff')):
            self.ask(actor, 'add_client_access', client_number=number, token_sha256='\\x' + token * 32)
        self.assertEqual((givers('bert'), givers('max')), (['anna', 'bert', 'mia'],) * 2)
        self.database.owner("update session.token set expires_at = now() where given_by = "
                            "(select worker_id from traject.worker where name = 'mia' order by 1 limit 1)")
        self.assertEqual(givers('max'), ['anna', 'bert'])
        self.ask('bas', 'assign_coach', client_number=number, coach='anna')
        self.refused('TJ005', 'no client with number', 'bert', 'revoke_client_access', client_number=number)
        self.refused('TJ005', 'no client with number', 'zoe', 'add_client_access', client_number=number,
                     token_sha256='\\x' + 'bb' * 32)
        self.ask('mia', 'revoke_client_access', client_number=number)
        self.refused('TJ016', 'revoked', number, 'get_own_journey')
        self.assertIsNone(self.ask('anna', 'get_client', client_number=number)[0]['access_until'])
        self.assertIsNone(givers())
        self.refused('TJ009', 'has no access', 'mia', 'revoke_client_access', client_number=number)

    def test_an_account_is_nothing_else(self):
        number = self.new_client()
        account = f'client-{number}'
        self.assertNotIn(account, [row['worker'] for row in self.ask('admin', 'list_workers')])
        for function, arguments in (('add_team_member', {'team': 'Noord', 'worker': account}), ('revoke_worker', {'worker': account}),
                                    ('add_token', {'worker': account, 'token_sha256': '\\x' + 'cc' * 32})):
            self.refused('TJ005', f'no worker called {account}', 'admin', function, **arguments)
        for role in ('employer', 'client'):
            self.refused('TJ003', f'role is {role}; give', 'admin', 'add_worker', worker='x', full_name='X', role=role)
        # Nor by hand: no team, and no client's account by an admin, who sees no cases.
        for script, code, constraint in (
                (f"""insert into traject.team_member (municipality_id, team_id, worker_id) select w.municipality_id, t.team_id, w.worker_id
                       from traject.worker w join traject.team t using (municipality_id) where w.name = '{account}'""",
                 '23503', 'team_member_of_staff'),
                (f"""insert into traject.team_member (municipality_id, team_id, worker_id, staff) select w.municipality_id, t.team_id,
                       w.worker_id, false from traject.worker w join traject.team t using (municipality_id)
                      where w.name = '{account}'""", '23514', 'team_member_is_staff')):
            with self.assertRaises(Refused) as caught:
                self.database.owner(script)
            self.assertEqual((caught.exception.code, caught.exception.constraint), (code, constraint))
        for script in (f"""insert into session.token (municipality_id, worker_id, token_sha256, expires_at) select municipality_id,
                             worker_id, sha256('x'), now() + interval '1 day' from traject.worker where name = '{account}'""",
                       """insert into traject.worker (municipality_id, name, full_name, role, client_id) select municipality_id, 'y',
                            'y', 'client', 1 from traject.municipality"""):
            with self.assertRaises(Refused) as caught:
                self.database.acting('admin', script)
            self.assertEqual(caught.exception.code, '42501')


if __name__ == '__main__':
    unittest.main()
