"""When a client had no contact for longer than agreed: held against the state of each moment, which is told in another way."""
import datetime
import random
import unittest

from database import Database, digest, token_of

START = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
STAGES = {'first_contact': 7, 'starting_work': 21, 'work_content': 5}


class Silences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database(strict=True)
        cls.addClassCleanup(cls.database.close)
        for stage, days in STAGES.items():
            cls.ask('max', 'set_rhythm', team='Noord', stage=stage, days=days)

    @classmethod
    def ask(cls, actor, function, /, **arguments):
        return cls.database.as_worker(actor, function, **arguments)

    def contact(self, number, at, reached=True, **more):
        return self.ask('anna', 'record_contact', client_number=number, channel='phone', occurred_at=at.isoformat(),
                        reached=reached, **{'counterpart': 'client', **more})[0]['event_id']

    def silences(self, number, **more):
        return [tuple(row[name] and datetime.datetime.fromisoformat(row[name]) for name in ('since', 'until')) + (row['rhythm_days'],)
                for row in self.ask('anna', 'list_silences', client_number=number, **more)]

    def test_from_when_contact_is_due_until_the_client_is_reached(self):
        self.database.new_client('A', at=START.isoformat())
        self.assertEqual(self.silences('A'), [(START, None, 7)])
        first = START + 3 * DAY
        self.contact('A', first)
        self.contact('A', first + 4 * DAY, reached=False)
        self.contact('A', first + 5 * DAY, counterpart='employer')
        due = first + 7 * DAY
        self.assertEqual(self.silences('A'), [(START, first, 7), (due, None, 7)])
        # Another rhythm holds in the next stage, which is due later; in the one after it earlier.
        moved = due + 2 * DAY
        self.ask('anna', 'move_stage', client_number='A', stage='starting_work', occurred_at=moved.isoformat())
        self.assertEqual(self.silences('A'), [(START, first, 7), (due, moved, 7), (first + 21 * DAY, None, 21)])
        self.ask('anna', 'move_stage', client_number='A', stage='work_content', occurred_at=(moved + DAY).isoformat())
        self.assertEqual(self.silences('A'), [(START, first, 7), (due, moved, 7), (moved + DAY, None, 5)])
        # What goes on past a move is one.
        self.ask('anna', 'move_stage', client_number='A', stage='first_contact', reason='r',
                 occurred_at=(moved + 2 * DAY).isoformat())
        self.assertEqual(self.silences('A')[2:], [(moved + DAY, None, 5)])
        self.assertEqual(self.silences('A', as_of=(due + DAY).isoformat()), [(START, first, 7), (due, None, 7)])
        end = moved + 9 * DAY
        self.ask('anna', 'end_trajectory', client_number='A', outcome='other', occurred_at=end.isoformat())
        self.assertEqual(self.silences('A')[2:], [(moved + DAY, end, 5)])

    def test_a_correction_counts(self):
        self.database.new_client('B', at=START.isoformat())
        event = self.contact('B', START + DAY)
        before = datetime.datetime.fromisoformat(self.database.value('select clock_timestamp()'))
        self.ask('anna', 'withdraw_entry', event_id=event, reason='het was een ander')
        self.assertEqual(self.silences('B'), [(START, None, 7)])
        self.assertEqual(self.silences('B', known_at=before.isoformat())[0], (START, START + DAY, 7))

    def test_the_client_is_told_the_same(self):
        self.database.new_client('C', at=START.isoformat())
        self.contact('C', START + DAY)
        self.ask('anna', 'add_client_access', client_number='C', token_sha256='\\x' + digest(token_of('Veldstad', 'C')))
        self.assertEqual(self.ask('C', 'list_own_silences'), self.ask('anna', 'list_silences', client_number='C'))

    def test_as_the_state_of_each_moment_says(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        self.database.new_client('D', at=START.isoformat())
        moment, stage = START, 'first_contact'
        for _ in range(25):
            moment += chance.uniform(0.1, 9) * DAY
            if chance.random() < 0.6:
                self.contact('D', moment, reached=chance.random() < 0.8)
            else:
                stage = chance.choice([other for other in STAGES if other != stage])
                self.ask('anna', 'move_stage', client_number='D', stage=stage, reason='r', occurred_at=moment.isoformat())
        silences = self.silences('D')
        self.assertEqual(silences, sorted(silences))
        for _ in range(80):
            at = START + chance.uniform(0.01, 1) * (moment - START)
            due = datetime.datetime.fromisoformat(self.ask('anna', 'get_client', client_number='D', as_of=at.isoformat())[0]['contact_due_at'])
            silent = any(since <= at and (until is None or at < until) for since, until, _ in silences)
            self.assertEqual(silent, due < at, f'{at}, seed {seed}: {silences}')


if __name__ == '__main__':
    unittest.main()
