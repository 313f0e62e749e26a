"""The teams and people of a municipality: what they may be called, and who is still there for new work."""

import unittest

from database import EMPLOYER, Database, Refused, digest, token_of


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


class Name(DatabaseTest):
    PLACES = {'team': ('add_team', {}), 'employer': ('add_employer', {}),
              'person': ('add_employer_person', {'employer': EMPLOYER}),
              'full_name': ('add_worker', {'worker': 'nora', 'role': 'coach'})}

    def test_has_nothing_in_it_that_cannot_be_seen(self):
        for field, (function, more) in self.PLACES.items():
            for blank in ('', ' ', '\n', '\t', '\u00a0', '\u2003\u200b'):
                with self.subTest(field, name=blank):
                    self.refused('TJ003', f'{field} is missing', 'admin', function, **{field: blank}, **more)
            for name in ('Noord\nZuid', 'Noord\tZuid', 'Noord\x1b[31m', 'Noord\u0085Zuid', 'Noord\u2028Zuid', 'Noo\u200brd'):
                with self.subTest(field, name=name):
                    self.refused('TJ003', f'{field} has a control character', 'admin', function, **{field: name}, **more)

    def test_has_no_white_space_around_it(self):
        self.refused('23505', 'team_name_unique', 'admin', 'add_team', team='Noord\u00a0')
        for field, (function, more) in self.PLACES.items():
            with self.subTest(field):
                self.ask('admin', function, **{field: '\u00a0\t Zoë  van\u00a0Dijk \r\n'}, **more)
        self.assertIn('Zoë  van\u00a0Dijk', [row['team'] for row in self.ask('admin', 'list_teams')])
        self.assertEqual([row['full_name'] for row in self.ask('admin', 'list_workers') if row['worker'] == 'nora'],
                         ['Zoë  van\u00a0Dijk'])

    def test_is_answered_as_it_is_kept(self):
        self.assertEqual(list(self.ask('admin', 'add_employer', employer='\tDe Hoek\n')[0].values()), ['De Hoek'])


if __name__ == '__main__':
    unittest.main()
