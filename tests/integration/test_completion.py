"""What bash, zsh and fish complete, typed into each of them: the shell itself reads the completed line, so what it makes of it is
what the program would be given."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess
import time
import unittest

import harness
from harness import ServiceTest

SHELL = harness.REPOSITORY / 'client/shell'
TEAM = "Zuid: 't \"Plein\" $(touch /tmp/traject-was-here) `id` & co!"
ANSWER = r'<<(\[.*?\])>>'


class Completion(ServiceTest):
    def setUp(self):
        self.folder = pathlib.Path(harness.temporary_folder()) / 'completion'
        if self.folder.exists():
            return
        (self.folder / 'bin').mkdir(parents=True)
        self.ok('team', 'add', TEAM)
        self.ok('employer', 'add', 'Bakkerij De Maan')
        self.ok('employer', 'person', 'add', 'Bakkerij De Maan', "J. 't Hoen")
        for number, name in ('70001', 'Wilhelmina Post'), ('70002', 'Willemijn Pas'), ('70013', 'Wilhelmus Pol'):
            self.ok('client', 'add', number, '--name', name, profile='anna')
            self.ok('start', number, '--kind', 'activation', profile='anna')
        # Asked to complete it is the program; else it tells what it was given.
        program = self.folder / 'bin/traject'
        program.write_text('#!/bin/sh\n[ "$1" = complete ] && exec "$TRAJECT_TESTED" "$@"\n'
                           'exec /usr/bin/python3 -c \'import json, sys; print("<<" + json.dumps(sys.argv[1:]) + ">>")\' "$@"\n')
        program.chmod(0o755)

    def environment(self, profile='anna'):
        return {'PATH': f'{self.folder}/bin:/usr/bin:/bin', 'HOME': str(self.folder), 'XDG_CONFIG_HOME': str(self.service.folder),
                'TRAJECT_PROFILE': profile, 'TRAJECT_TESTED': harness.TRAJECT, 'TERM': 'dumb', 'LC_ALL': 'C.UTF-8',
                'ASAN_OPTIONS': 'detect_leaks=0'}

    def candidates(self, *words, profile='anna'):
        """The program's own, with their descriptions."""
        done = subprocess.run([harness.TRAJECT, 'complete', '--', *words], capture_output=True, text=True,
                              env={**os.environ, **self.environment(profile)}, timeout=harness.WAIT_SECONDS)
        self.assertEqual(done.stderr, '')
        return dict(line.partition('\t')[::2] for line in done.stdout.splitlines())

    # ---- what there is to choose from

    def test_commands_and_options_come_from_the_tables(self):
        self.assertEqual(set(self.candidates('client', '')), {'add', 'find', 'show', 'export', 'erase', 'access'})
        self.assertEqual(self.candidates('time'), {'timeline': "One client's journey, what came last on top."})
        self.assertEqual(set(self.candidates('help', 'employer', 'a')), {'add', 'access'})
        self.assertEqual(set(self.candidates('timeline', '70001', '--o')), {'--oldest-first', '--output'})
        self.assertEqual(set(self.candidates('move', '70001', 'work')), {'work-content', 'workplace-guidance'})
        self.assertEqual(set(self.candidates('contact', '--channel=o')), {'--channel=office', '--channel=online'})
        self.assertEqual(set(self.candidates('--profile', 'zack', 'contact', '70001', '--with', 'c')), {'client'})
        self.assertEqual(set(self.candidates('--output', '')), {'text', 'json', 'csv'})
        self.assertLessEqual({'anna', 'bert', 'zack'}, set(self.candidates('quiet', '--profile', '')))
        for asked in ('run', ''), ('client', 'export', '70001', '--to', ''), ('token', 'add', '--certificate', ''):
            self.assertEqual(self.candidates(*asked), {'': 'files'})
        self.assertEqual(self.candidates('contact', '70001', '--', '--ch'), {})

    def test_names_come_from_the_server(self):
        self.assertEqual(self.candidates('timeline', '7000'), {'70001': 'Wilhelmina Post', '70002': 'Willemijn Pas'})
        self.assertEqual(self.candidates('timeline', 'wilhelm'), {'70001': 'Wilhelmina Post', '70013': 'Wilhelmus Pol'})
        self.assertEqual(self.candidates('timeline', ''), {}, 'nobody asked for all clients')
        self.assertEqual(set(self.candidates('quiet', '--team', 'z')), {'Zuid', TEAM})
        self.assertEqual(self.candidates('assign', '70001', 'be'), {'bert': 'Bert Smit'})
        self.assertEqual(self.candidates('handover', 'flag', '70001', '--employer', 'Bakkerij De Maan', '--supervisor', ''),
                         {"J. 't Hoen": 'Bakkerij De Maan'})
        self.assertIn('M. Visser', self.candidates('handover', 'flag', '70001', '--supervisor', ''))
        self.assertEqual(self.candidates('timeline', '7000', profile='zoe'), {}, 'of another team')

    def test_who_is_revoked_is_not_offered(self):
        self.ok('team', 'add', 'Xtra')
        self.assertEqual(set(self.candidates('quiet', '--team', 'X')), {'Xtra'})
        self.ok('team', 'revoke', 'Xtra')
        self.assertEqual(self.candidates('quiet', '--team', 'X'), {})

    def test_without_a_server_it_is_silent_and_soon_over(self):
        self.assertEqual(self.candidates('timeline', '7000', profile='nobody'), {})
        with socket.create_server(('127.0.0.1', 0)) as silent:
            profile = self.service.folder / 'traject/silent.conf'
            profile.write_text(re.sub(r'server = .*', f'server = "localhost:{silent.getsockname()[1]}"',
                                      (self.service.folder / 'traject/anna.conf').read_text()))
            profile.chmod(0o600)
            began = time.monotonic()
            done = subprocess.run([harness.TRAJECT, 'complete', '--', '--profile', 'silent', 'timeline', '7'], capture_output=True, text=True,
                                  env={**os.environ, **self.environment()}, timeout=harness.WAIT_SECONDS)
            self.assertEqual((done.stdout, done.stderr), ('', ''))
            self.assertLess(time.monotonic() - began, 10)

    # ---- in the shells

    def type_in(self, shell, start, keys):
        """What the program was given when these keys, and then Enter, are typed; and all that was on screen."""
        ours, theirs = pty.openpty()
        running = subprocess.Popen([*shell], stdin=theirs, stdout=theirs, stderr=theirs, env=self.environment(), cwd=self.folder,
                                   start_new_session=True)
        os.close(theirs)
        screen = ''

        def read_until(pattern):
            nonlocal screen
            deadline = time.monotonic() + harness.WAIT_SECONDS
            while not re.search(pattern, screen, re.DOTALL):
                self.assertTrue(select.select([ours], [], [], max(0, deadline - time.monotonic()))[0], f'no {pattern} in\n{screen}')
                screen += os.read(ours, 65536).decode(errors='replace')
        try:
            os.write(ours, start.encode() + b"\n echo rea''dy\n")
            read_until(r'\bready\b')
            os.write(ours, keys.encode() + b'\n')
            read_until(ANSWER)
        finally:
            running.kill()
            running.wait()
            os.close(ours)
        return json.loads(re.search(ANSWER, screen, re.DOTALL)[1].replace('\r\n', '')), screen

    def check_in(self, shell, start):
        for typed, given in (('traject time\t70001', ['timeline', '70001']),
                             ('traject timeline 70013 --oldest\t', ['timeline', '70013', '--oldest-first']),
                             ('traject contact 70001 --channel=off\t', ['contact', '70001', '--channel=office']),
                             ('traject client show 7001\t', ['client', 'show', '70013']),
                             ('traject client show willem\t', ['client', 'show', '70002']),
                             ('traject quiet --team Zuid:\t', ['quiet', '--team', TEAM]),
                             ("traject quiet --team 'Zuid:\t", ['quiet', '--team', TEAM]),
                             ('traject quiet --team Zuid\\:\\ \t', ['quiet', '--team', TEAM]),
                             ('traject handover flag 70001 --employer "Bakkerij De M\t --supervisor "J. \t',
                              ['handover', 'flag', '70001', '--employer', 'Bakkerij De Maan', '--supervisor', "J. 't Hoen"]),
                             ('traject handover flag 70001 --employer "Bakkerij De Maan" --supervisor \t',
                              ['handover', 'flag', '70001', '--employer', 'Bakkerij De Maan', '--supervisor', "J. 't Hoen"]),
                             ('traject handover flag 70001 --employer=Bakkerij\\ De\\ M\t', ['handover', 'flag', '70001', '--employer=Bakkerij De Maan'])):
            with self.subTest(typed=typed):
                self.assertEqual(self.type_in(shell, start, typed)[0], given)
        self.assertFalse(os.path.exists('/tmp/traject-was-here'))
        given, screen = self.type_in(shell, start, 'traject client show wilhelm\t\t')
        self.assertEqual(given, ['client', 'show', 'wilhelm'])
        self.assertIn('70013', screen)
        self.assertIn('Wilhelmus Pol', screen)

    @unittest.skipUnless(shutil.which('bash'), 'there is no bash')
    def test_bash(self):
        self.check_in(['bash', '--noprofile', '--norc', '-i'], f'bind "set enable-bracketed-paste off"; source {SHELL}/traject.bash')

    @unittest.skipUnless(shutil.which('zsh'), 'there is no zsh: apt-get install zsh')
    def test_zsh(self):
        self.check_in(['zsh', '-f', '-i'], f'unset zle_bracketed_paste; fpath=({SHELL} $fpath); autoload -U compinit; compinit -D -u')

    @unittest.skipUnless(shutil.which('fish'), 'there is no fish: apt-get install fish')
    def test_fish(self):
        def ask(line):
            done = subprocess.run(['fish', '--no-config', '-c', f'source {SHELL}/traject.fish; complete -C $argv[1]', line],
                                  env=self.environment(), capture_output=True, text=True, timeout=harness.WAIT_SECONDS)
            self.assertEqual(done.stderr, '')
            return dict(line.partition('\t')[::2] for line in done.stdout.splitlines())
        self.assertEqual(ask('traject time'), {'timeline': "One client's journey, what came last on top."})
        self.assertEqual(ask('traject client show 7000'), {'70001': 'Wilhelmina Post', '70002': 'Willemijn Pas'})
        self.assertLessEqual({'flag', 'accept', 'return'}, set(ask('traject handover ')))
        self.assertLessEqual({'Noord', 'Zuid', TEAM}, set(ask('traject quiet --team ')))
        self.assertEqual(set(ask('traject contact 70001 --channel=off')), {'--channel=office'})
        self.assertEqual(set(ask('traject quiet --team Zuid:')), {TEAM})
        self.assertEqual(set(ask('traject handover flag 70001 --employer "Bakkerij De Maan" --supervisor "J. ')), {"J. 't Hoen"})
        self.assertEqual(ask("traject client show ''"), {})


if __name__ == '__main__':
    unittest.main()
