"""The figures for a manager against a second opinion, computed from the entries of a random caseload; and that no figure
is about few people."""
import collections
import datetime
import math
import os
import random
import secrets
import unittest
import zoneinfo

from database import EMPLOYER, WORKERS, Database, Refused
from test_caseload import DAY, Story, read, rhythm, woven

FIGURES = {'stages': 'get_stage_figures', 'times': 'get_stage_times', 'paths': 'list_paths',
           'handovers': 'get_handover_figures', 'contact': 'get_contact_figures', 'silence': 'get_silence_figures',
           'coaches': 'get_coach_figures', 'agreements': 'get_agreement_figures'}
# The key of a row, where it has one.
KEYS = {'stages': 'stage', 'times': 'stage', 'paths': 'path', 'contact': 'coach', 'silence': 'days_min',
        'coaches': 'coaches', 'agreements': 'party'}
OF_MOMENT = ('stages', 'contact', 'silence')
# The clients behind it are told by who has gone without contact.
WITH_CLIENTS = [figure for figure in FIGURES if figure != 'silence']
SILENCE = {0: 6, 7: 27, 28: 90, 91: None}  # days_min: days_max
STAGES = ['first_contact', 'starting_work', 'work_content', 'workplace_guidance', 'career_development', 'preconditions']
PARTIES = ['client', 'coach', 'employer', 'network', 'municipality']
HOUR = datetime.timedelta(hours=1)
AMSTERDAM = zoneinfo.ZoneInfo('Europe/Amsterdam')


# ---------------------------------------------------------------- what people enter

class RicherStory(Story):
    """With agreements, more contacts, and handovers between coaches."""

    def __init__(self, random_, number, now):
        super().__init__(random_, number, now)
        start = self.calls[1][1]['occurred_at']
        coach, taken_over = self.calls[1][1]['coach'], []
        for place, (function, arguments) in enumerate(self.calls):
            # Another team of the same coach hands nothing over.
            if function == 'assign_coach' and arguments['coach'] != coach:
                coach = arguments['coach']
                taken_over.append((place + 1, arguments['occurred_at'] + HOUR / 60))
        for place, at in reversed(taken_over):
            self.calls.insert(place, ('record_step', {
                'client_number': number, 'kind': 'coach_handover_prepared', 'occurred_at': at, 'record_read': True,
                'introduced_to_client': True, 'agreements_passed_on': True,
                **({'story_retold': True} if random_.random() < 0.5 else {})}))
        last = len(self.calls) - self.ends
        made = []
        at = start
        for _ in range(random_.randrange(5)):
            # One at a time, so that steps need no number.
            at += (now - start) * random_.uniform(0.02, 0.18)
            made.append(('make_agreement', {'client_number': number, 'party': random_.choice(PARTIES), 'what': 'bellen',
                                            'due_at': at + DAY * random_.uniform(1, 30), 'occurred_at': at}))
            if random_.random() < 0.3:
                made.append(('record_step', {'client_number': number, 'kind': 'agreement_changed', 'occurred_at': at + HOUR,
                                             'due_at': at + DAY * random_.uniform(2, 40)}))
            if random_.random() < 0.2:
                break
            made.append(('record_step', {'client_number': number, 'occurred_at': at + 2 * HOUR,
                                         'kind': random_.choice(['agreement_kept', 'agreement_kept', 'agreement_not_kept'])}))
        more = [self.contact(start + (now - start) * random_.uniform(0, 0.98)) for _ in range(random_.randrange(12))]
        places = sorted(random_.randrange(2, last + 1) for _ in made)
        for call, place in reversed(list(zip(made, places))):
            self.calls.insert(place, call)
        for call in more:
            self.calls.insert(random_.randrange(2, last + 1), call)


# ---------------------------------------------------------------- what it means

def periods(marks, end):
    """Periods from (moment, what) marks; a mark of the same as before is none."""
    kept = [mark for i, mark in enumerate(marks) if i == 0 or mark[1] != marks[i - 1][1]]
    untils = [at for at, _ in kept[1:]] + [end]
    return [(at, until, what) for (at, what), until in zip(kept, untils)]


def at_moment(of, moment):
    return next((period for period in of if period[0] <= moment and (period[1] is None or moment < period[1])), None)


def overlaps(period, since, until):
    return period[0] < until and (period[1] is None or period[1] > since)


