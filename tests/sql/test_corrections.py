"""What was entered wrong: who may put it right, what stays readable, what follows from it, and what was answered before."""

import unittest
import uuid

from database import Conversation, Database, Refused, digest, literal, sealed, token_of

START = '2025-01-06 09:00+00'


class DatabaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.clients = 0
        cls.owner = Conversation(cls.database, 'postgres')
        cls.addClassCleanup(cls.owner.close)
        cls.daemon = Conversation(cls.database)
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        type(self).clients += 1
        self.number = f'C{self.clients}'
        self.trajectory = self.database.new_client(self.number, at=START)

    def make(self, function, actor='anna', /, **arguments):
        """A call about this test's client; the number of the entry that it made."""
        return int(self.daemon.call(actor, function, client_number=self.number, **arguments)[0][0])

    def correct(self, event, actor='anna', /, **changes):
        return int(self.daemon.call(actor, 'correct_entry', event_id=event, reason='vergissing', **changes)[0][0])

    def withdraw(self, event, actor='anna', /, **more):
        return int(self.daemon.call(actor, 'withdraw_entry', event_id=event, reason='niet gebeurd', **more)[0][0])

    def refused(self, code, said, function, /, *arguments, **named):
        with self.assertRaises(Refused) as caught:
            function(*arguments, **named)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertRegex(caught.exception.message, said)

    def contact(self, at, actor='anna', /, **more):
        return self.make('record_contact', actor, channel='phone', counterpart='client',
                         **{'reached': True, 'occurred_at': at} | more)

    def ask(self, function='get_client', actor='bas', /, **arguments):
        return self.database.as_worker(actor, function, **{'client_number': self.number} | arguments)

    def client(self, **arguments):
        return self.ask(**arguments)[0]

    def timeline(self, actor='bas', /, **arguments):
        return self.ask('get_timeline', actor, **{'newest_first': False} | arguments)

    def hand_over(self, day=1, until='completed'):
        """The steps of a handover from a day of March 2025 on; the entries made."""
        steps = {'flagged': ('flag_handover', {'employer': 'Bakkerij De Zon', 'supervisor': 'M. Visser'}),
                 'prepared': ('prepare_handover', {'talked_through_with_client': True, 'guidance_needs_shared': True,
                                                   'absence_and_dropout_discussed': True, 'fallback_agreed': True,
                                                   'second_person': 'K. de Wit'}),
                 'accepted': ('accept_handover', {}), 'completed': ('complete_handover', {})}
        made = {}
        for place, (step, (function, arguments)) in enumerate(steps.items()):
            made[step] = self.make(function, occurred_at=f'2025-03-{day + place:02} 09:00+00', **arguments)
            if step == until:
                break
        return made

    def assert_rebuilt(self):
        """What was kept is what the entries say."""
        self.assertEqual(self.rebuild()['different'], [])

    def rebuild(self, **arguments):
        return self.database.as_worker('admin', 'rebuild_state', **{'repair': False, 'page_size': 1000} | arguments)[0]


