"""Cases of an event log as the database tells and takes them: page by page, again, with something missing."""
import json
import unittest

from database import Database, Refused, literal


def entry(external_id, at, kind='contact', **more):
    made = {'external_id': external_id, 'occurred_at': at and f'2026-{at} 09:00+00', 'kind': kind, 'stage': 'first_contact',
            'coach': 'anna', 'team': 'Noord', **more}
    if kind == 'contact':
        made = {'channel': 'phone', 'counterpart': 'client', 'reached': True, **made}
    return made


START = entry('s', '01-01', 'trajectory_started', trajectory_kind='activation')


class EventLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)

    def ask(self, function, **arguments):
        return self.database.as_worker('max', function, **arguments)

    def take(self, number, *entries, trajectory=1):
        """(entries added, entries there already, whether it was begun)."""
        rows = ("(select array_agg(jsonb_populate_record(null::api.log_entry, r.entry) order by r.place) "
                f"from jsonb_array_elements({literal(json.dumps(entries))}) with ordinality r (entry, place))")
        call = self.database.call('import_log_case', client_number=number, trajectory=trajectory, reason='geen', by_whom='geen')
        answer, = self.database.rows(f'select * from {call[:-1]}, entries => {rows})', 'traject_daemon',
                                     self.database.enter('max', method='ImportLogCase'))
        return answer['entries_added'], answer['entries_already_there'], answer['trajectory_added']

    def told(self, number, trajectory=1, **more):
        return self.ask('list_log_entries', client_number=number, trajectory=trajectory, **more)

    def test_page_by_page_it_is_the_same(self):
        # Three at one moment, of which the end comes last, whatever its number.
        self.take('A', START, entry('a3', '03-01', 'trajectory_ended', outcome='other'), entry('a1', '02-01'), entry('a2', '02-01'),
                  entry('a4', '03-01'))
        whole = self.told('A', page_size=1000)
        self.assertEqual([each['external_id'] for each in whole], ['s', 'a1', 'a2', 'a4', 'a3'])
        pages, token = [], None
        while page := self.told('A', page_size=1, page_token=token):
            self.assertEqual(len(page), 1)
            pages += page
            token = page[0]['page_token']
        self.assertEqual(pages, whole)

    def test_again_adds_what_is_new(self):
        wish = {'kind': 'wish_voiced', 'item': 'b1', 'stage': 'first_contact', 'coach': 'anna', 'team': 'Noord'}
        log = {**START, 'external_id': 'b0'}, {**wish, 'external_id': 'b1', 'occurred_at': '2026-02-01 09:00+00'}
        self.assertEqual(self.take('B', *log), (2, 0, True))
        self.assertEqual(self.take('B', *log), (0, 2, False))
        later = {**wish, 'external_id': 'b2', 'kind': 'career_achieved', 'occurred_at': '2026-03-01 09:00+00'}
        self.assertEqual(self.take('B', *log, later), (1, 2, False))
        self.assertEqual([each['item'] for each in self.told('B')], [None, 'b1', 'b1'])
        # What stands for words is there where they are needed.
        self.assertEqual([each['what'] for each in self.ask('get_timeline', client_number='B', newest_first=False)][1], 'geen')

    def test_which_of_the_trajectories_it_is(self):
        def log(of, end):
            return ({**START, 'external_id': f'c{of}', 'occurred_at': f'2026-0{of}-01 09:00+00'},
                    *([entry(f'c{of}e', f'0{of}-20', 'trajectory_ended', outcome='other')] if end else []))
        # The second before the first, which lies before it.
        self.assertEqual(self.take('C', *log(3, False), trajectory=2), (1, 0, True))
        self.assertEqual(self.take('C', *log(1, True), trajectory=1), (2, 0, True))
        cases = [row['trajectory'] for row in self.ask('list_log_cases', with_names=False) if row['client_number'] == 'C']
        self.assertEqual(sorted(cases), [1, 2])
        with self.assertRaisesRegex(Refused, 'TJ009: client C has a trajectory 2 already, which is not of this log'):
            self.take('C', *log(5, False), trajectory=2)
        with self.assertRaisesRegex(Refused, 'TJ005: client C has no trajectory 3'):
            self.told('C', trajectory=3)

    def test_what_is_missing_or_cannot_be_is_named(self):
        start = {**START, 'external_id': 'd0'}
        for entries, says in (
                ([], 'the case starts 0 times'), ([start, {**start, 'external_id': 't'}], 'the case starts 2 times'),
                ([start, entry('', '02-01')], 'the entry in place 2 has no external_id'),
                ([start, entry('d', None)], 'entry d has no occurred_at'), ([start, entry('d', '02-01', None)], 'entry d has no kind'),
                ([start, entry('d', '02-01', 'glass_broken')], 'entry d is glass broken, which no event log brings in'),
                ([start, entry('d', '02-01', 'coach_assigned', coach=None)], 'entry d does not say who is the coach'),
                ([{**start, 'trajectory_kind': None}], 'entry d0 does not say the trajectory_kind'),
                ([start, entry('d', '02-01', worker='niemand')], 'no worker called niemand'),
                ([start, entry('d', '02-01', 'handover_prepared', employer='Nergens')], 'no employer called Nergens'),
                ([start, entry('d', '02-01', 'coach_handover_prepared', checklist='alles goed')], 'entry d has the checklist "alles'),
                ([start, entry('d', '02-01', 'contract_begun', hours='veel')], 'hours is "veel"'),
                ([start, entry('d', '02-01', 'wish_voiced')], 'item_id|item is missing'),
                ([start, {**entry('d', None), 'occurred_at': '2090-01-01'}], 'which lies in the future')):
            with self.subTest(says), self.assertRaisesRegex(Refused, says):
                self.take('D', *entries)


if __name__ == '__main__':
    unittest.main()
