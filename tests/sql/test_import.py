"""Imports of a case that comes in parts, again, late, or with something missing."""
import unittest

from database import Database, Refused, literal

FIELDS = ('external_id', 'occurred_at', 'worker', 'activity', 'stage', 'channel', 'counterpart', 'reached', 'words')


def entry(external_id, at, stage=None, **more):
    made = {'external_id': external_id, 'occurred_at': at and f'2026-{at} 09:00+00', 'activity': 'log', 'stage': stage, **more}
    return [made.get(field) for field in FIELDS]


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)

    def ask(self, function, worker='max', **arguments):
        return self.database.as_worker(worker, function, **arguments)

    def run_import(self, number, *entries, rows=None, **more):
        """(entries added, entries there already)."""
        rows = rows or 'array[' + ', '.join(f"row({', '.join(map(literal, each))})" for each in entries) + ']::api.import_entry[]'
        call = self.database.call('import_journey', client_number=number, kind='activation', coach='anna', team='Noord',
                                  reason='uit het logboek', **{'started_at': '2026-01-01 09:00+00', **more})
        answer, = self.database.rows(f'select * from {call[:-1]}, entries => {rows})', 'traject_daemon',
                                     self.database.enter('max', method='ImportJourney'))
        return answer['entries_added'], answer['entries_already_there']

    def refused(self, says, *arguments, **more):
        with self.assertRaisesRegex(Refused, says):
            self.run_import(*arguments, **more)

    def journey(self, number):
        return [(each['occurred_at'][5:10], each['kind'], each['stage'], each['outcome'])
                for each in self.ask('get_timeline', client_number=number, newest_first=False)]

    def test_an_entry_that_lacks_something_is_named(self):
        for lacking, says in ((entry('a2', None), 'entry a2 has no occurred_at'),
                              (entry('a3', '03-01', activity=' '), 'entry a3 has no activity'),
                              (entry('a4', '03-01', activity=None, channel='phone'), 'entry a4 has no activity'),
                              (entry('', '03-01'), 'the entry in place 2 has no external_id')):
            self.refused(f'TJ003: {says}', 'A', entry('a1', '02-01'), lacking)

    def test_of_one_case_so_many_entries_at_a_time(self):
        rows = """(select array_agg(row('b' || i, '2026-02-01'::timestamptz + i * interval '1 minute', null, 'log',
                   case when i % 2 = 0 then 'starting_work' else 'work_content' end, null, null, null, null)::api.import_entry)
                     from generate_series(1, {}) i)"""
        self.refused('TJ003: the case has 2001 entries; import at most 2000', 'B', rows=rows.format(2001))
        self.assertEqual(self.run_import('B', rows=rows.format(2000)), (2000, 0))

    def test_in_parts_it_leads_where_it_leads_at_once(self):
        def log(of):
            return (entry(f'{of}1', '05-01', 'work_content'), entry(f'{of}2', '03-01', 'starting_work'),
                    entry(f'{of}3', '06-01', 'starting_work'))
        self.run_import('C', *log('c'))
        parts = log('d')
        self.run_import('D', parts[0])
        self.assertEqual(self.run_import('D', *parts), (2, 1))
        self.assertEqual(self.journey('D'), self.journey('C'))
        self.assertEqual([stage for _, kind, stage, _ in self.journey('D')],
                         ['first_contact', 'starting_work', 'work_content', 'starting_work'])

    def test_what_was_there_in_between_counts_as_it_was_corrected(self):
        self.run_import('E', entry('e1', '03-01', 'starting_work'))
        moved = self.ask('move_stage', client_number='E', stage='work_content', occurred_at='2026-04-01 09:00+00')[0]
        self.ask('correct_entry', event_id=moved['event_id'], reason='typefout', stage='workplace_guidance', entry_reason='ging snel')
        self.run_import('E', entry('e2', '03-02', 'starting_work'), entry('e3', '05-01', 'workplace_guidance'),
                        entry('e4', '06-01', 'work_content'))
        self.assertEqual([(at, stage) for at, kind, stage, _ in self.journey('E') if kind == 'stage_moved'],
                         [('03-01', 'starting_work'), ('04-01', 'workplace_guidance'), ('06-01', 'work_content')])


if __name__ == '__main__':
    unittest.main()
