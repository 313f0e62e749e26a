"""A random caseload, entered through the API in any order, against a second opinion of what it means."""
import collections
import datetime
import os
import random
import secrets
import unittest

from database import EMPLOYER, PEOPLE, Database

CLIENTS = 200
COACHES = {'Noord': ['anna', 'bert', 'cor'], 'Zuid': ['zoe', 'cor']}
STAGES = ['first_contact', 'starting_work', 'work_content', 'workplace_guidance', 'career_development', 'preconditions']
CHANNELS = ['phone', 'email', 'office', 'workplace']
DAY = datetime.timedelta(days=1)


def read(text):
    return text and datetime.datetime.fromisoformat(text)


# ---------------------------------------------------------------- what people enter

class Story:
    """The calls of one client's trajectory: what moves the case in the order it happened, contacts anywhere between."""

    def __init__(self, random_, number, now):
        self.random, self.number, self.calls = random_, number, []
        start = now - DAY * random_.uniform(2, 400)
        steps = sorted(start + (now - start) * random_.uniform(0.01, 0.99) for _ in range(random_.randrange(8)))
        team = random_.choice(list(COACHES))
        coach, stage, handover = random_.choice(COACHES[team]), 'first_contact', None
        for at in steps:
            kind = random_.choice(['move', 'move', 'assign', 'handover', 'handover', 'handover'])
            if kind == 'move':
                stage = random_.choice([other for other in STAGES if other != stage])
                self.call('move_stage', at, stage=stage, reason='zo liep het')
            elif kind == 'assign':
                to_team = random_.choice(list(COACHES))
                to_coach = random_.choice(COACHES[to_team])
                if (to_coach, to_team) != (coach, team):
                    coach, team = to_coach, to_team
                    self.call('assign_coach', at, coach=coach, team=team)
            else:
                handover = self.hand_over(handover, at)
        self.ends = random_.random() < 0.1
        contacts = [self.contact(start + (now - start) * random_.uniform(0, 0.98)) for _ in range(random_.randrange(7))]
        for contact in contacts:
            self.calls.insert(random_.randrange(len(self.calls) + 1), contact)
        if random_.random() < 0.2:
            self.calls.insert(random_.randrange(len(self.calls) + 1),
                              ('set_rhythm', {'client_number': number, 'days': random_.randrange(1, 60)}))
        first_team, first_coach = self.first(team, coach)
        self.calls.insert(0, ('add_client', {'client_number': number}))
        self.calls.insert(1, ('start_trajectory', {'client_number': number, 'kind': 'activation', 'occurred_at': start,
                                                   'coach': first_coach, 'team': first_team}))
        if self.ends:
            self.call('end_trajectory', None, outcome='employed')

    def call(self, function, at, **arguments):
        self.calls.append((function, {'client_number': self.number, 'occurred_at': at, **arguments}))

    def first(self, team, coach):
        """Somebody else than the first one assigned, who would be the coach already."""
        assigned = [arguments for function, arguments in self.calls if function == 'assign_coach']
        if not assigned:
            return team, coach
        first = assigned[0]
        return self.random.choice([(t, c) for t in COACHES for c in COACHES[t] if (c, t) != (first['coach'], first['team'])])

    def contact(self, at):
        return ('record_contact', {'client_number': self.number, 'occurred_at': at, 'channel': self.random.choice(CHANNELS),
                                   'counterpart': self.random.choice(['client', 'client', 'client', 'employer']),
                                   'reached': self.random.random() < 0.6})

    def hand_over(self, state, at):
        """The next step of a handover, or another end of it."""
        if state in (None, 'ended'):
            self.call('flag_handover', at, employer=EMPLOYER, supervisor=self.random.choice(PEOPLE[:2]))
            return 'flagged'
        if state != 'completed' and self.random.random() < 0.15:
            self.call(self.random.choice(['decline_handover', 'withdraw_handover']), at, reason='toch niet')
            return 'ended'
        if state == 'flagged':
            self.call('prepare_handover', at, talked_through_with_client=True, guidance_needs_shared=True,
                      absence_and_dropout_discussed=True, fallback_agreed=True, second_person=PEOPLE[2])
            return 'prepared'
        function = {'prepared': 'accept_handover', 'accepted': 'complete_handover', 'completed': 'return_handover'}[state]
        self.call(function, at, **({'reason': 'gaat niet goed'} if state == 'completed' else {}))
        return {'prepared': 'accepted', 'accepted': 'completed', 'completed': 'ended'}[state]


