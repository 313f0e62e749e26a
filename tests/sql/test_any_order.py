"""The same history entered in any order, with mistakes that are put right, ends in the same state: the one that a second
opinion tells from the plain facts; and what is computed anew from the entries never differs from what was kept.

HISTORIES, ORDERS and SIZE make it run longer; SEED repeats a run.
"""
import collections
import datetime
import os
import random
import re
import secrets
import unittest

from database import Conversation, Database, Refused
from histories import CORRECTABLE, EMPLOYERS, History, call
from replay import DETAILS, Replay

HISTORIES, ORDERS = int(os.environ.get('HISTORIES', 3)), int(os.environ.get('ORDERS', 4))
SIZE = float(os.environ.get('SIZE', 1))
# Refusals in words, and constraints that have words of their own.
IN_WORDS = re.compile('TJ003|TJ005|TJ009|23514|23505|23P01')


def moment(text):
    return text and datetime.datetime.fromisoformat(text)


def plain(row):
    """A row of JSON with its moments read."""
    return {name: moment(value) if name.endswith(('_at', 'since', 'until')) and isinstance(value, str) else value
            for name, value in row.items()}


class Entered:
    """A fact on its way into the record: what is still to be entered of it, and the entry that stands for it now."""

    def __init__(self, fact, versions, extra=False):
        self.fact, self.versions, self.extra = fact, versions, extra
        self.entry = self.now = None

    def done(self):
        return not self.versions and not (self.extra and self.entry)

    def __repr__(self):
        return f'{self.fact["kind"]} of {self.fact["at"]:%m-%d %H:%M:%S}' + (' (extra)' if self.extra else '')


class Order:
    """One order of entering a history."""

    def __init__(self, conversation, random_, history, number):
        self.conversation, self.random, self.history, self.number = conversation, random_, history, number
        self.items, self.told, self.ways_out = {}, [], 0
        self.all = [Entered(fact, self.mistakes(fact) + [fact]) for fact in history.facts]
        self.all += [Entered(fact, [fact], extra=True) for fact in (history.extra() for _ in range(random_.randrange(5)))]
        self.trajectory = None

    def mistakes(self, fact):
        chance = self.random.random()
        return [self.history.wrong(fact) for _ in range(0 if chance < 0.7 else 1 if chance < 0.9 else 2)]

    def enter(self):
        self.make('add_client', {'client_number': self.number})
        while True:
            pending = [entered for entered in self.all if not entered.done()]
            if not pending:
                return
            self.random.shuffle(pending)
            # Nothing is entered before the start.
            if self.trajectory is None:
                pending = [entered for entered in pending if entered.fact['kind'] == 'trajectory_started']
            refusals = {}
            progress = 0
            for entered in pending:
                # What was refused waits for others; what was entered may go on at once or after others.
                while not entered.done():
                    refused = self.go_on(entered)
                    if refused:
                        refusals[entered] = refused
                        break
                    progress += 1
                    if self.random.random() < 0.7:
                        break
            if not progress:
                self.way_out(pending, refusals)

    def go_on(self, entered):
        """The next thing to do for it; the refusal, when it was refused."""
        try:
            if entered.extra and entered.entry:
                self.make('withdraw_entry', {'event_id': entered.entry, 'reason': 'is niet gebeurd'})
                entered.entry = None
                return None
            version = entered.versions[0]
            if entered.entry is None:
                item = self.items.get(version.get('item'))
                if item is None and 'item' in version and call(version, '', None)[0] == 'record_step':
                    return Refused('ERROR:  TJ005: what it carries on has not begun')
                entered.entry = self.make(*call(version, self.number, item))
                if 'item' in version and call(version, '', None)[0] != 'record_step':
                    self.items[version['item']] = entered.entry
                if self.trajectory is None:
                    self.trajectory = self.conversation.run(self.state_query())[0][0]
            else:
                changes = {CORRECTABLE[name]: version[name] for name in version if version[name] != entered.now[name]}
                if changes:
                    entered.entry = self.make('correct_entry', {'event_id': entered.entry, 'reason': 'vergissing', **changes})
            entered.now = entered.versions.pop(0)
            return None
        except Refused as refused:
            if not IN_WORDS.match(refused.code):
                self.fail(f'{refused} for {entered}')
            # Somebody who makes a mistake and is refused sees it, sooner or later.
            if len(entered.versions) > 1 and self.random.random() < 0.5:
                entered.versions = entered.versions[-1:]
            # What did not happen need not be entered.
            if entered.extra and entered.entry is None:
                entered.versions = []
                return None
            return refused

    def way_out(self, pending, refusals):
        """Nothing can be entered any more: what is in the way was entered with an earlier one missing, is withdrawn, and
        entered again. Refusals name what is in the way."""
        self.ways_out += 1
        if self.ways_out > 30:
            self.fail('no way out: ' + '; '.join(f'{entered}: {refused.message}' for entered, refused in refusals.items()))
        families = {entered.fact.get('family') for entered in pending} | (
            {'path'} if any(entered.fact['kind'] == 'trajectory_started' for entered in pending) else set())
        # An appointment with somebody of the network is of that family, and what follows on it is of its own.
        items = {entered.fact['item'] for entered in self.all if entered.fact.get('family') in families and 'item' in entered.fact}
        for entered in sorted((entered for entered in self.all if entered.entry and (entered.fact.get('family') in families
                                                                                     or entered.fact.get('item') in items)),
                              key=lambda entered: entered.now['at'], reverse=True):
            if entered.fact['kind'] == 'trajectory_started':
                continue
            try:
                self.make('withdraw_entry', {'event_id': entered.entry, 'reason': 'in de weg'})
            except Refused as refused:
                self.fail(f'{refused} on the way out, for {entered}')
            entered.entry = None
            entered.versions = [] if entered.extra else [entered.fact]

    def make(self, function, arguments):
        """Makes a call, and computes anew what was kept; a later call could put right what this one left wrong."""
        self.told.append((function, arguments))
        answer = self.conversation.call('bas', function, **arguments)
        if self.trajectory:
            self.compare_with_rebuilt()
        return answer and answer[0][0]

    def compare_with_rebuilt(self):
        answer = self.conversation.run(
            f"begin; {self.conversation.database.enter('admin', 'Veldstad', 'RebuildState')} "
            f"select checked, different from internal.rebuild(false, 1, {self.trajectory} - 1); commit;")
        if answer != [['1', '{}']]:
            self.fail(f'what is computed from the entries differs: {answer}')

    def state_query(self):
        return (f"begin; {self.conversation.database.enter('bas')} select s.trajectory_id from traject.trajectory_state s "
                f"join traject.client c using (municipality_id, client_id) where c.client_number = '{self.number}'; commit;")

    def fail(self, why):
        order = '\n'.join(f'  {function}({", ".join(f"{k}={v}" for k, v in arguments.items())})'
                          for function, arguments in self.told)
        raise AssertionError(f'{why}\nin this order:\n{order}')


