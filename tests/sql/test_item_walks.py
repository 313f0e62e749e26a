"""Whatever runs on a client's path, walked from its beginning on: what is then known of it, and of contact and network."""
import unittest

from database import EMPLOYER, PEOPLE, Database, Refused
from items import BEGINS, LIFE, ItemsTest, call, day


class Walks(ItemsTest):
    """One of each, from its beginning on, an entry a day; and what is then known of it."""
    SINCE = {'employer': EMPLOYER}
    ALL = {
        'trial_placement': (
            [('trial_placement_begun', {'person': PEOPLE[0], 'begins_at': day(3)})],
            # Two months, when nothing else is said.
            {**SINCE, 'person': PEOPLE[0], 'begins_at': day(3), 'due_at': '2026-04-04T09:00:00+00:00'},
            [('trial_placement_extended', {'due_at': day(90), 'reason': 'meer tijd'}),
             ('trial_placement_ended', {'ending': 'employed'})],
            {'due_at': day(90), 'ending': 'employed'}),
        'probation': ([('probation_begun', {'begins_at': day(1)})], {**SINCE, 'begins_at': day(1), 'due_at': day(60)},
                      [('probation_ended', {'ending': 'passed'})], {'ending': 'passed'}),
        'contract': ([('contract_begun', {})], {**SINCE, 'contract': 'temporary', 'hours': 24, 'due_at': day(200)},
                     [('contract_changed', {'hours': '19,50'}), ('contract_changed', {'contract': 'permanent'}),
                      ('contract_ended', {'ending': 'client_stopped', 'reason': 'verhuisd'})],
                     {'contract': 'permanent', 'hours': 19.5, 'due_at': None, 'ending': 'client_stopped'}),
        # A year, when nothing else is said.
        'wage_value': ([('wage_value_measured', {'employer': EMPLOYER})],
                       {**SINCE, 'percentage': 60, 'by_whom': 'Dariuz', 'due_at': '2027-02-02T09:00:00+00:00'},
                       [('wage_value_measured', {'percentage': 75, 'by_whom': 'UWV', 'due_at': day(100)})],
                       {'percentage': 75, 'by_whom': 'UWV', 'due_at': day(100)}),
        'scheme': ([('scheme_applied', {'scheme': 'other', 'what': 'reiskosten'})], {'scheme': 'other', 'what': 'reiskosten'},
                   [('scheme_granted', {'begins_at': day(30), 'due_at': day(60)}), ('scheme_ended', {'reason': 'op'})],
                   {'begins_at': day(30), 'due_at': day(60)}),
        'task': ([('task_fitted', {'employer': EMPLOYER})], {**SINCE, 'what': 'brood inpakken'},
                 [('task_changed', {'what': 'brood snijden'}), ('task_ended', {})], {'what': 'brood snijden'}),
        # The term was for making it.
        'adaptation': ([('adaptation_agreed', {'due_at': day(9)})], {'what': 'een verstelbare tafel', 'due_at': day(9)},
                       [('adaptation_made', {})], {'due_at': None}),
        'workplace_guidance': (
            [('workplace_guidance_arranged', {'employer': EMPLOYER, 'person': PEOPLE[2], 'every_days': 1})],
            {**SINCE, 'person': PEOPLE[2], 'guide': 'colleague', 'guidance_form': 'on_the_floor', 'every_days': 1},
            [('workplace_guidance_changed', {'guidance_form': 'look_in', 'every_days': 14})],
            {'guidance_form': 'look_in', 'every_days': 14}),
        'wish': ([('wish_voiced', {})], {'what': 'een rijbewijs'}, [('career_dropped', {'reason': 'te duur'})], {}),
        'goal': ([('goal_set', {'due_at': day(50)})], {'what': 'vaste baan', 'due_at': day(50)},
                 [('career_changed', {'what': 'vast, 24 uur'}), ('career_achieved', {})], {'what': 'vast, 24 uur'}),
        'training': ([('training_begun', {})], {'what': 'heftruck'}, [('career_achieved', {})], {}),
        'career_step': ([('career_step_taken', {})], {'what': 'bediende zelf de kassa'}, [], {}),
        'precondition': ([('precondition_missing', {'due_at': day(9)})], {'theme': 'debts', 'due_at': day(9)},
                         # The last entry holds, and what is met has no term.
                         [('precondition_in_hand', {}), ('precondition_met', {})], {'due_at': None}),
        'motivation': ([('motivation_talked', {})], {'factor': 'guidance'},
                       [('motivation_talked', {'guidance': 'Liever zelf.'})], {}),
        'agreement': ([('agreement_made', {})], {'party': 'client', 'what': 'belt de huisarts', 'due_at': day(20)},
                      [('agreement_changed', {'party': 'network', 'by_whom': 'Ria', 'due_at': day(25)}),
                       ('agreement_not_kept', {'reason': 'huisarts met vakantie'})],
                      {'party': 'network', 'by_whom': 'Ria', 'due_at': day(25)}),
        'bottleneck': ([('bottleneck_raised', {'grouped_as': 'vervoer'})], {'what': 'geen bus na zessen', 'grouped_as': 'vervoer'},
                       [('bottleneck_put', {'by_whom': 'de wethouder', 'due_at': day(9)}), ('bottleneck_asked', {}),
                        ('bottleneck_answered', {'words': 'Er komt een belbus.'}), ('bottleneck_grouped', {'grouped_as': 'ov'})],
                       # What was asked again is not past the term of before.
                       {'by_whom': 'de wethouder', 'grouped_as': 'ov', 'due_at': None}),
        'network_person': ([('network_person_added', {})], {'what': 'Ria', 'relation': 'zus', 'may_be_told': 'alle afspraken'},
                           [('network_person_changed', {'may_be_told': 'niets'}), ('network_person_ended', {})],
                           {'may_be_told': 'niets'}),
        'appointment': ([('appointment_planned', {'counterpart': 'employer', 'employer': EMPLOYER, 'person': PEOPLE[0]})],
                        {**SINCE, 'person': PEOPLE[0], 'channel': 'office', 'counterpart': 'employer', 'due_at': day(9)},
                        [('appointment_moved', {'due_at': day(12), 'channel': 'video'}), ('appointment_kept', {})],
                        {'channel': 'video', 'due_at': day(12)}),
        'absence': ([('absence_reported', {'employer': EMPLOYER})], SINCE,
                    [('absence_changed', {'due_at': day(30)}), ('absence_ended', {'reason': 'contract liep af'})],
                    {'due_at': day(30)}),
        'dropout': ([('dropout_reported', {})], {}, [('dropout_resolved', {'reason': 'begint elders'})], {}),
        'coach_handover': ([('coach_assigned', {})], {'worker': 'bert'},
                           [('coach_handover_prepared', {'record_read': True}),
                            ('coach_handover_prepared', {'introduced_to_client': True, 'agreements_passed_on': True})],
                           {'record_read': True, 'introduced_to_client': True, 'agreements_passed_on': True,
                            'state': 'completed', 'open': False, 'state_since': day(3)}),
    }

    def rows(self):
        """What is known of the item of each client who has one: what is not null, with names for numbers."""
        return {row['client_number']: {name: value for name, value in row['item'].items()
                                       if value is not None and not name.endswith('_id')} for row in self.database.rows("""
            select c.client_number,
                   to_jsonb(i) || jsonb_build_object('employer', m.name, 'person', p.name, 'worker', w.name) as item
              from traject.item i join traject.trajectory t using (municipality_id, trajectory_id)
              join traject.client c using (municipality_id, client_id)
              left join traject.employer m on m.employer_id = i.employer_id
              left join traject.employer_person p on p.person_id = i.person_id
              left join traject.worker w on w.worker_id = i.worker_id""")}

    def entries(self, walks, first):
        """Makes them, of each walk in turn, the first on that day."""
        script = ''
        for number, entries in walks:
            for place, (kind, details) in enumerate(entries, first):
                given = {'occurred_at': day(place), **details}
                text = call(kind, number, **given) if kind in BEGINS else self.database.call(
                    'record_step', client_number=number, kind=kind, **given)
                script += f"begin; {self.database.enter('bas')} select * from {text}; commit;\n"
        self.database.run(script, 'traject_daemon')

    def test_each_walk(self):
        self.assertEqual(self.ALL.keys(), LIFE.keys())
        numbers = {item: self.client() for item in self.ALL}
        self.entries([(numbers[item], walk[0]) for item, walk in self.ALL.items()], 1)
        begun = self.rows()
        self.entries([(numbers[item], walk[2]) for item, walk in self.ALL.items()], 2)
        rows = self.rows()
        for item, (beginning, known, rest, then) in self.ALL.items():
            with self.subTest(item):
                state = LIFE[item][None][beginning[0][0]]
                expected = {'kind': item, 'state': state, 'open': state in LIFE[item] and state != 'met', 'opened_at': day(1),
                            'state_since': day(1), 'changed_at': day(1), **known}
                self.assertEqual(begun[numbers[item]], expected)
                for place, (kind, _) in enumerate(rest, 2):
                    if LIFE[item][state][kind] != state:
                        state = LIFE[item][state][kind]
                        expected['state_since'] = day(place)
                expected |= {'state': state, 'open': state in LIFE[item] and state != 'met', 'changed_at': day(len(rest) + 1), **then}
                self.assertEqual(rows[numbers[item]], {name: value for name, value in expected.items() if value is not None})

    def test_what_stands_on_its_own(self):
        number = self.client()
        self.database.as_worker('bas', 'record_first_contact', client_number=number, initiator='uwv',
                                direction='person_seeks_tasks', form='meet_and_greet', employer=EMPLOYER, person=PEOPLE[1],
                                occurred_at=day(1))
        self.database.as_worker('bas', 'record_day_along', client_number=number, employer=EMPLOYER, occurred_at=day(2))
        shown = self.database.as_worker('bas', 'get_timeline', client_number=number, newest_first=False)[1:]
        given = ('kind', 'initiator', 'direction', 'form', 'employer', 'person', 'item_id')
        self.assertEqual([[row[name] for name in given] for row in shown], [
            ['first_contact', 'uwv', 'person_seeks_tasks', 'meet_and_greet', EMPLOYER, PEOPLE[1], None],
            ['day_along', None, None, None, EMPLOYER, None, None]])

    def test_settings_are_the_municipalitys(self):
        standard = {'trial_placement_months': 2, 'wage_value_months': 12, 'coming_up_days': 14, 'ask_again_days': 28, 'glass_hours': 3}

        def settings(worker='anna', municipality='Veldstad'):
            return {row['name']: row['value'] for row in self.database.as_worker(worker, 'list_settings', municipality)}
        self.assertEqual(settings(), standard)
        for worker in ('anna', 'mia', 'max'):
            self.refused('TJ007', None, 'SetSetting is not for the role', 'set_setting', actor=worker,
                         name='coming_up_days', value=3)
            with self.assertRaisesRegex(Refused, 'row-level security'):
                self.database.acting(worker, 'select ' + Database.call('set_setting', name='coming_up_days', value=3))
        self.refused('TJ003', 'value', 'value is missing; give a number', 'set_setting', actor='admin', name='coming_up_days')
        for name, value in (('trial_placement_months', 13), ('wage_value_months', 61), ('coming_up_days', 366),
                            ('ask_again_days', 0)):
            self.refused('23514', None, 'a setting is at least 1, and at most 12 months', 'set_setting', actor='admin',
                         name=name, value=value)
        try:
            self.database.as_worker('admin', 'set_setting', name='trial_placement_months', value=3)
            self.database.as_worker('admin', 'set_setting', name='wage_value_months', value=6)
            self.assertEqual(settings(), {**standard, 'trial_placement_months': 3, 'wage_value_months': 6})
            self.assertEqual([row['is_set'] for row in self.database.as_worker('anna', 'list_settings')],
                             [True, True, False, False, False])
            self.assertEqual(settings('anna', 'Oevermeer'), standard)
            number = self.client()
            self.begin(number, 'trial_placement_begun', occurred_at=day(1))
            self.begin(number, 'wage_value_measured', occurred_at=day(1))
            self.assertEqual({row['kind']: row['due_at'][:10] for row in self.items(number)},
                             {'trial_placement': '2026-05-02', 'wage_value': '2026-08-02'})
        finally:
            self.database.run("delete from traject.setting")


