"""Two who change what hangs together, at the same time: the second waits for the first, and then looks again."""

import unittest

from database import Conversation, Database, Refused


class DatabaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.clients = 0
        cls.first, cls.second = Conversation(cls.database), Conversation(cls.database)
        cls.addClassCleanup(cls.first.close)
        cls.addClassCleanup(cls.second.close)

    def setUp(self):
        type(self).clients += 1
        self.number = f'C{self.clients}'
        self.addCleanup(self.first.run, 'rollback')

    def at_once(self, first, second, last=None):
        """The second call's rows. It is made while the first one's transaction is open; that one commits when the second
        waits, after a last call."""
        self.first.run(self.database.transaction(*first[:2], **first[2]).replace(' commit;', ''))
        self.second.send(self.database.transaction(*second[:2], **second[2]))
        self.database.run("""do $$ begin
            while not exists (select from pg_locks where not granted) loop
                if clock_timestamp() > now() + interval '10 s' then raise exception 'the second waits for nothing'; end if;
                perform pg_sleep(0.01);
            end loop; end $$;""")
        if last:
            self.first.run(self.database.transaction(*last[:2], **last[2]).replace('begin;', '').replace(' commit;', ''))
        self.first.run('commit')
        try:
            return self.second.answer()
        finally:
            self.second.run('rollback')

    def refused(self, code, said, function, /, *arguments, **named):
        with self.assertRaises(Refused) as caught:
            function(*arguments, **named)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertRegex(caught.exception.message, said)

    def ask(self, actor, function, /, **arguments):
        return self.database.as_worker(actor, function, **arguments)

    def client(self, actor='bas'):
        return self.ask(actor, 'get_client', client_number=self.number)[0]


class Trajectory(DatabaseTest):
    def test_one_client_is_begun_once(self):
        def start(actor):
            return actor, 'start_trajectory', {'client_number': self.number, 'kind': 'work_experience'}
        self.ask('bas', 'add_client', client_number=self.number)
        # Of the other team's trajectory the second sees nothing.
        self.refused('TJ009', 'somebody just began a trajectory for this client; look again', self.at_once,
                     start('zoe'), start('anna'))
        self.assertEqual(self.client()['coach'], 'zoe')


class Rhythm(DatabaseTest):
    def test_the_one_set_last_holds(self):
        def set_rhythm(days):
            return 'max', 'set_rhythm', {'days': days, 'team': 'Noord'}
        # The last one set by the first begins after the second was asked for.
        self.at_once(set_rhythm(20), set_rhythm(22), last=set_rhythm(21))
        self.assertEqual([row['days'] for row in self.ask('max', 'list_rhythms') if row['team'] == 'Noord'], [22])

    def test_a_client_without_a_trajectory_has_none(self):
        self.ask('bas', 'add_client', client_number=self.number)
        self.refused('TJ009', f'client {self.number} has no trajectory yet; start one first', self.ask, 'max',
                     'set_rhythm', client_number=self.number, days=10)


if __name__ == '__main__':
    unittest.main()
