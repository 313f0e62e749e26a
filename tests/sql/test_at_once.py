"""Two who change what hangs together, at the same time: the second waits for the first, and then looks again."""

import unittest

from database import EMPLOYER, Conversation, Database, Refused, digest, token_of


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
        self.addCleanup(self.first.run, 'rollback')
        self.prepare()

    def prepare(self):
        type(self).clients += 1
        self.number = f'C{self.clients}'

    def at_once(self, first, second, last=None):
        """The second call's rows. It is made while the first one's transaction is open; that one commits when the second
        waits, after a last call."""
        return self.scripts_at_once(*(self.database.transaction(*call[:2], **call[2]) for call in (first, second, last) if call))

    def scripts_at_once(self, first, second, last=None):
        self.first.run(first.replace(' commit;', ''))
        self.second.send(second)
        self.database.run("""do $$ begin
            while not exists (select from pg_locks where not granted) loop
                if clock_timestamp() > now() + interval '10 s' then raise exception 'the second waits for nothing'; end if;
                perform pg_sleep(0.01);
            end loop; end $$;""")
        if last:
            self.first.run(last.replace('begin;', '').replace(' commit;', ''))
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


class Revocation(DatabaseTest):
    """What is used and revoked at once is one or the other, whichever came first."""

    def prepare(self):
        """A client, and a team, coaches, an employer and a colleague there that nothing depends on yet."""
        super().prepare()
        self.name = 'nieuw' + self.number
        self.database.new_client(self.number)
        self.database.run(''.join(self.database.transaction('admin', function, **arguments) for function, arguments in (
                ('add_team', {'team': self.name}),
                ('add_worker', {'worker': self.name, 'full_name': self.name, 'role': 'coach', 'teams': ['Noord']}),
                ('add_worker', {'worker': self.name + '-b', 'full_name': self.name, 'role': 'coach', 'teams': [self.name]}),
                ('add_team_member', {'team': self.name, 'worker': 'bas'}),
                ('add_employer', {'employer': self.name}),
                ('add_employer_person', {'employer': self.name, 'person': 'A. Bakker'}),
                ('add_employer_person', {'employer': EMPLOYER, 'person': self.name}))), 'traject_daemon')

    def assign(self, coach, **more):
        return 'bas', 'assign_coach', {'client_number': self.number, 'coach': coach} | more

    def flag(self, employer, supervisor):
        return 'anna', 'flag_handover', {'client_number': self.number, 'employer': employer, 'supervisor': supervisor}

    def one_or_the_other(self, use, revoke, said):
        """The use that came first stays and the revocation is refused; after the revocation the use is."""
        self.refused('TJ009', 'still there', self.at_once, use(), revoke())
        self.prepare()
        self.refused('TJ009', said, self.at_once, revoke(), use())

    def test_a_coach(self):
        self.one_or_the_other(lambda: self.assign(self.name), lambda: ('admin', 'revoke_worker', {'worker': self.name}),
                              'was revoked')

    def test_a_membership(self):
        self.one_or_the_other(lambda: self.assign(self.name, team='Noord'),
                              lambda: ('admin', 'revoke_team_member', {'team': 'Noord', 'worker': self.name}),
                              'not a member of team Noord')

    def test_a_team(self):
        self.one_or_the_other(lambda: self.assign(self.name + '-b', team=self.name),
                              lambda: ('admin', 'revoke_team', {'team': self.name}), 'was revoked')

    def test_an_employer(self):
        self.one_or_the_other(lambda: self.flag(self.name, 'A. Bakker'),
                              lambda: ('admin', 'revoke_employer', {'employer': self.name}), 'was revoked')

    def test_no_trajectory_begins_with_a_coach_just_revoked(self):
        self.ask('bas', 'add_client', client_number=self.name)
        self.refused('TJ009', 'was revoked', self.at_once, ('admin', 'revoke_worker', {'worker': self.name}),
                     ('bas', 'start_trajectory', {'client_number': self.name, 'kind': 'work_experience',
                                                  'coach': self.name, 'team': 'Noord'}))

    def test_a_supervisor_who_is_just_named_leaves(self):
        leave = 'admin', 'revoke_employer_person', {'employer': EMPLOYER, 'person': self.name}
        self.at_once(self.flag(EMPLOYER, self.name), leave)
        self.assertEqual([row['kind'] for row in self.ask('bas', 'get_timeline', client_number=self.number,
                                                          newest_first=True)][0], 'supervisor_left')

    def test_a_supervisor_who_just_left_is_not_named(self):
        leave = 'admin', 'revoke_employer_person', {'employer': EMPLOYER, 'person': self.name}
        self.refused('TJ009', 'no longer at this employer', self.at_once, leave, self.flag(EMPLOYER, self.name))