TABLES = {
    'stage_spell': ('lower(x.period) as since, upper(x.period) as until, x.stage, x.from_stage, x.reason', ''),
    'coach_assignment': ('lower(x.period) as since, upper(x.period) as until, t.name as team, w.name as coach',
                         'join traject.team t using (municipality_id, team_id) '
                         'join traject.worker w on w.worker_id = x.coach_id'),
    'guidance': ('lower(x.period) as since, upper(x.period) as until, x.party, m.name as employer, p.name as person, '
                 'p2.name as second_person',
                 'left join traject.employer m on m.employer_id = x.employer_id '
                 'left join traject.employer_person p on p.person_id = x.person_id '
                 'left join traject.employer_person p2 on p2.person_id = x.second_person_id'),
    'handover': ('x.state, x.last_step_at, x.state_since, m.name as employer, p.name as supervisor, p2.name as second_person, '
                 'x.talked_through_with_client, x.guidance_needs_shared, x.absence_and_dropout_discussed, x.fallback_agreed, '
                 'x.planned_at',
                 'join traject.employer m on m.employer_id = x.employer_id '
                 'left join traject.employer_person p on p.person_id = x.supervisor_id '
                 'left join traject.employer_person p2 on p2.person_id = x.second_person_id'),
    'item': (', '.join({'employer': 'm.name as employer', 'person': 'p.name as person', 'hours': 'x.hours::text as hours'}
                       .get(name, f'x.{name}') for name in DETAILS)
             + ', x.kind, x.state, x.open, x.opened_at, x.state_since, x.changed_at, w.name as worker',
             'left join traject.employer m on m.employer_id = x.employer_id '
             'left join traject.employer_person p on p.person_id = x.person_id '
             'left join traject.worker w on w.worker_id = x.worker_id'),
    'trajectory': ('x.kind, x.started_at, x.ended_at, x.outcome', ''),
    'trajectory_state': ('x.open, x.started_at, x.stage, x.stage_since, x.working_since, t.name as team, w.name as coach, '
                         'x.coach_since, x.guided_by, x.guided_since, m.name as employer, x.last_contact_at, '
                         'x.last_attempt_at, x.unanswered_attempts, x.rhythm_days, x.due_at',
                         'join traject.team t using (municipality_id, team_id) '
                         'join traject.worker w on w.worker_id = x.coach_id '
                         'left join traject.employer m on m.employer_id = x.employer_id')}