def days(since, until):
    return (until - since) // DAY


class Journey:
    """A trajectory, from its entries alone."""

    def __init__(self, entries):
        entries = sorted(entries, key=lambda e: (e['occurred_at'], e['entry_id'] or e['event_id']))
        self.client, self.number = entries[0]['client_id'], entries[0]['client_number']
        of = collections.defaultdict(list)
        for entry in entries:
            of[entry['kind']].append(entry)
        start = of['trajectory_started'][0]
        self.start = start['occurred_at']
        self.end = of['trajectory_ended'][0]['occurred_at'] if of['trajectory_ended'] else None
        self.spells = periods([(e['occurred_at'], e['stage']) for e in [start] + of['stage_moved']], self.end)
        self.assignments = periods([(e['occurred_at'], (e['team_id'], e['worker_id'])) for e in [start] + of['coach_assigned']],
                                   self.end)
        self.team = self.assignments[-1][2][0]
        self.contacts = [e['occurred_at'] for e in entries if e['counterpart'] == 'client' and e['reached']]
        self.handovers = []
        for entry in entries:
            step = entry['kind'].removeprefix('handover_')
            if step == 'flagged':
                if self.handovers and not self.handovers[-1].keys() & {'declined', 'withdrawn', 'returned'}:
                    self.handovers[-1]['returned' if 'completed' in self.handovers[-1] else 'withdrawn'] = entry['occurred_at']
                self.handovers.append({step: entry['occurred_at']})
            elif step != entry['kind']:
                self.handovers[-1].setdefault(step, entry['occurred_at'])
        # What was open when the trajectory ended is withdrawn with it.
        if self.end and self.handovers and not self.handovers[-1].keys() & {'declined', 'withdrawn', 'returned', 'completed'}:
            self.handovers[-1]['withdrawn'] = self.end
        items = collections.defaultdict(list)
        for entry in entries:
            if entry['item_id']:
                items[entry['item_id']].append(entry)
        self.agreements, self.retold = [], []
        for item in items.values():
            kinds = [e['kind'] for e in item]
            if 'coach_assigned' in kinds and any(e['story_retold'] for e in item):
                self.retold.append(item[0]['occurred_at'])
            if 'agreement_made' in kinds:
                last = {name: [e[name] for e in item if e[name]][-1] for name in ('party', 'due_at')}
                self.agreements.append({**last, 'made': item[0]['occurred_at'], 'kinds': kinds})


class Counted(collections.namedtuple('Counted', 'team at key client number marks days')):
    """One thing that a figure counts."""


def month_ends(since, until):
    local = since.astimezone(AMSTERDAM)
    year, month = local.year, local.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        end = datetime.datetime(year, month, 1, tzinfo=AMSTERDAM).astimezone(datetime.timezone.utc)
        if end >= until:
            yield until
            return
        yield end


