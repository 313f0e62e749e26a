"""The stream of what was recorded: its pages and its order, and the passings of the contact rhythm in it."""
import unittest

from database import Database

EVERYTHING = '1.0'  # a position before all that was ever recorded


class WatchTest(unittest.TestCase):
    def setUp(self):
        self.database = Database()
        self.addCleanup(self.database.close)

    def watch(self, worker, **arguments):
        """One page: its entries, and its mark."""
        *entries, mark = self.database.as_worker(worker, 'watch', **arguments)
        return entries, mark

    def contacts(self, number, count):
        self.database.run(''.join(self.database.transaction(
            'anna', 'record_contact', client_number=number, channel='phone', counterpart='client', reached=True, words=f'n{i}')
            for i in range(count)), 'traject_daemon')

    def pass_rhythms(self):
        """Runs it as the daemon does; returns the milliseconds until the next due moment."""
        answer = int(self.database.run('select coalesce(session.pass_rhythms(), -1)', 'traject_daemon')[0][0])
        return None if answer < 0 else answer

    def passings(self):
        return int(self.database.value('select count(*) from traject.rhythm_passing'))


class Stream(WatchTest):
    def test_from_now_on_is_nothing_and_a_mark(self):
        self.database.new_client('V1')
        entries, mark = self.watch('anna')
        self.assertEqual((entries, mark['more'], mark['client_number']), ([], False, None))
        self.assertEqual(self.watch('anna', resume_after=mark['position']), ([], mark))

    def test_pages_follow_each_other_exactly(self):
        self.database.new_client('V1')
        self.database.new_client('V4', 'zoe', 'Zuid')
        self.contacts('V1', 230)
        told, after, pages = [], EVERYTHING, 0
        while True:
            entries, mark = self.watch('anna', resume_after=after)
            told += [e['event_id'] for e in entries]
            after, pages = mark['position'], pages + 1
            if not mark['more']:
                break
            self.assertEqual([e['position'] for e in entries][-1:], [mark['position']] if entries else [])
        self.assertEqual(pages, 3)
        self.assertEqual(told, [int(row[0]) for row in self.database.run("""
            select event_id from traject.event join traject.trajectory using (municipality_id, trajectory_id)
              join traject.client using (municipality_id, client_id)
             where client_number = 'V1' order by recorded_in, event_id""")])
        # Who sees nothing of it reads no more at a time.
        entries, mark = self.watch('bert', resume_after=EVERYTHING)
        self.assertEqual((entries, mark['more']), ([], True))

    def test_the_entries_of_one_transaction_are_split_between_pages(self):
        self.database.new_client('V1')
        many = ''.join('perform ' + self.database.call('record_contact', client_number='V1', channel='phone', counterpart='client',
                                                       reached=True, words=f'n{i}') + ';' for i in range(150))
        self.database.run(f"begin; {self.database.enter('anna')} do $$ begin {many} end $$; commit;", 'traject_daemon')
        first, mark = self.watch('anna', resume_after=EVERYTHING)
        second, _ = self.watch('anna', resume_after=mark['position'])
        self.assertEqual(len(first), 100)
        self.assertEqual([e['words'] for e in first[1:] + second], [f'n{i}' for i in range(150)])


class Rhythm(WatchTest):
    def test_each_due_moment_passes_once(self):
        # Due from the start.
        self.database.new_client('V1')
        self.assertIsNone(self.pass_rhythms())
        self.assertIsNone(self.pass_rhythms())
        self.assertEqual(self.passings(), 1)
        self.contacts('V1', 1)
        next_ms = self.pass_rhythms()
        self.assertTrue(27.9 < next_ms / 86400000 <= 28, next_ms)
        self.assertEqual(self.passings(), 1)
        # A shorter rhythm, which is past at once only when the contact is so long ago.
        call = self.database.transaction('bas', 'set_rhythm', client_number='V1', days=3)
        self.database.run(call, 'traject_daemon')
        self.assertTrue(2.9 < self.pass_rhythms() / 86400000 <= 3)
        self.database.run(self.database.transaction('bas', 'end_trajectory', client_number='V1', outcome='other'), 'traject_daemon')
        self.assertIsNone(self.pass_rhythms())
        self.assertEqual(self.passings(), 1)

    def test_what_is_due_is_what_the_state_says(self):
        for number in ('V1', 'V2', 'V3'):
            self.database.new_client(number)
        self.contacts('V2', 2)
        self.contacts('V3', 1)
        self.database.run(self.database.transaction('bas', 'end_trajectory', client_number='V3', outcome='other'), 'traject_daemon')
        self.assertEqual(self.database.run('select trajectory_id, due_at from traject.contact_due order by 1'),
                         self.database.run('select trajectory_id, due_at from traject.trajectory_state where open order by 1'))
        self.pass_rhythms()
        self.assertEqual(self.database.run('select trajectory_id, due_at from traject.contact_due order by 1'),
                         self.database.run("""select trajectory_id, due_at from traject.trajectory_state
                                               where open and due_at > now() order by 1"""))

    def test_very_many_pass_in_parts(self):
        self.database.new_client('V1')
        self.database.owner("""
            create table test.made as
                select c.municipality_id, 'X' || n as client_number, gen_random_uuid() as key_id, k.wrapped, k.data_subject_id
                  from generate_series(1, 1200) n, traject.client c join traject.person_key k using (municipality_id, key_id)
                 where c.client_number = 'V1';
            insert into traject.person_key select municipality_id, key_id, wrapped, data_subject_id from test.made;
            insert into traject.client (municipality_id, client_number, key_id)
                select municipality_id, client_number, key_id from test.made;
            insert into traject.trajectory (municipality_id, trajectory_id, client_id, ordinal, kind, started_at)
                select c.municipality_id, 100000 + c.client_id, c.client_id, 1, 'activation', '2026-01-01'
                  from traject.client c where c.client_number like 'X%';
            insert into traject.trajectory_state
                select (jsonb_populate_record(s, jsonb_build_object('trajectory_id', 100000 + c.client_id, 'client_id', c.client_id))).*
                  from traject.client c, traject.trajectory_state s where c.client_number like 'X%';
            insert into traject.stage_spell select t.municipality_id, t.trajectory_id, tstzrange(t.started_at, null), 'first_contact'
              from traject.trajectory t where t.trajectory_id > 100000;
            insert into traject.coach_assignment select t.municipality_id, t.trajectory_id, tstzrange(t.started_at, null), s.team_id, s.coach_id
              from traject.trajectory t join traject.trajectory_state s using (municipality_id, trajectory_id) where t.trajectory_id > 100000;
            insert into traject.guidance select t.municipality_id, t.trajectory_id, tstzrange(t.started_at, null), 'coach'
              from traject.trajectory t where t.trajectory_id > 100000""")
        self.assertEqual(self.pass_rhythms(), 0, 'there are more')
        self.assertEqual(self.passings(), 1000)
        self.assertIsNone(self.pass_rhythms())
        self.assertEqual(self.passings(), 1201)


if __name__ == '__main__':
    unittest.main()
