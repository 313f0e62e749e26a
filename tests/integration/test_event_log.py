"""Event logs out and in again: what they hold, what they hide, what is the same after the way back."""
import csv
import datetime
import gzip
import io
import json
import pathlib
import re
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree

import jsonschema

import harness

SCHEMAS = pathlib.Path(__file__).parent / 'schemas'
FILES = {'xes': 'log.xes', 'ocel': 'log.json', 'csv': 'log.csv'}
XES = '{http://www.xes-standard.org/}'
# A manager of all teams, and an empty municipality with one of its own.
BOSS = '''
worker add baas --name "Bo Baas" --role manager --team Noord
team join Midden baas
team join Zuid baas
token add baas --save-as baas
'''
EMPTY = '''
worker add baas --name "Bo Baas" --role manager
token add baas --save-as elders
'''
# What the record derives from entries, by what stays the same in another municipality.
STATE = '''
select c.client_number, y.ordinal, y.kind, y.started_at, y.ended_at, y.outcome, s.stage, s.stage_since, s.working_since,
       t.name, w.name, s.coach_since, s.guided_by, s.guided_since, s.last_contact_at, s.last_attempt_at, s.unanswered_attempts,
       (select json_agg(array[p.period::text, p.stage::text] order by p.period) from traject.stage_spell p
         where p.trajectory_id = s.trajectory_id),
       (select json_agg(array[h.state::text, h.state_since::text, h.fallback_agreed::text] order by h.handover_id)
          from traject.handover h where h.trajectory_id = s.trajectory_id),
       (select json_agg(array[i.kind::text, i.state::text, i.opened_at::text, i.state_since::text, i.due_at::text,
                              i.theme::text] order by i.opened_at, i.kind, i.theme, i.state, i.due_at)
          from traject.item i where i.trajectory_id = s.trajectory_id and i.kind not in ('network_person', 'correction'))
  from traject.trajectory_state s
  join traject.trajectory y on y.trajectory_id = s.trajectory_id
  join traject.client c on c.client_id = s.client_id
  join traject.team t on t.team_id = s.team_id
  join traject.worker w on w.worker_id = s.coach_id
  join traject.municipality m on m.municipality_id = s.municipality_id
 where m.name = '{}'
 order by 1, 2'''


def attributes(element):
    return {a.get('key'): a.get('value') for a in element if a.get('key')}


class EventLogTest(harness.ServiceTest):
    """The demo municipality in Veldstad; Oevermeer is empty."""
    organisation = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.service.folder
        demo = cls.folder / 'demo'
        demo.mkdir()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/demo.py', demo, str(today), '1', '45'], check=True)
        cls.ok_of('run', demo / 'organisation.txt')
        for worker in (demo / 'workers.txt').read_text().split():
            cls.ok_of('token', 'add', worker, '--save-as', worker)
        cls.ok_of('run', demo / 'caseload.txt')
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/number.py', demo, harness.TRAJECT],
                       env=cls.service.environment(), check=True)
        cls.ok_of('run', demo / 'corrections.txt')
        cls.service.script(BOSS)
        cls.service.script(EMPTY, profile='other')

    @classmethod
    def ok_of(cls, *arguments, **how):
        return cls.service.ok(*arguments, **how)

    def export(self, file, *options, profile='baas'):
        """The bytes that an export wrote into that file."""
        path = self.folder / file
        path.unlink(missing_ok=True)
        self.printed = self.ok('log', 'export', path, *options, profile=profile)
        return path.read_bytes()

    def no_part_is_left(self):
        self.assertEqual([path.name for path in self.folder.iterdir() if '.part' in path.name], [])


class Back(EventLogTest):
    def back_and_forth(self, file, before, *options):
        """Into the empty municipality, and out of it again in every format."""
        printed = self.ok('import', self.folder / file, '--people-as', 'other', profile='elders')
        self.assertIn('An event log has no words, people of the network, notes of clients', printed)
        for format in FILES:
            after = self.export(FILES[format], '--names', profile='elders')
            # By line, since unittest's own comparison of texts so long does not end.
            self.assertEqual([pair for pair in zip(after.splitlines(), before[format].splitlines()) if pair[0] != pair[1]][:3], [])
            self.assertTrue(after == before[format])


