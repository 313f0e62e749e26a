"""libtraject as others meet it: installed, found by pkg-config, linked by the examples; and the example in another language."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

from harness import REPOSITORY, WAIT_SECONDS, ServiceTest

EXAMPLES = REPOSITORY / 'client/examples'
NODE = 'TRAJECT_0'
PUBLIC = re.compile(r'traject_|traject__v1__|google__protobuf__timestamp__')


class Examples(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = cls.service.folder / 'usr'
        for component in ('libtraject0', 'libtraject-dev'):
            cls.run_of('cmake', '--install', os.environ['TRAJECT_BUILD'], '--prefix', cls.prefix, '--component', component)
        cls.libraries = next(cls.prefix.rglob('libtraject.so')).parent
        cls.environment = cls.service.environment(LD_LIBRARY_PATH=str(cls.libraries), PKG_CONFIG_PATH=str(cls.libraries / 'pkgconfig'),
                                                  PYTHONPATH=str(cls.service.folder), PYTHONDONTWRITEBYTECODE='1')

    @classmethod
    def run_of(cls, *arguments, **options):
        """What it printed."""
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=WAIT_SECONDS * 2, **options)
        if done.returncode:
            raise AssertionError(f'{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}')
        return done.stdout

    def fails(self, code, says, *arguments):
        done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=WAIT_SECONDS * 2, env=self.environment)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count('\n')), (code, '', 1), done.stderr)
        self.assertRegex(done.stderr, says)

    def test_in_c_who_is_quiet(self):
        flags = self.run_of('pkg-config', '--cflags', '--libs', 'traject', env=self.environment).split()
        quiet = self.service.folder / 'quiet'
        self.run_of(*shlex.split(os.environ['CC']), '-std=c17', '-Wall', '-Wextra', '-Werror', '-o', quiet, EXAMPLES / 'quiet.c', *flags)
        late, never = self.new_client(at='90 days ago'), self.new_client(at='40 days ago')
        self.ok('contact', late, '--channel', 'phone', '--at', '80 days ago', profile='anna')
        expected = [f'{row["clientNumber"]}\t\t{row["overdueDays"]} days past due' for row in self.rows('quiet', profile='anna')]
        self.assertEqual(self.run_of(quiet, 'anna', env=self.environment).splitlines(), expected)
        self.assertEqual({line.split('\t')[0] for line in expected} & {late, never}, {late, never})
        self.fails(2, 'Usage: quiet PROFILE', quiet)
        self.fails(3, 'profile nobody: there is no .*/nobody.conf', quiet, 'nobody')
        self.fails(1, 'ListWithoutContact is not for the role admin', quiet, 'admin')

    def test_in_python_a_contact(self):
        self.run_of('protoc', f'--python_out={self.service.folder}', f'--proto_path={self.prefix / "share/traject"}', 'traject.proto')
        number = self.new_client()
        contact = [sys.executable, EXAMPLES / 'contact.py']
        self.assertRegex(self.run_of(*contact, 'anna', number, 'Één woord.', env=self.environment),
                         r'^Entry \d+; the next contact is due on 20\d\d-\d\d-\d\d\.\n$')
        self.assertEqual([e['words'] for e in self.rows('timeline', number, profile='anna') if e['kind'] == 'EVENT_KIND_CONTACT'],
                         ['Één woord.'])
        self.fails(1, 'no client with number 999999', *contact, 'anna', '999999', 'x')
        self.fails(1, 'Usage: contact.py', *contact)

    def test_the_library_has_what_its_header_says_and_no_more_each_with_a_version(self):
        listed = self.run_of('nm', '-D', '--defined-only', '--with-symbol-versions', self.libraries / 'libtraject.so')
        symbols = [line.split()[-1] for line in listed.splitlines() if not line.endswith(f' A {NODE}')]
        self.assertEqual([s for s in symbols if not s.endswith(f'@@{NODE}') or not PUBLIC.match(s)], [])
        header = (self.prefix / 'include/traject/traject.h').read_text()
        declared = set(re.findall(r'^(?! \*|/\*).*\b(traject_\w+)\(', header, re.MULTILINE))
        self.assertEqual({s.partition('@')[0] for s in symbols if re.match('traject_[^_]', s)}, declared)


if __name__ == '__main__':
    unittest.main()
