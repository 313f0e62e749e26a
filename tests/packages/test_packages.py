"""The packages: made, judged by lintian, and installed into a clean Debian, where setup leads to a first journey; what upgrade,
removal and purge leave."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

import harness
from chroot import Chroot, Unreachable

FOLDER = pathlib.Path(os.environ.get('TRAJECT_PACKAGES_FOLDER', harness.REPOSITORY / 'build-test/tests/packages'))
BUILD = FOLDER / 'build'
HOST = 'traject.veldstad.example'
PACKAGES = {'trajectd', 'traject', 'libtraject0', 'libtraject-dev'}
SETUP = ('trajectd', 'setup', '--host', HOST, '--municipality', "'s-Veldstad", '--administrator', 'ada', '--full-name', 'Ada Beheer',
         '--profile', '/root/.config/traject/default.conf')


def make_packages(release):
    """The .deb files by package."""
    for file in BUILD.glob('*.deb'):
        file.unlink()
    for command in (['cmake', '-S', harness.REPOSITORY, '-B', BUILD, '-DCMAKE_BUILD_TYPE=Release', '-DWERROR=ON',
                     f'-DCPACK_DEBIAN_PACKAGE_RELEASE={release}'],
                    ['cmake', '--build', BUILD, '-j', str(os.cpu_count())], ['cpack']):
        done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f'{command} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}')
    return {file.name.partition('_')[0]: file for file in BUILD.glob('*.deb')}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        BUILD.mkdir(parents=True, exist_ok=True)
        cls.packages = make_packages(1)

    def test_1_lintian_finds_no_error(self):
        self.assertEqual(set(self.packages), PACKAGES)
        if not shutil.which('lintian'):
            self.skipTest('there is no lintian: apt-get install lintian')
        done = subprocess.run(['lintian', '--allow-root', '--fail-on', 'error', *self.packages.values()], capture_output=True, text=True)
        self.assertEqual((done.returncode, [line for line in done.stdout.splitlines() if line.startswith('E:')]), (0, []), done.stdout)

    def test_2_from_installation_to_purge(self):
        if os.geteuid() or not shutil.which('debootstrap'):
            self.skipTest('a chroot takes root, and debootstrap: apt-get install debootstrap')
        try:
            self.chroot = Chroot(FOLDER / 'bookworm.tar', HOST)
        except Unreachable as why:
            self.skipTest(f'debootstrap does not get Debian: {why}')
        self.addCleanup(self.chroot.end)
        self.install(self.packages)
        for step in (self.setup_says_what_is_missing, self.setup_asks, self.setup_goes_on, self.setup_makes_all, self.a_journey, self.setup_again_changes_nothing,
                     self.setup_starts_units, self.a_key_is_never_made_anew, self.an_upgrade_keeps_all, self.a_certificate_of_the_municipality,
                     self.removal_keeps_all, self.purge_takes_the_configuration):
            step()

    # ---- what the steps do

    def run_in(self, *arguments, **options):
        return self.chroot.run(*arguments, **options)

    def install(self, packages):
        target = self.chroot.root / 'packages'
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for package in packages.values():
            shutil.copy(package, target)
        return self.run_in('apt-get', 'install', '-y', '-q', '--no-install-recommends',
                           *(f'/packages/{file.name}' for file in packages.values()), network=True)

    def start_daemon(self):
        """As the unit does: as its user, with the keys as credentials that are this user's."""
        credentials = '/run/credentials/trajectd.service'
        self.run_in('sh', '-ec', f'rm -rf {credentials} && install -d -m 755 /run/credentials && install -d -o traject -m 500 {credentials}'
                    f' && install -o traject -m 400 /etc/traject/server.key {credentials}/tls-key'
                    f' && install -o traject -m 400 /etc/traject/master.key {credentials}/master-key')
        self.daemon = harness.Program(self.chroot.command(
            'setpriv', '--reuid', 'traject', '--regid', 'traject', '--clear-groups', '--no-new-privs', '--bounding-set=-all', '--',
            'trajectd', '--config', '/etc/traject/trajectd.conf'))
        self.addCleanup(self.daemon.end)
        self.daemon.wait_for('event=ready')

    def stop_daemon(self):
        self.run_in('sh', '-c', 'kill $(pidof trajectd)')
        self.assertEqual(self.daemon.wait(), 0)

    def refused(self, *arguments):
        """The one line that setup refuses with."""
        done = self.run_in('trajectd', 'setup', *arguments, code=1)
        self.assertEqual((done.stdout, done.stderr.count('\n')), ('', 1), done.stderr)
        return done.stderr

    def state(self):
        """All that setup makes, but for the record."""
        files = self.run_in('sh', '-c', 'find /etc/traject /etc/postgresql -type f -printf "%p %m %u %T@ " -exec sha256sum {} \\;').stdout
        return sorted(files.splitlines())

    def timeline(self):
        return self.run_in('traject', '--output', 'json', 'timeline', '1001').stdout

    # ---- the steps

    def setup_says_what_is_missing(self):
        self.assertIn('PostgreSQL does not answer at /run/postgresql', self.refused())
        self.run_in('pg_ctlcluster', '15', 'main', 'start')
        before = self.state()
        self.assertIn('--municipality is missing; give it', self.refused())
        self.assertIn('--host is "-x"', self.refused('--host', '-x', *SETUP[4:]))
        self.assertIn('--certificate and --key belong together', self.refused('--certificate', '/etc/hosts', *SETUP[2:]))
        self.assertIn('/etc/hosts is no certificate in PEM', self.refused('--certificate', '/etc/hosts', '--key', '/etc/hosts', '--authority',
                                                                          '/etc/hosts', *SETUP[2:-2]))
        self.assertIn('there is no folder /root/.config/traject', self.refused(*SETUP[2:]))
        self.assertEqual(self.state(), before)
        self.assertEqual(self.run_in('setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', 'psql', '-c',
                                     "select from pg_database where datname = 'traject'", '-At').stdout, '')

    def setup_asks(self):
        ours, theirs = pty.openpty()
        with subprocess.Popen(self.chroot.command('trajectd', 'setup'), stdin=theirs, stdout=theirs, stderr=theirs) as asking:
            os.close(theirs)
            for question, answer in ((f'connect to ({HOST}): ', '10.0.0.1\n'), (f'connect to ({HOST}): ', '\n'), ('made here: ', '\n'),
                                     ('The municipality: ', 'Veldstad\n'), ('like ada: ', 'Ada Beheer\n'),
                                     ('give 1 to 64 letters, digits, dots, dashes, underscores.\r\nWhat the first administrator is called by, '
                                      'like ada: ', '\x04')):
                said = ''
                while not said.endswith(question):
                    self.assertTrue(select.select([ours], [], [], harness.WAIT_SECONDS)[0], said)
                    said += os.read(ours, 4096).decode()
                os.write(ours, answer.encode())
            self.assertEqual(asking.wait(60), 1)
        said = os.read(ours, 4096).decode()
        os.close(ours)
        self.assertIn('nothing more was answered; nothing is changed', said)

    def setup_goes_on(self):
        """Cut off at each moment at which something was made, it makes the rest the next time, and nothing twice."""
        self.run_in('install', '-d', '-m', '700', '/root/.config/traject')
        fake = self.chroot.root / 'usr/local/bin/sync'
        fake.write_text('#!/bin/sh\nleft=$(cat /run/left)\necho $((left - 1)) >/run/left\n[ "$left" != 1 ]\n')
        fake.chmod(0o755)
        made, cut = {}, 0
        for place in range(1, 5):
            (self.chroot.root / 'root/left').write_text(f'{place}\n')
            self.run_in('cp', '/root/left', '/run/left')
            done = self.run_in(*SETUP, code=1)
            self.assertTrue(done.stderr.endswith('trajectd setup: it stopped before its end, and keeps what it has made; mend what is '
                                                 'wrong and run it again\n'), done.stderr)
            for path in ('master.key', 'ca.key', 'server.key'):
                file = self.chroot.root / 'etc/traject' / path
                if file.exists():
                    cut += 1
                    self.assertEqual(made.setdefault(path, file.read_text()), file.read_text())
        self.assertGreater(cut, 0)
        fake.unlink()
        self.made = made

    def setup_makes_all(self):
        done = self.run_in(*SETUP)
        self.assertEqual(done.stderr, '')
        for path, text in self.made.items():
            self.assertEqual((self.chroot.root / 'etc/traject' / path).read_text(), text)
        for line in ('/etc/traject/server.pem',
                     "the municipality 's-Veldstad with its administrator ada", '/root/.config/traject/default.conf, the profile of ada'):
            self.assertIn(f'made:  {line}\n', done.stdout)
        self.assertNotRegex(done.stdout, '[0-9a-f]{64}')
        modes = dict(line.split() for line in self.run_in('find', '/etc/traject', '-type', 'f', '-printf', '%f %u:%m\n').stdout.splitlines())
        self.assertEqual(modes, {'trajectd.conf': 'root:644', 'ca.pem': 'root:644', 'server.pem': 'root:644', 'ca.key': 'root:600',
                                 'server.key': 'root:600', 'master.key': 'root:600'})
        self.start_daemon()

    def a_journey(self):
        for line in ('team add Noord', 'worker add anna --name "Anna de Vries" --role coach --team Noord', 'token add anna --save-as anna',
                     'client add 1001 --name "Samira" --profile anna',
                     'start 1001 --kind work-experience --at "3 days ago" --profile anna',
                     'contact 1001 --channel phone --words "Belt morgen terug." --profile anna'):
            self.run_in('sh', '-c', f'traject {line}')
        self.run_in('mv', '/root/.config/traject/default.conf', '/root/.config/traject/ada.conf')
        self.run_in('mv', '/root/.config/traject/anna.conf', '/root/.config/traject/default.conf')
        self.told = self.timeline()
        self.assertIn('Belt morgen terug.', self.told)
        self.assertIn('Gebruik: traject', self.run_in('env', 'LC_ALL=nl_NL.UTF-8', 'traject', '--help').stdout)

    def setup_again_changes_nothing(self):
        before = self.state()
        for arguments in (SETUP, ('trajectd', 'setup')):
            done = self.run_in(*arguments)
            self.assertEqual(done.stderr, '')
            self.assertNotIn('made:', done.stdout)
            self.assertIn('kept:  /etc/traject/master.key\n', done.stdout)
        self.assertEqual(self.state(), before)
        self.assertEqual(self.timeline(), self.told)

    def setup_starts_units(self):
        """Where systemd runs, which it does not in a chroot: what it is told is written down instead."""
        self.run_in('sh', '-ec', 'mkdir -p /run/systemd/system && printf \'#!/bin/sh\necho "$*" >>/run/told\n\' >/usr/local/bin/systemctl'
                    ' && chmod 755 /usr/local/bin/systemctl')
        self.run_in('trajectd', 'setup')
        self.assertEqual(self.run_in('cat', '/run/told').stdout.splitlines()[:2],
                         ['daemon-reload', '--quiet enable --now trajectd.socket trajectd.service'])
        self.run_in('rm', '-r', '/run/systemd', '/usr/local/bin/systemctl')

    def a_key_is_never_made_anew(self):
        self.run_in('mv', '/etc/traject/master.key', '/root/')
        done = self.run_in('trajectd', 'setup', code=1)
        self.assertRegex(done.stderr, r'^trajectd setup: /etc/traject/master.key is gone, .*; put its copy back\n$')
        self.run_in('mv', '/root/master.key', '/etc/traject/')

    def an_upgrade_keeps_all(self):
        self.run_in('sh', '-c', "echo 'log_level = \"debug\"' >>/etc/traject/trajectd.conf")
        before = self.state()
        self.higher = make_packages(2)
        done = self.install(self.higher)
        self.assertIn('run: trajectd setup', done.stdout)
        self.assertEqual(self.run_in('dpkg-query', '-W', '-f', '${Version}', 'trajectd').stdout, f'{self.version()}-2')
        self.assertEqual(self.timeline(), self.told, 'the daemon from before goes on')
        self.assertNotIn('made:', self.run_in('trajectd', 'setup').stdout)
        self.assertEqual(self.state(), before)
        self.stop_daemon()
        self.start_daemon()
        self.assertEqual(self.timeline(), self.told)

    def version(self):
        return self.run_in('trajectd', '--version').stdout.split()[1]

    def a_certificate_of_the_municipality(self):
        """In the place of one of an authority of its own."""
        theirs = self.chroot.root / 'root/theirs'
        theirs.mkdir()
        harness.make_authority(theirs)
        harness.openssl('req', '-x509', '-CA', theirs / 'ca.pem', '-CAkey', theirs / 'ca.key', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                        '-subj', '/CN=x', '-addext', f'subjectAltName=DNS:{HOST}', '-addext', 'basicConstraints=critical,CA:FALSE',
                        '-keyout', theirs / 'server.key', '-out', theirs / 'server.pem')
        given = ('--certificate', '/root/theirs/server.pem', '--key', '/root/theirs/server.key', '--authority', '/root/theirs/ca.pem')
        self.run_in('sh', '-c', 'mkdir /root/ours && mv /etc/traject/server.* /etc/traject/ca.* /root/ours')
        for arguments, says in ((given[:4], '/etc/ssl/certs/ca-certificates.crt is no file that can be read'), ((*given, '--host', 'other.example'), 'hostname mismatch'),
                                ((*given[:3], '/root/ours/server.key', *given[4:]), 'is not of the certificate')):
            self.assertIn(says, self.refused(*arguments if '--host' in arguments else (*arguments, '--host', HOST)))
        done = self.run_in('trajectd', 'setup', '--host', HOST, *given)
        self.assertEqual(re.findall('made:  (.*)', done.stdout), ['/etc/traject/server.key', '/etc/traject/ca.pem', '/etc/traject/server.pem'])
        self.stop_daemon()
        self.start_daemon()
        self.assertEqual(self.timeline(), self.told)

    def removal_keeps_all(self):
        before = self.state()
        self.run_in('apt-get', 'remove', '-y', '-q', 'trajectd')
        self.assertEqual(self.state(), before)
        self.stop_daemon()
        self.install(self.higher)
        self.start_daemon()
        self.assertEqual(self.timeline(), self.told)

    def purge_takes_the_configuration(self):
        self.stop_daemon()
        before = self.state()
        done = self.run_in('apt-get', 'purge', '-y', '-q', 'trajectd')
        self.assertIn('trajectd: kept are the keys and certificates in /etc/traject, the database traject', done.stdout)
        self.assertEqual(self.state(), [line for line in before if 'trajectd.conf' not in line])
        self.assertEqual(self.run_in('psql', '-At', '-d', 'host=/run/postgresql dbname=traject user=postgres', '-c',
                                     'select count(*) from traject.client').stdout, '1\n')


if __name__ == '__main__':
    unittest.main()