class WithNames(Back):
    def test_a_log_with_names_comes_back_the_same(self):
        before = {format: self.export(FILES[format], '--names') for format in FILES}
        self.assertGreater(before['csv'].count(b'\r\n'), 1000)
        self.back_and_forth(FILES['xes'], before)
        # All that follows from the entries is as it was, and holds.
        self.assertEqual(self.service.sql(STATE.format('Oevermeer')), self.service.sql(STATE.format('Veldstad')))
        self.assertIn('; 0 differ.', self.ok('rebuild', profile='other'))
        # And once more adds nothing.
        again = self.ok('import', self.folder / FILES['xes'], profile='elders')
        self.assertIn('0 trajectories and 0 entries added', again)


class WithPseudonyms(Back):
    def test_a_packed_table_with_pseudonyms_comes_back_the_same(self):
        (self.folder / 'sleutel').write_text('k' * 40)
        (self.folder / 'sleutel').chmod(0o600)
        before = {format: self.export(FILES[format], '--key', self.folder / 'sleutel') for format in FILES}
        packed = self.export('log.csv.gz', '--key', self.folder / 'sleutel')
        self.assertEqual(gzip.decompress(packed), before['csv'])
        self.assertLess(len(packed), len(before['csv']) / 4)
        self.back_and_forth('log.csv.gz', before)