class Who(DatabaseTest):
    def test_who_made_it_or_a_manager_of_the_team(self):
        by_anna, by_mia = self.contact('2025-02-01'), self.contact('2025-02-02', 'mia')
        for actor, event, name in (('mia', by_anna, 'anna'), ('anna', by_mia, 'mia')):
            self.refused('TJ007', f'was made by {name}; ask them, or a manager', self.correct, event, actor, words='x')
            self.refused('TJ007', f'was made by {name}', self.withdraw, event, actor)
        # Others do not even see it.
        for actor in ('bert', 'zoe', 'zack'):
            self.refused('TJ005', f'no entry {by_anna}', self.correct, by_anna, actor, words='x')
            self.refused('TJ005', f'no entry {by_anna}', self.withdraw, by_anna, actor)
        self.refused('TJ007', 'not for the role admin', self.correct, by_anna, 'admin', words='x')
        self.correct(by_mia, 'mia', words='door mia')
        again = self.correct(by_anna, 'max', words='door max')
        # What the manager made of it is the manager's.
        self.refused('TJ007', 'was made by max', self.correct, again, 'anna', words='x')
        self.withdraw(again, 'bas')
        self.assertEqual([row['words'] for row in self.timeline()[1:]], ['door mia'])

    def test_an_entry_is_corrected_once(self):
        event = self.contact('2025-02-01')
        second = self.correct(event, words='beter')
        self.refused('TJ009', f'entry {event} was corrected already, by entry {second}; correct that one', self.correct,
                     event, words='nog beter')
        self.refused('TJ009', f'was corrected already, by entry {second}', self.withdraw, event)
        third = self.withdraw(second)
        self.refused('TJ009', f'entry {second} was withdrawn already, by entry {third}', self.correct, second, words='x')
        self.refused('TJ009', 'is entry withdrawn, which is not corrected; enter anew', self.correct, third, words='x')
        self.assertIsNone(self.client()['last_contact_at'])

    def test_two_at_once(self):
        event = self.contact('2025-02-01')
        first, second = Conversation(self.database), Conversation(self.database)
        self.addCleanup(first.close)
        self.addCleanup(second.close)

        def correction(words):
            return (f"{self.database.enter('anna', 'Veldstad', 'CorrectEntry')} select * from "
                    f"{self.database.call('correct_entry', event_id=event, reason='x', words=words)}; ")
        first.run('begin; ' + correction('een'))
        second.send('begin; ' + correction('twee') + 'commit;')
        self.owner.run("""do $$ begin while not exists (select from pg_locks where not granted) loop
            perform pg_sleep(0.01); end loop; end $$;""")
        first.run('commit;')
        self.refused('TJ009', 'was corrected already', second.answer)
        self.assertEqual([row['words'] for row in self.timeline()[1:]], ['een'])

    def test_the_version_seen(self):
        event = self.contact('2025-02-01')
        version = self.client()['version']
        self.refused('TJ010', f'is at version {version}, not {version - 1}', self.correct, event, words='x',
                     expected_version=version - 1)
        self.refused('TJ010', 'is at version', self.withdraw, event, expected_version=version + 1)
        self.correct(event, words='x', expected_version=version)
        self.assertEqual(self.client()['version'], version + 1)

    def test_nobody_makes_the_entries_of_others_not_count(self):
        """Not even by what the API does not do, in the daemon's role."""
        others = self.contact('2025-02-01')
        trajectory = self.database.new_client(self.number + 'b', coach='bert')
        said = literal(sealed('x'))
        for columns, values in (('kind, supersedes, entry_id, correction_reason', f"'entry_withdrawn', {others}, {others}, {said}"),
                                ('kind, item_id, what', f"'task_changed', {others}, {said}")):
            self.refused('23514', 'own trajectory', self.database.acting, 'bert', f"""insert into traject.event
                (municipality_id, trajectory_id, occurred_at, recorded_by, {columns}) select municipality_id, trajectory_id,
                now(), coach_id, {values} from traject.trajectory_state where trajectory_id = {trajectory};""")

    def test_the_same_key_again(self):
        """What the daemon does for a request key: the second time there is an answer, and the call is not made."""
        event, key = self.contact('2025-02-01'), uuid.uuid4()
        enter = (f"do $$ begin perform session.enter('\\x{digest(token_of('Veldstad', 'anna'))}', '{key}', "
                 "'/traject.v1.Traject/CorrectEntry', '\\x00'); end $$; ")
        self.daemon.run(f"""begin; {enter} select * from {self.database.call('correct_entry', event_id=event, reason='x',
            words='een keer')}; insert into session.request (request_key, method, body_sha256, reply)
            values ('{key}', '/traject.v1.Traject/CorrectEntry', '\\x00', '{{}}'); commit;""")
        with self.assertRaises(Refused) as caught:
            self.daemon.run(f'begin; {enter} commit;')
        self.assertEqual(caught.exception.code, 'TJ901')


