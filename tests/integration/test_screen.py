"""The board and the quiet list as screens: the real client in a pseudo terminal, read as a terminal shows it."""
import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import unittest

import pyte

import harness
from harness import ServiceTest

# As terminals send them that were told to send keys of applications.
RIGHT, DOWN, ESCAPE, ENTER, TAB = '\x1bOC', '\x1bOB', '\x1b', '\r', '\t'
ALTERNATE_SCREEN, MAIN_SCREEN = '\x1b[?1049h', '\x1b[?1049l'
COLOURS = re.compile(r'\x1b\[[0-9;]*\b3[0-7]m')


class Terminal:
    """A pseudo terminal with the client in it. What it shows is waited for, never slept for."""

    def __init__(self, service, profile, *arguments, width=80, height=24, term='xterm-256color', **environment):
        self.master, self.slave = pty.openpty()
        self.raw = ''
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.Stream(self.screen)
        self.changed = threading.Condition()
        self.ended = self.closed = False
        self.resize(width, height)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', '--', 'setsid', '--ctty', harness.TRAJECT, *map(str, arguments)],
            env=service.environment(profile, TERM=term, **environment), stdin=self.slave, stdout=self.slave,
            stderr=self.slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            try:
                read = os.read(self.master, 65536)
            except OSError:
                read = b''
            with self.changed:
                if read:
                    text = read.decode(errors='replace')
                    self.raw += text
                    self.stream.feed(text)
                else:
                    self.ended = True
                self.changed.notify_all()
            if not read:
                return

    def resize(self, width, height):
        with self.changed:
            self.screen.resize(height, width)
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', height, width, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return '\n'.join(self.lines())

    def selected(self):
        """The text that is shown in reverse below the bar."""
        for y in range(1, self.screen.lines):
            row = self.screen.buffer[y]
            shown = ''.join(row[x].data for x in range(self.screen.columns) if row[x].reverse)
            if shown.strip():
                return shown
        return ''

    def wait_for(self, what):
        """Waits until the screen has that pattern, or until that is true."""
        def holds():
            return re.search(what, self.text(), re.MULTILINE) if isinstance(what, str) else what()
        with self.changed:
            self.changed.wait_for(lambda: holds() or self.ended, harness.WAIT_SECONDS)
            found = holds()
        if not found:
            raise AssertionError(f'{what!r} is not shown, {"after the end" if self.ended else "but"}:\n{self.text()}')
        return found

    def wait(self):
        """Waits for the end of the program; returns its code."""
        code = self.process.wait(harness.WAIT_SECONDS)
        if harness.SANITIZER_REPORT.search(self.raw):
            raise AssertionError(self.raw)
        return code

    def restored(self):
        """Is the terminal as it was: its modes, its screen, its cursor, its keys."""
        modes = termios.tcgetattr(self.slave)
        os.close(self.slave)
        self.reader.join(harness.WAIT_SECONDS)
        self.slave = None
        after = self.raw[self.raw.rindex(ALTERNATE_SCREEN):] if ALTERNATE_SCREEN in self.raw else self.raw
        return modes == self.before and (MAIN_SCREEN in after) == (ALTERNATE_SCREEN in self.raw) and '\x1b[?2004l' in after

    def close(self):
        if self.closed:
            return
        self.closed = True
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.slave is not None:
            os.close(self.slave)
        self.reader.join(harness.WAIT_SECONDS)
        os.close(self.master)


class ScreenTest(ServiceTest):
    def open(self, profile, *arguments, **how):
        terminal = Terminal(self.service, profile, *arguments, '--watch', **how)
        self.addCleanup(terminal.close)
        return terminal

    def named_client(self, name, at='60 days ago', profile='anna', **options):
        number = self.service.json('client', 'add', '--name', name, profile=profile)['clientNumber']
        more = [word for option, value in options.items() for word in (f'--{option}', value)]
        self.ok('start', number, '--kind', 'work-experience', '--at', at, *more, profile=profile)
        self.addCleanup(self.leave, number, profile)
        return number

    def leave(self, number, profile):
        """Off the lists of the tests that follow."""
        self.ok('end', number, '--outcome', 'employed', profile=profile)

    def contacts(self, number, profile='anna'):
        return [entry for entry in self.rows('timeline', number, '--kind', 'contact', profile=profile)]