class Exports(EventLogTest):
    # ---- the formats

    def test_xes_is_as_the_standard_has_it(self):
        log = self.export('geldig.xes')
        subprocess.run(['xmllint', '--noout', '--schema', SCHEMAS / 'xes.xsd', self.folder / 'geldig.xes'], check=True,
                       capture_output=True)
        root = xml.etree.ElementTree.fromstring(log)
        self.assertEqual({e.get('prefix'): e.get('uri') for e in root.iter(f'{XES}extension') if e.get('prefix') != 'traject'},
                         {name: f'http://www.xes-standard.org/{name}.xesext' for name in ('concept', 'time', 'lifecycle', 'org')})
        globals_of = {g.get('scope'): set(attributes(g)) for g in root.iter(f'{XES}global')}
        traces = root.findall(f'{XES}trace')
        self.assertGreater(len(traces), 40)
        for trace in traces:
            self.assertLessEqual(globals_of['trace'], set(attributes(trace)))
            for event in trace.findall(f'{XES}event'):
                self.assertLessEqual(globals_of['event'], set(attributes(event)))
        for classifier in root.iter(f'{XES}classifier'):
            self.assertLessEqual(set(classifier.get('keys').split()), globals_of['event'])

    def test_ocel_is_as_the_standard_has_it(self):
        log = json.loads(self.export('geldig.json'))
        jsonschema.validate(log, json.loads((SCHEMAS / 'ocel.json').read_text()))
        objects = {o['id']: o for o in log['objects']}
        self.assertEqual(len(objects), len(log['objects']))
        self.assertEqual(len({e['id'] for e in log['events']}), len(log['events']))
        declared = {which: {t['name']: {a['name'] for a in t['attributes']} for t in log[which]}
                    for which in ('eventTypes', 'objectTypes')}
        self.assertEqual({o['type'] for o in log['objects']}, {'client', 'trajectory', 'coach', 'employer'})
        for event in log['events']:
            self.assertLessEqual({a['name'] for a in event['attributes']}, declared['eventTypes'][event['type']])
            self.assertLessEqual({r['objectId'] for r in event['relationships']}, set(objects))
            self.assertLessEqual({'trajectory', 'client', 'coach'},
                                 {objects[r['objectId']]['type'] for r in event['relationships']})
        for each in log['objects']:
            self.assertLessEqual({a['name'] for a in each['attributes']}, declared['objectTypes'][each['type']])
            self.assertLessEqual({r['objectId'] for r in each['relationships']}, set(objects))
        # An object knows how it was at each moment: who was in two stages says both.
        moved = [o for o in log['objects'] if len([a for a in o['attributes'] if a['name'] == 'stage']) > 1]
        self.assertTrue(moved)

    def test_the_table_tells_what_the_timeline_tells(self):
        rows = [row for row in csv.DictReader(io.StringIO(self.export('waar.csv', '--names').decode()))
                if row['client_number'] == '1001']
        timeline = self.rows('timeline', '1001', '--oldest-first', '--limit', '1000', profile='baas')
        told = {(e['kind'][11:].lower(), e['occurredAt'], e['stage'][6:].lower()) for e in timeline}
        self.assertGreater(len(rows), 20)
        self.assertLessEqual({(r['kind'], r['occurred_at'], r['stage']) for r in rows}, told)
        absent = {kind for kind, *_ in told} - {r['kind'] for r in rows}
        self.assertLessEqual(absent, {'network_person_added', 'network_person_changed', 'network_person_ended', 'rhythm_set',
                                      'client_entry', 'correction_asked', 'correction_made', 'correction_declined',
                                      'glass_broken'})

    def test_a_team_and_a_period(self):
        def numbers(*options):
            table = csv.DictReader(io.StringIO(self.export('deel.csv', '--names', *options).decode()))
            return {(row['client_number'], row['trajectory']) for row in table}
        whole = numbers()
        parts = [numbers('--team', team) for team in ('Noord', 'Midden', 'Zuid')]
        self.assertEqual(set.union(*parts), whole)
        self.assertEqual(sum(map(len, parts)), len(whole))
        self.assertEqual(numbers(), {(row['client_number'], row['trajectory']) for row in
                                     csv.DictReader(io.StringIO(self.export('noord.csv', '--names').decode()))})
        ended = {tuple(row) for row in self.service.sql(
            "select c.client_number, y.ordinal from traject.trajectory y join traject.client c using (client_id) "
            "where y.ended_at < now() - interval '100 days'")}
        self.assertTrue(ended)
        self.assertEqual(numbers('--since', '100 days ago') & ended, set())
        self.assertLess(numbers('--until', '100 days ago'), whole)
        self.refused('log', 'export', self.folder / 'leeg.csv', '--since', '2026-03-01', '--until', '2026-02-01', profile='baas',
                     says='until 2026-02-0.* is not after since')

    def test_into_a_pipe(self):
        run = self.service.traject('log', 'export', '-', '--format', 'ocel', profile='baas')
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(set(json.loads(run.out)), {'events', 'objects', 'eventTypes', 'objectTypes'})
        self.assertIn('It is still personal data', run.err)

    # ---- pseudonyms

    def test_no_number_and_no_name_is_in_it(self):
        hidden = {row[0] for row in self.service.sql('''
            select c.client_number from traject.client c union all
            select w.name from traject.worker w union all select w.full_name from traject.worker w union all
            select e.name from traject.employer e union all select p.name from traject.employer_person p''')}
        hidden |= {row['fullName'] for row in self.rows('client', 'find', 'a', profile='baas') if 'fullName' in row}
        self.assertGreater(len(hidden), 60)
        with_names = self.export('namen.csv', '--names').decode()
        for format, file in FILES.items():
            text = self.export(file).decode()
            # Whole words: "1001" may well be part of a pseudonym.
            found = {word for word in hidden if re.search(rf'(?<![\w-]){re.escape(word)}(?![\w-])', text)}
            # A role that is a worker's name, or a word of the format.
            self.assertEqual(found - {'admin', 'coach'}, set(), format)
        self.assertIn('Samira Haverkamp', with_names)
        # No word that anybody wrote, with names neither.
        self.assertNotIn('rooster', with_names)

    def test_the_order_of_cases_does_not_tell_their_numbers(self):
        def events(*options):
            rows = csv.DictReader(io.StringIO(self.export('orde.csv', *options).decode()))
            return list(dict.fromkeys((row['client_number']) for row in rows))
        pseudonyms = events()
        self.assertEqual(pseudonyms, sorted(pseudonyms))
        self.assertTrue(all(re.fullmatch('client-[0-9a-f]{16}', name) for name in pseudonyms))

    def test_another_export_has_other_pseudonyms_unless_a_key_says_so(self):
        key = self.folder / 'key'
        key.write_text('ab' * 32)
        key.chmod(0o600)
        self.assertNotEqual(self.export('a.csv'), self.export('b.csv'))
        with_key = self.export('c.csv', '--key', key)
        self.assertEqual(with_key, self.export('d.csv', '--key', key))
        key.write_text('ac' * 32)
        self.assertNotEqual(with_key, self.export('e.csv', '--key', key))
        key.chmod(0o644)
        self.refused('log', 'export', self.folder / 'f.csv', '--key', key, profile='baas', code=2,
                     says=r"others than its owner may read this key; run chmod 600")
        key.chmod(0o600)
        key.write_text('kort')
        self.refused('log', 'export', self.folder / 'f.csv', '--key', key, profile='baas', code=2, says='32 bytes or more')
        self.refused('log', 'export', self.folder / 'f.csv', '--key', key, '--names', profile='baas', code=2,
                     says='--key makes pseudonyms, and --names asks for none')

    # ---- who may, and what becomes of the file

    def test_who_may_not_is_refused(self):
        for profile, says in (('anna', 'is not for the role coach'), ('admin', 'is not for the role admin')):
            self.refused('log', 'export', self.folder / 'nee.csv', profile=profile, says=says)
        self.assertFalse((self.folder / 'nee.csv').exists())
        self.no_part_is_left()
        # A manager of one team has the journeys of that team.
        noord = self.export('mijn.csv', '--names', profile='noord-manager')
        self.assertEqual(noord, self.export('van.csv', '--names', '--team', 'Noord'))

    def test_each_look_is_logged(self):
        before = self.looks('1001')
        self.export('gezien.csv')
        self.assertEqual(self.looks('1001')[len(before):], ['ListLogCases', 'ListLogEntries'])

    def looks(self, number):
        """The methods by which the manager looked at that client, by who is told of it."""
        return [row['method'].split('/')[-1] for row in reversed(self.rows('access', number, '--limit', '1000', profile='fg'))
                if row['worker'] == 'baas']

    def test_never_over_another_file(self):
        path = self.folder / 'bestaat.csv'
        path.write_text('van mij')
        self.refused('log', 'export', path, profile='baas', says='is there already; give the name of a new file')
        self.assertEqual(path.read_text(), 'van mij')
        self.assertEqual((self.export('nieuw.csv'), (self.folder / 'nieuw.csv').stat().st_mode & 0o777)[1], 0o600)
        self.refused('log', 'export', self.folder / 'log.txt', profile='baas', code=2, says='does not tell the format')
        self.refused('log', 'export', self.folder / 'log.csv', '--format', 'pdf', profile='baas', code=2,
                     says='--format is "pdf"; give xes, ocel or csv')

    def test_cut_off_midway_there_is_no_file(self):
        path = self.folder / 'half.csv'
        running = subprocess.Popen([harness.TRAJECT, 'log', 'export', path], env=self.service.environment('baas'),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.service.daemon.wait_for('method=/traject.v1.Traject/ListLogCases', after=len(self.service.daemon.lines))
        running.kill()
        running.communicate()
        self.assertFalse(path.exists())
        self.no_part_is_left()
        # A file that is too large for what is left, or its limit, neither.
        run = subprocess.run(['prlimit', '--fsize=100000', harness.TRAJECT, 'log', 'export', path],
                             env=self.service.environment('baas'), capture_output=True, text=True,
                             preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN), check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(f'{path}: File too large', run.stderr)
        self.assertFalse(path.exists())
        self.no_part_is_left()


class Imports(EventLogTest):
    """What is no log, or damaged, is refused in one line."""

    def read(self, name, content, *options, code=2, says):
        path = self.folder / name
        path.write_bytes(content)
        run = self.refused('import', path, *options, profile='elders', code=code, says=says)
        self.assertEqual(run.err.count('\n'), 1, run.err)

    def test_what_is_no_log(self):
        xes = self.export('heel.xes')
        bomb = '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        own = '<log xes.version="1.0"><extension name="T" prefix="traject" uri="urn:traject:xes:1"/>'
        for name, content, says in (
                ('a.xes', b'<?xml version="1.0"?>' + bomb.encode() + b'<log/>', r'it has a document type \(<!DOCTYPE'),
                ('b.xes', b'<html/>', 'it begins with <html>, not with <log>'),
                ('c.xes', b'<log><trace></log>', 'line 1 is not as XML is: mismatched tag'),
                ('d.xes', xes[:len(xes) // 2], 'is not as XML is: '),
                ('e.xes', b'<log>' + b'<a>' * 200, 'stand in each other more than 100 deep'),
                ('f.xes', b'<log><string key="a" value="' + b'x' * (3 << 20) + b'"/></log>', 'is larger than 1 MiB'),
                ('g.xes', b'<log><trace><event/></trace></log>', 'did not write it; say with --map MAP'),
                ('h.xes', (own + '<trace><event/></trace></log>').encode(), 'the event on line 1: it has no column'),
                ('i.xes', b'<log/>', 'the log has no event'),
                ('j.xes.gz', gzip.compress(xes)[:-100], 'its gzip data is damaged or cut off'),
                ('k.csv', b'a,b\r\n1,2\r\n', 'it has no column "client_number", so traject log export did not write it'),
                ('l.csv', b'x' * (3 << 20), 'the row of line 1 is larger than 1 MiB'),
                ('m.csv', b'"' + b'x\n' * (1 << 20), 'the row of line 1 is larger than 1 MiB')):
            with self.subTest(name):
                self.read(name, content, says=says)

    def test_a_bomb_is_put_out(self):
        # One row of 200 MB in one: it is read in pieces, and refused long before its end.
        subprocess.run(f'head -c 200M /dev/zero | tr "\\0" x | gzip -1 > {self.folder}/bom.csv.gz', shell=True, check=True)
        run = subprocess.run([harness.TRAJECT, 'import', self.folder / 'bom.csv.gz'], env=self.service.environment('elders'),
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn('the row of line 1 is larger than 1 MiB', run.stderr)

    def test_a_case_that_cannot_be_leaves_the_others(self):
        rows = list(csv.reader(io.StringIO(self.export('rijen.csv', '--names').decode())))
        at = {name: place for place, name in enumerate(rows[0])}

        def changed(number, kind, column, value):
            out = io.StringIO()
            table = csv.writer(out)
            for row in rows:
                row = list(row)
                if row[at['client_number']] == number and row[at['kind']] == kind:
                    row[at[column]] = value
                table.writerow(row)
            path = self.folder / 'anders.csv'
            path.write_text(out.getvalue())
            return self.service.traject('import', path, '--people-as', 'other', profile='elders')

        for column, value, says in (('stage', 'droomland', 'stage: "droomland" is none of first-contact'),
                                    ('occurred_at', 'gisteren', 'occurred_at: "gisteren" is no moment like'),
                                    ('external_id', '', 'the external_id is empty'),
                                    ('kind', 'glass_broken', 'is glass broken, which no event log brings in')):
            with self.subTest(column):
                run = changed('1001', 'trajectory_started', column, value)
                self.assertEqual(run.code, 1, run.err)
                self.assertIn(says, run.err)
                self.assertEqual(self.service.traject('client', 'show', '1001', profile='elders').code, 1)
                self.assertEqual(self.service.traject('client', 'show', '1002', profile='elders').code, 0)
        # Of somebody who is here already it is another journey.
        self.refused('import', self.folder / 'rijen.csv', profile='baas', code=1,
                     says='client 1001 has a trajectory 1 already, which is not of this log')


if __name__ == '__main__':
    unittest.main()
