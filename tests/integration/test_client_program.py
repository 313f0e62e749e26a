"""traject as a program: exit codes, what it says of mistakes, what it prints where, profiles and scripts."""
import csv
import datetime
import fcntl
import io
import os
import pty
import re
import secrets
import socket
import ssl
import struct
import subprocess
import termios
import threading
import unicodedata
import unittest

from google.protobuf import json_format

import harness
from harness import ServiceTest
from wire import Connection, new_key, pb

ESCAPE = '\x1b'


class OnTerminal(ServiceTest):
    def terminal(self, *arguments, profile='anna', width=80, **environment):
        """Runs the client with a terminal as its standard output and returns what reached it."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, width, 0, 0))
        process = subprocess.Popen([harness.TRAJECT, *arguments], env=self.service.environment(profile, **environment),
                                   stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        printed = b''
        try:
            while data := os.read(master, 65536):
                printed += data
        except OSError:
            pass  # the terminal's other side was closed
        os.close(master)
        errors = process.communicate(timeout=harness.WAIT_SECONDS)[1].decode()
        self.assertEqual(process.returncode, 0, errors)
        return printed.decode().replace('\r\n', '\n')


class ExitCodes(OnTerminal):
    def test_done_refused_usage_and_not_reached(self):
        self.assertRegex(self.ok('--version'), r'^traject \d+\.\d+\.\d+\n$')
        self.refused('client', 'show', '404', profile='anna', says='^traject: no client with number 404', code=1)
        self.assertEqual(self.service.traject().code, 2)
        self.refused('client', 'show', says='client_number is missing', code=2)
        self.refused('move', '1', profile='anna', says='stage is missing', code=2)
        self.refused('start', '1', profile='anna', says='--kind is missing', code=2)
        self.refused('team', 'list', 'x', says="unexpected argument 'x'", code=2)
        self.refused('quiet', '--team', says='--team needs a value', code=2)
        self.refused('quiet', '--limit', '0', says='--limit is "0"; give a number from 1', code=2)
        self.refused('timeline', '1', '--oldest-first=yes', says='takes no value', code=2)
        self.refused('--output', 'xml', 'quiet', says='--output is "xml"; give text, json or csv', code=2)
        self.refused('contact', '1', '--channel', 'phone', '--at', '31 April', says='"31 April" is no moment', code=2)
        self.refused('contact', '1', '--channel', 'phone', '--at', '2026-04-31', says='"2026-04-31" is no moment', code=2)
        self.refused('contact', '1', '--channel', 'phone', '--words', 'a', '--words', 'b', says='give it once', code=2)

    def test_a_server_that_is_not_there(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            port = listener.getsockname()[1]
        self.service.profile('nowhere', self.service.token('anna'), port=port)
        self.refused('quiet', profile='nowhere', says=f'server localhost:{port}: Connection refused', code=3)

    def test_a_server_of_another_kind(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            port = listener.getsockname()[1]
            self.service.profile('other-kind', self.service.token('anna'), port=port)

            def greet():
                connection, _ = listener.accept()
                connection.sendall(b'220 mail.example ESMTP\r\n')
                connection.recv(4096)
                connection.close()
            thread = threading.Thread(target=greet)
            thread.start()
            self.refused('quiet', profile='other-kind', says='no secure connection', code=3)
            thread.join()

    def test_a_server_that_always_hangs_up(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.service.folder / 'server.pem', self.service.folder / 'server.key')
        context.set_alpn_protocols(['traject/1'])
        reply = pb.Response(id=1, body=pb.AuthenticateReply(worker='anna', role=1).SerializeToString()).SerializeToString()
        reached = []
        with socket.create_server(('127.0.0.1', 0)) as listener:
            def serve():
                while True:
                    try:
                        with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                            connection.recv(1000)
                            reached.append(connection.send(bytes([len(reply)]) + reply))
                    except OSError:
                        return
            threading.Thread(target=serve, daemon=True).start()
            self.service.profile('hangs-up', self.service.token('anna'), port=listener.getsockname()[1])
            self.refused('quiet', profile='hangs-up', says='closes the connection without an answer', code=3)
            listener.shutdown(socket.SHUT_RDWR)
        self.assertLess(len(reached), 20)

    def test_a_server_that_another_authority_vouches_for(self):
        other = self.service.folder / 'other-authority'
        other.mkdir()
        harness.make_authority(other)
        self.service.profile('other-ca', self.service.token('anna'), ca=other / 'ca.pem')
        self.refused('quiet', profile='other-ca', says='no secure connection: .*certificate', code=3)
        self.service.profile('no-ca', self.service.token('anna'), ca=other / 'none.pem')
        self.refused('quiet', profile='no-ca', says='none.pem', code=2)

    def test_tokens_and_profiles(self):
        self.service.profile('wrong', secrets.token_hex(32))
        self.refused('quiet', profile='wrong', says='the token is unknown, expired or revoked', code=1)
        self.service.profile('open', self.service.token('anna'), mode=0o644)
        self.refused('quiet', profile='open', says=r'can be read by others \(mode 0644\).*chmod 600', code=2)
        self.service.profile('short', 'abcdef')
        self.refused('quiet', profile='short', says='is not 64 hexadecimal digits', code=2)
        self.refused('quiet', profile='absent', says='there is no .*absent.conf; choose one with .*: admin, anna, ', code=2)
        self.refused('quiet', profile='../anna', says='cannot be a profile', code=2)
        # The option wins over the environment.
        self.assertIn('(bert)', self.ok('--profile', 'bert', 'status', profile='anna'))

    def test_a_token_of_minutes_says_the_hour_and_then_that_it_expired(self):
        given = self.ok('token', 'add', 'anna', '--label', 'kort', '--expires', 'in 5 minutes')
        number = re.match(r'Token (\d+) is valid until \w+ \d+ \w+ \d+ \d\d:\d\d\. ', given)[1]
        listed = r'(?m)^ *%s  anna .* %s \(\w{3} \d+ \w+ \d+ \d\d:\d\d\)'
        self.assertRegex(self.ok('token', 'list'), listed % (number, '(today|tomorrow)'))
        self.service.sql(f"""update session.token set created_at = now() - interval '2 hours',
                             expires_at = now() - interval '1 hour' where token_id = {number}""")
        self.assertRegex(self.ok('token', 'list'), listed % (number, 'expired'))
        self.refused('token', 'add', 'anna', '--expires', 'in 5 years', says='^traject: --expires ')
        self.assertRegex(self.ok('token', 'add', 'anna', '--expires', 'in 5 days'), r'is valid until \d+ \w+ \d+\. ')

    def test_a_copy_says_where_it_was_written(self):
        number = self.new_client()
        folder = self.service.folder.resolve()
        self.assertEqual(self.ok('client', 'export', number, profile='anna'),
                         f'{folder}/client-{number}.json\n{folder}/client-{number}.html\n')

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'w') as full:
            done = subprocess.run([harness.TRAJECT, 'team', 'list'], env=self.service.environment('anna'), stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('could not be written', done.stderr)


class WithoutDatabase(ServiceTest):
    organisation = False

    def test_a_server_without_its_database(self):
        self.service.cluster.stop()
        try:
            self.refused('quiet', says='^traject: the database cannot be reached now; asking again for up to 20 s\n'
                                       'traject: the database cannot be reached now; ask again later\n$', code=3)
        finally:
            self.service.cluster.start()

    def test_who_waits_for_the_database_is_told_and_then_answered(self):
        self.service.cluster.stop()
        with subprocess.Popen([harness.TRAJECT, 'status'], env=self.service.environment('admin'), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asking:
            try:
                told = asking.stderr.readline()
            finally:
                self.service.cluster.start()
            out, more = asking.communicate(timeout=harness.WAIT_SECONDS)
        self.assertEqual((told, more), ('traject: the database cannot be reached now; asking again for up to 20 s\n', ''))
        self.assertEqual(asking.returncode, 0)
        self.assertIn('(admin)', out)


class FirstAdministrator(ServiceTest):
    organisation = False

    def make(self, *arguments):
        return subprocess.run([harness.REPOSITORY / 'deploy/municipality',
                               self.service.cluster.conninfo(self.service.database), *arguments],
                              capture_output=True, text=True)

    def test_a_municipality_comes_with_a_token_and_again_with_another(self):
        for profile in 'first', 'second':
            made = self.make("'s-Hertogenveld", 'ada', 'Ada Beheer')
            self.assertEqual((made.returncode, made.stderr), (0, ''))
            self.service.profile(profile, made.stdout.strip())
        for profile in 'first', 'second':
            self.assertEqual([row['worker'] for row in self.rows('worker', 'list', profile=profile)], ['ada'])
            self.assertEqual(len(self.rows('token', 'list', profile=profile)), 2)

    def test_what_cannot_be_is_refused(self):
        self.assertEqual(self.make('Veldstad').returncode, 2)
        for arguments, says in ((('Veldstad', 'ada b', 'Ada'), 'WORKER is "ada b"'), (('', 'ada', 'Ada'), 'MUNICIPALITY is ""'),
                                (('Veldstad', 'ada', ''), 'NAME is ""'),
                                (('Veldstad', 'anna', 'Anna'), 'anna is no administrator of it')):
            made = self.make(*arguments)
            self.assertEqual((made.returncode, made.stdout), (1, ''))
            self.assertIn(says, made.stderr)


class Suggestions(OnTerminal):
    def test_what_is_nearly_right_is_suggested(self):
        number = self.new_client()
        near = f'{number}9'
        for arguments, says, code in (
                (['quite'], "there is no command 'quite'; did you mean 'quiet'?", 2),
                (['handover', 'flga'], "did you mean 'handover flag'?", 2),
                (['quiet', '--tema', 'Noord'], 'there is no option --tema; did you mean --team?', 2),
                (['move', number, 'werk'], '"werk" is none of', 2),
                (['quiet', '--team', 'Noort'], 'no team called Noort; did you mean Noord?', 1),
                (['quiet', '--coach', 'ana'], 'did you mean anna?', 1),
                (['client', 'show', near], f'no client with number {near} among those you may see; ask the manager', 1)):
            with self.subTest(arguments=arguments):
                self.refused(*arguments, profile='anna', says=re.escape(says), code=code)
        self.refused('handover', profile='anna', says="(?s)is the first word of these commands.*handover flag", code=2)
        self.refused('client', 'access', says="(?s)'client access' are the first words of these commands.*access revoke", code=2)
        self.refused('client', 'access', 'ad', says="did you mean 'client access add'", code=2)
        for arguments in (['employer', 'access', '--help'], ['employer', 'access', '-h'], ['help', 'employer', 'access']):
            listed = re.findall(r'^  (\S+ \S+ \S+) ', self.ok(*arguments), re.MULTILINE)
            self.assertEqual(listed, ['employer access add', 'employer access revoke'])

    def test_what_comes_next_is_said_as_it_is_to_be_typed(self):
        self.assertIn('traject token add nieuw\n', self.ok('worker', 'add', 'nieuw', '--name', 'N. Ieuw', '--role', 'coach',
                                                           '--team', 'Noord'))
        number = self.new_client()
        self.assertIn(f'traject glass end {number}\n', self.ok('glass', 'break', number, '--reason', 'x', profile='bert'))

    def test_every_command_explains_itself(self):
        commands = re.findall(r'^  (\S+(?: \S+)*)  +\S', self.ok('help'), re.MULTILINE)
        self.assertGreater(len(commands), 35)
        for command in commands:
            with self.subTest(command=command):
                explained = self.ok(*command.split(), '--help')
                self.assertTrue(explained.startswith(f'Usage: traject {command}'))
                self.assertRegex(explained, f'Example:\n  traject {command}')
                lines = explained.splitlines()
                self.assertLess(len(lines), 24, 'a prompt fits below it on a screen')
                self.assertLessEqual(max(map(len, lines)), 80)
                whole = self.ok('help', *command.split())
                if len(whole.splitlines()) < 24:
                    self.assertEqual(explained, whole)
                self.assertLessEqual(set(re.findall(r'^  (--[a-z-]+)', whole, re.MULTILINE)), set(re.findall(r'--[a-z-]+', explained)))
        overview = self.ok('--help').splitlines()
        self.assertTrue(len(overview) < 24 and max(map(len, overview)) <= 80)
        for word in {command.split()[0] for command in commands}:
            self.assertEqual(len(re.findall(rf'(?<![\w-]){word}(?![\w-])', ' '.join(overview).partition('first words:')[2].partition('Example')[0])), 1, word)

    def test_in_dutch_it_fits_a_screen_too(self):
        commands = re.findall(r'^  (\S+(?: \S+)*)  +\S', self.ok('help'), re.MULTILINE)
        for command in ['', *commands]:
            told = subprocess.run([harness.TRAJECT, *command.split(), '--help'], capture_output=True, text=True,
                                  env={**os.environ, 'LC_ALL': 'nl_NL.UTF-8', 'LANGUAGE': 'nl'}).stdout
            self.assertTrue(told.startswith('Gebruik: traject'), told)
            self.assertTrue(len(told.splitlines()) < 24 and max(map(len, told.splitlines())) <= 80, told)

    def test_an_example_goes_on_in_the_next_line_as_a_shell_does(self):
        example = self.ok('handover', 'flag', '--help').partition('Example:\n')[2]
        self.assertIn(' \\\n      ', example)
        typed = subprocess.run(['sh', '-c', 'traject() { printf "%s\n" "$@"; }; ' + example], capture_output=True, text=True).stdout
        self.assertEqual(typed.splitlines(), ['handover', 'flag', '1042', '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser',
                                              '--planned', 'in 3 weeks'])


class Formats(OnTerminal):
    MOMENT = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=20)).strftime('%Y-%m-%dT10:00:00.123456Z')
    NAME = 'Jan "de\\lange" Ø, Bakker'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.service
        s.ok('client', 'add', '301', '--name', cls.NAME, profile='anna')
        s.ok('start', '301', '--kind', 'activation', '--at', '100 days ago', profile='anna')
        s.ok('move', '301', 'starting-work', '--at', '90 days ago', profile='anna')
        s.ok('contact', '301', '--channel', 'phone', '--no-answer', '--at', cls.MOMENT, profile='anna')
        s.ok('contact', '301', '--channel', 'phone', '--at', '80 days ago', '--words', '-', profile='anna',
             given='Eerste regel\nTweede, "regel"\n'.encode())
        s.ok('contact', '301', '--channel', 'email', '--at', '79 days ago', '--words', '=1+1', profile='anna')
        s.ok('contact', '301', '--channel', 'email', '--at', '78 days ago', '--words', '@SOM(A1)', profile='anna')
        s.ok('handover', 'flag', '301', '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', '--planned', 'in 2 weeks',
             profile='anna')

    CALLS = (('GetTimeline', pb.GetTimelineRequest(client_number='301', newest_first=True), ['timeline', '301']),
             ('GetClient', pb.GetClientRequest(client_number='301'), ['client', 'show', '301']),
             ('FindClients', pb.FindClientsRequest(query='bakker'), ['client', 'find', 'bakker']),
             ('ListWithoutContact', pb.ListWithoutContactRequest(), ['quiet']),
             ('GetBoard', pb.GetBoardRequest(), ['board']),
             ('ListHandovers', pb.ListHandoversRequest(), ['handover', 'list']),
             ('ListHandoversDue', pb.ListHandoversDueRequest(working_days=1000), ['handover', 'due', '--working', '1000']),
             ('ListTeams', pb.ListTeamsRequest(), ['team', 'list']),
             ('ListWorkers', pb.ListWorkersRequest(), ['worker', 'list']),
             ('ListRhythms', pb.ListRhythmsRequest(), ['rhythm', 'list']),
             ('ListEmployerPeople', pb.ListEmployerPeopleRequest(), ['employer', 'person', 'list']))

    def test_json_is_the_message(self):
        with Connection(self.service, self.service.token('anna')) as c:
            for method, request, command in self.CALLS:
                with self.subTest(method=method):
                    reply = c.call(method, request)
                    printed = self.ok('--output', 'json', *command, profile='anna')
                    self.assertEqual(json_format.Parse(printed, type(reply)()), reply)
        self.assertIn(self.MOMENT, [e['occurredAt'] for e in self.rows('timeline', '301', profile='anna')])

    def test_a_write_answers_in_json_and_csv_too(self):
        recorded = json_format.Parse(self.ok('--output', 'json', 'contact', '301', '--channel', 'phone', '--at', '70 days ago',
                                             profile='anna'), pb.Recorded())
        self.assertGreater(recorded.event_id, 0)
        rows = list(csv.DictReader(io.StringIO(self.ok('--output', 'csv', 'contact', '301', '--channel', 'phone', '--at',
                                                       '69 days ago', profile='anna'), newline='')))
        self.assertEqual(int(rows[0]['version']), recorded.version + 1)

    def test_csv_is_a_table(self):
        with Connection(self.service, self.service.token('anna')) as c:
            for method, request, command in self.CALLS:
                with self.subTest(method=method):
                    reply = c.call(method, request)
                    listed = [f for f in reply.DESCRIPTOR.fields if f.label == f.LABEL_REPEATED]
                    row_type = listed[0].message_type if len(reply.DESCRIPTOR.fields) == 1 else reply.DESCRIPTOR
                    rows = list(csv.reader(io.StringIO(self.ok('--output', 'csv', *command, profile='anna'), newline='')))
                    self.assertEqual(rows[0], [f.name for f in row_type.fields])
                    expected = len(getattr(reply, listed[0].name)) if row_type is not reply.DESCRIPTOR else 1
                    self.assertEqual([len(row) for row in rows[1:]], [len(rows[0])] * expected)
        rows = self.csv('timeline', '301', '--kind', 'contact')
        self.assertIn('Eerste regel\nTweede, "regel"', [r['words'] for r in rows])
        self.assertEqual(self.csv('client', 'find', '301')[0]['full_name'], self.NAME)
        self.assertEqual(self.csv('client', 'show', '301')[0]['guided_by'], 'coach')

    def csv(self, *command):
        return list(csv.DictReader(io.StringIO(self.ok('--output', 'csv', *command, profile='anna'), newline='')))

    def test_a_spreadsheet_runs_nothing(self):
        words = {r['words'] for r in self.csv('timeline', '301', '--kind', 'contact')}
        self.assertLessEqual({"'=1+1", "'@SOM(A1)"}, words)
        for row in self.csv('timeline', '301'):
            for cell in row.values():
                self.assertNotRegex(cell, r'^[=+\-@\t\r]')

    def test_words_stay_as_they_were_typed(self):
        rows = self.rows('timeline', '301', '--kind', 'contact', profile='anna')
        self.assertIn('Eerste regel\nTweede, "regel"', [r.get('words') for r in rows])

    def test_a_list_of_nothing_says_so(self):
        self.assertEqual(self.ok('quiet', profile='bert'), 'Everybody has been in contact within the agreed rhythm.\n')
        self.assertEqual(self.service.json('quiet', profile='bert'), {})
        self.assertEqual(len(self.ok('--output', 'csv', 'quiet', profile='bert').splitlines()), 1)

    def test_a_list_of_what_one_may_not_see_is_refused(self):
        for command in (['quiet'], ['board'], ['handover', 'list'], ['handover', 'due']):
            with self.subTest(command):
                for profile in ('max', 'mia', 'anna'):
                    self.refused(*command, '--team', 'Zuid', profile=profile, says='team Zuid is not one of yours')
                self.refused(*command, '--coach', 'zoe', profile='max', says='zoe is not in one of your teams')
                self.refused(*command, '--coach', 'bert', profile='anna', says='a coach sees own clients')
                self.ok(*command, '--team', 'Noord', '--coach', 'bert', profile='max')
                self.ok(*command, '--team', 'Noord', '--coach', 'anna', profile='anna')

    def test_a_moment_is_in_the_users_time_zone(self):
        year = datetime.date.today().year - 1
        self.ok('client', 'add', '302', profile='anna')
        self.ok('start', '302', '--kind', 'activation', '--at', f'{year}-01-15 12:00', profile='anna', TZ='Europe/Amsterdam')
        self.ok('contact', '302', '--channel', 'phone', '--at', f'{year}-07-01 12:00', profile='anna', TZ='Europe/Amsterdam')
        shown = self.show('302')
        self.assertEqual((shown['startedAt'], shown['lastContactAt']), (f'{year}-01-15T11:00:00Z', f'{year}-07-01T10:00:00Z'))
        self.assertIn(f' 1 Jul {year} 12:00', self.ok('timeline', '302', profile='anna', TZ='Europe/Amsterdam'))


def columns(text):
    """How many columns of a terminal the text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