def woven(random_, stories):
    """All calls of all stories, mixed, each story in its order."""
    turns = [story for story in stories for _ in story.calls]
    random_.shuffle(turns)
    left = {story: collections.deque(story.calls) for story in stories}
    return [left[story].popleft() for story in turns]


# ---------------------------------------------------------------- what it means

def replay(events, rhythms, moment, rhythm_moment=None):
    """The state of a trajectory at a moment, from its events alone, or None when it was not open."""
    state = {}
    for event in sorted(events, key=lambda event: (event['occurred_at'], event['event_id'])):
        kind, at = event['kind'], event['occurred_at']
        if at > moment:
            break
        if kind == 'trajectory_started':
            state = {'started_at': at, 'stage_since': at, 'coach_since': at, 'guided_since': at, 'stage': event['stage'],
                     'team_id': event['team_id'], 'coach_id': event['worker_id'], 'guided_by': 'coach', 'employer_id': None,
                     'working_since': None, 'last_contact_at': None, 'attempts': [], 'open': True}
        elif kind == 'stage_moved':
            state.update(stage=event['stage'], stage_since=at)
            if event['stage'] == 'first_contact':
                state['working_since'] = None
            elif event['stage'] != 'preconditions':
                state['working_since'] = state['working_since'] or at
        elif kind == 'coach_assigned':
            state.update(team_id=event['team_id'], coach_id=event['worker_id'], coach_since=at)
        elif kind == 'handover_completed':
            state.update(guided_by='employer', guided_since=at, employer_id=event['employer_id'])
        elif kind == 'handover_returned':
            state.update(guided_by='coach', guided_since=at, employer_id=None)
        elif kind == 'contact' and event['counterpart'] == 'client':
            if event['reached']:
                state.update(last_contact_at=at, attempts=[])
            else:
                state['attempts'].append(at)
        elif kind == 'trajectory_ended':
            state['open'] = False
    if not state:
        return None
    attempts = state.pop('attempts')
    state.update(unanswered_attempts=len(attempts), last_attempt_at=attempts[-1] if attempts else None,
                 rhythm_days=rhythm(rhythms, events[0]['client_id'], state['team_id'], state['stage'], rhythm_moment))
    state['due_at'] = (state['last_contact_at'] + DAY * state['rhythm_days'] if state['last_contact_at']
                       else state['started_at'])
    return state


def rhythm(rhythms, client, team, stage, moment):
    """The days of the most specific rhythm: client, stage within team, stage, team, municipality."""
    def held(row):
        return row['since'] <= moment and (row['until'] is None or moment < row['until'])
    for of_client, of_team, of_stage in ((client, None, None), (None, team, stage), (None, None, stage), (None, team, None),
                                         (None, None, None)):
        for row in rhythms:
            if (row['client_id'], row['team_id'], row['stage']) == (of_client, of_team, of_stage) and held(row):
                return row['days']
    return None


