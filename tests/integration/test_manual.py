"""The manual pages: whether they are sound, and whether they tell of all there is."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

BUILD = pathlib.Path(harness.TRAJECTD).parents[1]
PAGES = ('traject.1', 'traject.conf.5', 'traject-protocol.7', 'trajectd.8')
LINKS = ('trajectd-municipality.8', 'trajectd-backup.8', 'trajectd-restore.8')


def read(path):
    return (harness.REPOSITORY / path).read_text()


def page(name):
    return gzip.decompress((BUILD / 'man' / f'{name}.gz').read_bytes()).decode()


class Manual(unittest.TestCase):
    @unittest.skipUnless(shutil.which('mandoc'), 'there is no mandoc: apt-get install mandoc')
    def test_mandoc_has_nothing_to_say(self):
        for name in PAGES:
            with self.subTest(page=name):
                done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning'], input=page(name), capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))

    def test_every_command_is_there(self):
        told = subprocess.run([harness.TRAJECT, 'help'], capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': ''}).stdout
        commands = re.findall(r'^  (\S+(?: \S+)*?)  +(\S.*)$', told, re.MULTILINE)
        self.assertGreater(len(commands), 100)
        text = page('traject.1')
        for name, summary in commands:
            self.assertIn(f'.It Cm {name}\n{summary.split(". ")[0]}', text)
        for title in re.findall(r'^(\S.*):$', told, re.MULTILINE):
            self.assertIn(f'.Ss {title}\n', text)

    def test_every_option_of_the_files_is_there(self):
        for source, name in (('daemon/config.c', 'trajectd.8'), ('client/libtraject/profile.c', 'traject.conf.5')):
            options = re.findall(r'CFG_(?:STR|INT)\("(\w+)"', read(source))
            self.assertGreater(len(options), 3)
            self.assertEqual(set(options), set(re.findall(r'\w+', ' '.join(re.findall(r'^\.It Ic (.*)$', page(name), re.MULTILINE)))) - {'Ic'})
        for name, minimum, maximum, standard in re.findall(r'\{"(\w+)", (\d+), (\d+), (\d+), ', read('daemon/config.c')):
            self.assertRegex(page('trajectd.8'), rf'\.It Ic {name}\n([^.\n].*\n)*?{minimum} to {maximum}, by default {standard}\.')

    def test_the_protocol_is_there(self):
        text, proto = page('traject-protocol.7'), read('proto/traject.proto')
        for message in 'Request', 'Response':
            fields = re.findall(r'^  (?:optional )?\w+ (\w+) = \d+;', re.search(rf'^message {message} {{\n(.*?)^}}', proto, re.MULTILINE | re.DOTALL)[1],
                                re.MULTILINE)
            self.assertGreater(len(fields), 4)
            for field in fields:
                self.assertRegex(text, rf'\.It Va (\w+ , )?{field}\b|, {field}\b|Va {field}\b')
        codes = re.findall(r'^  ([A-Z_]+) = (\d+);', re.search(r'^enum Code {\n(.*?)^}', proto, re.MULTILINE | re.DOTALL)[1], re.MULTILINE)
        self.assertEqual(re.findall(r'^\.It ([A-Z_]+) Ta (\d+) Ta', text, re.MULTILINE), codes)

    def test_the_help_of_the_daemon_fits_a_screen(self):
        setup = subprocess.run([harness.REPOSITORY / 'deploy/setup', '--help'], capture_output=True, text=True)
        told = [setup] + [subprocess.run([harness.TRAJECTD, *command, '--help'], capture_output=True, text=True)
                          for command in ([], ['migrate'], ['verify'], ['sign'], ['rotate'], ['seal'])]
        for done in told:
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = done.stdout.splitlines()
            self.assertIn('Example: ', done.stdout)
            self.assertLess(len(lines), 24)
            self.assertLessEqual(max(map(len, lines)), 80)

    def test_all_of_it_is_installed(self):
        root = harness.temporary_folder() / 'manual'
        done = subprocess.run(['cmake', '--install', BUILD], capture_output=True, text=True, env={**os.environ, 'DESTDIR': str(root)})
        self.assertEqual(done.returncode, 0, done.stderr)
        share = root / 'usr/local/share'
        for name in PAGES + LINKS:
            self.assertTrue((share / f'man/man{name[-1]}/{name}.gz').exists(), name)
        for name in LINKS:
            self.assertEqual(page(name), '.so man8/trajectd.8\n')
        for path in 'bash-completion/completions/traject', 'zsh/site-functions/_traject', 'fish/vendor_completions.d/traject.fish':
            self.assertTrue((share / path).exists(), path)
        self.assertTrue(os.access(root / 'usr/local/libexec/traject/setup', os.X_OK))
        # Nothing where an administrator has changed it.
        self.assertFalse((root / 'etc').exists())


if __name__ == '__main__':
    unittest.main()
