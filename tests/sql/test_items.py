"""Whatever runs on a client's path: each kind of entry after each state, with each detail, of each item."""
import json
import unittest

from database import EMPLOYER, Refused, literal
from items import (BEGINS, CHANGES, CORRECTION, DETAILS, HELPERS, LIFE, ONE_AT_A_TIME, STEPS, ItemsTest, call, day, enough, route)


class Rules(ItemsTest):
    def test_the_table_of_rules_is_this_one(self):
        life = {}
        for rule in self.database.rows('select * from traject.event_rule'):
            for item in rule['items']:
                for state in ([None] if rule['begins'] else []) + rule['from_states']:
                    life.setdefault(item, {}).setdefault(state, {})[rule['kind']] = rule['to_state'] or state
        self.assertEqual(life, {**LIFE, 'correction': CORRECTION})

    def test_each_entry_after_each_state(self):
        asked, script = [], HELPERS + 'begin; ' + self.database.enter('bas')
        for item, states in LIFE.items():
            ends = {to for entries in states.values() for to in entries.values()} - set(states)
            for state in [*filter(None, states), *ends]:
                number = self.client()
                way = [call(kind, number) for kind in route(item, state)]
                script += f'select test.walk({literal(way)}) as item \\gset\nselect :item;\n'
                for kind in [*BEGINS, *STEPS]:
                    # Bert is the coach already.
                    more = {'coach': 'cor'} if kind == 'coach_assigned' else {}
                    script += f'select test.attempt({literal(call(kind, number, **more))}, :item);\n'
                    asked.append((item, state, kind))
        answers = iter(self.database.run(script + 'rollback;'))
        for item, state, kind in asked:
            if kind == next(iter(BEGINS)):
                number = int(next(answers)[0])
            answer = json.loads(next(answers)[0])
            leads = LIFE[item].get(state, {}).get(kind)
            again = LIFE[item][None].get(kind)
            with self.subTest(item=item, state=state, kind=kind):
                if leads:
                    self.assertEqual(answer, {'item': number, 'state': leads})
                elif again and item in ONE_AT_A_TIME and state in LIFE[item]:
                    self.assertEqual(answer['code'], 'TJ009')
                    self.assertRegex(answer['message'], f'{item.replace("_", " ")} .* runs since .*; end that one first')
                elif again and item == 'network_person' and state == 'running':
                    self.assertEqual(answer['code'], 'TJ009')
                    self.assertRegex(answer['message'], '^somebody of that name is in the network since .* already; give another name$')
                elif kind in BEGINS:
                    # Another one.
                    self.assertGreater(answer.get('item', 0), number, answer)
                elif kind in {entry for entries in LIFE[item].values() for entry in entries}:
                    self.assertEqual(answer.get('code'), 'TJ009', answer)
                    self.assertRegex(answer['message'], f'{kind.replace("_", " ")} .*{state.replace("_", " ")}')
                else:
                    self.assertEqual((answer.get('code'), answer.get('field')), ('TJ005', 'item_id'), answer)
                    self.assertIn(f'with number {number}', answer['message'])

    def test_a_handover_between_coaches_is_complete_with_its_checklist(self):
        number = self.client()
        item = self.begin(number, 'coach_assigned')
        self.step(number, 'coach_handover_prepared', record_read=True, agreements_passed_on=True)
        self.assertEqual(self.items(number)[0]['needs'], ['be introduced to the client'])
        self.step(number, 'coach_handover_prepared', introduced_to_client=True, story_retold=False)
        self.assertEqual(self.items(number), [])
        self.assertEqual(self.items(number, with_ended=True)[0]['state'], 'completed')
        # That the story had to be told anew may turn out later.
        self.step(number, 'coach_handover_prepared', item_id=item, story_retold=True)
        shown = self.database.as_worker('bas', 'get_client', client_number=number)[0]
        self.assertEqual((shown['coaches'], shown['stories_retold']), (2, 1))


