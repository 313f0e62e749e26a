"""traject import: a real event log, held against figures taken from its file by other means; and bad logs."""
import collections
import csv
import datetime
import itertools
import re
import subprocess
import unittest

import harness
from harness import REPOSITORY, ServiceTest

LOG = REPOSITORY.parent / 'shared/data/receipt.csv'
MAP = REPOSITORY / 'tests/receipt.map'

STAGES = {'Confirmation': 'FIRST_CONTACT', 'T02': 'FIRST_CONTACT', 'T03': 'FIRST_CONTACT', 'T04': 'FIRST_CONTACT',
          'T05': 'FIRST_CONTACT', 'T06': 'STARTING_WORK', 'T07': 'WORKPLACE_GUIDANCE', 'T08': 'WORKPLACE_GUIDANCE',
          'T09': 'WORKPLACE_GUIDANCE', 'T10': 'PRECONDITIONS'}
CHANNELS = {'Internet': 'ONLINE', 'Desk': 'OFFICE', 'Post': 'LETTER', 'e-mail': 'EMAIL', 'Intern': 'MESSAGE'}


def parse(text):
    return datetime.datetime.fromisoformat(text)


class Entry:
    """What a row of the log means, by the description of the log and not by the map's file."""

    def __init__(self, row):
        self.at = parse(row['time:timestamp'])
        self.activity, self.worker = row['concept:name'], row['org:resource']
        code = re.split('[ -]', self.activity)[0]
        self.stage = STAGES.get(code, 'WORK_CONTENT')
        self.channel = (CHANNELS[row['case:channel']] if code == 'Confirmation' else
                        'LETTER' if code in ('T05', 'T08', 'T15', 'T20') else None)
        self.with_client = self.channel and code != 'T08'


class Case:
    def __init__(self, rows):
        self.entries = sorted(map(Entry, rows), key=lambda entry: entry.at)
        self.started = min(parse(rows[0]['case:startdate']), self.entries[0].at)
        self.ended = parse(rows[0]['case:enddate']) if rows[0]['case:enddate'] else None
        self.coach = rows[0]['case:responsible']
        self.first_stage = self.entries[0].stage if self.entries[0].at == self.started else 'FIRST_CONTACT'

    def open_at(self, moment):
        return self.started <= moment and not (self.ended and max(self.ended, self.entries[-1].at) < moment)

    def timeline(self):
        """(kind, when, activity, who, stage) of each entry, oldest first."""
        stage = self.first_stage
        for entry in self.entries:
            what = (entry.at, entry.activity, entry.worker, entry.stage)
            if entry.stage != stage:
                yield ('STAGE_MOVED', *what)
            elif not entry.channel:
                yield ('ACTIVITY', *what)
            if entry.channel:
                yield ('CONTACT', *what)
            stage = entry.stage


def read_log():
    rows = collections.defaultdict(list)
    with open(LOG, newline='', encoding='utf-8') as file:
        for row in csv.DictReader(file):
            rows[row['case:concept:name']].append(row)
    return {number: Case(of_case) for number, of_case in rows.items()}


# What an import leaves, but for numbers, moments and keys of the database's own.
CONTENT = '''
select c.client_number, e.kind, e.occurred_at, r.name, w.name, e.stage, e.channel, e.counterpart, e.reached,
       octet_length(e.words), octet_length(e.reason), e.trajectory_kind, e.outcome, t.name, e.activity, e.external_id
  from traject.event e
  join traject.trajectory y on y.trajectory_id = e.trajectory_id
  join traject.client c on c.client_id = y.client_id
  join traject.worker r on r.worker_id = e.recorded_by
  left join traject.worker w on w.worker_id = e.worker_id
  left join traject.team t on t.team_id = e.team_id
 order by c.client_number, e.occurred_at, e.event_id;
select c.client_number, c.trajectories, y.started_at, y.ended_at, y.outcome, s.open, s.version, s.stage, s.stage_since,
       s.working_since, t.name, w.name, s.coach_since, s.guided_by, s.guided_since, s.last_contact_at, s.last_attempt_at,
       s.unanswered_attempts, s.rhythm_days, s.due_at
  from traject.trajectory_state s
  join traject.trajectory y on y.trajectory_id = s.trajectory_id
  join traject.client c on c.client_id = s.client_id
  join traject.team t on t.team_id = s.team_id
  join traject.worker w on w.worker_id = s.coach_id
 order by 1;
select c.client_number, p.period, p.stage
  from traject.stage_spell p
  join traject.trajectory y on y.trajectory_id = p.trajectory_id
  join traject.client c on c.client_id = y.client_id
 order by 1, 2;
'''
# All of it, each row with its numbers and moments of recording.
EVERYTHING = ''.join(f'select x::text from traject.{table} x order by 1;' for table in
                     ('event', 'stage_spell', 'coach_assignment', 'guidance', 'trajectory', 'trajectory_state', 'client'))