class ListTest(ScreenTest):
    def test_list_follows_what_others_do(self):
        first, second = self.named_client('Aart Appel'), self.named_client('Bea Boom')
        terminal = self.open('anna', 'quiet')
        terminal.wait_for(r'2 clients.* live$')
        terminal.wait_for('Aart Appel')
        self.ok('contact', first, '--channel', 'phone', profile='anna')
        terminal.wait_for('gone 1')
        self.assertRegex(terminal.text(), '1 client,')
        self.assertNotIn('Aart', terminal.text())
        self.assertIn(second, terminal.selected())

    def test_selection_stays_with_the_client(self):
        numbers = [self.named_client(name, at=f'{90 - days} days ago') for days, name in
                   enumerate(('Aart Appel', 'Bea Boom', 'Cor Ceder'))]
        terminal = self.open('anna', 'quiet')
        terminal.wait_for('3 clients')
        terminal.press('G')
        terminal.wait_for(lambda: numbers[2] in terminal.selected())
        self.ok('contact', numbers[0], '--channel', 'phone', profile='anna')
        # A screen is drawn from top to bottom.
        terminal.wait_for(lambda: numbers[0] not in terminal.text() and not terminal.lines()[4])
        self.assertIn(numbers[2], terminal.selected())
        # The one that is selected goes: the last that is left is.
        self.ok('contact', numbers[2], '--channel', 'phone', profile='anna')
        terminal.wait_for(lambda: numbers[2] not in terminal.text() and not terminal.lines()[3])
        self.assertIn(numbers[1], terminal.selected())

    def test_search(self):
        for name in ('Aart Appel', 'Zoë Boom', 'Zoë Ceder'):
            self.named_client(name)
        terminal = self.open('anna', 'quiet')
        terminal.wait_for('3 clients')
        terminal.press('/ZOE')
        terminal.wait_for(r'^/ZOE   1 of 2')
        self.assertIn('Boom', terminal.selected())
        terminal.press(ENTER)
        terminal.wait_for(r'^\? help')
        terminal.press('n')
        terminal.wait_for(lambda: 'Ceder' in terminal.selected())
        terminal.press('/xyz')
        terminal.wait_for(r'^/xyz   nothing found')
        self.assertIn('Ceder', terminal.selected())
        terminal.press('\x15app')
        terminal.wait_for(lambda: 'Appel' in terminal.selected())
        terminal.press(ESCAPE)
        terminal.wait_for(lambda: 'Ceder' in terminal.selected())

    def test_board_in_columns_and_in_groups(self):
        late = self.named_client('Aart Appel')
        there = self.named_client('Bea Boom', at='2 days ago')
        self.ok('contact', there, '--channel', 'phone', profile='anna')
        self.ok('move', there, 'starting-work', profile='anna')
        terminal = self.open('max', 'board', '--coach', 'anna', width=130, height=30)
        terminal.wait_for(r'Board, anna: 2 clients, 1 past due')
        terminal.wait_for(r'^first contact +1  1! *starting work +1 +work content +0')
        terminal.wait_for(rf'^ !.Aart Appel {late} +Bea Boom')
        terminal.press(RIGHT)
        terminal.wait_for(lambda: 'Bea Boom' in terminal.selected())
        terminal.resize(80, 24)
        terminal.wait_for(r'^first contact \(1\)  1!')
        terminal.wait_for(r'^starting work \(1\)$')
        terminal.wait_for(lambda: 'Bea Boom' in terminal.selected())
        terminal.resize(30, 8)
        terminal.wait_for('Too small')
        terminal.resize(60, 15)
        terminal.wait_for(lambda: 'Bea Boom' in terminal.selected())

    def test_help_fits_a_small_terminal(self):
        self.named_client('Aart Appel')
        for language in ('C.UTF-8', 'nl_NL.UTF-8'):
            terminal = self.open('anna', 'quiet', LC_ALL=language)
            terminal.wait_for('Aart Appel')
            terminal.press('?')
            # The last line of it.
            terminal.wait_for(r'^  [*] ')
            self.assertRegex(terminal.lines()[1], ', j ')
            terminal.press('q')
            terminal.wait_for('Aart Appel')


class JourneyTest(ScreenTest):
    def test_journey_opens_and_follows(self):
        number = self.named_client('Aart Appel')
        self.ok('contact', number, '--channel', 'phone', '--at', '40 days ago', '--words', 'Eerste woorden', profile='anna')
        terminal = self.open('anna', 'quiet', height=60)
        terminal.wait_for('Aart Appel')
        terminal.press(ENTER)
        terminal.wait_for('Eerste woorden')
        self.assertIn('Who guides', terminal.text())
        self.assertIn('Journey of Aart Appel', terminal.text())
        self.ok('contact', number, '--channel', 'phone', '--words', 'Latere woorden', profile='anna')
        terminal.wait_for('Latere woorden')
        terminal.resize(80, 14)
        terminal.wait_for(rf'^ Client {number}, Aart Appel')
        terminal.press('G')
        terminal.wait_for('Eerste woorden')
        terminal.press('?')
        terminal.wait_for('Keys and signs')
        terminal.press('q')
        terminal.wait_for('Eerste woorden')
        terminal.press('q')
        terminal.wait_for('Everybody has been in contact')


