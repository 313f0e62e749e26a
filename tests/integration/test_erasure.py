"""A copy for the client; erasing a person with two people's yes; how long is kept."""
import html.parser
import json
import re
import subprocess
import unittest

from google.protobuf import json_format

from harness import ServiceTest
from test_verify import VerifyTest
from wire import pb

# Each stands in a field of its own, and nowhere else.
WORDS = {
    'start': 'woordvanbegin', 'contact': 'woordvancontact\nop twee <regels> & "meer"', 'move': 'woordvanstap', 'agreement': 'woordvanafspraak',
    'party': 'Broerpieter', 'bottleneck': 'woordvanknelpunt', 'group': 'Groepnaamlang', 'put': 'Wethouderjansma',
    'network': 'Zusterwilhelmina', 'relation': 'stiefzusje', 'told': 'magallesweten', 'motivation': 'woordvanmotivatie',
    'correction': 'woordvanverbetering', 'withdrawal': 'woordvanintrekking', 'dropout': 'woordvanuitval',
    'wish': 'woordvanwens', 'declined': 'woordvanweigering', 'end': 'woordvaneinde', 'answer': 'woordvanantwoord',
}
NAME = 'Quirina Zeeuwsdochter'


class Page(html.parser.HTMLParser):
    """What a reader sees of a page, and its elements."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ''
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


class ErasureTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.script('''
worker add fg --name "Fenna Gerbens" --role privacy-officer
token add fg --save-as fg
worker add gg --name "Gijs Gerbens" --role privacy-officer
token add gg --save-as gg
''')
        # Another municipality's.
        cls.service.ok('worker', 'add', 'vera', '--name', 'Vera', '--role', 'manager', profile='other')
        cls.service.ok('worker', 'add', 'fred', '--name', 'Fred', '--role', 'privacy-officer', profile='other')
        for name in ('vera', 'fred'):
            cls.service.ok('token', 'add', name, '--save-as', name, profile='other')

    def full_client(self, number=None, name=NAME, word=WORDS):
        """A client with an entry for every field of words, and an ended trajectory and another one that has ended."""
        number = self.service.json('client', 'add', *([number] if number else []), '--name', name,
                                   profile='anna')['clientNumber']

        def coach(*arguments, profile='anna'):
            self.ok(*arguments, profile=profile)
        coach('start', number, '--kind', 'activation', '--at', '400 days ago')
        coach('end', number, '--outcome', 'other', '--at', '300 days ago')
        coach('start', number, '--kind', 'work-experience', '--at', '200 days ago', '--words', word['start'])
        coach('contact', number, '--channel', 'phone', '--at', '190 days ago', '--words', word['contact'])
        coach('contact', number, '--channel', 'phone', '--no-answer')
        coach('move', number, 'workplace-guidance', '--reason', word['move'], '--at', '180 days ago')
        coach('agreement', 'make', number, word['agreement'], '--party', 'network', '--name', word['party'], '--by', '2030-01-01')
        coach('agreement', 'kept', number)
        coach('bottleneck', 'raise', number, word['bottleneck'], '--group', word['group'])
        coach('bottleneck', 'put', number, '--with', word['put'])
        coach('bottleneck', 'answer', number, '--words', word['answer'])
        coach('network', 'add', number, word['network'], '--relation', word['relation'], '--may-be-told', word['told'])
        coach('contact', number, '--channel', 'home', '--network', word['network'].upper())
        coach('motivation', 'talk', number, '--approach', word['motivation'])
        coach('dropout', 'report', number, '--reason', word['dropout'])
        coach('career', 'wish', number, word['wish'])
        coach('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser')
        coach('handover', 'decline', number, '--reason', word['declined'])
        coach('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'K. de Wit')
        coach('rhythm', 'set', '--client', number, '--days', '14', profile='max')
        coach('rhythm', 'set', '--client', number, '--days', '7', profile='max')
        coach('assign', number, 'bert', profile='max')
        entry = next(row for row in self.rows('timeline', number, profile='max') if row.get('words') == word['contact'])
        coach('correct', entry['eventId'], '--reason', word['correction'], '--words', word['contact'] + '2', profile='max')
        wish = next(row for row in self.rows('timeline', number, profile='max') if row['kind'] == 'EVENT_KIND_WISH_VOICED')
        coach('withdraw', wish['eventId'], '--reason', word['withdrawal'], profile='max')
        coach('end', number, '--outcome', 'employed', '--words', word['end'], profile='max')
        return number

    def erased(self, number):
        """Erases the client; returns the number from then on."""
        self.ok('client', 'erase', number, '--reason', 'op verzoek van vertrouwelijk', profile='max')
        return re.search(r'erased-\w+', self.ok('erasure', 'confirm', number, profile='fg'))[0]

    def export(self, number, profile='max'):
        folder = self.service.folder / f'copy-{number}-{profile}'
        folder.mkdir()
        self.ok('client', 'export', number, '--to', folder, profile=profile)
        return (json.loads((folder / f'client-{number}.json').read_text()),
                (folder / f'client-{number}.html').read_text())


class Export(ErasureTest):
    def test_everything_is_in_it(self):
        number = self.full_client()
        copy, page = self.export(number)
        events = [int(row[0]) for row in self.service.sql(f"""
            select e.event_id from traject.event e join traject.trajectory using (municipality_id, trajectory_id)
              join traject.client using (municipality_id, client_id) where client_number = '{number}' order by 1""")]
        self.assertEqual(sorted(int(e['eventId']) for e in copy['timeline']), events)
        items = [int(row[0]) for row in self.service.sql(f"""
            select i.item_id from traject.item i join traject.trajectory using (municipality_id, trajectory_id)
              join traject.client using (municipality_id, client_id) where client_number = '{number}' order by 1""")]
        self.assertGreater(len(items), 5)
        self.assertEqual(sorted(int(i['itemId']) for i in copy['items']), items)
        for table, part, more in (('handover', 'handovers', ''), ('stage_spell', 'periods', 'stage'), ('guidance', 'periods', 'guidedBy'),
                                  ('coach_assignment', 'periods', 'team'), ('trajectory', 'periods', 'trajectoryKind')):
            stored = self.service.sql(f"""
                select count(*) from traject.{table} t join traject.trajectory using (municipality_id, trajectory_id)
                  join traject.client c on c.municipality_id = trajectory.municipality_id
                       and c.client_id = trajectory.client_id where client_number = '{number}'""")[0][0]
            self.assertEqual(len([row for row in copy[part] if not more or more in row]), int(stored), table)
        self.assertEqual([r['days'] for r in copy['rhythms']], [14, 7])
        self.assertEqual(copy['client']['fullName'], NAME)
        self.assertEqual(copy['client']['clientNumber'], number)
        # Every word, and every sealed one of the database has a place.
        sealed = self.service.sql(f"""
            select count(*) from traject.event e join traject.trajectory using (municipality_id, trajectory_id)
              join traject.client using (municipality_id, client_id),
              lateral (values (words::bytea), (reason), (correction_reason), (what), (by_whom), (grouped_as), (relation),
                              (may_be_told)) s (word) where client_number = '{number}' and word is not null""")[0][0]
        self.assertGreaterEqual(int(sealed), len(WORDS))
        said = json.dumps(copy, ensure_ascii=False)
        read = Page(page).text
        for word in WORDS.values():
            self.assertIn(json.dumps(word, ensure_ascii=False)[1:-1], said)
            self.assertIn(word, read)
        self.assertNotIn('pageToken', said)
        self.assertIn(NAME, read)
        for event in events:
            self.assertIn(f'#{event}', read)

    def test_the_page_stands_on_its_own(self):
        number = self.full_client(name='<script>alert("x")</script> & Zoon')
        page = Page(self.export(number)[1])
        tags = [tag for tag, _ in page.tags]
        self.assertNotIn('script', tags)
        self.assertEqual(tags.count('h1'), 1)
        self.assertGreater(tags.count('h2'), 7)
        self.assertEqual(tags.count('h3'), 2)
        for tag, attributes in page.tags:
            self.assertFalse(set(attributes) & {'src', 'href', 'action'}, tag)
            self.assertFalse([name for name in attributes if name.startswith('on')], tag)
        self.assertIn('<script>alert("x")</script> & Zoon', page.text)

    def test_it_is_protobufs_own_json(self):
        number = self.full_client()
        copy, _ = self.export(number)
        message = json_format.ParseDict(copy, pb.ClientExport())
        self.assertEqual(json_format.MessageToDict(message), copy)

    def test_files_are_the_owners_and_never_written_over(self):
        number = self.new_client()
        folder = self.service.folder / 'files'
        folder.mkdir()
        self.assertEqual(self.ok('client', 'export', number, '--to', folder / 'one.html', profile='anna'), f'{folder}/one.html\n')
        self.assertEqual([path.name for path in folder.iterdir()], ['one.html'])
        self.assertEqual((folder / 'one.html').stat().st_mode & 0o777, 0o600)
        before = (folder / 'one.html').read_bytes()
        self.refused('client', 'export', number, '--to', folder / 'one.html', profile='anna', says='one.html: is there already; give the name of a new file')
        self.assertEqual((folder / 'one.html').read_bytes(), before)
        self.refused('client', 'export', number, '--to', folder / 'none', profile='anna', code=2, says='give a folder that is there')

    def test_for_who_sees_all_of_it(self):
        number = self.new_client(at='60 days ago')
        self.ok('end', number, '--outcome', 'other', '--at', '50 days ago', profile='anna')
        for profile in ('zoe', 'zack', 'vera', 'fg', 'admin'):
            self.refused('client', 'export', number, profile=profile, says='no client with number|is not for the role')
        # Another trajectory in another team: a part of the record is no copy.
        self.ok('team', 'join', 'Noord', 'zoe')
        self.ok('team', 'join', 'Noord', 'zack')
        self.ok('start', number, '--kind', 'activation', '--coach', 'zoe', '--team', 'Zuid', profile='zack')
        self.refused('client', 'export', number, profile='max', says='has a trajectory that is not yours to see')
        self.assertEqual(len(self.export(number, profile='zack')[0]['timeline']), 3)
        self.ok('team', 'leave', 'Noord', 'zoe')
        self.ok('team', 'leave', 'Noord', 'zack')

    def test_the_page_tells_who_guided(self):
        number = self.new_client()
        self.ok('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', profile='anna')
        self.ok('handover', 'prepare', number, '--talked-through', '--needs-shared', '--absence-discussed', '--fallback-agreed',
                '--second', 'K. de Wit', profile='anna')
        self.ok('handover', 'accept', number, profile='anna')
        self.ok('handover', 'complete', number, profile='anna')
        page = self.export(number)[1]
        self.assertIn('<td>the coach</td>', page)
        self.assertIn('<td>the employer: Bakkerij De Zon (M. Visser), second person K. de Wit</td>', page)
        self.assertIn('<td>talked through with the client; guidance needs shared; absence and dropout discussed; '
                      'fallback agreed</td>', page)

    def test_who_has_nothing_recorded_gets_that(self):
        number = self.service.json('client', 'add', profile='anna')['clientNumber']
        copy, page = self.export(number)
        self.assertNotIn('timeline', copy)
        self.assertIn('Nothing.', Page(page).text)

    def test_an_imported_entry_says_which_it_was(self):
        log, log_map = self.service.folder / 'log.csv', self.service.folder / 'log.map'
        log.write_text('zaak,wanneer,wie,team,wat,id\nz-9,2026-01-05 10:00,anna,Noord,gesprek,nummer-9\n')
        log_map.write_text(LOG_MAP)
        self.ok('import', log, '--map', log_map, profile='max')
        copy, page = self.export('z-9')
        self.assertEqual([e['externalId'] for e in copy['timeline'] if 'externalId' in e], ['nummer-9'])
        self.assertIn('gesprek', copy['timeline'][1]['activity'])
        self.assertIn('nummer-9', Page(page).text)

    def test_more_than_a_page_of_entries(self):
        number = self.new_client()
        script = ''.join(f'contact {number} --channel phone --at "{day} days ago" --words "keer {day} {turn}"\n'
                         for turn in range(41) for day in range(1, 27))
        self.service.script(script, profile='anna')
        copy, page = self.export(number)
        self.assertEqual(len(copy['timeline']), 1 + 41 * 26)
        self.assertEqual(len({e['eventId'] for e in copy['timeline']}), 1 + 41 * 26)
        self.assertEqual(page.count('<li>'), 1 + 41 * 26)


class Erase(ErasureTest):
    def figures(self):
        return [self.service.json('figures', name, '--since', '2 years ago', '--until', 'yesterday', profile='max')
                for name in ('stages', 'times', 'paths', 'handovers', 'contact', 'coaches', 'agreements')]

    def test_what_is_gone_and_what_stays(self):
        others = [self.full_client(name=f'Iemand {letter}') for letter in 'abcde']
        number = self.full_client('geheim-nummer')
        timeline = self.rows('timeline', number, '--all', profile='max')
        figures = self.figures()
        self.assertTrue(any(row for figure in figures for rows in figure.values() for row in rows))
        rows = self.service.sql('select e::text from traject.event e order by event_id')
        key = self.service.sql(f"select key_id from traject.client where client_number = '{number}'")[0][0]

        said = self.ok('client', 'erase', number, '--reason', 'zij vraagt het', profile='max')
        self.assertIn('A privacy officer confirms it', said)
        waits = self.rows('erasure', 'list', profile='fg')
        self.assertIn((number, 'max', 'zij vraagt het'), [(e['clientNumber'], e['requestedBy'], e['reason']) for e in waits])
        said = self.ok('erasure', 'confirm', number, profile='fg')
        self.assertIn('trajectd rotate', said)
        now = re.search(r'erased-\w{12}', said)[0]

        self.assertEqual(self.service.sql(f"select wrapped, erased_at is not null from traject.person_key where key_id = '{key}'"),
                         [['', 't']])
        self.assertEqual(self.service.sql(f"select client_number, full_name from traject.client where key_id = '{key}'"), [[now, '']])
        # Nobody finds the person, by the number or the name.
        for query in (number, 'geheim', 'quirina', 'zeeuwsdochter'):
            self.assertNotIn(now, self.numbers('client', 'find', query, profile='max'))
        for words in (('client', 'show'), ('timeline',), ('running',), ('client', 'export')):
            self.refused(*words, number, profile='max', says='no client with number')
        # The entries are there as they were, without words.
        self.assertEqual(self.service.sql('select e::text from traject.event e order by event_id'), rows)
        told = self.rows('timeline', now, '--all', profile='max')
        self.assertEqual([e['eventId'] for e in told], [e['eventId'] for e in timeline])
        sealed = ('words', 'reason', 'what', 'byWhom', 'groupedAs', 'relation', 'mayBeTold', 'correctionReason')
        for before, after in zip(timeline, told):
            expected = {name: '(erased)' if name in sealed else ['(erased)'] if name == 'networkPeople' else value
                        for name, value in before.items()}
            self.assertEqual(after, expected)
        text = self.ok('timeline', now, '--limit', '100', profile='max') + self.ok('running', now, '--ended', profile='max')
        self.assertIn('(erased)', text)
        for word in WORDS.values():
            self.assertNotIn(word.split('\n')[0], text)
        self.assertEqual(self.figures(), figures)
        # Of the others everything is as it was.
        self.assertEqual(self.show(others[0], profile='max')['fullName'], 'Iemand a')
        self.assertIn(WORDS['start'], self.ok('timeline', others[0], '--limit', '100', profile='max'))
        # The log of it says who and when, and nothing of why.
        settled = next(e for e in self.rows('erasure', 'list', '--all', profile='max') if e['clientNumber'] == now)
        self.assertEqual((settled['state'], settled['requestedBy'], settled['endedBy'], settled['reason']),
                         ('ERASURE_STATE_CONFIRMED', 'max', 'fg', '(erased)'))
        # Nothing of the present rows of the database names the person.
        dump = subprocess.run(['pg_dump', '--dbname', self.service.cluster.conninfo(self.service.database)],
                              capture_output=True, check=True).stdout
        self.assertIn(now.encode(), dump)
        self.assertNotIn(b'geheim-nummer', dump)
        self.assertNotIn(b'geheim-nummer'.hex().encode(), dump)

    def test_nothing_is_added_any_more(self):
        number = self.full_client()
        last = self.rows('timeline', number, profile='max')[0]['eventId']
        now = self.erased(number)
        for arguments in (('start', now, '--kind', 'activation', '--coach', 'anna'),
                          ('start', now, '--kind', 'activation', '--coach', 'anna', '--words', 'toch'),
                          ('contact', now, '--channel', 'phone', '--at', '100 days ago'),
                          ('contact', now, '--channel', 'phone', '--at', '100 days ago', '--words', 'toch'),
                          ('rhythm', 'set', '--client', now, '--days', '3'),
                          ('correct', last, '--reason', 'toch'),
                          ('withdraw', last, '--reason', 'toch'),
                          ('client', 'erase', now, '--reason', 'nog eens')):
            self.refused(*arguments, profile='max', says='this client was erased; nothing can be added any more')

    def test_an_imported_case_does_not_come_back(self):
        log, log_map = self.service.folder / 'back.csv', self.service.folder / 'back.map'
        log.write_text('zaak,wanneer,wie,team,wat,id\nz-1,2026-01-05 10:00,anna,Noord,gesprek,e1\n'
                       'z-1,2026-02-05 10:00,anna,Noord,gesprek,e2\n')
        log_map.write_text(LOG_MAP)
        self.ok('import', log, '--map', log_map, profile='max')
        self.ok('end', 'z-1', '--outcome', 'other', profile='max')
        self.erased('z-1')
        run = self.service.traject('import', log, '--map', log_map, profile='max')
        self.assertEqual(run.code, 1)
        self.assertIn('an entry with this external_id is there already', run.err)
        self.assertEqual(self.numbers('client', 'find', 'z-1', profile='max'), [])

    def test_who_may_ask_and_confirm(self):
        number = self.full_client()
        erase = ('client', 'erase', number, '--reason', 'klaar')
        for profile in ('anna', 'mia', 'admin', 'fg', 'fred'):
            self.refused(*erase, profile=profile, says='is not for the role')
        for profile in ('zack', 'vera'):
            self.refused(*erase, profile=profile, says='no client with number')
        self.refused('client', 'erase', number, profile='max', code=2, says='--reason is missing')
        self.refused('client', 'erase', number, '--reason', ' ', profile='max', says='reason is missing')
        self.refused('erasure', 'confirm', number, profile='fg', says='no erasure of a client with number .* waits')
        self.ok(*erase, profile='max')
        self.refused(*erase, profile='max', says='asked for already')
        for profile in ('max', 'anna', 'admin', 'vera'):
            self.refused('erasure', 'confirm', number, profile=profile, says='is not for the role')
        for profile in ('zack', 'vera', 'fred'):
            self.assertEqual([e for e in self.rows('erasure', 'list', '--all', profile=profile) if e['clientNumber'] == number], [])
        self.refused('erasure', 'confirm', number, profile='fred', says='no erasure of a client with number .* waits')
        self.refused('erasure', 'withdraw', number, profile='zack', says='no erasure of a client with number .* waits')
        self.ok('erasure', 'withdraw', number, profile='max')
        self.refused('erasure', 'confirm', number, profile='fg', says='no erasure of a client with number .* waits')
        # Asked for again, and turned down.
        self.ok(*erase, profile='max')
        self.ok('erasure', 'withdraw', number, profile='gg')
        self.assertEqual([(e['state'], e['endedBy']) for e in self.rows('erasure', 'list', '--all', profile='max')
                          if e['clientNumber'] == number],
                         [('ERASURE_STATE_WITHDRAWN', 'max'), ('ERASURE_STATE_WITHDRAWN', 'gg')])
        self.assertEqual(self.show(number, profile='max')['fullName'], NAME)

    def test_broken_glass_is_no_way_to_it(self):
        number = self.full_client()
        self.ok('glass', 'break', number, '--reason', 'spoed', profile='zack')
        self.ok('client', 'show', number, profile='zack')
        self.refused('client', 'erase', number, '--reason', 'klaar', profile='zack', says='outside what your role may')

    def test_it_is_logged(self):
        number = self.full_client()
        now = self.erased(number)
        told = [(line['method'], line['worker']) for line in self.rows('access', now, profile='fg')]
        self.assertEqual(told[0], ('ConfirmErasure', 'fg'))
        self.assertIn(('RequestErasure', 'max'), told)

    def test_a_trajectory_that_runs(self):
        number = self.new_client()
        self.refused('client', 'erase', number, '--reason', 'klaar', profile='max',
                     says=f'the trajectory of client {number} has not ended; end it first: traject end {number}')
        self.ok('end', number, '--outcome', 'other', profile='anna')
        self.ok('client', 'erase', number, '--reason', 'klaar', profile='max')
        self.ok('start', number, '--kind', 'activation', profile='anna')
        self.refused('erasure', 'confirm', number, profile='fg', says='has not ended')
        self.assertTrue(self.rows('timeline', number, profile='anna'))

    def test_a_request_lapses(self):
        number = self.full_client()
        self.ok('client', 'erase', number, '--reason', 'klaar', profile='max')
        self.service.sql("""update traject.erasure set requested_at = requested_at - interval '31 days',
                                                       lapses_at = lapses_at - interval '31 days'
                             where confirmed_at is null and withdrawn_at is null""")
        self.refused('erasure', 'confirm', number, profile='fg', says='waits')
        self.assertEqual([e['state'] for e in self.rows('erasure', 'list', '--all', profile='fg') if e['clientNumber'] == number],
                         ['ERASURE_STATE_LAPSED'])
        self.erased(number)

    def test_the_kept_answers_go(self):
        number = self.full_client()
        kept = f"select count(*) from session.request where reply ->> 'client_number' = '{number}'"
        self.assertEqual(self.service.sql(kept), [['1']])
        self.erased(number)
        self.assertEqual(self.service.sql(kept), [['0']])


class Chain(ErasureTest, VerifyTest):
    def test_it_still_verifies(self):
        number = self.full_client()
        self.sign()
        before = self.verified()
        told = self.ok('verify', number, profile='max')
        now = self.erased(number)
        self.assertEqual(self.verified(), before)
        self.assertEqual(self.ok('verify', now, profile='max'), told)


class Account(ErasureTest):
    def test_the_clients_own_access_ends_and_does_not_come_back(self):
        number = self.full_client('eigen-nummer')
        self.ok('client', 'access', 'add', number, '--label', 'telefoon van Quirina', '--save-as', 'quirina', profile='max')
        self.ok('my', 'journey', profile='quirina')
        self.assertRegex(self.ok('client', 'show', number, profile='anna'), r'Own access +until .*\d, given by max\n')
        now = self.erased(number)
        self.refused('my', 'journey', profile='quirina', says='the token is unknown, expired or revoked')
        self.assertEqual(self.service.sql('select name, full_name, revoked_at is not null from traject.worker where client_id is not null'),
                         [[f'client-{now}', f'client {now}', 't']])
        self.assertEqual(self.service.sql("select label from session.token where label like '%Quirina%'"), [])
        self.refused('client', 'access', 'add', now, '--save-as', 'again', profile='max', says='this client was erased')


class Retention(ErasureTest):
    def test_due_asked_for_and_confirmed(self):
        self.assertEqual({r['retained']: (r['value'], r.get('isSet', False)) for r in self.rows('retention', 'list', profile='fg')}
                         ['RETAINED_WORK_EXPERIENCE'], (60, False))
        old, new = self.full_client(), self.full_client()
        begun = self.full_client()
        self.ok('start', begun, '--kind', 'activation', '--coach', 'anna', profile='max')
        for number in (old, begun):
            # What no call does: long ago.
            self.service.sql(f"""
                set session_replication_role = replica;
                update traject.trajectory set started_at = started_at - interval '7 years', ended_at = ended_at - interval '7 years'
                 where ended_at is not null and client_id = (select client_id from traject.client where client_number = '{number}')""")
        due = self.rows('retention', 'due', profile='max')
        self.assertEqual([(d['clientNumber'], d['kind'], d['team']) for d in due], [(old, 'TRAJECTORY_KIND_WORK_EXPERIENCE', 'Noord')])
        self.assertEqual(self.rows('retention', 'due', profile='fg'), due)
        for profile in ('zack', 'vera', 'fred'):
            self.assertEqual(self.rows('retention', 'due', profile=profile), [])
        self.ok('retention', 'set', 'work-experience', '120', profile='fg')
        self.assertEqual(self.rows('retention', 'due', profile='max'), [])
        self.ok('retention', 'set', 'work-experience', '36', profile='admin')
        self.assertEqual(self.numbers('retention', 'due', profile='max'), [old])
        for profile in ('max', 'anna'):
            self.refused('retention', 'set', 'work-experience', '36', profile=profile, says='is not for the role')
        for what, value in (('work-experience', '11'), ('activation', '241'), ('answers', '6'), ('answers', '366')):
            self.refused('retention', 'set', what, value, profile='fg', says='value is 12 to 240 months')

        self.assertIn('Erased 0.', self.ok('retention', 'confirm', profile='fg'))
        self.assertIn('erasure of 0.', self.ok('retention', 'erase', profile='zack'))
        self.assertIn('erasure of 1.', self.ok('retention', 'erase', profile='max'))
        self.assertIn('erasure of 0.', self.ok('retention', 'erase', profile='max'))
        self.assertIn('requestedAt', self.rows('retention', 'due', profile='max')[0])
        self.assertEqual([(e['clientNumber'], e['byRetention'], 'reason' in e) for e in self.rows('erasure', 'list', profile='fg')],
                         [(old, True, False)])
        # One that was asked for with a reason is no part of it; nor one that is not due any more.
        self.ok('client', 'erase', new, '--reason', 'klaar', profile='max')
        self.ok('retention', 'set', 'work-experience', '120', profile='fg')
        self.assertIn('Erased 0.', self.ok('retention', 'confirm', profile='fg'))
        self.ok('retention', 'set', 'work-experience', '36', profile='fg')
        for profile in ('max', 'admin'):
            self.refused('retention', 'confirm', profile=profile, says='is not for the role')
        self.assertIn('Erased 0.', self.ok('retention', 'confirm', profile='fred'))
        self.assertRegex(self.ok('retention', 'confirm', profile='fg'), r'^Erased 1\. .*trajectd rotate')
        self.refused('client', 'show', old, profile='max', says='no client')
        erased = next(e['clientNumber'] for e in self.rows('erasure', 'list', '--all', profile='fg') if e.get('byRetention'))
        told = [(line['method'], line['worker']) for line in self.rows('access', erased, profile='fg')]
        self.assertIn(('RequestDueErasures', 'max'), told)
        self.assertIn(('ConfirmDueErasures', 'fg'), told)
        self.assertEqual(self.rows('retention', 'due', profile='max'), [])
        self.assertEqual(self.numbers('erasure', 'list', profile='fg'), [new])
        self.assertEqual(self.show(new, profile='max')['fullName'], NAME)

    def test_who_never_began(self):
        number = self.service.json('client', 'add', profile='anna')['clientNumber']
        self.service.sql(f"""update traject.client set added_at = now() - interval '25 months'
                              where client_number = '{number}'""")
        self.assertNotIn(number, self.numbers('retention', 'due', profile='max'))
        self.ok('retention', 'set', 'never-started', '24', profile='fg')
        self.assertRegex(self.ok('retention', 'list', profile='fg'), r'never started +24 +months after the client was added +yes')
        self.assertRegex(self.ok('retention', 'due', profile='max'), rf'(?m)^{number} +never started +')
        row = next(row for row in self.rows('retention', 'due', profile='fg') if row['clientNumber'] == number)
        self.assertEqual([name for name in ('kind', 'endedAt', 'team') if name in row], [])
        self.ok('retention', 'set', 'never-started', '60', profile='fg')

    def test_old_answers_are_forgotten_by_the_clock(self):
        for _ in range(3):
            self.new_client()
        before = int(self.service.sql('select count(*) from session.request')[0][0])
        keys = [row[0] for row in self.service.sql('select request_key from session.request order by answered_at limit 5')]
        self.service.sql(f"""update session.request set answered_at = now() - case request_key
            when '{keys[0]}' then interval '31 days' when '{keys[1]}' then interval '29 days' end
             where request_key in ('{keys[0]}', '{keys[1]}')""")
        # At its start a daemon asks what has come due.
        self.service.stop()
        self.service.start()
        self.service.daemon.wait_for('event=listener_ready')
        self.assertEqual(int(self.service.sql('select count(*) from session.request')[0][0]), before - 1)
        self.assertEqual(self.service.sql(f"select 1 from session.request where request_key = '{keys[0]}'"), [])


LOG_MAP = """
columns {
    case = "zaak"
    event = "id"
    moment = "wanneer"
    activity = "wat"
    team = "team"
    coach = "wie"
    worker = "wie"
}
kind = "activation"
outcome = "other"
reason = "volgens het log"
activity "gesprek" { stage = "first-contact" channel = "phone" }
"""

if __name__ == '__main__':
    unittest.main()