class Caseload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={cls.seed}', flush=True)
        cls.random = random.Random(cls.seed)
        cls.database = database = Database()
        cls.addClassCleanup(database.close)
        now = datetime.datetime.now(datetime.timezone.utc)
        calls = woven(cls.random, [Story(cls.random, f'K{i}', now) for i in range(CLIENTS)])
        # Rhythms change on the way; a manager of both teams sets them, so that no case is out of sight.
        changes = [(14, {'team': 'Noord'}), (35, {'stage': 'work_content'}), (7, {'team': 'Zuid', 'stage': 'first_contact'}),
                   (21, {}), (50, {'team': 'Noord', 'stage': 'preconditions'}), (0, {'team': 'Noord'}),
                   (10, {'team': 'Noord'})]
        for place, (days, scope) in enumerate(changes, 1):
            calls.insert(len(calls) * place // len(changes), ('set_rhythm', {'days': days, **scope}))
        database.run(''.join(database.transaction(
            'admin' if function == 'set_rhythm' and not arguments.keys() & {'team', 'client_number'} else 'bas', function, **arguments) for function, arguments in calls),
                     'traject_daemon')
        cls.load()

    @classmethod
    def load(cls):
        """What is stored, as the owner sees it."""
        rows = cls.database.rows
        cls.rhythms = [{**row, 'since': read(row['since']), 'until': read(row['until'])} for row in rows(
            "select client_id, team_id, stage, days, lower(period) as since, upper(period) as until from traject.rhythm r "
            "join traject.municipality m using (municipality_id) where m.name = 'Veldstad'")]
        cls.events = collections.defaultdict(list)
        for event in rows('select e.*, t.client_id from traject.event e join traject.trajectory t using (trajectory_id)'):
            event['occurred_at'] = read(event['occurred_at'])
            cls.events[event['trajectory_id']].append(event)
        cls.states = {row['trajectory_id']: {name: read(value) if name.endswith(('_at', '_since')) else value
                                             for name, value in row.items()} for row in
                      rows('select s.*, c.client_number from traject.trajectory_state s join traject.client c '
                           'using (client_id)')}

    def quiet(self, worker, before='', **arguments):
        return self.database.as_worker(worker, 'list_without_contact', **arguments)

    def test_every_state_is_what_its_events_say(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertEqual(len(self.states), CLIENTS)
        guided, ended = 0, 0
        for trajectory, state in self.states.items():
            # The rhythm of a trajectory that has ended is the one of then.
            expected = replay(self.events[trajectory], self.rhythms, now, now)
            guided += state['guided_by'] == 'employer'
            ended += not state['open']
            for name, value in expected.items():
                if state['open'] or name not in ('rhythm_days', 'due_at'):
                    self.assertEqual(state[name], value, (state['client_number'], name))
        # Else it proves little.
        self.assertGreater(guided, 3)
        self.assertGreater(ended, 3)

    def test_every_period_is_what_its_events_say(self):
        events = {'stage_spell': ('stage', ['trajectory_started', 'stage_moved'], lambda e: e['stage']),
                  'coach_assignment': ('coach_id', ['trajectory_started', 'coach_assigned'], lambda e: e['worker_id']),
                  'guidance': ('party', ['trajectory_started', 'handover_completed', 'handover_returned'],
                               lambda e: 'employer' if e['kind'] == 'handover_completed' else 'coach')}
        for table, (column, kinds, value) in events.items():
            stored = collections.defaultdict(list)
            for row in self.database.rows(f'select trajectory_id, lower(period) as since, upper(period) as until, {column} '
                                          f'as what from traject.{table} order by period'):
                stored[row['trajectory_id']].append((read(row['since']), read(row['until']), row['what']))
            for trajectory in self.states:
                history = sorted(self.events[trajectory], key=lambda e: (e['occurred_at'], e['event_id']))
                marks = [(e['occurred_at'], value(e)) for e in history if e['kind'] in kinds]
                end = next((e['occurred_at'] for e in history if e['kind'] == 'trajectory_ended'), None)
                untils = [at for at, _ in marks[1:]] + [end]
                self.assertEqual(stored[trajectory], [(at, until, what) for (at, what), until in zip(marks, untils)], table)

    def test_who_is_quiet_and_in_which_order(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        listed = self.quiet('bas', page_size=1000)
        expected = sorted((state for state in self.states.values() if state['open'] and state['due_at'] < now),
                          key=lambda s: (s['last_contact_at'] is not None, s['due_at'], s['trajectory_id']))
        self.assertEqual([row['client_number'] for row in listed], [state['client_number'] for state in expected])
        never = [row['last_contact_at'] is None for row in listed]
        self.assertTrue(never[0] and not never[-1] and never == sorted(never, reverse=True))
        for row, state in zip(listed, expected):
            self.assertEqual((read(row['due_at']), read(row['last_contact_at']), row['unanswered_attempts'], row['rhythm_days']),
                             (state['due_at'], state['last_contact_at'], state['unanswered_attempts'], state['rhythm_days']))
            self.assertEqual(row['overdue_days'], (now - state['due_at']).days)

    def test_the_list_of_now_is_the_list_as_of_now(self):
        every = ({}, {'team': 'Noord'}, {'coach': 'cor'}, {'team': 'Zuid', 'coach': 'cor'})
        asked = {'bas': every, 'max': every[:2], 'zack': [{}, {'team': 'Zuid'}], 'mia': every[:2], 'anna': every[:2],
                 'cor': every[2:], 'zoe': [{}, {'team': 'Zuid'}]}
        for worker, questions in asked.items():
            for arguments in questions:
                # In one transaction, so that now is one moment.
                call = self.database.call('list_without_contact', page_size=1000, **arguments)
                as_of = call[:-1] + ', as_of => now())'
                answers = self.database.rows(
                    f'select (select json_agg(a) from {call} a) as plain, (select json_agg(b) from {as_of} b) as as_of',
                    'traject_daemon', self.database.enter(worker, 'Veldstad', 'ListWithoutContact'))[0]
                self.assertEqual(answers['plain'], answers['as_of'], (worker, arguments))
            self.assertTrue(self.quiet(worker))

    def test_an_earlier_moment_is_as_the_events_up_to_it_say(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for _ in range(8):
            moment = now - DAY * self.random.uniform(0, 300)
            # No rhythm was set so long ago: the present one counts.
            states = {trajectory: replay(events, self.rhythms, moment, now) for trajectory, events in self.events.items()}
            expected = sorted((state['last_contact_at'] is not None, state['due_at'], trajectory)
                              for trajectory, state in states.items() if state and state['open'] and state['due_at'] < moment)
            listed = self.quiet('bas', as_of=moment.isoformat(), page_size=1000)
            self.assertEqual([row['client_number'] for row in listed],
                             [self.states[trajectory]['client_number'] for *_, trajectory in expected], moment)
            for trajectory in self.random.sample(sorted(states), 10):
                shown = self.database.as_worker('bas', 'get_client', as_of=moment.isoformat(),
                                                client_number=self.states[trajectory]['client_number'])[0]
                state = states[trajectory]
                self.assertEqual(shown['stage'], state and state['stage'])
                self.assertEqual(shown['guided_by'], state and state['guided_by'])
                self.assertEqual(read(shown['last_contact_at']), state and state['last_contact_at'])
                self.assertEqual(shown['unanswered_attempts'], state and state['unanswered_attempts'])

    def pages(self, function, size, **arguments):
        rows, token = [], None
        while True:
            page = self.database.as_worker('bas', function, page_size=size, page_token=token, **arguments)
            rows += page
            if len(page) < size:
                return rows
            token = page[-1]['page_token']

    def test_all_pages_are_the_whole_list(self):
        whole = self.quiet('bas', page_size=1000)
        self.assertGreater(len(whole), 50)
        for size in (7, len(whole), 1000):
            self.assertEqual(self.pages('list_without_contact', size), whole)
        noord = self.quiet('bas', team='Noord', page_size=1000)
        self.assertEqual(self.pages('list_without_contact', 11, team='Noord'), noord)
        moment = (datetime.datetime.now(datetime.timezone.utc) - 30 * DAY).isoformat()
        self.assertEqual(self.pages('list_without_contact', 9, as_of=moment), self.quiet('bas', as_of=moment, page_size=1000))
        longest = max(self.events, key=lambda trajectory: len(self.events[trajectory]))
        for newest_first in (True, False):
            client = {'client_number': self.states[longest]['client_number'], 'newest_first': newest_first}
            whole = self.database.as_worker('bas', 'get_timeline', **client)
            moments = [(row['occurred_at'], row['event_id']) for row in whole]
            self.assertEqual(moments, sorted(moments, reverse=newest_first))
            self.assertEqual(len(whole), len(self.events[longest]))
            for size in (1, 4):
                self.assertEqual(self.pages('get_timeline', size, **client), whole)


class AnyOrder(unittest.TestCase):
    def test_contacts_entered_in_any_order_give_the_same_state(self):
        seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={seed}', flush=True)
        random_ = random.Random(seed)
        database = Database()
        self.addCleanup(database.close)
        start = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.timezone.utc)
        columns = ('last_contact_at, last_attempt_at, unanswered_attempts, rhythm_days, due_at, version, stage, stage_since, '
                   'working_since, coach_since, guided_since, started_at, open')
        for group in range(6):
            # Some at the same moment.
            moments = [start + DAY * random_.randrange(1, 12) for _ in range(7)]
            contacts = [{'occurred_at': at, 'channel': 'phone', 'counterpart': random_.choice(['client', 'client', 'network']),
                         'reached': random_.random() < 0.5} for at in moments]
            script = ''
            for turn in range(8):
                client = {'client_number': f'G{group}.{turn}'}
                order = random_.sample(contacts, len(contacts)) if turn else sorted(contacts, key=lambda c: c['occurred_at'])
                script += database.transaction('bas', 'add_client', **client)
                script += database.transaction('bas', 'start_trajectory', **client, kind='activation', coach='anna', team='Noord',
                                               occurred_at=start)
                script += ''.join(database.transaction('bas', 'record_contact', **client, **contact) for contact in order)
            database.run(script, 'traject_daemon')
            states = database.rows(f"""select distinct {columns} from traject.trajectory_state s
                join traject.client c using (client_id) where c.client_number like 'G{group}.%'""")
            reached = [c['occurred_at'] for c in contacts if c['counterpart'] == 'client' and c['reached']]
            last = max(reached, default=None)
            attempts = [c['occurred_at'] for c in contacts if c['counterpart'] == 'client' and not c['reached']
                        and (last is None or c['occurred_at'] > last)]
            self.assertEqual(len(states), 1, states)
            self.assertEqual(read(states[0]['last_contact_at']), last)
            self.assertEqual(states[0]['unanswered_attempts'], len(attempts))
            self.assertEqual(read(states[0]['last_attempt_at']), max(attempts, default=None))
            self.assertEqual(read(states[0]['due_at']), last + 28 * DAY if last else start)


class Rhythm(unittest.TestCase):
    def setUp(self):
        self.database = Database()
        self.addCleanup(self.database.close)
        self.database.new_client('1', 'anna', 'Noord')
        self.database.new_client('2', 'anna', 'Noord')
        self.database.new_client('3', 'zoe', 'Zuid')
        self.database.new_client('4', 'anna', 'Noord', stage='work_content')
        self.database.new_client('5', 'zoe', 'Zuid', stage='work_content')

    def set(self, days, **scope):
        worker = 'bas' if scope.keys() & {'team', 'client_number'} else 'admin'
        return self.database.as_worker(worker, 'set_rhythm', days=days, **scope)[0]['trajectories_changed']

    def days(self):
        return [int(row[0]) for row in self.database.run(
            'select s.rhythm_days from traject.trajectory_state s join traject.client c using (client_id) order by client_number')]

    def test_the_most_specific_one_holds(self):
        client, both = {'client_number': '4'}, {'team': 'Noord', 'stage': 'work_content'}
        stage, team = {'stage': 'work_content'}, {'team': 'Noord'}
        self.assertEqual(self.days(), [28] * 5)
        self.assertEqual(self.set(50), 5)
        self.assertEqual(self.set(40, **team), 3)
        self.assertEqual(self.days(), [40, 40, 50, 40, 50])
        self.assertEqual(self.set(30, **stage), 2)
        self.assertEqual(self.days(), [40, 40, 50, 30, 30])
        self.assertEqual(self.set(20, **both), 1)
        self.assertEqual(self.days(), [40, 40, 50, 20, 30])
        self.assertEqual(self.set(10, **client), 1)
        self.assertEqual(self.days(), [40, 40, 50, 10, 30])
        # Under a more specific one a change is not felt.
        self.assertEqual(self.set(19, **both), 0)
        self.assertEqual(self.set(51), 1)
        self.assertEqual(self.days(), [40, 40, 51, 10, 30])
        # Taken away one by one, the next one holds.
        for scope, expected in ((client, 19), (both, 30), (stage, 40), (team, 51)):
            self.set(0, **scope)
            self.assertEqual(self.days()[3], expected)
        self.assertEqual(self.days(), [51] * 5)

    def test_a_move_brings_the_rhythm_of_the_stage(self):
        self.set(9, stage='starting_work')
        before = self.database.as_worker('bas', 'record_contact', client_number='1', channel='phone', counterpart='client',
                                         reached=True, occurred_at='2026-02-01 09:00+00')[0]
        after = self.database.as_worker('bas', 'move_stage', client_number='1', stage='starting_work')[0]
        self.assertEqual(read(before['contact_due_at']) - read(after['contact_due_at']), 19 * DAY)

    def test_what_holds_in_every_team_is_set_by_an_admin(self):
        for scope in ({}, {'stage': 'work_content'}):
            with self.assertRaisesRegex(Exception, 'set by an admin'):
                self.database.as_worker('bas', 'set_rhythm', days=50, **scope)
        with self.assertRaisesRegex(Exception, 'not one of yours'):
            self.database.as_worker('admin', 'set_rhythm', days=50, team='Noord')
        self.assertEqual(self.days(), [28] * 5)


if __name__ == '__main__':
    unittest.main()
