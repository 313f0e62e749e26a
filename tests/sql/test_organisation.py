"""The teams and people of a municipality: what they may be called, and who is still there for new work."""

import unittest

from database import Database, Refused, digest, token_of


class DatabaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)

    def ask(self, actor, function, /, **arguments):
        return self.database.as_worker(actor, function, **arguments)

    def refused(self, code, said, actor, function, /, **arguments):
        with self.assertRaises(Refused) as caught:
            self.ask(actor, function, **arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertRegex(caught.exception.message, said)


class RevokedTeam(DatabaseTest):
    def test_takes_no_new_cases(self):
        self.ask('admin', 'add_team', team='Oud')
        self.ask('admin', 'add_worker', worker='olga', full_name='Olga', role='coach', teams=['Oud'])
        self.ask('admin', 'add_token', worker='olga', token_sha256='\\x' + digest(token_of('Veldstad', 'olga')))
        self.ask('admin', 'revoke_team', team='Oud')
        self.ask('olga', 'add_client', client_number='O1')
        start = {'client_number': 'O1', 'kind': 'work_experience'}
        self.refused('TJ009', 'olga is in no team that is still there', 'olga', 'start_trajectory', **start)
        self.refused('TJ009', 'team Oud was revoked', 'olga', 'start_trajectory', team='Oud', **start)
        # Of a team that is there and one that was, the coach need not choose.
        self.ask('admin', 'add_team_member', team='Noord', worker='olga')
        self.ask('olga', 'start_trajectory', **start)
        self.assertEqual(self.ask('olga', 'get_client', client_number='O1')[0]['team'], 'Noord')


if __name__ == '__main__':
    unittest.main()