class ContactTest(ScreenTest):
    def test_contact_is_recorded_once(self):
        number = self.named_client('Aart Appel')
        terminal = self.open('anna', 'quiet')
        terminal.wait_for('Aart Appel')
        terminal.press('c')
        terminal.wait_for(f'Contact with client {number}, Aart Appel')
        terminal.press(ENTER)
        terminal.wait_for('Choose the channel first')
        terminal.press(RIGHT + TAB + TAB + 'in 3 weeks' + TAB + 'Zoë ☺ 王小明 x\x7f')
        terminal.wait_for('王')
        terminal.press(ENTER)
        terminal.wait_for('When is .* lies in the future')
        self.assertEqual(self.contacts(number), [])
        terminal.press('\x15yesterday' + ENTER)
        terminal.wait_for(f'Client {number}: The contact is recorded')
        terminal.wait_for('Everybody has been in contact')
        [entry] = self.contacts(number)
        self.assertEqual((entry['words'], entry['channel'], entry['reached']), ('Zoë ☺ 王小明', 'CHANNEL_PHONE', True))

    def test_what_is_typed_is_not_lost(self):
        number = self.named_client('Aart Appel')
        terminal = self.open('anna', 'quiet')
        terminal.wait_for('Aart Appel')
        terminal.press('c' + 'e' + TAB + ' ' + TAB + TAB + 'belt terug')
        terminal.wait_for('belt terug')
        terminal.press(ESCAPE)
        terminal.wait_for('^. help')
        terminal.press('q')
        terminal.wait_for(f'Not recorded: contact with client {number}')
        terminal.press('c')
        terminal.wait_for('belt terug')
        terminal.press('\x1b[200~ of\rmorgen\x1b[201~')
        terminal.wait_for('belt terug of morgen')
        self.assertEqual(self.contacts(number), [])
        terminal.press(ENTER)
        terminal.wait_for('The attempt is recorded; it is no contact')
        [entry] = self.contacts(number)
        self.assertEqual((entry['words'], entry['channel'], entry.get('reached', False)),
                         ('belt terug of morgen', 'CHANNEL_EMAIL', False))
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)


class LossTest(ScreenTest):
    def test_daemon_ends_and_comes_back(self):
        number, other = self.named_client('Aart Appel'), self.named_client('Bea Boom')
        terminal = self.open('anna', 'quiet')
        terminal.wait_for('2 clients.* live$')
        self.service.kill()
        terminal.wait_for('No connection since')
        terminal.wait_for(r'as of \d\d:\d\d:\d\d$')
        # What was shown stays, and keys act.
        self.assertIn('Aart Appel', terminal.text())
        terminal.press(DOWN)
        terminal.wait_for(lambda: other in terminal.selected())
        terminal.press('c' + RIGHT + ENTER)
        terminal.wait_for('It is being recorded')
        self.service.start()
        terminal.wait_for(f'Client {other}: The contact is recorded')
        terminal.wait_for('1 client,.* live$')
        self.assertEqual(len(self.contacts(other)), 1)
        # What happens from then on is told again.
        self.ok('contact', number, '--channel', 'phone', profile='anna')
        terminal.wait_for('Everybody has been in contact')


    def test_answer_that_is_lost_writes_nothing_twice(self):
        """The server has the contact and its answer never comes: the same again is answered by the same key, and what was
        changed meanwhile is refused."""
        for keys, says in (('', 'The contact is recorded'), ('\t\t\tmeer', 'This was recorded as it was before you changed it')):
            number = self.named_client('Aart Appel')
            relay = Relays(self.service.port)
            self.addCleanup(relay.close)
            self.service.profile('far', self.service.token('anna'), port=relay.port)
            terminal = self.open('far', 'quiet')
            terminal.wait_for('Aart Appel')
            self.service.sql("""
                create function public.told() returns trigger language plpgsql as $$
                begin perform pg_sleep(0.5); return new; end $$;
                create trigger zzz_told after insert on traject.event for each row execute function public.told()""")
            terminal.press('c' + RIGHT + ENTER)
            self.wait_until_asleep()
            relay.close()
            self.service.sql('drop trigger zzz_told on traject.event; drop function public.told')
            terminal.wait_for('There was no answer')
            self.assertEqual(len(self.contacts(number)), 1)
            again = Relays(self.service.port, relay.port)
            self.addCleanup(again.close)
            terminal.press(keys + ENTER)
            terminal.wait_for(says)
            self.assertEqual(len(self.contacts(number)), 1)
            terminal.close()

    def wait_until_asleep(self):
        """Until the server is in the middle of a write."""
        while self.service.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep' "
                               f"and datname = '{self.service.database}'") == [['0']]:
            pass


