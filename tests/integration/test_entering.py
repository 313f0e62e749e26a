"""Entering at a terminal, by questions; and without a connection: what is entered waits, sealed, and is sent once."""
import datetime
import fcntl
import os
import pathlib
import re
import socket
import stat
import subprocess
import tempfile
import threading
import unittest

import harness
from harness import ServiceTest
from terminal import Terminal
from test_watch import Relay

DUTCH = {'LC_ALL': 'nl_NL.UTF-8'}
KEPT = r'^The server cannot be reached\. This is kept here, sealed, and is sent with the next command that reaches it: '


class EnteringTest(ServiceTest):
    def setUp(self):
        self.state = self.service.folder / '.local/state/traject'

    @classmethod
    def client(cls, name):
        """A client of anna's with that name; the number."""
        number = cls.service.json('client', 'add', '--name', name, profile='anna')['clientNumber']
        cls.service.ok('start', number, '--kind', 'work-experience', '--at', '30 days ago', profile='anna')
        return number

    def contacts(self, number, profile='anna'):
        """The words of the client's contacts, the first one first."""
        return [row.get('words') for row in reversed(self.rows('timeline', number, profile=profile)) if row['kind'] == 'EVENT_KIND_CONTACT']

    def terminal(self, *arguments, profile='anna', **environment):
        made = Terminal(self.service, *arguments, profile=profile, **environment)
        self.addCleanup(made.close)
        return made

    def kept(self, *arguments, profile='anna', **environment):
        """Enters something while the server is away."""
        run = self.service.traject(*arguments, profile=profile, **environment)
        self.assertEqual(run.code, 0, run.err)
        self.assertRegex(run.out, KEPT)
        return run

    def at(self, moment, *arguments):
        """As anna, on a machine whose clock says that."""
        return subprocess.run(['faketime', moment, harness.TRAJECT, *arguments], capture_output=True, text=True,
                              env=self.service.environment('anna', ASAN_OPTIONS='verify_asan_link_order=0'))

    def waiting(self, profile='anna', **environment):
        return self.rows('waiting', profile=profile, **environment)

    def away(self):
        """The daemon is killed for the rest of the test, or until it is started."""
        self.service.kill()
        self.addCleanup(lambda: self.service.daemon.running() or self.service.start())


