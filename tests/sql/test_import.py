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

    def test_an_end_that_the_log_gained_is_recorded_once(self):
        log = entry('f1', '02-01'), entry('f2', '03-01')
        ended = {'ended_at': '2026-04-01 09:00+00', 'outcome': 'employed'}
        self.run_import('F', *log)
        for _ in range(2):
            self.assertEqual(self.run_import('F', *log, **ended), (0, 2))
            self.assertEqual([each for each in self.journey('F') if each[3]], [('04-01', 'trajectory_ended', 'first_contact', 'employed')])
        # Who withdrew it knew better than the log.
        end = self.ask('get_timeline', client_number='F', newest_first=True)[0]
        self.ask('withdraw_entry', event_id=end['event_id'], reason='gaat door')
        self.run_import('F', *log, **ended)
        self.assertEqual(self.ask('get_client', client_number='F')[0]['ended_at'], None)

    def test_after_another_trajectory_the_same_log_adds_nothing(self):
        log = entry('g1', '02-01'), entry('g2', '03-01', 'starting_work')
        ended = {'ended_at': '2026-04-01 09:00+00', 'outcome': 'employed'}
        self.run_import('G', *log, **ended)
        self.ask('start_trajectory', client_number='G', kind='activation', coach='anna', team='Noord',
                 occurred_at='2026-06-01 09:00+00')
        self.assertEqual(self.run_import('G', *log, **ended), (0, 2))
        # What is new belongs with the rest of the log; another log, to where it lies.
        self.assertEqual(self.run_import('G', *log, entry('g3', '02-15', channel='phone'), **ended), (1, 2))
        self.assertEqual(self.run_import('G', entry('g4', '07-01', channel='phone'), started_at='2026-06-02 09:00+00'), (1, 0))
        self.assertEqual(self.run_import('G', entry('g5', '03-15', channel='phone')), (1, 0))
        self.assertEqual(self.run_import('G', *log, entry('g4', '07-01'), started_at='2026-06-02 09:00+00'), (0, 3))
        rows = self.database.run('''
            select t.ordinal, string_agg(e.external_id, ' ' order by e.external_id) from traject.trajectory t
              join traject.client c using (municipality_id, client_id) join traject.event e using (municipality_id, trajectory_id)
             where c.client_number = 'G' group by 1 order by 1''')
        self.assertEqual(rows, [['1', 'g1 g2 g3 g5'], ['2', 'g4']])

    def test_a_late_entry_belongs_where_it_lies(self):
        log = entry('h1', '02-01'), entry('h2', '03-01', 'work_content')
        ended = {'ended_at': '2026-04-01 09:00+00', 'outcome': 'employed'}
        self.run_import('H', *log, **ended)
        self.assertEqual(self.run_import('H', *log, entry('h3', '02-15', 'starting_work', channel='phone'), **ended), (1, 2))
        self.assertEqual([(at, stage) for at, kind, stage, _ in self.journey('H') if kind == 'stage_moved'],
                         [('02-15', 'starting_work'), ('03-01', 'work_content')])
        self.refused(r'TJ009: entry h4 of 2026-05-01 09:00 UTC is new, and the trajectory of client H ended at 2026-04-01 '
                     r'09:00 UTC; correct that moment \(entry \d+\) first', 'H', *log, entry('h4', '05-01'), **ended)
        self.refused(r'TJ009: entry h0 of .* the trajectory of client H began at 2026-01-01 09:00 UTC', 'H',
                     entry('h0', '01-01', occurred_at='2025-12-01 09:00+00'))
        end = self.ask('get_timeline', client_number='H', newest_first=True)[0]
        self.assertEqual(end['kind'], 'trajectory_ended')
        self.ask('correct_entry', event_id=end['event_id'], reason='later', occurred_at='2026-06-01 09:00+00')
        self.assertEqual(self.run_import('H', *log, entry('h4', '05-01'), **ended), (1, 2))


if __name__ == '__main__':
    unittest.main()