@unittest.skipUnless(LOG.exists(), f'the event log {LOG} is not there')
class RealLog(ServiceTest):
    """The receipt log, imported once by the manager max."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = read_log()
        cls.printed = cls.run_import(cls.service)

    @staticmethod
    def run_import(service):
        return service.ok('import', LOG, '--map', MAP, '--people-as', 'admin', profile='max')

    def assert_same_rows(self, one, other, query):
        """unittest's own comparison of lists so long, once they differ, does not end."""
        for a, b in itertools.zip_longest(one.sql(query), other.sql(query)):
            self.assertEqual(a, b)

    def test_every_case_and_every_row_is_there(self):
        rows = sum(len(case.entries) for case in self.cases.values())
        self.assertEqual((len(self.cases), rows), (1434, 8577))
        self.assertIn('8577 rows read: 1434 cases; 0 bad rows, 0 cases left out for them.', self.printed)
        self.assertIn('1434 trajectories and 8577 entries added, 0 entries were there already; 0 cases refused.', self.printed)
        self.assertEqual(self.service.sql('select count(distinct external_id) from traject.event'), [['8577']])

    def test_a_second_run_adds_nothing(self):
        before = self.service.sql(EVERYTHING)
        self.assertGreater(len(before), 10000)
        self.assertIn('0 trajectories and 0 entries added, 8577 entries were there already; 0 cases refused.',
                      self.run_import(self.service))
        self.assertTrue(self.service.sql(EVERYTHING) == before)

    def test_the_board_counts_the_open_cases(self):
        expected = collections.Counter(case.entries[-1].stage for case in self.cases.values() if not case.ended)
        self.assertGreater(len(expected), 3)
        counted = collections.Counter(card['stage'][6:] for card in self.rows('board', profile='max'))
        self.assertEqual(counted, expected)
        self.assertIn(f'\nfirst contact ({expected["FIRST_CONTACT"]})\n', self.ok('board', profile='max'))

    def test_who_had_gone_without_contact(self):
        for day in ('2011-06-30', '2012-01-15', '2012-03-01'):
            moment = parse(f'{day}T12:00:00+00:00')
            expected = []
            for number, case in self.cases.items():
                last = max((e.at for e in case.entries if e.with_client and e.at <= moment), default=None)
                due = last + datetime.timedelta(days=28) if last else case.started
                if case.open_at(moment) and due < moment:
                    expected.append((last is not None, due, number))
            expected.sort()
            self.assertGreater(len(expected), 20)
            rows = self.rows('quiet', '--as-of', f'{day} 12:00', '--limit', '5000', profile='max')
            listed = [('lastContactAt' in r, parse(r['dueAt']), r['clientNumber']) for r in rows]
            self.assertEqual([place[:2] for place in listed], [place[:2] for place in expected])
            # Of those due at the same moment any may come first.
            self.assertEqual(sorted(listed), expected)
            self.assertEqual([r.get('overdueDays', 0) for r in rows], [(moment - due).days for _, due, _ in expected])

    def test_the_longest_journeys_are_those_of_the_file(self):
        longest = sorted(self.cases, key=lambda number: len(self.cases[number].entries))[-5:]
        self.assertGreater(len(self.cases[longest[-1]].entries), 15)
        for number in longest:
            case = self.cases[number]
            entries = self.rows('timeline', number, '--oldest-first', '--limit', '1000', profile='max')
            first = entries.pop(0)
            self.assertEqual((first['kind'], parse(first['occurredAt']), first['worker']),
                             ('EVENT_KIND_TRAJECTORY_STARTED', case.started, case.coach))
            if case.ended:
                self.assertEqual(entries.pop()['kind'], 'EVENT_KIND_TRAJECTORY_ENDED')
            self.assertEqual([(e['kind'][11:], parse(e['occurredAt']), e['activity'], e['worker'], e['stage'][6:])
                              for e in entries], list(case.timeline()))

    def test_an_import_that_was_cut_off_is_gone_on_with(self):
        cut = harness.Service()
        self.addCleanup(cut.close)
        cut.script(harness.ORGANISATION)
        importing = subprocess.Popen([harness.TRAJECT, 'import', LOG, '--map', MAP, '--people-as', 'admin'],
                                     env=cut.environment('max'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        cut.daemon.wait_for('method=/traject.v1.Traject/ImportJourney')
        with cut.daemon.changed:
            cut.daemon.changed.wait_for(lambda: sum('ImportJourney' in line for line in cut.daemon.lines) > 300,
                                        harness.WAIT_SECONDS)
        # Client and daemon both, as when the machine stops.
        importing.kill()
        cut.kill()
        importing.communicate()
        there = int(cut.sql('select count(*) from traject.trajectory')[0][0])
        self.assertGreaterEqual(there, 300)
        self.assertLess(there, 1434, 'the kill came too late to show anything')
        cut.start()
        added = re.search(r'(\d+) trajectories and (\d+) entries added, (\d+) entries were there already; 0 cases refused',
                          self.run_import(cut))
        # The database may have finished what the daemon had sent it.
        self.assertLessEqual(int(added[1]), 1434 - there)
        self.assertEqual(int(added[2]) + int(added[3]), 8577)
        self.assert_same_rows(cut, self.service, CONTENT)

    def test_a_daemon_that_is_killed_and_comes_back_loses_nothing(self):
        cut = harness.Service()
        self.addCleanup(cut.close)
        cut.script(harness.ORGANISATION)
        importing = subprocess.Popen([harness.TRAJECT, 'import', LOG, '--map', MAP, '--people-as', 'admin'],
                                     env=cut.environment('max'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2):
            daemon = cut.daemon
            with daemon.changed:
                daemon.changed.wait_for(lambda: sum('ImportJourney' in line for line in daemon.lines) > 200, harness.WAIT_SECONDS)
            cut.kill()
            cut.start()
        printed, errors = importing.communicate(timeout=harness.WAIT_SECONDS * 2)
        self.assertEqual(importing.returncode, 0, errors)
        self.assertRegex(errors, r'^(traject: .*; asking again for up to 20 s\n)?$')
        self.assertIn('; 0 cases refused.', printed)
        self.assert_same_rows(cut, self.service, CONTENT)


SMALL_MAP = '''
columns {
    case = "zaak" event = "id" moment = "tijd" activity = "wat" team = "team" coach = "coach"
    worker = "wie" started = "begin" ended = "eind" channel = "kanaal" name = "naam" words = "tekst"
}
kind = "activation"
outcome = "employed"
reason = "uit het logboek"
channel "tel" { channel = "phone" }
activity "Intake" { stage = "first-contact" }
activity "Gesprek*" { channel = "column" }
activity "Gebeld" { channel = "phone" reached = "false" }
activity "Werk" { stage = "starting-work" }
activity "Inhoud" { stage = "work-content" }
activity "Notitie" { }
'''
HEADER = ('zaak', 'id', 'tijd', 'wat', 'team', 'coach', 'wie', 'begin', 'eind', 'kanaal', 'naam', 'tekst')


def row(case, event, moment, activity, **fields):
    made = {'zaak': case, 'id': event, 'tijd': moment, 'wat': activity, 'team': 'Noord', 'coach': 'anna', **fields}
    return [made.get(name, '') for name in HEADER]


class SmallLogs(ServiceTest):
    def setUp(self):
        self.map = self.service.folder / 'small.map'
        self.map.write_text(SMALL_MAP)
        self.file = self.service.folder / 'small.csv'

    def write(self, *rows, delimiter=',', end='\n', before=''):
        with open(self.file, 'w', newline='', encoding='utf-8') as file:
            file.write(before)
            csv.writer(file, delimiter=delimiter, lineterminator=end).writerows([HEADER, *rows])

    def run_import(self, *options):
        return self.service.traject('import', self.file, '--map', self.map, *options, profile='max')

    def imported(self, *options):
        run = self.run_import(*options)
        self.assertEqual((run.code, run.err), (0, ''))
        return run.out

    def there(self, number):
        return self.service.traject('client', 'show', number, profile='max').code == 0

    def bad(self, number, *rows, says, line):
        """The bad case stays out whole and is named; a good one beside it goes in; the exit code tells."""
        self.write(row(f'{number}-goed', f'{number}-g1', '2025-03-01T10:00:00Z', 'Intake'), *rows)
        run = self.run_import()
        self.assertEqual(run.code, 1, run.err)
        self.assertRegex(run.err, rf'small\.csv:{line}: {says}')
        self.assertTrue(self.there(f'{number}-goed'))
        self.assertFalse(self.there(number))
        return run

    def test_bad_rows_keep_their_case_out(self):
        for number, fields, says in (
                ('b2', {'moment': '31 april'}, 'the moment is "31 april", which is no moment like'),
                ('b12', {'moment': 'yesterday'}, 'the moment is "yesterday", which is no moment like'),
                ('b3', {'moment': '2025-02-30T10:00:00Z'}, 'the moment is "2025-02-30T10:00:00Z", which is no moment'),
                ('b4', {'activity': 'Onbekend'}, 'the map has no activity "Onbekend"'),
                ('b5', {'event': 'b5-1'}, 'event "b5-1" came before'),
                ('b6', {'coach': 'bert'}, 'the coach of case b6 differs from that on line 3'),
                ('b7', {'team': 'Zuid'}, 'the team of case b7 differs from that on line 3'),
                ('b8', {'begin': '2025-01-01'}, 'the started of case b8 differs from that on line 3'),
                ('b9', {'activity': 'Gesprek', 'kanaal': 'fax'}, 'the map has no channel "fax"'),
                ('b10', {'event': ''}, 'the event is empty'),
                ('b11', {'coach': ''}, 'the coach is empty')):
            with self.subTest(number=number):
                values = {'event': f'{number}-2', 'moment': '2025-03-02T10:00:00Z', 'activity': 'Werk', **fields}
                self.bad(number, row(number, f'{number}-1', '2025-03-01T10:00:00Z', 'Intake'), row(number, **values),
                         says=says, line=4)

    def test_a_row_with_another_number_of_fields(self):
        run = self.bad('c1', row('c1', 'c1-1', '2025-03-01T10:00:00Z', 'Intake')[:-1],
                       row('c1', 'c1-2', '2025-03-02T10:00:00Z', 'Werk'),
                       says='the row has 11 fields, the header has 12', line=3)
        self.assertIn('1 bad row, 1 case left out', run.out)
        # Also when what is missing stands before the case: one row says too little of which case it is.
        run = self.bad('c3', row('c3', 'c3-1', '2025-03-01T10:00:00Z', 'Intake'), ['x', *row('c3', 'c3-2', 'x', 'Werk')],
                       says='case c3 is left out', line=3)
        run = self.bad('c2', row('c2', 'c2-1', '2025-03-01T10:00:00Z', 'Intake') + ['te veel'],
                       says='the row has 13 fields, the header has 12', line=3)

    def test_bytes_that_are_not_utf8(self):
        self.write(row('d1', 'd1-1', '2025-03-01T10:00:00Z', 'Intake'), row('d2', 'd2-1', '2025-03-01T10:00:00Z', 'Intake', naam='ZOE'))
        self.file.write_bytes(self.file.read_bytes().replace(b'ZOE', b'Zo\xeb'))
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, r'small\.csv:3: the row is not UTF-8')
        self.assertEqual((self.there('d1'), self.there('d2')), (True, False))

    def test_a_quote_that_is_not_closed(self):
        self.write(row('e1', 'e1-1', '2025-03-01T10:00:00Z', 'Intake'))
        with open(self.file, 'a') as file:
            file.write('e2,e2-1,2025-03-01T10:00:00Z,Intake,Noord,anna,,,,,,"tekst\nen verder\n')
        run = self.run_import()
        self.assertEqual(run.code, 2)
        self.assertRegex(run.err, r'small\.csv: the row of line 3 opens a quote that is never closed')
        # Which cases have rows after it nobody can tell.
        self.assertEqual((self.there('e1'), self.there('e2')), (False, False))

    def test_a_quote_in_the_middle_spoils_one_row(self):
        self.write(row('e3', 'e3-1', '2025-03-01T10:00:00Z', 'Intake'))
        with open(self.file, 'a') as file:
            file.write('e4,e4-0,2025-03-01T10:00:00Z,Intake,Noord,anna,,,,,,\n'
                       'e4,e4-1,2025-03-01T10:00:00Z,In"take,Noord,anna,,,,,,\n'
                       'e5,e5-1,2025-03-01T10:00:00Z,Intake,Noord,anna,,,,,,\n')
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, r'small\.csv:4: the quotes are not as CSV has them')
        self.assertEqual((self.there('e3'), self.there('e4'), self.there('e5')), (True, False, True))

    def test_line_numbers_count_lines_within_quotes(self):
        self.bad('f1', row('f2', 'f2-1', '2025-03-01T10:00:00Z', 'Notitie', tekst='een\ntwee\n\nvier'),
                 row('f1', 'f1-1', '2025-03-01T10:00:00Z', 'Onbekend'), says='the map has no activity', line=7)
        entry = self.rows('timeline', 'f2', '--kind', 'activity', profile='max')[0]
        self.assertEqual(entry['words'], 'een\ntwee\n\nvier')

    def test_what_each_rule_of_the_map_makes(self):
        self.write(row('g1', 'g1-1', '2025-03-01T10:00:00+01:00', 'Intake', naam='Jan "J" Bakker', wie='bert'),
                   row('g1', 'g1-2', '2025-03-02T10:00:00.5Z', 'Gesprek over werk', kanaal='tel', tekst='Ja, graag'),
                   row('g1', 'g1-3', '2025-03-03T10:00:00Z', 'Gebeld'),
                   row('g1', 'g1-4', '2025-03-04T10:00:00Z', 'Inhoud'),
                   row('g1', 'g1-5', '2025-03-05T10:00:00Z', 'Notitie'))
        self.imported()
        entries = self.rows('timeline', 'g1', '--oldest-first', profile='max')
        self.assertEqual([(e['kind'][11:], e['occurredAt'], e.get('activity')) for e in entries],
                         [('TRAJECTORY_STARTED', '2025-03-01T09:00:00Z', None),
                          ('ACTIVITY', '2025-03-01T09:00:00Z', 'Intake'),
                          ('CONTACT', '2025-03-02T10:00:00.500Z', 'Gesprek over werk'),
                          ('CONTACT', '2025-03-03T10:00:00Z', 'Gebeld'),
                          ('STAGE_MOVED', '2025-03-04T10:00:00Z', 'Inhoud'),
                          ('ACTIVITY', '2025-03-05T10:00:00Z', 'Notitie')])
        self.assertEqual((entries[1]['worker'], entries[2]['words'], entries[4]['reason']), ('bert', 'Ja, graag', 'uit het logboek'))
        shown = self.show('g1', profile='max')
        self.assertEqual((shown['fullName'], shown['lastContactAt'], shown['unansweredAttempts'], shown['stage']),
                         ('Jan "J" Bakker', '2025-03-02T10:00:00.500Z', 1, 'STAGE_WORK_CONTENT'))

    def test_rows_in_any_order_make_the_same_journey(self):
        rows = [row('h', f'-{i}', f'2025-03-{i:02}T10:00:00Z', activity, kanaal='tel')
                for i, activity in enumerate(('Intake', 'Gesprek', 'Werk', 'Inhoud', 'Intake', 'Gesprek', 'Notitie'), 1)]
        of = {'h1': rows, 'h2': rows[::-1], 'h3': rows[3:] + rows[:3]}
        self.write(*[[number, number + r[1], *r[2:]] for number, ordered in of.items() for r in ordered])
        self.imported()
        journeys = [[(e['kind'], e['occurredAt'], e.get('activity'), e['stage']) for e in self.rows('timeline', number, profile='max')]
                    for number in of]
        self.assertEqual(journeys[0], journeys[1])
        self.assertEqual(journeys[0], journeys[2])
        self.assertEqual([e[3] for e in journeys[0] if e[0] == 'EVENT_KIND_STAGE_MOVED'],
                         ['STAGE_FIRST_CONTACT', 'STAGE_WORK_CONTENT', 'STAGE_STARTING_WORK'])

    def test_semicolons_carriage_returns_and_a_byte_order_mark(self):
        self.map.write_text('delimiter = ";"\n' + SMALL_MAP)
        self.write(row('i1', 'i1-1', '2025-03-01T10:00:00Z', 'Intake', naam='Zoë, "Bakker"; Oost'), delimiter=';', end='\r\n',
                   before='\ufeff')
        self.imported()
        self.assertEqual(self.show('i1', profile='max')['fullName'], 'Zoë, "Bakker"; Oost')
        self.map.write_text(SMALL_MAP)
        self.assertIn("is the map's delimiter right?", self.run_import().err)

    def test_a_dry_run_writes_nothing(self):
        self.write(row('j1', 'j1-1', '2025-03-01T10:00:00Z', 'Intake', team='Nieuw', coach='nieuweling'),
                   row('j1', 'j1-2', '2025-03-02T10:00:00Z', 'Werk', team='Nieuw', coach='nieuweling'),
                   row('j2', 'j2-1', '2025-03-01T10:00:00Z', 'Intake'))
        before = self.service.sql(EVERYTHING + 'select * from traject.team; select * from traject.worker;')
        run = self.run_import('--dry-run', '--people-as', 'admin')
        self.assertEqual(run.code, 0, run.err)
        self.assertIn('Nothing was written. 2 cases with 3 entries would be sent.', run.out)
        self.assertEqual(self.service.sql(EVERYTHING + 'select * from traject.team; select * from traject.worker;'), before)
        # And without somebody who may add people it does not begin.
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, '(?s)missing teams: Nieuw.*missing workers: nieuweling.*--people-as')
        self.assertEqual(self.service.sql(EVERYTHING + 'select * from traject.team; select * from traject.worker;'), before)

    def test_a_log_that_has_grown(self):
        rows = [row('k1', 'k1-1', '2025-03-01T10:00:00Z', 'Intake'), row('k1', 'k1-2', '2025-03-03T10:00:00Z', 'Werk')]
        self.write(*rows)
        self.imported()
        self.write(*rows, row('k1', 'k1-3', '2025-03-05T10:00:00Z', 'Inhoud'))
        self.assertIn('0 trajectories and 1 entries added, 2 entries were there already; 0 cases refused.', self.imported())
        self.assertEqual(self.show('k1', profile='max')['stage'], 'STAGE_WORK_CONTENT')
        # A move that would come before the last one is refused, with its case; another case goes in.
        self.write(*rows, row('k1', 'k1-4', '2025-03-04T10:00:00Z', 'Intake'), row('k2', 'k2-1', '2025-03-01T10:00:00Z', 'Intake'))
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, r'case k1 \(from line 2\): the move to .* at 2025-03-05 10:00 UTC would come after .* without a reason')
        self.assertTrue(self.there('k2'))
        self.assertEqual(len(self.rows('timeline', 'k1', profile='max')), 4)

    def test_a_case_that_ended(self):
        ended = {'begin': '2025-03-01', 'eind': '2025-04-01'}
        rows = [row('l1', 'l1-1', '2025-03-01T10:00:00Z', 'Intake', **ended)]
        self.write(*rows)
        self.imported()
        shown = self.show('l1', profile='max')
        self.assertEqual((shown['startedAt'], shown['endedAt'], shown['outcome']),
                         ('2025-03-01T00:00:00Z', '2025-04-01T00:00:00Z', 'OUTCOME_EMPLOYED'))
        self.write(*rows, row('l1', 'l1-2', '2025-03-02T10:00:00Z', 'Werk', **ended))
        self.assertIn('0 trajectories and 1 entries added, 1 entries were there already; 0 cases refused.', self.imported())
        self.assertEqual(len(self.rows('timeline', 'l1', '--kind', 'stage-moved', profile='max')), 1)
        self.write(*rows, row('l1', 'l1-3', '2025-05-02T10:00:00Z', 'Werk', **ended))
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, r'entry l1-3 of 2025-05-02 10:00 UTC is new, and the trajectory of client l1 ended at 2025-04-01')

    def test_entries_around_an_administrative_start_and_end(self):
        around = {'begin': '2025-03-05', 'eind': '2025-03-06'}
        self.write(row('m1', 'm1-1', '2025-03-01T10:00:00Z', 'Intake', **around),
                   row('m1', 'm1-2', '2025-03-09T10:00:00Z', 'Werk', **around))
        self.imported()
        shown = self.show('m1', profile='max')
        self.assertEqual((shown['startedAt'], shown['endedAt']), ('2025-03-01T10:00:00Z', '2025-03-09T10:00:00.000001Z'))

    def test_an_event_of_another_case_is_refused(self):
        self.write(row('n1', 'n1-1', '2025-03-01T10:00:00Z', 'Intake'))
        self.imported()
        self.write(row('n2', 'n1-1', '2025-03-01T10:00:00Z', 'Intake'), row('n3', 'n3-1', '2025-03-01T10:00:00Z', 'Intake'))
        run = self.run_import()
        self.assertEqual(run.code, 1)
        self.assertRegex(run.err, 'case n2 .*ids are unique in a log')
        self.assertEqual((self.there('n2'), self.there('n3')), (False, True))

    def test_mistakes_in_the_map(self):
        self.write(row('o1', 'o1-1', '2025-03-01T10:00:00Z', 'Intake'))
        for before, after, says in (('case = "zaak" ', '', 'columns does not say which column is the case'),
                                    ('kind = "activation"', '', 'kind is missing'),
                                    ('kind = "activation"', 'kind = "activatie"', r':\d+: kind: "activatie" is none of'),
                                    ('"starting-work"', '"werken"', 'stage: "werken" is none of'),
                                    ('channel = "phone" }', '}', 'says not which channel it is'),
                                    ('"zaak"', '"zak"', r'the log has no column "zak", which the map names as the case; '
                                                        r'did you mean "zaak"\?'),
                                    ('columns {', 'colums {', r":\d+: no such option 'colums'")):
            with self.subTest(before=before):
                self.map.write_text(SMALL_MAP.replace(before, after, 1))
                run = self.run_import()
                self.assertEqual(run.code, 2)
                self.assertRegex(run.err, says)
        self.map.write_text(SMALL_MAP)
        self.file.write_text('')
        self.assertRegex(self.run_import().err, 'the log is empty')
        self.map.write_text('')
        self.assertRegex(self.run_import().err, r'small\.map: the file is empty')
        self.map.write_text(SMALL_MAP)
        self.assertEqual(self.service.traject('import', 'none.csv', '--map', self.map, profile='max').code, 2)
        self.refused('import', self.file, profile='max', code=2, says='the log is empty')
        self.assertFalse(self.there('o1'))

    def test_a_mistake_in_the_map_names_its_file(self):
        self.write(row('o2', 'o2-1', '2025-03-01T10:00:00Z', 'Intake'))
        self.map.write_text(SMALL_MAP.replace('kind =', 'kin =', 1))
        self.assertRegex(self.run_import().err, r'small\.map:\d+: ')

    def test_a_move_that_comes_too_late_is_named_as_it_is(self):
        rows = [row('q1', 'q1-1', '2025-03-01T10:00:00Z', 'Intake'), row('q1', 'q1-2', '2025-03-05T10:00:00Z', 'Werk')]
        self.write(*rows)
        self.imported()
        self.write(*rows, row('q1', 'q1-3', '2025-03-04T10:00:00Z', 'Inhoud'))
        self.assertRegex(self.run_import().err, 'the move to starting work at 2025-03-05 10:00 UTC would come after work content, and so go back')

    def test_only_a_manager_imports(self):
        self.write(row('p1', 'p1-1', '2025-03-01T10:00:00Z', 'Intake'))
        run = self.service.traject('import', self.file, '--map', self.map, profile='anna')
        self.assertEqual(run.code, 1)
        self.assertEqual(run.err, "traject import: a manager imports a log; choose a manager's profile with --profile\n")
        self.assertFalse(self.there('p1'))


if __name__ == '__main__':
    unittest.main()
