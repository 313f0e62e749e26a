"""deploy/up and deploy/down, and what README.md says to do first, as it stands there."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness

MINUTES = 60
# What a machine of a newcomer has not set.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(('TRAJECT', 'LC_', 'LANG', 'XDG_'))}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def commands(name, heading):
    """Those of a section, in their order."""
    text = (harness.REPOSITORY / name).read_text()
    section = re.search(rf'^#+ {heading}\n(.*?)^#+ \w', text, re.MULTILINE | re.DOTALL)[1]
    return [line for block in re.findall(r'^```sh\n(.*?)^```', section, re.MULTILINE | re.DOTALL) for line in block.splitlines()]


class Up(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The daemon and PostgreSQL run as users of their own there.
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='traject-up-'))
        cls.folder.chmod(0o755)
        cls.home = cls.folder / 'home'
        cls.environment = {**ENVIRONMENT, 'TRAJECT_HOME': str(cls.home), 'TRAJECT_PORT': str(free_port())}
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.addClassCleanup(subprocess.run, [harness.REPOSITORY / 'deploy/down', '--purge'], env=cls.environment, capture_output=True)

    def run_line(self, line, code=0):
        """A line of README.md, with the state where this test has it; what it printed."""
        line = re.sub(r'^(deploy/)', f'{harness.REPOSITORY}/\\1', line).replace('.traject/', f'{self.home}/')
        done = subprocess.run(['bash', '-c', line], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=15 * MINUTES)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def files(self):
        """What a second run must not make anew."""
        return {path: path.read_bytes() for folder in ('config', 'keys', 'tls') for path in (self.home / folder).rglob('*') if path.is_file()}

    def test_a_newcomers_first_steps(self):
        up, *first, down, purge, _ = commands('README.md', 'See it work')
        told = self.run_line(up)
        for question in ('Where is client', 'Who has gone without contact', 'What do the coming days ask'):
            self.assertIn(question, told)
        self.assertIn('dagen geleden', told, 'the demo speaks Dutch')
        for line in first:
            with self.subTest(line):
                self.assertTrue(self.run_line(line))
        self.assertIn('<svg', (self.folder / 'journey.svg').read_text())
        for line in commands('deploy/README.md', 'Watching it'):
            if line.startswith('curl'):
                self.assertTrue(self.run_line(line.replace('curl', 'curl --fail --silent --show-error')))
        before = self.files()
        self.assertIn('Who has gone without contact', self.run_line(up))
        self.assertEqual(self.files(), before)
        self.run_line(down)
        self.run_line(first[0], code=3)
        self.run_line(purge)
        self.assertFalse(self.home.exists())


if __name__ == '__main__':
    unittest.main()