class What(DatabaseTest):
    def test_the_old_one_stays_readable(self):
        event = self.contact('2025-02-01', words='gebeld met Jan')
        second = self.correct(event, words='gebeld met Piet', occurred_at='2025-02-03')
        gone = self.withdraw(self.contact('2025-02-05', words='niet'))
        self.assertEqual([(row['event_id'], row['supersedes'], row['correction_reason']) for row in self.timeline()[1:]],
                         [(second, event, 'vergissing')])
        everything = {row['event_id']: row for row in self.timeline(with_superseded=True)}
        self.assertEqual((everything[event]['words'], everything[event]['superseded_by'], everything[event]['withdrawn']),
                         ('gebeld met Jan', second, False))
        withdrawn = everything[everything[gone]['supersedes']]
        self.assertEqual((withdrawn['words'], withdrawn['superseded_by'], withdrawn['withdrawn']), ('niet', gone, True))
        self.assertEqual((everything[gone]['correction_reason'], everything[gone]['withdrawn_kind']), ('niet gebeurd', 'contact'))

    def test_who_made_it_first_is_told_and_who_corrected_it(self):
        event = self.contact('2025-02-01', words='gebeld met Jan')
        second = self.correct(event, 'max', words='gebeld met Piet')
        third = self.correct(second, 'bas', words='gebeld met Klaas')
        gone = self.withdraw(self.contact('2025-02-05'), 'max')
        told = {row['event_id']: (row['recorded_by'], row['corrected_by']) for row in self.timeline(with_superseded=True)}
        self.assertEqual([told[entry] for entry in (event, second, third, gone)],
                         [('anna', None), ('anna', 'max'), ('anna', 'bas'), ('max', None)])

    def test_what_is_refused(self):
        contact = self.contact('2025-02-01', words='zo was het')
        start = self.timeline()[0]['event_id']
        self.refused('TJ003', 'reason is missing', self.daemon.call, 'anna', 'correct_entry', event_id=contact, reason=' ',
                     words='x')
        self.refused('TJ003', f'nothing of entry {contact} would change', self.correct, contact)
        self.refused('TJ003', f'nothing of entry {contact} would change', self.correct, contact, channel='phone', reached=True)
        self.refused('TJ003', 'lies in the future', self.correct, contact, occurred_at='2099-01-01')
        self.refused('TJ003', 'contact of 2024-12-31 .* would be before the start', self.correct, contact,
                     occurred_at='2024-12-31')
        self.refused('TJ009', 'a trajectory keeps its start', self.withdraw, start, 'bas')
        for name, value in (('stage', 'work_content'), ('what', 'x'), ('hours', '12'), ('outcome', 'other'),
                            ('trajectory_kind', 'activation'), ('entry_reason', 'x'), ('due_at', '2026-01-01')):
            with self.subTest(name):
                self.refused('TJ003', f'{name} does not belong to contact; leave it out', self.correct, contact, **{name: value})
        self.refused('TJ003', 'who did it belongs to a contact', self.correct, start, 'bas', worker='bert')
        self.database.as_worker('bas', 'set_rhythm', days=9, client_number=self.number)
        rhythm = self.timeline()[-1]['event_id']
        self.refused('TJ009', 'is rhythm set, which is not corrected; set the rhythm again', self.correct, rhythm, 'bas', words='x')
        agreement = self.make('make_agreement', party='coach', what='bellen', due_at='2026-01-01', occurred_at='2025-02-02')
        self.refused('TJ003', 'percentage does not belong to agreement made', self.correct, agreement, percentage=3)
        self.make('record_step', kind='agreement_kept', item_id=agreement, occurred_at='2025-02-04')
        self.refused('TJ009', 'agreement kept of .* had not begun', self.withdraw, agreement)
        self.refused('TJ009', 'agreement kept of .* had not begun', self.correct, agreement, occurred_at='2025-02-05')
        self.assert_rebuilt()

    def test_moves_that_others_rest_on(self):
        first = self.make('move_stage', stage='starting_work', occurred_at='2025-02-01')
        second = self.make('move_stage', stage='work_content', occurred_at='2025-03-01')
        self.refused('TJ009', f'the move to work content at 2025-03-01 .* skip a stage without a reason; correct entry {second}',
                     self.withdraw, first)
        self.refused('TJ009', f'go back without a reason; correct entry {second} with one first', self.make, 'move_stage',
                     stage='career_development', occurred_at='2025-02-15', reason='zo liep het')
        self.refused('TJ003', 'came into stage starting work at that moment', self.make, 'move_stage', stage='work_content',
                     occurred_at='2025-02-01', reason='x')
        self.refused('TJ003', f'another move is there at the very moment of stage moved', self.correct, second, occurred_at='2025-02-01')
        reasoned = self.correct(second, entry_reason='meteen door')
        self.withdraw(first)
        self.make('move_stage', stage='career_development', occurred_at='2025-02-15', reason='zo liep het')
        spells = self.database.rows(f"""select stage, from_stage, reason, lower(period)::date as since from traject.stage_spell
            where trajectory_id = {self.trajectory} order by period""")
        self.assertEqual([(spell['stage'], spell['from_stage'], spell['reason'], spell['since']) for spell in spells],
                         [('first_contact', None, None, '2025-01-06'),
                          ('career_development', 'first_contact', 'zo liep het', '2025-02-15'),
                          ('work_content', 'career_development', 'meteen door', '2025-03-01')])
        self.correct(reasoned, stage='preconditions')
        self.assertEqual(self.client()['stage'], 'preconditions')
        self.assert_rebuilt()

    def test_the_start(self):
        start = self.timeline()[0]['event_id']
        first = self.contact('2025-02-01')
        self.refused('TJ003', f'entry {first}, contact of 2025-02-01 00:00 UTC would be before the start', self.correct, start,
                     'bas', occurred_at='2025-02-02')
        start = self.correct(start, 'bas', occurred_at='2024-12-01', trajectory_kind='activation', stage='starting_work')
        client = self.client()
        self.assertEqual((client['started_at'][:10], client['trajectory_kind'], client['stage'], client['stage_since'][:10],
                          client['coach_since'][:10], client['guided_since'][:10]),
                         ('2024-12-01', 'activation', 'starting_work', '2024-12-01', '2024-12-01', '2024-12-01'))
        self.withdraw(first)
        self.correct(start, 'bas', occurred_at='2025-04-01')
        client = self.client()
        self.assertEqual((client['started_at'][:10], client['contact_due_at'][:10]), ('2025-04-01', '2025-04-01'))
        self.assert_rebuilt()

    def test_the_end(self):
        self.hand_over(until='prepared')
        self.make('end_trajectory', outcome='employed', occurred_at='2025-05-01')
        self.assertEqual((self.client()['handover_state'], self.client()['handover_since'][:10]), ('withdrawn', '2025-05-01'))
        end = self.timeline()[-1]['event_id']
        late = self.contact('2025-04-01')
        self.refused('TJ003', f'entry {late}, contact of 2025-04-01 00:00 UTC would be after the end .*; give a later end',
                     self.correct, end, occurred_at='2025-03-20')
        end = self.correct(end, outcome='education', occurred_at='2025-04-20')
        self.assertEqual((self.client()['outcome'], self.client()['ended_at'][:10]), ('education', '2025-04-20'))
        # Withdrawn, it goes on as if it had not ended: the handover too.
        self.withdraw(end)
        client = self.client()
        self.assertEqual((client['outcome'], client['ended_at'], client['handover_state']), (None, None, 'prepared'))
        self.make('accept_handover', occurred_at='2025-05-10')
        self.make('end_trajectory', outcome='other', occurred_at='2025-06-01')
        end = self.timeline()[-1]['event_id']
        self.daemon.call('bas', 'start_trajectory', client_number=self.number, kind='activation', coach='anna', team='Noord',
                         occurred_at='2025-07-01')
        self.refused('23P01', 'trajectory_one_at_a_time', self.withdraw, end)
        self.refused('23P01', 'trajectory_one_at_a_time', self.correct, end, occurred_at='2025-07-02')
        self.refused('TJ003', 'would be after the end', self.correct, end, occurred_at='2025-04-20')
        self.assertEqual([row['trajectory'] for row in self.timeline()][-1], 2)
        self.assert_rebuilt()

    def test_a_rhythm_set_since_is_not_in_the_way_of_an_end(self):
        self.database.as_worker('bas', 'set_rhythm', days=9, client_number=self.number)
        self.make('end_trajectory', outcome='employed', occurred_at='2025-05-01')
        self.assertEqual(self.client()['ended_at'][:10], '2025-05-01')
        self.assert_rebuilt()

    def test_contacts_far_back(self):
        first = self.contact('2025-02-01')
        attempts = [self.contact(f'2025-03-{day:02}', reached=False) for day in range(1, 4)]
        last = self.contact('2025-06-01')

        def state():
            client = self.client()
            return tuple(value and str(value)[:10] for value in (
                client['last_contact_at'], client['unanswered_attempts'], client['last_attempt_at'], client['contact_due_at']))
        self.assertEqual(state(), ('2025-06-01', 0, None, '2025-06-29'))
        last = self.correct(last, counterpart='employer')
        self.assertEqual(state(), ('2025-02-01', '3', '2025-03-03', '2025-03-01'))
        attempts[1] = self.correct(attempts[1], reached=True)
        self.assertEqual(state(), ('2025-03-02', '1', '2025-03-03', '2025-03-30'))
        self.withdraw(attempts[1])
        self.withdraw(first)
        self.assertEqual(state(), (None, '2', '2025-03-03', '2025-01-06'))
        self.correct(last, counterpart='client', occurred_at='2025-03-02')
        self.assertEqual(state(), ('2025-03-02', '1', '2025-03-03', '2025-03-30'))
        self.assert_rebuilt()

    def test_a_completed_handover_far_back(self):
        made = self.hand_over()
        returned = self.make('return_handover', reason='ziek', occurred_at='2025-04-01')

        def guides():
            return [tuple(str(value)[:10] for value in row.values()) for row in self.database.rows(
                f"""select lower(period) as since, party from traject.guidance where trajectory_id = {self.trajectory}
                    order by period""")]
        self.assertEqual(guides(), [('2025-01-06', 'coach'), ('2025-03-04', 'employer'), ('2025-04-01', 'coach')])
        self.refused('TJ009', f'entry {returned}, handover returned of .* does not fit: at that moment the handover was accepted',
                     self.withdraw, made['completed'])
        made['completed'] = self.correct(made['completed'], occurred_at='2025-03-20')
        self.assertEqual(guides()[1], ('2025-03-20', 'employer'))
        self.withdraw(returned)
        client = self.client()
        self.assertEqual((client['guided_by'], client['guided_since'][:10], client['supervisor'], client['second_person'],
                          client['handover_state']), ('employer', '2025-03-20', 'M. Visser', 'K. de Wit', 'completed'))
        self.refused('TJ009', 'handover accepted of .* does not fit: at that moment the handover was flagged', self.withdraw,
                     made['prepared'])
        self.withdraw(made['completed'])
        self.assertEqual((self.client()['guided_by'], self.client()['handover_state']), ('coach', 'accepted'))
        self.assertEqual(guides(), [('2025-01-06', 'coach')])
        self.assert_rebuilt()

    def test_who_sees_it_after_an_assignment_was_withdrawn(self):
        assigned = self.make('assign_coach', 'bas', coach='zoe', team='Zuid', occurred_at='2025-02-01')
        self.assertEqual(self.client()['coach'], 'zoe')
        self.refused('TJ005', 'no client', self.ask, 'get_client', 'anna')
        self.withdraw(assigned, 'bas')
        self.assertEqual(self.ask('get_client', 'anna')[0]['coach'], 'anna')
        self.refused('TJ005', 'no client', self.ask, 'get_client', 'zoe')
        self.assertEqual(self.database.as_worker('bas', 'list_items', client_number=self.number, with_ended=True, overdue=False), [])
        self.assertEqual(self.client()['coaches'], 1)

    def test_a_team_without_another_coach_is_no_handover_between_coaches(self):
        def items():
            return [(item['kind'], item['state']) for item in self.ask('list_items', with_ended=True, overdue=False)]
        self.make('assign_coach', 'bas', coach='cor', team='Noord', occurred_at='2025-02-01')
        later = self.make('assign_coach', 'bas', coach='cor', team='Zuid', occurred_at='2025-03-01')
        self.assertEqual(items(), [('coach_handover', 'running')])
        between = self.make('assign_coach', 'bas', coach='bert', team='Noord', occurred_at='2025-02-15')
        self.assertEqual(len(items()), 3)
        self.make('record_step', 'bas', kind='coach_handover_prepared', item_id=later, record_read=True,
                  introduced_to_client=True, occurred_at='2025-03-02')
        self.make('record_step', 'bas', kind='coach_handover_prepared', item_id=later, agreements_passed_on=True,
                  occurred_at='2025-03-05')
        done = [item for item in self.ask('list_items', with_ended=True, overdue=False) if item['item_id'] == later][0]
        self.assertEqual((done['state'], done['state_since'][:10]), ('completed', '2025-03-05'))
        self.withdraw(between, 'bas')
        # What was done stays to be seen.
        self.assertEqual(len(items()), 2)
        self.assert_rebuilt()

    def test_one_at_a_time_also_when_entered_later(self):
        def begin(at):
            return self.make('begin_trial_placement', employer='Bakkerij De Zon', occurred_at=at, due_at='2026-01-01')

        def states():
            return [(item['state'], item['state_since'][:10]) for item in
                    sorted(self.ask('list_items', with_ended=True, overdue=False), key=lambda item: item['opened_at'])]
        second = begin('2025-06-01')
        self.refused('TJ009', f'trial placement {second} runs since 2025-06-01 00:00 UTC; end that one first', begin, '2025-07-01')
        first = begin('2025-02-01')
        self.assertEqual(states(), [('ended', '2025-06-01'), ('running', '2025-06-01')])
        self.refused('TJ009', f'trial placement {first} has an entry of 2025-07-01', self.make, 'record_step',
                     kind='trial_placement_ended', item_id=first, ending='expired', occurred_at='2025-07-01')
        ended = self.make('record_step', kind='trial_placement_ended', item_id=first, ending='expired', occurred_at='2025-04-01')
        self.assertEqual(states(), [('ended', '2025-04-01'), ('running', '2025-06-01')])
        begin('2025-05-01')
        self.assertEqual(len(states()), 3)
        self.refused('TJ009', 'end the one before the other begins', self.correct, ended, occurred_at='2025-05-15')
        self.assert_rebuilt()

    def test_people_of_the_network_are_those_of_then(self):
        added = self.make('add_network_person', what='Piet', relation='broer', may_be_told='alles', occurred_at='2025-02-01')
        self.make('record_step', kind='network_person_ended', item_id=added, occurred_at='2025-04-01')
        self.contact('2025-03-01', network_people=['piet'])
        self.assertEqual(self.timeline()[2]['network_people'], ['Piet'])
        for at in ('2025-01-10', '2025-05-01'):
            self.refused('TJ005', f'nobody of the name in place 1 was in the network of this client at {at}', self.contact, at,
                         network_people=['Piet'])

    def test_an_open_case_does_not_go_back_to_who_is_gone(self):
        coach = 'w' + self.number.lower()
        self.database.as_worker('admin', 'add_worker', worker=coach, full_name='Tijdelijk', role='coach', teams=['Noord'])
        self.make('assign_coach', 'max', coach=coach, occurred_at='2025-02-01')
        back = self.make('assign_coach', 'max', coach='anna', occurred_at='2025-03-01')
        self.database.as_worker('admin', 'revoke_worker', worker=coach)
        self.refused('TJ009', f'that would leave the case with coach {coach}, who is no longer there', self.withdraw, back, 'max')
        self.assertEqual(self.client()['coach'], 'anna')

    def test_nobody_hands_over_to_who_has_left(self):
        people = ['Gaat ' + self.number, 'Blijft ' + self.number, 'Komt ' + self.number]
        for person in people:
            self.database.as_worker('admin', 'add_employer_person', employer='Bakkerij De Zon', person=person)
        self.make('flag_handover', employer='Bakkerij De Zon', supervisor=people[0])
        self.make('prepare_handover', talked_through_with_client=True, guidance_needs_shared=True,
                  absence_and_dropout_discussed=True, fallback_agreed=True, second_person=people[1])
        self.database.as_worker('admin', 'revoke_employer_person', employer='Bakkerij De Zon', person=people[0])
        self.refused('TJ009', f'{people[0]} left the employer on .*; name who accepts, or change the supervisor first', self.make,
                     'accept_handover')
        self.assertEqual((self.client()['supervisor_left'], self.client()['handover_needs']),
                         (True, f'another supervisor than {people[0]}, who has left'))
        self.make('accept_handover', accepted_by=people[1])
        self.refused('TJ009', 'still needs: another supervisor than', self.make, 'complete_handover')
        self.make('change_supervisor', supervisor=people[2])
        self.make('complete_handover')
        self.assertFalse(self.client()['supervisor_left'])