class Network(ItemsTest):
    def test_people_are_included_by_name(self):
        number, other = self.client(), self.client()
        self.begin(number, 'network_person_added', occurred_at=day(1))
        self.begin(number, 'network_person_added', what='Piet', relation='buur', occurred_at=day(1))
        self.begin(other, 'network_person_added', what='Kees', occurred_at=day(1))
        self.database.as_worker('bas', 'record_contact', client_number=number, channel='home', counterpart='client', reached=True,
                                network_people=['ria', ' Piet ', 'Ria'], occurred_at=day(2))
        self.begin(number, 'appointment_planned', network_people=['Piet'], occurred_at=day(3))
        shown = {row['kind']: row['network_people'] for row in
                 self.database.as_worker('bas', 'get_timeline', client_number=number, newest_first=True)}
        self.assertEqual((shown['contact'], shown['appointment_planned']), (['Ria', 'Piet'], ['Piet']))
        for names, place in ((['Kees'], 1), (['Riaa'], 1), (['Piet', 'RIA', 'Kees', 'Riaa'], 3)):
            says = (f'^nobody of the name in place {place} was in the network of this client at .*; the list of the network has '
                    'the names, add that person first$')
            for function, arguments in (('record_contact', {'channel': 'home', 'counterpart': 'client', 'reached': True}),
                                        ('plan_appointment', BEGINS['appointment_planned'][1])):
                self.refused('TJ005', 'network_people', says, function, client_number=number, network_people=names, **arguments)
        self.refused('TJ009', 'what', f'^somebody of that name is in the network since {day(1)[:10]} .* already; give another name$',
                     'add_network_person', client_number=number, what='RIA', relation='zus', may_be_told='alles')
        piet = next(row['item_id'] for row in self.items(number) if row['what'] == 'Piet')
        self.step(number, 'network_person_ended', item_id=piet)
        self.refused('TJ005', 'network_people', 'nobody of the name in place 1', 'plan_appointment', client_number=number,
                     network_people=['Piet'], **BEGINS['appointment_planned'][1])
        self.begin(number, 'network_person_added', what='Piet', relation='buur')