class Details(ItemsTest):
    def test_each_step_takes_its_own_details(self):
        asked, script = [], HELPERS + 'begin; ' + self.database.enter('bas')
        for kind, (needs, may) in STEPS.items():
            needs, may = needs.split(), may.split()
            item, state = next((item, state) for item, states in LIFE.items() for state in states
                               if kind in states[state] and state)
            number = self.client()
            way = [call(before, number) for before in route(item, state)]
            script += f'select test.walk({literal(way)}) as item \\gset\n'
            for name in [None, *needs, *DETAILS]:
                text = call(kind, number, **({name: None} if name in needs else {name: DETAILS[name]} if name else {}))
                script += f'select test.attempt({literal(text)}, :item);\n'
                asked.append((kind, name, 'lacks' if name in needs else 'has' if not name or name in may else 'extra'))
            if kind in CHANGES and not needs:
                text = call(kind, number, **{name: None for name in enough(kind) if name not in needs})
                script += f'select test.attempt({literal(text)}, :item);\n'
                asked.append((kind, 'kind', 'extra'))
        for (kind, name, case), answer in zip(asked, self.database.run(script + 'rollback;'), strict=True):
            answer = json.loads(answer[0])
            with self.subTest(kind=kind, detail=name, case=case):
                if case == 'has':
                    self.assertIn('state', answer, answer)
                elif name in enough(kind) and case == 'extra':
                    self.assertIn('state', answer)
                else:
                    self.assertEqual((answer.get('code'), answer.get('field')), ('TJ003', name), answer)
                    if name != 'kind':
                        self.assertRegex(answer['message'], f'^{name} (is missing; {kind.replace("_", " ")} needs it'
                                                            f'|does not belong to {kind.replace("_", " ")}; leave it out)$')

    def test_what_a_beginning_needs(self):
        number = self.client()
        for kind, name, changes in (
                ('probation_begun', 'due_at', {}), ('agreement_made', 'due_at', {}), ('appointment_planned', 'due_at', {}),
                ('wage_value_measured', 'percentage', {}), ('trial_placement_begun', 'employer', {}),
                ('task_fitted', 'what', {'what': ' '}), ('adaptation_agreed', 'what', {'what': ''}),
                ('wish_voiced', 'what', {'what': ''}), ('agreement_made', 'what', {'what': ''}),
                ('bottleneck_raised', 'what', {'what': ''}), ('network_person_added', 'what', {'what': ''}),
                ('network_person_added', 'relation', {'relation': ''}),
                ('network_person_added', 'may_be_told', {'may_be_told': ' '}),
                ('wage_value_measured', 'by_whom', {'by_whom': ''}), ('dropout_reported', 'reason', {'reason': ' '}),
                ('scheme_applied', 'what', {'scheme': 'other'})):
            function, arguments = BEGINS[kind]
            with self.subTest(kind=kind, name=name):
                self.refused('TJ003', name, f'^{name} is missing; ', function, client_number=number,
                             **{**arguments, name: None, **changes})

    def test_what_a_beginning_does_not_have(self):
        number = self.client()
        self.refused('TJ003', 'due_at', 'due_at does not belong to precondition met; leave it out', 'set_precondition',
                     client_number=number, theme='debts', state='met', due_at=day(20))
        self.refused('TJ003', 'due_at', 'due_at does not belong to career step taken; leave it out', 'add_career_entry',
                     client_number=number, kind='career_step_taken', what='x', due_at=day(20))
        self.refused('TJ003', 'kind', '^kind is contact; give wish_voiced, goal_set, career_step_taken or training_begun$',
                     'add_career_entry', client_number=number, kind='contact', what='x')
        self.refused('TJ003', 'state', '^state is running; give missing, in_hand or met$', 'set_precondition',
                     client_number=number, theme='debts', state='running')
        self.refused('TJ003', 'approach', 'no factor was touched', 'record_motivation', client_number=number, approach=' ')
        contract = {'client_number': number, 'employer': EMPLOYER, 'hours': '24'}
        ends = 'a temporary contract has an end and a permanent one has none'
        self.refused('23514', None, ends, 'begin_contract', **contract, contract='temporary')
        self.refused('23514', None, ends, 'begin_contract', **contract, contract='permanent', due_at=day(20))

    def test_ranges_are_told_in_words(self):
        number = self.client()
        contract = {'client_number': number, 'employer': EMPLOYER, 'contract': 'permanent'}
        for hours in ('0', '61', '99'):
            self.refused('23514', None, 'hours is over 0 and up to 60 a week', 'begin_contract', **contract, hours=hours)
        for hours in ('veel', '24.125', '-3', '', '1e1'):
            self.refused('TJ003', 'hours', 'hours is "[^"]*"; give hours a week, like 24 or 19.5', 'begin_contract', **contract,
                         hours=hours)
        for hours in ('24', ' 19,5 ', '60', '0.25'):
            self.database.as_worker('bas', 'begin_contract', **contract, hours=hours)
        self.assertEqual(sorted(row['hours'] for row in self.items(number)), ['0.25', '19.5', '24', '60'])
        for percentage in (-1, 101):
            self.refused('23514', None, 'percentage is 0 to 100', 'record_wage_value', client_number=number, by_whom='x',
                         percentage=percentage)
        for every_days in (0, 366):
            self.refused('TJ003', 'every_days', f'every_days is {every_days}; give 1 to 365', 'arrange_workplace_guidance',
                         client_number=number, guide='coach', guidance_form='calls', every_days=every_days)
        for due_at in ('1999-12-31 00:00+00', '2100-01-02 00:00+00'):
            self.refused('23514', None, 'lies between 2000 and 2100', 'make_agreement', client_number=number, party='client',
                         what='x', due_at=due_at)
        self.refused('23514', None, 'lies between 2000 and 2100', 'begin_contract', **contract, hours='24',
                     begins_at='1999-12-31 00:00+00')
        self.refused('23514', None, 'it ends after it begins; give a later end', 'begin_probation', client_number=number,
                     employer=EMPLOYER, begins_at=day(20), due_at=day(20))
        self.refused('TJ003', 'occurred_at', 'lies in the future', 'fit_task', client_number=number, what='x',
                     occurred_at='2099-01-01 00:00+00')
        for function, arguments, name, most in (
                ('fit_task', {}, 'what', 500), ('raise_bottleneck', {'what': 'x'}, 'grouped_as', 100),
                ('fit_task', {'what': 'x'}, 'words', 4000), ('report_dropout', {}, 'reason', 1000),
                ('add_network_person', {'relation': 'x', 'may_be_told': 'x'}, 'what', 100),
                ('add_network_person', {'what': 'x', 'may_be_told': 'x'}, 'relation', 100),
                ('add_network_person', {'what': 'x', 'relation': 'x'}, 'may_be_told', 500),
                ('record_wage_value', {'percentage': 3}, 'by_whom', 100)):
            self.refused('TJ003', name, f'^{name} has {most + 1} characters; give at most {most}$', function,
                         client_number=number, **arguments, **{name: 'x' * (most + 1)})

    def test_people_of_an_employer(self):
        number = self.client()
        self.refused('TJ005', 'employer', 'no employer called Bakkerij De Zonn; did you mean Bakkerij De Zon', 'fit_task',
                     client_number=number, what='x', employer='Bakkerij De Zonn')
        self.refused('TJ005', 'person', 'nobody called Joop at this employer', 'record_day_along', client_number=number,
                     employer=EMPLOYER, person='Joop')
        # Somebody of no employer in particular is nobody.
        self.refused('TJ003', 'employer', 'employer is missing; name the employer of Joop too', 'record_first_contact',
                     client_number=number, initiator='employer', direction='vacancy_seeks_person', form='job_interview',
                     person='Joop')

    def test_later_steps_keep_the_terms_of_what_runs(self):
        number = self.client()
        self.begin(number, 'contract_begun', begins_at=day(30), occurred_at=day(1))
        self.refused('23514', None, 'it ends after it begins; give a later end', 'record_step', client_number=number,
                     kind='contract_changed', due_at=day(29))
        self.refused('23514', None, 'a temporary contract has an end and a permanent one has none', 'record_step',
                     client_number=number, kind='contract_changed', contract='permanent', due_at=day(300))
        self.step(number, 'contract_changed', contract='permanent')
        self.assertIsNone(self.items(number)[0]['due_at'])
        self.refused('23514', None, 'a temporary contract has an end and a permanent one has none', 'record_step',
                     client_number=number, kind='contract_changed', contract='temporary')
        self.refused('TJ003', 'due_at', 'a permanent contract has no end; leave it out', 'record_step', client_number=number,
                     kind='contract_changed', due_at=day(300))