class Questions(EnteringTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fatima = cls.client('Fatima Bakker')
        cls.others = [cls.client(f'Samir {name}') for name in ('Yilmaz', 'Young')]

    def test_a_contact_by_questions(self):
        t = self.terminal('contact')
        t.wait_for('Which client')
        t.type('bak\t')
        t.wait_for(f'{self.fatima} Fatima Bakker')
        t.type('\r')
        t.answer('  phone, email.*\n.*How was the contact', 'ph')
        t.answer('reach each other', '')
        t.answer('When', 'yesterday 16:30')
        t.answer('want to note', 'Belt morgen terug over het rooster.')
        t.type('Neemt de fiets.\r\r')
        t.wait_for(rf'This will be recorded: contact with {self.fatima}, phone, \w+ \d+ \w+ 20\d\d 16:30\.\n'
                   r'  Belt morgen terug over het rooster\. Neemt de fiets\.\n')
        t.answer('Is that right', '')
        t.wait_for(r'The contact is recorded\. The next contact is due in \d+ \w+ \(')
        t.answer('Plan an appointment', 'in 2 weeks')
        t.wait_for('The appointment is recorded')
        self.assertEqual(t.end(), 0)
        [contact] = [row for row in self.rows('timeline', self.fatima, profile='anna') if row['kind'] == 'EVENT_KIND_CONTACT']
        self.assertEqual((contact['channel'], contact['reached'], contact['words']),
                         ('CHANNEL_PHONE', True, 'Belt morgen terug over het rooster.\nNeemt de fiets.'))
        self.assertRegex(contact['occurredAt'], 'T16:30:00Z$')
        self.assertIn('nextAppointmentAt', self.show(self.fatima))

    def test_in_dutch(self):
        number = self.client('Willem Jansen')
        t = self.terminal('contact', **DUTCH)
        t.wait_for('Welke klant')
        t.type('jans\t')
        t.wait_for(f'{number} Willem Jansen')
        t.type('\r')
        t.answer('Hoe was het contact', 'tel')
        t.answer('elkaar bereikt', 'n')
        t.answer('Wanneer', 'gisteren 10:00')
        t.answer('noteren', '')
        t.wait_for(f'Dit wordt vastgelegd: poging om {number} te bereiken, telefoon, ')
        t.answer('Klopt dat', 'ja')
        t.wait_for('De poging is vastgelegd')
        t.answer('gesprek plannen', '')
        self.assertEqual(t.end(), 0)
        [attempt] = [row for row in self.rows('timeline', number, profile='anna') if row['kind'] == 'EVENT_KIND_CONTACT']
        self.assertFalse(attempt.get('reached', False))

    def test_tab_lists_and_completes_what_is_common(self):
        t = self.terminal('contact', '--channel', 'phone', '--at', 'now', '--words', 'x')
        t.wait_for('Which client')
        t.type('samir\t')
        for number, name in zip(self.others, ('Yilmaz', 'Young')):
            t.wait_for(f'  {number} Samir {name}\n')
        t.type('\r')
        t.wait_for(f'  {self.others[0]} Samir Yilmaz\n')
        t.answer('Which client', 'nobody of that name')
        t.wait_for('Nobody found')
        t.answer('Which client', 'you')
        t.wait_for(f'  {self.others[1]} Samir Young\n')
        t.answer('reach each other', 'yes')
        t.answer('right', 'no')
        t.wait_for('Nothing is recorded')
        self.assertEqual(t.end(), 1)

    def test_a_part_of_a_number_is_nobodys(self):
        self.service.ok('client', 'add', '77123', '--name', 'Jan Smit', profile='anna')
        self.service.ok('start', '77123', '--kind', 'activation', profile='anna')
        t = self.terminal('contact', '--channel', 'phone', '--at', 'now', '--words', 'x')
        t.answer('Which client', '7712')
        t.wait_for('  77123 Jan Smit\n')
        t.answer('Which client', '77123')
        t.answer('reach each other', 'yes')
        t.answer('right', 'no')
        self.assertEqual(t.end(), 1)

    def test_given_answers_are_not_asked_and_a_complete_command_asks_nothing(self):
        number = self.client('Ali Aydin')
        t = self.terminal('contact', number, '--at', 'today', '--words', 'een')
        t.answer('How was the contact', 'office')
        t.answer('reach each other', '')
        t.answer('right', '')
        t.answer('Plan an appointment', '')
        self.assertEqual(t.end(), 0)
        for question in ('Which client', 'When', 'want to note'):
            self.assertNotIn(question, t.seen)
        t = self.terminal('contact', number, '--channel', 'phone', '--words', 'twee')
        self.assertEqual(t.end(), 0)
        self.assertNotIn('?', t.seen)
        self.assertEqual(self.contacts(number), ['een', 'twee'])

    def test_an_answer_that_is_none_is_asked_again(self):
        number = self.client('Sara Smit')
        t = self.terminal('contact', number)
        t.answer('How was the contact', 'pigeon')
        t.wait_for('"pigeon"')
        t.answer('How was the contact', 'o')
        t.wait_for('"o"')  # of office and online
        t.answer('How was the contact', 'onl')
        t.answer('reach each other', 'perhaps')
        t.wait_for('Answer yes or no')
        t.answer('reach each other', 'y')
        t.answer('When', 'soonish')
        t.wait_for('"soonish" is no moment')
        t.answer('When', '')
        t.answer('note', '')
        t.answer('right', '')
        t.answer('Plan an appointment', 'some day')
        t.wait_for('"some day" is no moment')
        t.answer('Plan an appointment', '')
        self.assertEqual(t.end(), 0)
        self.assertEqual(len(self.contacts(number)), 1)

    def test_ctrl_c_gives_up_with_nothing_written(self):
        number = self.client('Jan Bos')
        for typed in ('\x03', 'half a wo\x03', '\x04'):
            with self.subTest(typed):
                t = self.terminal('contact', number, '--channel', 'phone')
                self.assertEqual(t.end(), 0)
                t = self.terminal('contact', number)
                t.answer('How was the contact', 'phone')
                t.answer('reach each other', '')
                t.answer('When', '')
                t.wait_for('note')
                t.type(typed)
                t.wait_for('Nothing is recorded')
                self.assertEqual(t.end(), 1)
        self.assertEqual(len(self.contacts(number)), 3)

    def test_other_writes_from_the_same_table(self):
        number = self.client('Eva Vos')
        t = self.terminal('move')
        t.answer('Which client', number)
        t.wait_for('  first-contact, starting-work')
        t.answer('which stage', 'start')
        t.answer('When', '')
        t.answer('Why', '')
        t.answer('note', '')
        t.answer('right', '')
        t.wait_for('The move is recorded')
        self.assertEqual(t.end(), 0)
        t = self.terminal('agreement', 'make', number)
        t.answer('What is agreed', 'belt over het rooster')
        t.answer('Who does it', 'coach')
        t.answer('By when', '')
        t.answer('By when', 'in 1 week')
        t.answer('right', '')
        t.wait_for('The agreement is recorded')
        self.assertEqual(t.end(), 0)
        self.assertEqual(self.show(number)['stage'], 'STAGE_STARTING_WORK')

    def test_nothing_is_asked_where_nobody_answers(self):
        self.refused('contact', says='client_number is missing', code=2, profile='anna')
        with subprocess.Popen([harness.TRAJECT, 'contact'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.service.environment('anna')) as piped:
            out, err = piped.communicate(f'{self.fatima}\nphone\n'.encode(), harness.WAIT_SECONDS)
        self.assertEqual((piped.returncode, out), (2, b''))
        t = self.terminal('--output', 'json', 'contact')
        t.wait_for('is missing')
        self.assertEqual(t.end(), 2)

    def test_names_from_the_server_do_not_steer_the_terminal(self):
        self.client('Mal\u009bory \u0085Steer')
        t = self.terminal('contact')
        t.wait_for('Which client')
        t.type('steer\t')
        t.wait_for('Steer')
        t.type('\x03')
        t.end()
        self.assertNotRegex(t.raw, '[\u0080-\u009f]')


class Offline(EnteringTest):
    def test_what_is_entered_is_sent_once_when_the_server_is_back(self):
        number = self.client('Fatima Bakker')
        self.away()
        self.kept('contact', number, '--channel', 'phone', '--words', 'Belt morgen terug over het rooster.')
        self.kept('contact', number, '--channel', 'office', '--words', 'De tweede.')
        [first, second] = self.waiting()
        self.assertEqual((first['number'], first['words'], second['number']), (1, 'Belt morgen terug over het rooster.', 2))
        listed = self.ok('waiting', profile='anna')
        self.assertRegex(listed, rf'(?s)1 .*contact with {number}, phone.*\n    Belt morgen terug over het rooster\.\n2 .*office.*\n')
        self.service.start()
        run = self.service.traject('quiet', profile='anna')
        self.assertEqual(run.code, 0)
        self.assertRegex(run.err, r'^traject: 2 entries that waited since \w+ \d+ \w+ \d{4} \d\d:\d\d are sent\n$')
        self.assertEqual(self.contacts(number), ['Belt morgen terug over het rooster.', 'De tweede.'])
        self.assertEqual(self.waiting(), [])
        again = self.service.traject('quiet', profile='anna')
        self.assertEqual((again.code, again.err), (0, ''))
        first = self.rows('timeline', number, profile='anna')[1]
        occurred, recorded = (datetime.datetime.fromisoformat(first[name]) for name in ('occurredAt', 'recordedAt'))
        self.assertLess(occurred, recorded - datetime.timedelta(milliseconds=100))

    def test_a_draft_by_questions_survives(self):
        number = self.client('Noa Kuiper')
        self.away()
        t = self.terminal('contact')
        t.wait_for('What you enter is kept here')
        t.answer('Which client', number)
        t.answer('How was the contact', 'phone')
        t.answer('reach each other', '')
        t.answer('When', '')
        t.answer('note', 'zonder lijn')
        t.type('\r')
        t.answer('right', '')
        t.wait_for('This is kept here, sealed')
        self.assertEqual(t.end(), 0)
        self.service.start()
        self.assertIn('1 entry that waited', self.service.traject('quiet', profile='anna').err)
        self.assertEqual(self.contacts(number), ['zonder lijn'])

    def test_the_server_goes_while_somebody_types(self):
        number = self.client('Lea Visser')
        t = self.terminal('contact')
        t.answer('Which client', number)
        t.wait_for('How was the contact')
        self.away()
        t.type('phone\r')
        t.answer('reach each other', '')
        t.answer('When', '')
        t.answer('note', '')
        t.answer('right', '')
        t.wait_for('This is kept here, sealed')
        self.assertEqual(t.end(), 0)
        self.service.start()
        self.ok('quiet', profile='anna')
        self.assertEqual(len(self.contacts(number)), 1)

    def test_the_server_goes_before_a_client_is_chosen(self):
        number = self.client('Lot Kramer')
        t = self.terminal('contact', '--channel', 'phone', '--words', 'x')
        t.wait_for('Which client')
        self.away()
        t.type('kramer\r')
        t.wait_for('Names cannot be looked up')
        t.answer('Which client', number)
        t.answer('reach each other', '')
        t.answer('When', '')
        t.answer('right', '')
        t.wait_for('This is kept here, sealed')
        self.assertEqual(t.end(), 0)
        self.service.start()
        self.ok('quiet', profile='anna')
        self.assertEqual(self.contacts(number), ['x'])

    def test_an_answer_that_is_lost_makes_nothing_twice(self):
        """The server has it, and the client does not know: it is kept, and sent again with the same key."""
        number = self.client('Tess Mol')
        relay = Relay(self.service.port)
        self.addCleanup(relay.close)
        self.service.profile('far', self.service.token('anna'), port=relay.port)
        self.cut_after(relay)
        self.kept('contact', number, '--channel', 'phone', '--words', 'eens', profile='far')
        self.assertEqual(self.contacts(number), ['eens'])
        self.assertEqual(len(self.waiting('far')), 1)
        self.service.profile('far', self.service.token('anna'))
        self.assertIn('1 entry that waited', self.service.traject('quiet', profile='far').err)
        self.assertEqual(self.contacts(number), ['eens'])
        self.assertEqual(self.waiting('far'), [])

    def cut_after(self, relay):
        """Once the server is at the next entry, the way to it is gone for good."""
        self.service.sql(f"""
            create or replace function public.told() returns trigger language plpgsql as $$
            begin perform pg_sleep(0.5); return new; end $$;
            create trigger zzz_told after insert on traject.event for each row execute function public.told()""")
        self.addCleanup(self.service.sql, 'drop trigger if exists zzz_told on traject.event')

        def watch():
            while self.service.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep' "
                                   f"and datname = '{self.service.database}'") == [['0']]:
                pass
            relay.listener.shutdown(socket.SHUT_RDWR)
            relay.close()
            self.service.sql('drop trigger zzz_told on traject.event')
        thread = threading.Thread(target=watch)
        thread.start()
        self.addCleanup(thread.join)

    def test_a_client_that_is_killed_between_sending_and_removal(self):
        number = self.client('Ben Prins')
        self.away()
        self.kept('contact', number, '--channel', 'phone', '--words', 'een')
        self.kept('contact', number, '--channel', 'phone', '--words', 'twee')
        self.service.start()
        # The lock is what it needs to take an entry out: so it stops there, after the server has it.
        with open(self.state / 'anna.waiting.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sender = subprocess.Popen([harness.TRAJECT, 'quiet'], env=self.service.environment('anna'), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while self.contacts(number, 'max') != ['een']:
                self.assertIsNone(sender.poll())
            sender.kill()
            sender.wait()
        self.assertEqual(len(self.waiting()), 2)
        self.assertIn('2 entries that waited', self.service.traject('quiet', profile='anna').err)
        self.assertEqual(self.contacts(number), ['een', 'twee'])

    def test_a_refused_entry_stays_and_blocks_nothing(self):
        number = self.client('Mo Visser')
        self.away()
        self.kept('contact', '9999', '--channel', 'phone', '--words', 'een verkeerd nummer')
        self.kept('contact', number, '--channel', 'phone', '--words', 'goed')
        self.service.start()
        run = self.service.traject('quiet', profile='anna')
        self.assertEqual(run.code, 0)
        self.assertRegex(run.err, r'^traject: what waited here is refused: contact with 9999, phone, .*: .*9999.*\n'
                                  r'traject: 1 entry that waited since .* is sent\n'
                                  r"traject: 1 refused entry waits here for you; see 'traject waiting'\n$")
        self.assertEqual(self.contacts(number), ['goed'])
        [entry] = self.waiting()
        self.assertRegex(entry['refusal'], '9999')
        self.assertRegex(self.ok('waiting', profile='anna'), r'(?s)een verkeerd nummer\n    Refused: .*9999')
        self.assertRegex(self.service.traject('quiet', profile='anna').err, '^traject: 1 refused entry waits here')
        self.refused('waiting', 'send', '1', says='is refused: contact with 9999', profile='anna')
        self.refused('waiting', 'send', '7', says='nothing waits here with number 7', profile='anna')
        self.refused('waiting', 'drop', 'x', says='nothing waits here with number x', profile='anna')
        self.assertRegex(self.ok('waiting', 'drop', '1', profile='anna'), 'not recorded: contact with 9999')
        self.assertEqual(self.ok('waiting', profile='anna'), 'Nothing waits here.\n')
        self.assertEqual(list(self.state.glob('anna.waiting')), [])

    def test_a_refused_entry_can_be_sent_again(self):
        self.away()
        self.kept('contact', '5000', '--channel', 'phone', '--at', 'now')
        self.service.start()
        self.assertIn('refused', self.service.traject('quiet', profile='anna').err)
        self.ok('client', 'add', '5000', profile='anna')
        self.ok('start', '5000', '--kind', 'work-experience', '--at', '3 days ago', profile='anna')
        run = self.service.traject('waiting', 'send', '1', profile='anna')
        self.assertEqual(run.code, 0, run.err)
        self.assertIn('1 entry that waited', run.err)
        self.assertEqual(len(self.contacts('5000')), 1)
        self.assertEqual(self.waiting(), [])

    def test_a_wrong_clock_here_is_not_that_of_the_record(self):
        number = self.client('Lotte Bos')
        run = self.at('+20 minutes', 'contact', number, '--channel', 'phone', '--words', 'eerst')
        self.assertRegex(run.stdout, r'^The contact is recorded\.', run.stderr)
        self.ok('contact', number, '--channel', 'phone', '--words', 'dan', profile='anna')
        self.assertEqual(self.contacts(number), ['eerst', 'dan'])

    def test_what_waited_for_too_long_asks_its_person(self):
        number = self.client('Kim Dekker')
        self.away()
        run = self.at('7 days ago', 'contact', number, '--channel', 'phone')
        self.assertRegex(run.stdout, KEPT, run.stderr)
        self.service.start()
        self.assertRegex(self.service.traject('quiet', profile='anna').err, 'waited for so long')
        self.assertEqual(self.contacts(number), [])
        self.assertIn('is sent', self.service.traject('waiting', 'send', '1', profile='anna').err)
        self.assertEqual(len(self.contacts(number)), 1)

    def test_a_token_that_ends(self):
        """The entries stay while it is refused; another token in the profile does not open them, and says so."""
        number = self.client('Zoë Blom')
        token = self.service.token('anna')
        self.service.ok('token', 'add', 'anna', '--label', 'short', '--save-as', 'anna-short')
        self.away()
        self.kept('contact', number, '--channel', 'phone', '--words', 'wacht', profile='anna-short')
        self.service.start()
        of_short = self.service.token('anna-short')
        [revoked] = [row for row in self.rows('token', 'list') if row.get('label') == 'short']
        self.ok('token', 'revoke', revoked['tokenId'])
        self.assertEqual(self.service.traject('quiet', profile='anna-short').code, 1)
        self.assertEqual([entry['words'] for entry in self.waiting('anna-short')], ['wacht'])
        self.service.profile('anna-short', token)
        run = self.service.traject('quiet', profile='anna-short')
        self.assertEqual(run.code, 0)
        self.assertRegex(run.err, 'was kept with another token than profile anna-short has now')
        self.refused('waiting', says='another token', code=2, profile='anna-short')
        self.away()
        self.refused('contact', number, '--channel', 'phone', profile='anna-short', code=3,
                     says=r'(?s)Connection refused\n.*this is not kept either: .*another token')
        self.service.profile('anna-short', of_short)
        self.assertEqual([entry['words'] for entry in self.waiting('anna-short')], ['wacht'])
        self.service.start()
        self.assertEqual(self.contacts(number), [])

    def test_two_at_once(self):
        number = self.client('Iris Post')
        self.away()
        words = [f'n{i}' for i in range(8)]
        runs = [subprocess.Popen([harness.TRAJECT, 'contact', number, '--channel', 'phone', '--words', word], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.service.environment('anna')) for word in words]
        for run in runs:
            out, err = run.communicate(timeout=harness.WAIT_SECONDS)
            self.assertEqual(run.returncode, 0, err)
        self.assertEqual(sorted(entry['words'] for entry in self.waiting()), words)
        order = [entry['words'] for entry in self.waiting()]
        self.service.start()
        runs = [subprocess.Popen([harness.TRAJECT, 'quiet'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True, env=self.service.environment('anna')) for _ in range(4)]
        said = ''.join(run.communicate(timeout=harness.WAIT_SECONDS)[1] for run in runs)
        self.assertEqual(sum(int(n) for n in re.findall(r'traject: (\d+) entr', said)), 8, said)
        self.assertEqual(sorted(self.contacts(number)), sorted(words))
        self.assertEqual(self.waiting(), [])
        recorded = [row['words'] for row in sorted((row for row in self.rows('timeline', number, profile='anna') if 'words' in row),
                                                   key=lambda row: int(row['eventId']))]
        self.assertEqual(recorded, order)

    def test_nothing_is_readable_on_the_disk(self):
        number = self.client('Fatima Bakker')
        self.away()
        self.kept('contact', number, '--channel', 'phone', '--words', 'vertrouwelijk rooster')
        t = self.terminal('contact', number, '--channel', 'phone', '--at', 'now')
        self.assertEqual(t.end(), 0)
        t = self.terminal('contact', number)
        t.answer('How was the contact', 'phone')
        t.answer('reach each other', '')
        t.answer('When', '')
        t.answer('note', 'vertrouwelijk verhaal')
        t.type('\r')
        t.answer('right', '')
        self.assertEqual(t.end(), 0)
        queue = self.state / 'anna.waiting'
        self.assertEqual(stat.S_IMODE(queue.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)
        for path in self.service.folder.rglob('*'):
            if path.is_file() and path.suffix not in ('.pem', '.key'):
                data = path.read_bytes()
                for word in (b'vertrouwelijk', b'Fatima', b'verhaal'):
                    self.assertNotIn(word, data, path)
        self.service.start()
        self.ok('quiet', profile='anna')

    def test_a_disk_that_is_full(self):
        number = self.client('Finn Kok')
        folder = pathlib.Path(tempfile.mkdtemp(dir=harness.temporary_folder()))
        if os.geteuid() or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', folder],
                                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest('a small disk takes root to mount')
        self.addCleanup(subprocess.run, ['umount', folder], check=True)
        self.away()
        here = {'XDG_STATE_HOME': str(folder)}
        self.kept('contact', number, '--channel', 'phone', '--words', 'past', **here)
        filler = folder / 'filler'
        with self.assertRaises(OSError), open(filler, 'wb', buffering=0) as file:
            while True:
                file.write(b'x' * 512)
        self.refused('contact', number, '--channel', 'phone', '--words', 'x' * 3900, profile='anna', code=3,
                     says='(?s)Connection refused.*this is not kept either: .*No space left on device', **here)
        self.assertEqual([entry['words'] for entry in self.waiting(**here)], ['past'])
        self.assertEqual(sorted(path.name for path in (folder / 'traject').iterdir()), ['anna.waiting', 'anna.waiting.lock'])
        filler.unlink()
        self.service.start()
        self.assertIn('is sent', self.service.traject('quiet', profile='anna', **here).err)
        self.assertEqual(self.contacts(number), ['past'])

    def test_what_is_not_kept(self):
        """Reads; what depends on an answer; what a program or a script sends, which is run again."""
        number = self.client('Gijs Mulder')
        self.away()
        self.refused('quiet', says='Connection refused', code=3, profile='anna')
        self.refused('client', 'add', says='Connection refused', code=3, profile='anna')
        self.refused('--output', 'json', 'contact', number, '--channel', 'phone', says='Connection refused', code=3, profile='anna')
        self.refused('run', '-', given=f'contact {number} --channel phone\n'.encode(), says='stopped at line 1', code=3, profile='anna')
        self.assertEqual(self.waiting(), [])
        self.service.start()

    def test_in_dutch(self):
        number = self.client('Piet Hein')
        self.away()
        run = self.service.traject('contact', number, '--channel', 'telefoon', '--at', 'nu', profile='anna', **DUTCH)
        self.assertRegex(run.out, rf'^De server is niet bereikbaar\. Dit is hier verzegeld bewaard .*: contact met {number}, telefoon, ')
        self.service.start()
        self.assertRegex(self.service.traject('quiet', profile='anna', **DUTCH).err, r'^traject: 1 .* die wachtte sinds .* verstuurd\n$')


if __name__ == '__main__':
    unittest.main()