def counted(figure, journeys, rhythms, since, until, now):
    """All that a figure counts of these trajectories."""
    def one(journey, key, marks=(), length=None, team=None, at=until):
        return Counted(team or journey.team, at, key, journey.client, journey.number, list(marks), length)
    if figure in OF_MOMENT:
        for moment in month_ends(since, until):
            for journey in journeys:
                spell = at_moment(journey.spells, moment)
                if not spell:
                    continue
                team, coach = at_moment(journey.assignments, moment)[2]
                if figure == 'stages':
                    yield one(journey, spell[2], team=team, at=moment)
                    continue
                last = max((contact for contact in journey.contacts if contact <= moment), default=None)
                every = (rhythm(rhythms, journey.client, team, spell[2], moment)
                         or rhythm(rhythms, journey.client, team, spell[2], now))
                due = last + DAY * every if last else journey.start
                if figure == 'contact':
                    yield one(journey, coach, ['within' if due >= moment else 'past due'], team=team, at=moment)
                elif due < moment:
                    yield one(journey, max(least for least in SILENCE if least <= days(due, moment)), team=team, at=moment)
    elif figure == 'times':
        for journey in journeys:
            for spell in journey.spells:
                if overlaps(spell, since, until):
                    running = spell[1] is None or spell[1] > until
                    yield one(journey, spell[2], ['running'] if running else [], days(spell[0], until if running else spell[1]))
    elif figure == 'paths':
        for journey in journeys:
            if overlaps((journey.start, journey.end), since, until):
                stages = [stage for begin, _, stage in journey.spells if begin < until]
                steps = [STAGES.index(b) - STAGES.index(a) for a, b in zip(stages, stages[1:])]
                yield one(journey, ' > '.join(stages).replace('_', ' '),
                          ['back' if step < 0 else 'skipped' for step in steps if step < 0 or step > 1])
    elif figure == 'handovers':
        for journey in journeys:
            for handover in journey.handovers:
                if since <= handover['flagged'] < until:
                    work = [begin for begin, _, stage in journey.spells if stage not in ('first_contact', 'preconditions')]
                    completed = handover.get('completed')
                    timed = completed and work and work[0] <= completed
                    yield one(journey, '', sorted(handover.keys() - {'flagged', 'prepared'}),
                              days(work[0], completed) if timed else None)
    elif figure == 'coaches':
        had, retold = collections.defaultdict(set), collections.Counter()
        for journey in journeys:
            for period in journey.assignments:
                if overlaps(period, since, until):
                    had[journey.team, journey.client, journey.number].add(period[2][1])
            retold[journey.team, journey.client] += sum(since <= at < until for at in journey.retold)
        for (team, client, number), coaches in had.items():
            yield Counted(team, until, len(coaches), client, number, ['story retold'] * retold[team, client], None)
    else:
        for journey in journeys:
            for agreement in journey.agreements:
                if since <= agreement['made'] < until:
                    kinds, marks = agreement['kinds'], []
                    for mark in ('kept', 'not_kept', 'changed'):
                        if f'agreement_{mark}' in kinds:
                            marks.append(mark.replace('_', ' '))
                    settled = {'kept', 'not kept'} & set(marks)
                    if not settled and journey.end is None and agreement['due_at'] < now:
                        marks.append('overdue')
                    yield one(journey, agreement['party'], marks)


def said(figure, key):
    """A key as people read it."""
    if figure == 'coaches':
        return f'{key} coach' if key == 1 else f'{key} coaches'
    return key.replace('_', ' ')


def rank(lengths, share):
    """The smallest that at least so many of a hundred do not exceed."""
    return sorted(lengths)[math.ceil(len(lengths) * share / 100) - 1]


def numbers(figure, rows):
    """The numbers of a row about these."""
    clients = len({row.client for row in rows})
    marked = collections.Counter(mark for row in rows for mark in row.marks)
    def share(part, whole):
        return math.floor(100 * part / whole + 0.5) if whole else None
    timed = [row for row in rows if row.days is not None]
    lengths = [row.days for row in timed]
    few_timed = len({row.client for row in timed}) < 5
    told = {'clients': clients, **{
        'stages': lambda: {},
        'silence': lambda: {},
        'times': lambda: {'spells': len(rows), 'running': marked['running'], 'median_days': rank(lengths, 50),
                          'p90_days': rank(lengths, 90)},
        'paths': lambda: {'trajectories': len(rows), 'moves_back': marked['back'], 'moves_skipping': marked['skipped']},
        'handovers': lambda: {'flagged': len(rows), **{name: marked[name] for name in
                              ('accepted', 'declined', 'withdrawn', 'completed', 'returned')},
                              'median_days': None if few_timed else rank(lengths, 50),
                              'p90_days': None if few_timed else rank(lengths, 90)},
        'contact': lambda: {'within': marked['within'], 'percent': share(marked['within'], clients)},
        'coaches': lambda: {'stories_retold': marked['story retold']},
        'agreements': lambda: {'made': len(rows), 'kept': marked['kept'], 'not_kept': marked['not kept'],
                               'changed': marked['changed'], 'overdue': marked['overdue'],
                               'percent_kept': share(marked['kept'], marked['kept'] + marked['not kept'])}}[figure]()}
    return dict.fromkeys(told) if 0 < clients < 5 else told


def told_apart(groups):
    """The keys, of key: clients, that have rows of their own."""
    order = sorted(groups, key=lambda key: (len(groups[key]), str(key)))
    if not order or len(groups[order[0]]) >= 5:
        return set(order)
    for count in range(2, len(order) + 1):
        if len(set().union(*(groups[key] for key in order[:count]))) >= 5 and \
                all(len(groups[key]) >= 5 for key in order[count:]):
            return set(order[count:])
    return set()


# ---------------------------------------------------------------- the comparison