class LastAdmin(DatabaseTest):
    """Two admins each revoke what the other has; one of them stays."""

    def prepare(self):
        super().prepare()
        self.other = 'admin' + self.number
        self.ask('admin', 'add_worker', worker=self.other, full_name=self.other, role='admin')
        self.ask('admin', 'add_token', worker=self.other,
                 token_sha256='\\x' + digest(token_of('Veldstad', self.other)))
        tokens = {row['worker']: row['token_id'] for row in self.ask('admin', 'list_tokens') if row['revoked_at'] is None}
        names = {row['worker'] for row in self.ask('admin', 'list_workers') if row['role'] == 'admin'}
        self.tokens = {name: token for name, token in tokens.items() if name in names}
        self.admin, = self.tokens.keys() - {self.other}

    def test_two_workers(self):
        self.refused('TJ009', f'{self.admin} is the last admin', self.at_once,
                     ('admin', 'revoke_worker', {'worker': self.other}),
                     (self.other, 'revoke_worker', {'worker': self.admin}))

    def test_two_tokens(self):
        self.refused('TJ009', 'the last one of an admin', self.at_once,
                     ('admin', 'revoke_token', {'token_id': self.tokens[self.other]}),
                     (self.other, 'revoke_token', {'token_id': self.tokens[self.admin]}))

    def test_a_worker_and_a_token(self):
        self.refused('TJ009', 'the last one of an admin', self.at_once,
                     ('admin', 'revoke_worker', {'worker': self.other}),
                     (self.other, 'revoke_token', {'token_id': self.tokens[self.admin]}))


class Step(DatabaseTest):
    def step(self, actor, kind, /, **details):
        return actor, 'record_step', {'client_number': self.number, 'kind': kind} | details

    def plan(self):
        self.database.new_client(self.number)
        self.ask('anna', 'plan_appointment', client_number=self.number, channel='phone', counterpart='client',
                 due_at='2026-12-01 09:00+00')

    def test_an_appointment_is_kept_as_it_was_just_moved(self):
        self.plan()
        self.at_once(self.step('anna', 'appointment_moved', due_at='2026-12-02 09:00+00', channel='home'),
                     self.step('mia', 'appointment_kept'))
        kept = self.ask('anna', 'get_timeline', client_number=self.number, newest_first=True)[0]
        self.assertEqual((kept['kind'], kept['channel']), ('appointment_kept', 'home'))

    def test_what_just_ended_is_not_carried_on(self):
        self.plan()
        self.refused('TJ009', 'does not fit', self.at_once, self.step('anna', 'appointment_kept'),
                     self.step('mia', 'appointment_moved', due_at='2026-12-02 09:00+00'))


class Imports(DatabaseTest):
    """A case comes in with its chain written once, its client as one who has a trajectory already."""

    def log(self, *activities):
        entries = ', '.join(f"row('{self.number} {activity}', '2026-02-01 10:00+00', null, '{activity}', null, null, null, null, null)"
                            for activity in activities)
        call = self.database.call('import_journey', client_number=self.number, kind='activation', coach='anna', team='Noord',
                                  reason='uit het logboek', started_at='2026-01-01 09:00+00')
        return (f"begin; {self.database.enter('max', method='ImportJourney')} select entries_added "
                f'from {call[:-1]}, entries => array[{entries}]::api.import_entry[]); commit;\n')

    def activities(self):
        """Of the client, in the order of the chain, which is whole."""
        self.assertEqual(self.database.run(f"""
            select c.trajectories, s.open, v.misfit
              from traject.client c
              join traject.trajectory y using (municipality_id, client_id)
              left join traject.trajectory_state s using (municipality_id, trajectory_id)
             cross join internal.verified(y.municipality_id, y.trajectory_id) v
             where c.client_number = '{self.number}'"""), [['1', 't', '']])
        return [activity for activity, in self.database.run(f"""
            select e.activity
              from traject.event e
              join traject.trajectory y using (municipality_id, trajectory_id)
              join traject.client c using (municipality_id, client_id)
             where c.client_number = '{self.number}' and e.activity is not null
             order by e.sequence""")]

    def test_two_of_one_new_client(self):
        self.scripts_at_once(self.log('a', 'b'), self.log('b', 'c'))
        self.assertEqual(self.activities(), ['a', 'b', 'c'])

    def test_a_contact_and_an_import(self):
        self.database.run(self.log('a'), 'traject_daemon')
        contact = self.database.transaction('anna', 'record_contact', client_number=self.number, channel='phone',
                                            counterpart='client', reached=True)
        self.scripts_at_once(contact, self.log('b', 'c'))
        self.scripts_at_once(self.log('d'), contact)
        self.assertEqual(self.activities(), ['a', 'b', 'c', 'd'])


if __name__ == '__main__':
    unittest.main()