class AsOf(DatabaseTest):
    QUESTIONS = [('get_client', {}), ('get_timeline', {'newest_first': False}),
                 ('get_timeline', {'newest_first': True, 'with_superseded': True}),
                 ('list_without_contact', {'client_number': None, 'page_size': 1000})]

    def now(self):
        """A moment after all that was recorded so far, and before all that will be."""
        return self.owner.run('select clock_timestamp()')[0][0]

    def answers(self, moments, **known):
        script = ''
        for moment in moments:
            for function, arguments in self.QUESTIONS:
                if function == 'list_without_contact' and known:
                    continue
                asked = {'client_number': self.number, 'as_of': moment} | arguments | known
                asked = {name: value for name, value in asked.items() if value is not None}
                script += (f"begin; {self.database.enter('bas', 'Veldstad', 'GetClient')} select coalesce(json_agg(to_jsonb(q) "
                           f"- 'version' - 'page_token'), '[]') from {self.database.call(function, **asked)} q; commit;\n")
        return [row[0] for row in self.daemon.run(script)]

    def test_what_was_answered_stays_what_it_was(self):
        stage = self.make('move_stage', stage='starting_work', occurred_at='2025-02-01')
        self.make('move_stage', stage='work_content', occurred_at='2025-03-10', reason='x')
        made = self.hand_over(12)
        contact = self.contact('2025-04-01')
        piet = self.make('add_network_person', what='Piet', relation='broer', may_be_told='alles', occurred_at='2025-04-02')
        self.contact('2025-04-03', network_people=['Piet'], reached=False)
        planned = self.make('plan_appointment', channel='office', counterpart='client', due_at='2027-01-01', occurred_at='2025-04-04')
        placed = self.make('begin_trial_placement', employer='Bakkerij De Zon', occurred_at='2025-04-05', due_at='2025-09-01')
        absent = self.make('report_absence', occurred_at='2025-04-06')
        assigned = self.make('assign_coach', 'bas', coach='cor', team='Zuid', occurred_at='2025-04-07')
        start = self.timeline()[0]['event_id']
        moments = [f'2025-{month:02}-{day:02}' for month, day in (
            (1, 2), (1, 7), (2, 5), (2, 12), (3, 12), (3, 13), (3, 16), (4, 2), (4, 9))] + ['2025-12-31']
        marks, before = [self.now()], []
        changes = [
            lambda: self.correct(contact, 'bas', occurred_at='2025-02-20', counterpart='employer'),
            lambda: self.correct(stage, 'bas', occurred_at='2025-02-11', stage='career_development', entry_reason='anders'),
            lambda: self.withdraw(assigned, 'bas'),
            lambda: self.withdraw(made['completed'], 'bas'),
            lambda: self.correct(piet, 'bas', what='Pieter'),
            lambda: self.correct(planned, 'bas', due_at='2027-02-02'),
            lambda: self.withdraw(absent, 'bas'),
            lambda: self.withdraw(placed, 'bas'),
            lambda: self.correct(start, 'bas', occurred_at='2024-12-15', stage='preconditions', trajectory_kind='activation'),
            lambda: self.withdraw(self.timeline(kinds='{appointment_planned}')[0]['event_id'], 'bas'),
        ]
        before.append(self.answers(moments + marks))
        for change in changes:
            change()
            marks.append(self.now())
            # As of before the correction it is as it was; now it is another.
            answers = self.answers(moments + marks[:-1])
            self.assertEqual(answers, before[-1])
            self.assertNotEqual(self.answers(marks[-1:]), self.answers(marks[-2:-1]))
            before.append(self.answers(moments + marks))
        # What was known then is told of any moment.
        self.assert_rebuilt()
        self.assertEqual(self.client()['started_at'][:10], '2024-12-15')
        self.assertEqual(self.client(as_of='2025-02-05')['stage'], 'starting_work')
        self.assertEqual(self.client(as_of='2025-02-05', known_at=marks[-1])['stage'], 'preconditions')
        self.assertEqual(self.client(as_of='2025-02-15', known_at=marks[2])['stage'], 'career_development')
        self.assertEqual(self.client(as_of='2025-02-15', known_at=marks[1])['stage'], 'starting_work')
        self.assertEqual(self.client(known_at=marks[0])['last_contact_at'][:10], '2025-04-01')
        self.assertIsNone(self.client(known_at=marks[-1])['last_contact_at'])
        self.assertEqual(self.client(known_at=marks[0])['coach'], 'cor')
        self.assertIsNone(self.client(known_at='2024-01-01')['stage'])

    def test_what_is_entered_later_counts_for_then(self):
        asked = '2025-03-01'
        self.assertIsNone(self.client(as_of=asked)['last_contact_at'])
        known = self.now()
        self.contact('2025-02-01')
        self.assertEqual(self.client(as_of=asked)['last_contact_at'][:10], '2025-02-01')
        self.assertIsNone(self.client(as_of=asked, known_at=known)['last_contact_at'])