class Appointments(ItemsTest):
    def contact(self, number):
        row, = self.database.as_worker('bas', 'get_client', client_number=number)
        return row['last_contact_at'], row['last_attempt_at'], row['unanswered_attempts'], row['next_appointment_at']

    def test_what_counts_as_contact(self):
        for counterpart in ('client', 'employer', 'network', 'partner'):
            for kind in ('appointment_kept', 'appointment_not_shown_up', 'appointment_cancelled'):
                with self.subTest(counterpart=counterpart, kind=kind):
                    number = self.client()
                    self.begin(number, 'appointment_planned', counterpart=counterpart, occurred_at=day(1))
                    self.assertEqual(self.contact(number), (None, None, 0, day(9)))
                    self.step(number, kind, occurred_at=day(9))
                    kept = day(9) if (counterpart, kind) == ('client', 'appointment_kept') else None
                    missed = day(9) if (counterpart, kind) == ('client', 'appointment_not_shown_up') else None
                    self.assertEqual(self.contact(number), (kept, missed, int(bool(missed)), None))

    def test_the_due_moment_follows(self):
        number = self.client()
        self.begin(number, 'appointment_planned', occurred_at=day(1))
        answer = self.step(number, 'appointment_not_shown_up', occurred_at=day(9))
        self.assertEqual(answer['contact_due_at'], day(0))
        # Later ones count from the last time that the client was reached; entered in any order.
        self.begin(number, 'appointment_planned', occurred_at=day(9), due_at=day(12))
        self.assertEqual(self.step(number, 'appointment_kept', occurred_at=day(12))['contact_due_at'], day(40))
        self.begin(number, 'appointment_planned', occurred_at=day(2), due_at=day(5))
        self.step(number, 'appointment_kept', occurred_at=day(5), channel='video')
        self.assertEqual(self.contact(number), (day(12), None, 0, None))

    def test_the_quiet_list_shows_what_is_planned(self):
        number = self.client()
        self.begin(number, 'appointment_planned', counterpart='employer', occurred_at=day(1), due_at=day(8))
        self.begin(number, 'appointment_planned', occurred_at=day(1), due_at=day(20))
        self.begin(number, 'appointment_planned', occurred_at=day(1), due_at=day(15))
        # The first one that is still to come; when none is, the last.
        for asked, planned in ({'as_of': day(14)}, day(15)), ({'as_of': day(16)}, day(20)), ({}, day(20)):
            row, = (row for row in self.database.as_worker('bas', 'list_without_contact', page_size=1000, **asked)
                    if row['client_number'] == number)
            self.assertEqual(row['next_appointment_at'], planned, asked)

    def test_a_talk_about_motivation_is_one_contact(self):
        number = self.client()
        self.database.as_worker('bas', 'record_motivation', client_number=number, approach='Rustig.', guidance='Weinig.',
                                occurred_at=day(3))
        self.assertEqual(self.contact(number)[0], None)
        self.database.as_worker('bas', 'record_motivation', client_number=number, approach='Rustig.', guidance='Weinig.',
                                aptitude='Met de handen.', channel='home', occurred_at=day(4))
        self.assertEqual(self.contact(number)[:3], (day(4), None, 0))
        entries = [row for row in self.database.as_worker('bas', 'get_timeline', client_number=number, newest_first=False)
                   if row['kind'] == 'motivation_talked']
        self.assertEqual([(row['factor'], row['channel']) for row in entries],
                         [('approach', None), ('guidance', None), ('approach', 'home'), ('guidance', None), ('aptitude', None)])


if __name__ == '__main__':
    unittest.main()