class Figures:
    """For a caseload of `clients`."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={seed}', flush=True)
        cls.random = random_ = random.Random(seed)
        cls.database = database = Database()
        cls.addClassCleanup(database.close)
        now = datetime.datetime.now(datetime.timezone.utc)
        calls = woven(random_, [RicherStory(random_, f'K{i}', now) for i in range(cls.clients)])
        database.run(database.transaction('bas', 'set_rhythm', days=20, team='Noord')
                     + database.transaction('admin', 'set_rhythm', days=35, stage='work_content')
                     + ''.join(database.transaction('bas', function, **arguments) for function, arguments in calls),
                     'traject_daemon')
        cls.correct()
        # Rhythms of long ago, as a municipality has them that began earlier.
        database.owner("update traject.rhythm set period = tstzrange(now() - interval '200 days', null) where team_id is not null")
        cls.load()
        cls.now = datetime.datetime.now(datetime.timezone.utc)

    @classmethod
    def correct(cls):
        """Corrects and withdraws entries; what the record cannot bear is refused, and stays."""
        database = cls.database
        entries = database.rows("select event_id, kind, occurred_at from traject.event where kind not in ('rhythm_set', "
                                "'trajectory_started', 'trajectory_ended') order by event_id")
        script = ''
        for entry in cls.random.sample(entries, len(entries) // 6):
            changes = {'event_id': entry['event_id'], 'reason': 'verkeerd ingevoerd'}
            moved = min(read(entry['occurred_at']) + DAY * cls.random.uniform(-20, 20), datetime.datetime.now(datetime.timezone.utc))
            choice = cls.random.random()
            if choice < 0.3:
                call = database.call('withdraw_entry', **changes)
            elif entry['kind'] == 'contact' and choice < 0.6:
                call = database.call('correct_entry', **changes, reached=cls.random.random() < 0.5)
            elif entry['kind'] == 'stage_moved' and choice < 0.6:
                call = database.call('correct_entry', **changes, stage=cls.random.choice(STAGES))
            elif entry['kind'] == 'agreement_made' and choice < 0.6:
                call = database.call('correct_entry', **changes, party=cls.random.choice(PARTIES))
            else:
                call = database.call('correct_entry', **changes, occurred_at=moved)
            script += (f"begin; {database.enter('bas', 'Veldstad', 'CorrectEntry')} do $$ begin perform {call}; "
                       'set constraints all immediate; exception when others then null; end $$; commit;\n')
        database.run(script, 'traject_daemon')

    @classmethod
    def load(cls):
        """What is stored, as the owner sees it."""
        rows = cls.database.rows
        cls.rhythms = [{**row, 'since': read(row['since']), 'until': read(row['until'])} for row in rows(
            "select client_id, team_id, stage, days, lower(period) as since, upper(period) as until from traject.rhythm r "
            "join traject.municipality m using (municipality_id) where m.name = 'Veldstad'")]
        cls.teams = {row['team_id']: row['name'] for row in rows('select team_id, name from traject.team')}
        cls.workers = {row['worker_id']: row['name'] for row in rows('select worker_id, name from traject.worker')}
        events = rows('select e.*, t.client_id, c.client_number from traject.event e join traject.trajectory t '
                      'using (trajectory_id) join traject.client c on c.client_id = t.client_id')
        gone = {event['supersedes'] for event in events}
        cls.superseded = len(gone) - 1
        of = collections.defaultdict(list)
        for event in events:
            event.update(occurred_at=read(event['occurred_at']), due_at=read(event['due_at']))
            if event['event_id'] not in gone and event['kind'] != 'entry_withdrawn':
                of[event['trajectory_id']].append(event)
        cls.journeys = [Journey(entries) for entries in of.values()]

    def questions(self):
        """Who asks about which team and period."""
        year = datetime.timedelta(days=365)
        for worker, teams in (('bas', [None, 'Noord', 'Zuid']), ('max', [None]), ('zack', ['Zuid'])):
            for team in teams:
                since = self.now - DAY * self.random.uniform(100, 420)
                yield worker, team, since, min(since + DAY * self.random.uniform(20, 400), self.now)
        yield 'bas', None, self.now - year, self.now
        yield 'bas', None, self.now - 3 * year, self.now - 2 * year

    def counted(self, figure, worker, team, since, until):
        """All that the figure counts, by team and moment, then by key."""
        own = WORKERS[worker][1]
        seen = [journey for journey in self.journeys if self.teams[journey.team] in own]
        groups = collections.defaultdict(lambda: collections.defaultdict(list))
        for row in counted(figure, seen, self.rhythms, since, until, self.now):
            if self.teams[row.team] in own and team in (None, self.teams[row.team]):
                groups[self.teams[row.team], row.at][row.key].append(row)
        return groups

    def small_teams(self, worker, team, since, until):
        """The teams of which trajectories of few clients ran in the period."""
        ran = collections.defaultdict(set)
        for journey in self.journeys:
            if overlaps((journey.start, journey.end), since, until):
                ran[self.teams[journey.team]].add(journey.client)
        return [name for name in WORKERS[worker][1] if team in (None, name) and 0 < len(ran[name]) < 5]

    def expected(self, figure, groups, question):
        """The rows of the figure: team, moment, key, withheld, and the numbers."""
        rows = []
        if figure == 'handovers':
            # Of these it is not told either that there was none.
            rows = [(team, question[3], None, True, dict.fromkeys(numbers(figure, [])))
                    for team in self.small_teams(*question) if (team, question[3]) not in groups]
        elif figure == 'silence':
            open_ = {place: {row.client for keyed in of.values() for row in keyed}
                     for place, of in self.counted('stages', *question).items()}
            small = [place for place, clients in open_.items() if len(clients) < 5]
            rows = [(*place, None, True, {'clients': None}) for place in small]
            groups = {place: of for place, of in groups.items() if place not in small}
        for (team, at), of in groups.items():
            apart = told_apart({key: {row.client for row in keyed} for key, keyed in of.items()})
            everything = [row for keyed in of.values() for row in keyed]
            few = len({row.client for row in everything}) < 5
            if figure == 'contact':
                rows.append((team, at, None, few, numbers(figure, everything)))
                if few:
                    continue
            together = [row for key, keyed in of.items() if key not in apart for row in keyed]
            rows += [(team, at, self.named(figure, key), False, numbers(figure, of[key])) for key in apart]
            if together:
                rows.append((team, at, None, True, numbers(figure, together)))
        return rows

    def named(self, figure, key):
        return self.workers[key] if figure == 'contact' else None if key == '' else key

    def ask(self, figure, worker, team, since, until):
        rows = []
        for row in self.database.as_worker(worker, FIGURES[figure], team=team, since=since.isoformat(), until=until.isoformat()):
            key = row.pop(KEYS[figure]) if figure in KEYS else None
            row.pop('gaps_in_guidance', None)
            if figure == 'silence':
                self.assertEqual(row.pop('days_max'), SILENCE.get(key))
            at = read(row.pop('at')) if 'at' in row else until
            rows.append((row.pop('team'), at, key, row.pop('withheld'), row))
        return rows

    def test_every_figure_is_what_the_entries_say(self):
        # Else it proves little.
        self.assertGreater(self.superseded, self.clients / 3)
        found = collections.Counter()
        for question in self.questions():
            for figure in FIGURES:
                with self.subTest((figure, *map(str, question))):
                    groups = self.counted(figure, *question)
                    told = [row for row in self.ask(figure, *question) if figure != 'handovers' or row[4]['clients'] != 0]
                    def order(row):
                        return row[0], row[1], str(row[2]), row[3]
                    self.assertEqual(sorted(told, key=order), sorted(self.expected(figure, groups, question), key=order))
                    found[figure] += sum(row[4]['clients'] is not None for row in told)
        if self.clients > 50:
            for figure in FIGURES:
                self.assertGreater(found[figure], 2, figure)

    def test_no_figure_is_about_few_people_or_lets_them_be_told(self):
        withheld = 0
        for question in self.questions():
            for figure in FIGURES:
                with self.subTest((figure, *map(str, question))):
                    groups = self.counted(figure, *question)
                    told = collections.defaultdict(dict)
                    for team, at, key, is_withheld, row in self.ask(figure, *question):
                        self.assertFalse(row['clients'] in range(1, 5), row)
                        self.assertEqual(row['clients'] is None, set(row.values()) == {None}, row)
                        if figure != 'contact' or key or is_withheld:
                            told[team, at][key] = row, is_withheld
                    for place, of in groups.items():
                        sizes = {self.named(figure, key): {row.client for row in keyed} for key, keyed in of.items()}
                        hidden = [clients for key, clients in sizes.items() if key not in told[place] or told[place][key][1]]
                        withheld += bool(hidden)
                        self.assertTrue(all(len(clients) >= 5 for key, clients in sizes.items() if clients not in hidden))
                        together = told[place].get(None)
                        if hidden and together[0]['clients'] is not None:
                            self.assertGreaterEqual(len(hidden), 2)
                            self.assertGreaterEqual(len(set().union(*hidden)), 5)
                        elif hidden:
                            # Nothing is told of the whole, so nothing is left of it.
                            self.assertEqual(len(told[place]), 1)
                            self.assertLess(len(set().union(*hidden)), 5)
        self.assertGreater(withheld, 5)

    def test_the_clients_behind_each_row_are_those_it_counts(self):
        for question in self.questions():
            worker, team, since, until = question
            for figure in WITH_CLIENTS:
                groups = self.counted(figure, *question)
                if not groups:
                    continue
                (of_team, at), of = self.random.choice(list(groups.items()))
                apart = told_apart({key: {row.client for row in keyed} for key, keyed in of.items()})
                asked = {'figure': figure, 'team': of_team}
                asked |= {'at': at.isoformat()} if figure in OF_MOMENT else {'since': since.isoformat(), 'until': until.isoformat()}
                wholes = [({'withheld': False}, [row for keyed in of.values() for row in keyed]),
                          ({'withheld': True}, [row for key, keyed in of.items() if key not in apart for row in keyed])]
                for key in self.random.sample(sorted(of), min(2, len(of))):
                    more = {KEYS[figure]: self.named(figure, key)} if figure in KEYS else {}
                    wholes.append(({'withheld': False, **more}, of[key]))
                for more, rows in wholes:
                    with self.subTest((figure, *map(str, question), more)):
                        listed = self.database.as_worker(worker, 'list_figure_clients', **asked, **more)
                        self.assertEqual(sorted((row['client_number'], sorted(row['marks'])) for row in listed),
                                         sorted((row.number, sorted(row.marks)) for row in rows))
                        if figure in KEYS and figure != 'contact':
                            self.assertEqual(sorted((row['client_number'], row['key']) for row in listed),
                                             sorted((row.number, said(figure, row.key)) for row in rows))
                        self.assertTrue(all(bool(row['what']) == (figure == 'agreements') for row in listed))
                        if figure in ('times', 'handovers'):
                            self.assertEqual(sorted(str(row['days']) for row in listed), sorted(str(row.days) for row in rows))

    def test_without_a_period_it_is_the_last_year(self):
        for function in FIGURES.values():
            plain = self.database.call(function)
            same = self.database.call(function, team=None)[:-1] + ", since => now() - interval '1 year', until => now())"
            answers = self.database.rows(f'select (select json_agg(a) from {plain} a) as plain, (select json_agg(b) from {same} b) as same',
                                         'postgres', self.database.enter('bas'))[0]
            self.assertEqual(answers['plain'], answers['same'])
            self.assertTrue(answers['plain'], function)


class Large(Figures, unittest.TestCase):
    clients = 100


class Small(Figures, unittest.TestCase):
    clients = 14


# ---------------------------------------------------------------- single questions

class Single(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        for number in range(6):
            cls.database.new_client(f'N{number}')
        for number in range(3):
            cls.database.new_client(f'Z{number}', 'zoe', 'Zuid')

    def ask(self, function, worker='bas', **arguments):
        return self.database.as_worker(worker, function, **arguments)

    def refused(self, says, *arguments, **more):
        with self.assertRaisesRegex(Refused, says):
            self.ask(*arguments, **more)

    def test_of_a_small_team_nothing_is_told(self):
        for figure, function in FIGURES.items():
            rows = self.ask(function, 'zack')
            self.assertEqual(bool(rows), figure != 'agreements')
            for row in rows:
                named = {name: value for name, value in row.items() if value is not None}
                # That nobody was without a guide is told also of few.
                more = {name: row[name] for name in ('at', 'gaps_in_guidance') if name in row}
                self.assertEqual(named, {'team': 'Zuid', 'withheld': True, **more})
        # Of more people it is told that there was none.
        self.assertIsNotNone(self.ask('get_handover_figures', 'max')[0]['flagged'])
        # But who may see them can be told who they are.
        self.assertEqual([row['client_number'] for row in
                          self.ask('list_figure_clients', 'zack', figure='stages', withheld=True)], ['Z0', 'Z1', 'Z2'])

    def test_a_corrected_flag_counts_when_it_happened(self):
        for number in range(5):
            self.database.new_client(f'F{number}')
            flagged = self.ask('flag_handover', client_number=f'F{number}', employer=EMPLOYER, supervisor='M. Visser',
                               occurred_at='2026-02-01 09:00+00')[0]
            self.ask('correct_entry', event_id=flagged['event_id'], reason='andere datum', occurred_at='2026-09-01 09:00+00')

        def flagged_in(since, until):
            return self.ask('get_handover_figures', team='Noord', since=since, until=until)[0]['flagged']
        self.assertEqual((flagged_in('2026-01-01', '2026-03-31'), flagged_in('2026-08-01', '2026-09-30')), (0, 5))

    def test_a_moment_without_a_guide_would_be_counted(self):
        gaps = {row['team']: row['gaps_in_guidance'] for row in self.ask('get_handover_figures')}
        self.assertEqual(gaps, {'Noord': 0, 'Zuid': 0})
        trajectory = self.database.value("select min(trajectory_id) from traject.trajectory_state s join traject.team t "
                                         "using (team_id) where t.name = 'Noord'")
        make = f"""set session_replication_role = replica;
            update traject.guidance set period = tstzrange(lower(period), lower(period) + interval '1 day')
             where trajectory_id = {trajectory};
            insert into traject.guidance (municipality_id, trajectory_id, period, party)
            select municipality_id, trajectory_id, tstzrange(upper(period) + interval '1 second', null), 'coach'
              from traject.guidance where trajectory_id = {trajectory}"""
        self.database.run(make)
        try:
            gaps = {row['team']: row['gaps_in_guidance'] for row in self.ask('get_handover_figures')}
            self.assertEqual(gaps, {'Noord': 1, 'Zuid': 0})
        finally:
            self.database.run(f'begin; {self.database.enter("bas")} select internal.derive(municipality_id, trajectory_id) '
                              f'from traject.trajectory where trajectory_id = {trajectory}; commit')
        self.assertEqual(self.ask('get_handover_figures', team='Noord')[0]['gaps_in_guidance'], 0)

    def test_what_cannot_be_asked_is_said(self):
        self.refused('not one of yours', 'get_stage_figures', 'max', team='Zuid')
        self.refused('not one of yours', 'list_figure_clients', 'max', figure='paths', withheld=False, team='Zuid')
        self.refused('no team called', 'list_paths', team='Oost')
        self.refused('until is .* up to now', 'get_coach_figures', until='2099-01-01')
        self.refused('at is .* up to now', 'list_figure_clients', figure='stages', withheld=False, at='2099-01-01')
        self.refused('in the ten years before', 'get_coach_figures', since='2026-03-01', until='2026-02-01')
        self.refused('in the ten years before', 'get_coach_figures', since='2001-03-01')
        self.refused('party does not belong to the figure stages', 'list_figure_clients', figure='stages', withheld=False,
                     party='coach')
        self.refused('at does not belong to the figure paths', 'list_figure_clients', figure='paths', withheld=False,
                     at='2026-03-01')
        for worker in ('anna', 'mia', 'admin'):
            self.refused('TJ007', 'get_contact_figures', worker)

    def test_agreements_of_a_client_are_told_apart(self):
        made = [('coach', 'bellen', '05-01'), ('employer', 'rooster maken', '05-01'), ('coach', 'langskomen', '05-02'),
                ('client', 'formulier', '05-03'), ('client', 'legitimatie', '05-03')]
        for party, what, at in made:
            self.ask('make_agreement', client_number='N0', party=party, what=what, due_at='2026-07-01 09:00+00',
                     occurred_at=f'2026-{at} 09:00+00')
        listed = self.ask('list_figure_clients', figure='agreements', withheld=False, since='2026-04-01', until='2026-06-01')
        self.assertEqual([(row['key'], row['what']) for row in listed],
                         [('coach', ['bellen']), ('employer', ['rooster maken']), ('coach', ['langskomen']),
                          *[('client', ['formulier', 'legitimatie'])] * 2])

    def test_nobody_sees_figures_of_other_teams(self):
        for function in FIGURES.values():
            self.assertLessEqual({row['team'] for row in self.ask(function, 'max')}, {'Noord'})


if __name__ == '__main__':
    unittest.main()