class Numbers(ItemsTest):
    """Which item a step belongs to."""

    def test_without_a_number_it_is_the_only_open_one(self):
        number = self.client()
        self.refused('TJ005', 'item_id', f'^client {number} has no open wish, goal or training; begin one first$', 'record_step',
                     client_number=number, kind='career_achieved')
        wish = self.begin(number, 'wish_voiced', occurred_at=day(5))
        self.step(number, 'career_changed', what='een vrachtwagenrijbewijs')
        goal = self.begin(number, 'goal_set', due_at=day(50))

        def shown(place):
            return day(place)[:16].replace('T', ' ') + ' UTC'
        # They are told apart by their terms, and without one by when they began; what they are about is sealed.
        self.refused('TJ003', 'item_id', rf'^client {number} has 2 open; name one by its number: {wish} \({shown(5)}\), '
                     rf'{goal} \({shown(50)}\); the list of what runs for the client tells what each is$', 'record_step',
                     client_number=number, kind='career_achieved')
        self.step(number, 'career_achieved', item_id=wish)
        self.step(number, 'career_dropped')
        self.assertEqual([(row['item_id'], row['state']) for row in self.items(number, with_ended=True)],
                         [(wish, 'achieved'), (goal, 'dropped')])
        self.refused('TJ009', None, 'career achieved .* achieved', 'record_step', client_number=number, kind='career_achieved',
                     item_id=wish)

    def test_a_number_of_somebody_else(self):
        number, other, hidden = self.client(), self.client(), self.client(coach='zoe', team='Zuid')
        task = self.begin(other, 'task_fitted')
        theirs = self.begin(hidden, 'task_fitted')
        for actor, item in (('bas', task), ('anna', task), ('anna', theirs)):
            self.refused('TJ005', 'item_id', f'^client {number} has no task with number {item}; list the items of the client for '
                         'their numbers$', 'record_step', actor=actor, client_number=number, kind='task_ended', item_id=item)
        self.refused('TJ005', 'client_number', f'no client with number {hidden}', 'record_step', actor='anna',
                     client_number=hidden, kind='task_ended', item_id=theirs)
        self.refused('TJ005', 'item_id', 'has no contract with number', 'record_step', client_number=other,
                     kind='contract_ended', ending='other', item_id=task)
        with self.assertRaises(Refused):
            self.database.as_worker('zoe', 'record_step', 'Oevermeer', client_number=hidden, kind='task_ended')

    def test_what_carries_nothing_on(self):
        number = self.client()
        for kind in [*BEGINS, 'contact', 'stage_moved', 'first_contact', 'day_along', 'supervisor_left', 'entry_withdrawn',
                     'handover_completed', 'trajectory_ended']:
            with self.subTest(kind):
                self.refused('TJ003', 'kind', f'^{kind.replace("_", " ")} is no step of something that runs; it has a command '
                             'of its own$', 'record_step', client_number=number, kind=kind)

    def test_a_version_that_has_passed(self):
        number = self.client()
        self.begin(number, 'task_fitted')
        self.refused('TJ010', 'expected_version', 'at version 2, not 1', 'record_step', client_number=number, kind='task_ended',
                     expected_version=1)
        self.step(number, 'task_ended', expected_version=2)

    def test_an_ended_trajectory_is_entered_into_by_number(self):
        number = self.client()
        task = self.begin(number, 'task_fitted', occurred_at=day(1))
        self.database.as_worker('bas', 'end_trajectory', client_number=number, outcome='employed', occurred_at=day(9))
        self.assertEqual(self.items(number), [])
        self.assertEqual([row['item_id'] for row in self.items(number, with_ended=True)], [task])
        self.refused('TJ005', 'item_id', 'has no open task', 'record_step', client_number=number, kind='task_ended')
        self.refused('TJ003', 'occurred_at', 'after the end', 'record_step', client_number=number, kind='task_ended',
                     item_id=task)
        self.step(number, 'task_ended', item_id=task, occurred_at=day(5))


if __name__ == '__main__':
    unittest.main()