class Relays:
    """A way to the daemon that can be closed for all that go it, and opened again on the same port."""

    def __init__(self, port_of_daemon, port=0):
        self.port_of_daemon, self.ends = port_of_daemon, []
        self.listener = socket.create_server(('127.0.0.1', port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                far = socket.create_connection(('127.0.0.1', self.port_of_daemon))
                self.ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self):
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class TerminalTest(ScreenTest):
    def test_terminal_is_as_before(self):
        self.named_client('Aart Appel')
        for term in ('xterm-256color', 'screen', 'tmux', 'linux', 'vt100'):
            with self.subTest(term):
                terminal = self.open('anna', 'quiet', term=term)
                terminal.wait_for('Aart Appel')
                terminal.press('q')
                self.assertEqual(terminal.wait(), 0)
                self.assertTrue(terminal.restored())

    def test_terminal_is_as_before_after_signals(self):
        self.named_client('Aart Appel')
        for number, code in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 0), (signal.SIGABRT, -signal.SIGABRT),
                             (signal.SIGSEGV, -signal.SIGSEGV)):
            with self.subTest(number):
                terminal = self.open('anna', 'quiet')
                terminal.wait_for('Aart Appel')
                os.kill(terminal.process.pid, number)
                self.assertEqual(terminal.wait(), code)
                self.assertTrue(terminal.restored())

    def test_revoked_token_is_told(self):
        self.ok('worker', 'add', 'tim', '--name', 'Tim Tol', '--role', 'coach', '--team', 'Noord')
        self.ok('token', 'add', 'tim', '--save-as', 'tim')
        number = self.named_client('Aart Appel', profile='tim')
        terminal = self.open('tim', 'quiet')
        terminal.wait_for('Aart Appel')
        token = next(row for row in self.rows('token', 'list') if row['worker'] == 'tim')
        self.ok('token', 'revoke', token['tokenId'])
        terminal.wait_for('Changes are not told')
        self.assertIn(number, terminal.text())
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)
        self.ok('token', 'add', 'tim', '--save-as', 'tim3')
        (self.service.folder / 'traject/tim3.conf').replace(self.service.folder / 'traject/tim.conf')

    def test_colour_only_where_wanted(self):
        self.named_client('Aart Appel')
        for environment, coloured in (({}, True), ({'NO_COLOR': '1'}, False), ({'term': 'vt100'}, False)):
            terminal = self.open('max', 'board', **environment)
            terminal.wait_for('!.*Aart Appel')
            # Not the selected one, which is in reverse.
            self.named_client('Bea Boom')
            terminal.wait_for('!.*Bea Boom')
            terminal.press('q')
            terminal.wait()
            self.assertEqual(bool(COLOURS.search(terminal.raw)), coloured, environment)

    def test_no_screen(self):
        """Says in one line why, and leaves the terminal alone."""
        self.refused('quiet', '--watch', profile='anna', code=2,
                     says='^traject quiet: --watch needs a screen: the input or the output is no terminal')
        for term, arguments, says, code in (('dumb', (), 'of the kind "dumb" .TERM. cannot show a screen', 2),
                                            ('nonsense', (), 'of the kind "nonsense" .TERM. is not known here', 2),
                                            ('xterm', ('--as-of', '2026-01-01'), '--as-of asks for an earlier moment', 2),
                                            ('xterm', ('--output', 'json'), '--output asks for something else', 2),
                                            ('xterm', ('--team', 'Nergens'), 'Nergens', 1)):
            with self.subTest(term, arguments=arguments):
                terminal = self.open('anna', 'quiet', *arguments, term=term, width=200)
                self.assertEqual(terminal.wait(), code)
                terminal.wait_for(says)
                self.assertEqual(len([line for line in terminal.lines() if line]), 1, terminal.text())
                self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
                self.assertNotIn('\x1b', terminal.raw)

    def test_no_screen_in_a_script(self):
        (self.service.folder / 'script').write_text('quiet --watch\n')
        terminal = Terminal(self.service, 'anna', 'run', self.service.folder / 'script', width=200)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 2)
        terminal.wait_for('the commands come from a script')

    def test_plain_text_in_a_pipe(self):
        self.named_client('Aart Appel')
        self.assertIn('Aart Appel', self.ok('quiet', profile='anna'))
        self.assertNotIn('\x1b', self.ok('board', profile='anna'))


if __name__ == '__main__':
    unittest.main()