class Rebuild(DatabaseTest):
    DAMAGE = {
        'path': ["update traject.stage_spell set stage = 'preconditions' where trajectory_id = {0} and lower(period) < '2025-02-01'",
                 f"update traject.stage_spell set reason = {literal(sealed('anders'))} where trajectory_id = {{0}} "
                 'and reason is not null'],
        'coaches': ["update traject.coach_assignment set (team_id, coach_id) = (select m.team_id, m.worker_id from "
                    "traject.team_member m join traject.worker w using (municipality_id, worker_id) where w.name = 'zoe' and "
                    "m.municipality_id = coach_assignment.municipality_id) where trajectory_id = {0}"],
        'guidance': ["update traject.guidance set party = 'coach', employer_id = null, person_id = null, second_person_id = null "
                     "where trajectory_id = {0}", 'delete from traject.guidance where trajectory_id = {0}'],
        'handovers': ["update traject.handover set planned_at = now() where trajectory_id = {0}",
                      "delete from traject.handover where trajectory_id = {0}"],
        'items': ["update traject.item set state = 'kept', open = false where trajectory_id = {0}",
                  "delete from traject.item where trajectory_id = {0}",
                  "insert into traject.item (municipality_id, item_id, trajectory_id, kind, state, open, opened_at, state_since, "
                  "changed_at) select municipality_id, event_id, trajectory_id, 'wish', 'running', true, now(), now(), now() "
                  "from traject.event where trajectory_id = {0} and kind = 'trajectory_started'"],
        'state': ["update traject.trajectory_state set stage = 'preconditions' where trajectory_id = {0}",
                  "update traject.trajectory_state set unanswered_attempts = 7, last_attempt_at = now() where trajectory_id = {0}",
                  "update traject.trajectory_state set last_contact_at = null, due_at = started_at where trajectory_id = {0}",
                  "update traject.trajectory_state set corrected_at = null where trajectory_id = {0}",
                  "update traject.trajectory_state set open = false where trajectory_id = {0}",
                  "delete from traject.trajectory_state where trajectory_id = {0}"],
        'trajectory': ["update traject.trajectory set kind = 'full_productivity' where trajectory_id = {0}",
                       "update traject.trajectory set started_at = '2024-01-01' where trajectory_id = {0}"],
    }

    def setUp(self):
        super().setUp()
        self.make('move_stage', stage='work_content', reason='meteen', occurred_at='2025-02-01')
        self.hand_over()
        self.correct(self.contact('2025-02-01'), occurred_at='2025-02-02')
        self.make('make_agreement', party='coach', what='bellen', due_at='2026-01-01', occurred_at='2025-02-03')

    def stored(self):
        return self.owner.run(';'.join(
            f"select to_jsonb(x) - 'version' from traject.{table} x where trajectory_id = {self.trajectory} order by 1"
            for table in ('stage_spell', 'coach_assignment', 'guidance', 'handover', 'item', 'trajectory', 'trajectory_state')) + ';')

    def test_damage_is_named_and_made_right(self):
        whole = self.stored()
        self.assert_rebuilt()
        for part, scripts in self.DAMAGE.items():
            for script in scripts:
                with self.subTest(script):
                    # As no daemon, owner or admin could: with the constraints that would refuse it out of the way.
                    self.owner.run(f"begin; set local session_replication_role = 'replica'; {script.format(self.trajectory)}; commit;")
                    self.assertEqual(self.rebuild()['different'], [f'client {self.number}: {part}'])
                    self.assertNotEqual(self.stored(), whole)
                    self.assertEqual(self.rebuild(repair=True)['different'], [f'client {self.number}: {part}'])
                    self.assertEqual(self.stored(), whole)
                    self.assert_rebuilt()

    def test_pages(self):
        checked, token, pages = 0, None, 0
        while True:
            page = self.rebuild(page_size=1, page_token=token)
            checked, token, pages = checked + page['checked'], page['next_page_token'], pages + 1
            if token is None:
                break
        self.assertEqual(checked, int(self.owner.run(
            "select count(*) from traject.trajectory join traject.municipality using (municipality_id) where name = 'Veldstad'")[0][0]))
        self.assertEqual(pages, checked + 1)
        self.refused('TJ003', 'page_token is not one', self.rebuild, page_token='x')

    def test_who_may(self):
        for worker in ('anna', 'mia', 'max'):
            self.refused('TJ007', 'not for the role', self.database.as_worker, worker, 'rebuild_state', repair=True)
            # Nor by another way.
            self.refused('TJ007', 'compared by an admin', self.database.acting, worker, 'select * from internal.rebuild(true, 9, 0);')
        # Of another municipality nothing is told, and nothing changed.
        self.refused('TJ007', 'outside what your role may see or change', self.database.acting, 'anna',
                     f'select internal.derive(municipality_id + 1, {self.trajectory}) from traject.municipality;')
        self.refused('TJ007', 'when a manager or an admin sets it', self.database.acting, 'anna',
                     'select internal.follow_rhythm(null, null, null);')
        self.refused('TJ007', 'said by an admin', self.database.acting, 'anna', "select internal.flag_supervisor_left(1, 1);")
        self.refused('TJ007', 'said by an admin', self.database.acting, 'admin', "select internal.flag_supervisor_left(1, 1);")


class AtOnce(DatabaseTest):
    def test_a_rhythm_and_a_write_wait_for_each_other_in_one_order(self):
        """A write that began before a rhythm is set ends first; nothing locks up."""
        writer, setter = Conversation(self.database, 'postgres'), Conversation(self.database)
        self.addCleanup(writer.close)
        self.addCleanup(setter.close)
        call = self.database.call('open_state', client_number=self.number).replace('api.', 'internal.')
        writer.run(f"begin; {self.database.enter('anna', 'Veldstad', 'MoveStage')} select trajectory_id from {call};")
        setter.send(self.database.transaction('bas', 'set_rhythm', days=5, client_number=self.number))
        self.owner.run("""do $$ begin while not exists (select from pg_locks where not granted) loop
            perform pg_sleep(0.01); end loop; end $$;""")
        writer.run(f"select * from {self.database.call('move_stage', client_number=self.number, stage='starting_work')}; commit;")
        setter.answer()
        self.assertEqual((self.client()['stage'], self.client()['rhythm_days']), ('starting_work', 5))


if __name__ == '__main__':
    unittest.main()