class Screens(OnTerminal):
    LONG = 'Wilhelmina-Ägnès Österreicher van der Schoonenbeek-Quadackers tot Łódź'
    WIDE = '山田太郎 ' * 15
    NUMBER = 'klantnummer.van-32.tekens_123456'
    COACH = 'langste.werknemersnaam-van_allemaal-in-noord-en-omstreken-1234'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        s = cls.service
        s.script(f'''
            employer add "Stichting {cls.LONG}"
            employer person add "Stichting {cls.LONG}" "{cls.LONG}"
            employer person add "Stichting {cls.LONG}" "K. de Wit"
            worker add {cls.COACH} --name "{cls.LONG}" --role coach --team Noord
            token add {cls.COACH} --save-as long''')
        lines = []
        for number, name in ((cls.NUMBER, cls.LONG), ('401', cls.WIDE), ('402', 'Jan')):
            lines += [f'client add {number} --name "{name.strip()}"',
                      f'start {number} --kind reintegration-other-employer --at "400 days ago"',
                      f'contact {number} --channel workplace --at "390 days ago" --words "{cls.LONG} {cls.WIDE}{cls.LONG}"',
                      f'contact {number} --channel phone --no-answer --at "10 days ago" --words "{"http://example.nl/" + "x" * 30}"',
                      f'move {number} preconditions --reason "{cls.LONG} {cls.LONG}" --at "200 days ago"',
                      f'handover flag {number} --employer "Stichting {cls.LONG}" --supervisor "{cls.LONG}" --planned "in 3 weeks"']
        cls.service.script('\n'.join(lines), profile='long')

    def too_wide(self, width, *command):
        """The lines that do not fit the terminal."""
        printed = self.terminal(*command, profile='long', width=width, NO_COLOR='1')
        self.assertGreater(len(printed.splitlines()), 3)
        return [line for line in printed.splitlines() if columns(line) > width]

    def test_lists_fit_the_terminal(self):
        for width, command in ((80, ['board']), (80, ['client', 'find', '4']), (120, ['quiet']), (120, ['board']),
                               (120, ['handover', 'list'])):
            with self.subTest(command=command, width=width):
                self.assertEqual(self.too_wide(width, *command), [])

    def test_quiet_fits_eighty_columns(self):
        self.assertEqual(self.too_wide(80, 'quiet'), [])

    def test_handovers_fit_eighty_columns(self):
        self.assertEqual(self.too_wide(80, 'handover', 'list'), [])

    def test_a_timeline_fits_the_terminal(self):
        for width in (80, 120):
            for number in ('401', self.NUMBER):
                with self.subTest(number=number, width=width):
                    self.assertEqual(self.too_wide(width, 'timeline', number), [])

    def test_what_does_not_fit_is_cut_with_an_ellipsis(self):
        self.assertIn('…', self.terminal('quiet', profile='long'))
        self.assertNotIn('…', self.ok('quiet', profile='long'))
        self.assertIn(self.LONG, self.ok('quiet', profile='long'))

    def test_colour_is_for_terminals_that_want_it(self):
        self.assertIn(ESCAPE, self.terminal('board', profile='long'))
        self.assertNotIn(ESCAPE, self.terminal('board', profile='long', NO_COLOR='1'))
        self.assertNotIn(ESCAPE, self.ok('board', profile='long'))

    def test_a_name_cannot_steer_the_terminal(self):
        evil = 'Jan\x1b[2J\x1b]0;x\x07\x9b31m\x7f\ttab\r\nPiet'
        with Connection(self.service, self.service.token('anna')) as c:
            c.call('AddClient', pb.AddClientRequest(client_number='666', full_name=evil), new_key())
            c.call('StartTrajectory', pb.StartTrajectoryRequest(client_number='666', kind=pb.TRAJECTORY_KIND_ACTIVATION,
                                                                words=evil), new_key())
            c.call('FlagHandover', pb.FlagHandoverRequest(client_number='666', employer='Bakkerij De Zon',
                                                          supervisor='M. Visser', words=evil), new_key())
        for command in (['quiet'], ['board'], ['handover', 'list'], ['timeline', '666'], ['client', 'find', '666'],
                        ['client', 'show', '666']):
            with self.subTest(command=command):
                printed = self.terminal(*command, NO_COLOR='1') + self.ok(*command, profile='anna')
                self.assertIn('Jan', printed)
                self.assertNotRegex(printed, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')
        # JSON keeps it, escaped.
        printed = self.ok('--output', 'json', 'client', 'show', '666', profile='anna')
        self.assertNotIn(ESCAPE, printed)
        self.assertEqual(json_format.Parse(printed, pb.GetClientReply()).full_name, evil)


    def test_a_refusal_cannot_steer_the_terminal(self):
        refused = self.refused('worker', 'list', '--team', 'Oo\x1b[2Jst', profile='anna', says=r'no team called Oo.\[2Jst')
        self.assertNotIn(ESCAPE, refused.err)


class Scripts(OnTerminal):
    def test_it_stops_at_the_line_that_fails(self):
        script = self.service.folder / 'monday.txt'
        script.write_text('# maandag\n\nclient add 501\nstart 501 --kind activation\nmove 501 career-development\n'
                          'contact 501 --channel phone\n')
        run = self.refused('run', script, profile='anna', says='(?s)skips a stage.*monday.txt: stopped at line 5\n$', code=1)
        self.assertIn('Client 501 is there', run.out)
        self.assertNotIn('lastContactAt', self.show('501'))
        # What can be read only once.
        self.service.ok('run', '/dev/stdin', given=b'client add 504\n', profile='anna')
        self.show('504')
        script.write_text('client add 502\ncliend add 503\n')
        self.refused('run', script, profile='anna', says="did you mean 'client'.*(?s:.*)stopped at line 2\n$", code=2)
        script.write_text('client add 503 --name "Jan\n')
        self.refused('run', script, profile='anna', says='a quote is not closed(?s:.*)line 1\n$', code=2)
        self.refused('run', 'none.txt', profile='anna', says='none.txt: No such file', code=2)
        script.write_text(f'run {script}\n')
        self.refused('run', script, profile='anna', says='a script runs no script', code=2)

    def test_the_same_keys_write_once(self):
        script = self.service.folder / 'keys.txt'
        script.write_text('client add 511 --name "Jan \'de\' Bakker"\nstart 511 --kind activation --at 2025-09-01\n'
                          'contact 511 --channel phone --at 2025-09-02 --words "een"\n'
                          'contact 511 --channel phone --at 2025-09-02 --words "een"\n')
        self.ok('run', script, '--keys', 'maandag', profile='anna')
        self.assertEqual(len(self.rows('timeline', '511', profile='anna')), 3, 'two lines alike are two contacts')
        self.ok('run', script, '--keys', 'maandag', profile='anna')
        self.assertEqual(len(self.rows('timeline', '511', profile='anna')), 3)
        self.refused('run', script, '--keys', 'dinsdag', profile='anna', says='there is a client with that number already')

    def test_each_line_may_have_a_profile_of_its_own(self):
        self.service.ok('run', '-', given=b'--profile anna client add 521\n--profile anna start 521 --kind activation\n'
                                          b'--profile max assign 521 bert\nteam add Oost\n', profile='admin')
        self.assertEqual(self.show('521', profile='bert')['coach'], 'bert')
        self.assertIn('Oost', [t['team'] for t in self.rows('team', 'list')])

    def test_what_begins_with_dashes_can_be_said(self):
        number = self.new_client()
        self.ok('contact', number, '--channel', 'phone', '--words=--geen antwoord--', profile='anna')
        self.assertIn('--geen antwoord--', [e.get('words') for e in self.rows('timeline', number, profile='anna')])
        self.ok('team', 'add', '--', '--help')
        self.assertIn('--help', [t['team'] for t in self.rows('team', 'list')])


if __name__ == '__main__':
    unittest.main()
