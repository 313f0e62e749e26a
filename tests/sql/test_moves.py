"""Moves in any order, among entries that change what moves follow on: after each write, what was kept of the case is what
is derived from all of its entries.

WRITES makes it run longer; SEED repeats a run.
"""
import datetime
import os
import random
import re
import secrets
import unittest

from database import Conversation, Database, Refused

WRITES = int(os.environ.get('WRITES', 300))
CASES = 6
# Few, so that a move entered later often makes another one lead nowhere.
STAGES = ['starting_work', 'work_content', 'preconditions', 'first_contact']
START = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.timezone.utc)


class Moves(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={seed}', flush=True)
        cls.random = random.Random(seed)
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.conversation = Conversation(cls.database, 'postgres')
        cls.addClassCleanup(cls.conversation.close)

    def setUp(self):
        self.entries = {f'M{case}': [] for case in range(CASES)}
        self.trajectories = {number: self.database.new_client(number, at=START) for number in self.entries}
        # So that a move changes the rhythm too.
        for stage, days in (('work_content', 14), ('preconditions', 90)):
            self.call('set_rhythm', team='Noord', stage=stage, days=days)

    def call(self, function, **arguments):
        return self.conversation.call('bas', function, **arguments)

    def moment(self, number):
        """After all that is there, at the very moment of something, or before one of the last."""
        moments = [at for _, at in self.entries[number]] or [START]
        chance = self.random.random()
        if chance < 0.3:
            return max(moments) + datetime.timedelta(hours=self.random.randrange(1, 24))
        if chance < 0.4:
            return self.random.choice(moments)
        return max(START, self.random.choice(sorted(moments)[-3:])
                   - datetime.timedelta(minutes=self.random.randrange(1, 60 * 24)))

    def write(self, number):
        kind = self.random.choices(['move', 'contact', 'correct', 'withdraw', 'assign', 'end'], [60, 15, 8, 8, 6, 1])[0]
        at = self.moment(number)
        if kind == 'move':
            made = self.call('move_stage', client_number=number, occurred_at=at,
                             stage=self.random.choices(STAGES, [4, 4, 1, 1])[0], reason=self.random.choice([None, 'zo liep het', 'zo liep het']))
        elif kind == 'contact':
            made = self.call('record_contact', client_number=number, channel='phone', counterpart='client',
                             reached=self.random.random() < 0.6, occurred_at=at)
        elif kind == 'assign':
            made = self.call('assign_coach', client_number=number, coach=self.random.choice(['anna', 'bert', 'cor']),
                             team='Noord', occurred_at=at)
        elif kind == 'end':
            made = self.call('end_trajectory', client_number=number, outcome='employed', occurred_at=at)
        elif not self.entries[number]:
            return
        else:
            there = self.random.choice(self.entries[number])
            if kind == 'withdraw':
                self.call('withdraw_entry', event_id=there[0], reason='is niet gebeurd')
                self.entries[number].remove(there)
                return
            made = self.call('correct_entry', event_id=there[0], reason='vergissing', occurred_at=at)
            self.entries[number].remove(there)
        self.entries[number].append((int(made[0][0]), at))

    def test_what_was_kept_is_what_is_derived(self):
        refused = 0
        for _ in range(WRITES):
            number = self.random.choice(list(self.entries))
            try:
                self.write(number)
            except Refused as error:
                self.assertRegex(error.code, re.compile('TJ003|TJ005|TJ009|23'), error)
                refused += 1
                continue
            differences = self.conversation.run(
                f"begin; {self.database.enter('admin', method='RebuildState')} select internal.differences("
                f"session.municipality_id(), {self.trajectories[number]}); commit;")
            self.assertEqual(differences, [[]], f'{number}: {self.entries[number]}')
        print(f'{WRITES} writes, {refused} refused', flush=True)
        self.assertLess(refused, 0.8 * WRITES)


if __name__ == '__main__':
    unittest.main()