class AnyOrder(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={cls.seed}', flush=True)
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.database.run(''.join(
            cls.database.transaction('admin', 'add_employer', employer=employer)
            + ''.join(cls.database.transaction('admin', 'add_employer_person', employer=employer, person=person)
                      for person in people)
            for employer, people in list(EMPLOYERS.items())[1:]), 'traject_daemon')
        cls.conversation = Conversation(cls.database, 'postgres')
        cls.addClassCleanup(cls.conversation.close)

    def stored(self, trajectory):
        tables = {}
        for table, (columns, joins) in TABLES.items():
            rows = self.database.rows(f'select {columns} from traject.{table} x {joins} where x.trajectory_id = {trajectory}')
            tables[table.removeprefix('trajectory_')] = [plain(row) for row in rows]
        return tables

    def equal(self, got, expected, what):
        """Rows in any order."""
        def key(row):
            return sorted((name, str(value)) for name, value in row.items())
        self.assertEqual(sorted(got, key=key), sorted(expected, key=key), what)

    def answers(self, number):
        def ask(function, **arguments):
            return [plain(row) for row in self.database.as_worker('bas', function, **arguments)]
        client = ask('get_client', client_number=number)[0]
        timeline = ask('get_timeline', client_number=number, newest_first=False, page_size=1000)
        quiet = [row for row in ask('list_without_contact', page_size=1000) if row['client_number'] == number]
        for row in [client, *timeline, *quiet]:
            for name in ('client_number', 'full_name', 'version', 'event_id', 'item_id', 'recorded_at', 'page_token',
                         'supersedes', 'correction_reason', 'corrected_by', 'access_until', 'access_given_by'):
                row.pop(name, None)
        # Who was the supervisor when a step was entered is shown with it.
        for row in timeline:
            if row['kind'].startswith('handover') and row['kind'] not in ('handover_flagged', 'handover_accepted'):
                row.pop('person')
            row['network_people'].sort()
        return {'client': client, 'timeline': timeline, 'quiet': quiet}

    def test_one_history_in_many_orders_ends_in_one_state(self):
        seen, ways_out = collections.Counter(), 0
        for place in range(HISTORIES):
            random_ = random.Random(f'{self.seed}/{place}')
            history = History(random_, datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0), SIZE)
            seen.update(fact['kind'] for fact in history.facts)
            expected = Replay(history.facts)
            first = None
            for turn in range(ORDERS):
                number = f'H{place}.{turn}'
                order = Order(self.conversation, random_, history, number)
                with self.subTest(history=place, order=turn):
                    order.enter()
                    order.compare_with_rebuilt()
                    ways_out += order.ways_out
                    try:
                        self.compare(order, expected)
                        answers = self.answers(number)
                        first = first or answers
                        for name, answer in answers.items():
                            self.assertEqual(answer, first[name], name)
                    except AssertionError as error:
                        order.fail(error)
        print(f'{sum(seen.values())} facts of {len(seen)} kinds, {HISTORIES} histories in {ORDERS} orders; '
              f'{ways_out} ways out', flush=True)

    def compare(self, order, expected):
        stored, tables = self.stored(order.trajectory), expected.tables()
        self.assertEqual(stored.keys(), tables.keys())
        for table, rows in tables.items():
            self.equal(stored[table], rows, table)
        answers = self.answers(order.number)
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertEqual(answers['client'], expected.client(now))
        self.assertEqual([{name: row[name] for name in wanted} for row, wanted in zip(answers['quiet'], expected.quiet(now))],
                         expected.quiet(now))
        self.assertEqual(len(answers['quiet']), len(expected.quiet(now)))
        told = [{**row, 'at': row.pop('occurred_at')} for row in answers['timeline']]
        self.assertEqual([{name: row[name] for name in wanted} for row, wanted in zip(told, expected.timeline)],
                         expected.timeline)
        self.assertEqual(len(told), len(expected.timeline))


if __name__ == '__main__':
    unittest.main()
