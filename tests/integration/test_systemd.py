"""The units of deploy/, as far as they can be judged without a running systemd; and the configuration beside them."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

EXPOSURE_MAX = 1.1  # of 10, as systemd-analyze counts and deploy/README.md says
UNIT = harness.REPOSITORY / 'deploy/trajectd.service'


@unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze: apt-get install systemd')
class Unit(unittest.TestCase):
    def analyze(self, *arguments):
        return subprocess.run(['systemd-analyze', *map(str, arguments)], capture_output=True, text=True)

    def test_they_are_units_once_installed(self):
        root = harness.temporary_folder() / 'installed'
        done = subprocess.run(['cmake', '--install', pathlib.Path(harness.TRAJECTD).parents[1]], capture_output=True,
                              text=True, env={**os.environ, 'DESTDIR': str(root)})
        self.assertEqual(done.returncode, 0, done.stderr)
        installed = root / 'usr/local/share/traject/sql'
        self.assertEqual({path.relative_to(installed) for path in installed.rglob('*.sql')},
                         {path.relative_to(harness.REPOSITORY / 'sql') for path in (harness.REPOSITORY / 'sql').rglob('*.sql')})
        # What they name besides: targets, and the program that reloads.
        shutil.copytree('/lib/systemd/system', root / 'usr/lib/systemd/system', symlinks=True)
        (root / 'bin').mkdir()
        for program in ('kill', 'install', 'sh'):
            shutil.copy(f'/bin/{program}', root / 'bin')
        done = self.analyze(f'--root={root}', 'verify', 'trajectd.service', 'trajectd.socket', 'trajectd-sign.service',
                            'trajectd-sign.timer', 'trajectd-backup.service', 'trajectd-backup.timer')
        self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if 'trajectd' in line]), (0, []))

    def test_it_leaves_little_open(self):
        done = self.analyze('security', '--offline=yes', UNIT)
        exposure = float(re.search(r'Overall exposure level for trajectd.service: ([\d.]+)', done.stdout)[1])
        self.assertLessEqual(exposure, EXPOSURE_MAX)
        self.assertIn(f'is {exposure}', (harness.REPOSITORY / 'deploy/README.md').read_text())

    def test_it_hands_over_what_the_configuration_names(self):
        config = (harness.REPOSITORY / 'deploy/trajectd.conf').read_text()
        for option in ('tls_key', 'master_key'):
            key = re.search(option + r' = "/run/credentials/trajectd.service/([\w-]+)"', config)[1]
            self.assertIn(f'LoadCredential={key}:', UNIT.read_text())


class Configuration(harness.ServiceTest):
    organisation = False

    def test_the_example_is_read(self):
        path = self.service.folder / 'example.conf'
        text = (harness.REPOSITORY / 'deploy/trajectd.conf').read_text()
        path.write_text(text.replace('/run/credentials/trajectd.service/tls-key', 'server.key')
                        .replace('/run/credentials/trajectd.service/master-key', 'keys')
                        .replace('# tls_client_ca = "workers-ca.pem"', 'tls_client_ca = "ca.pem"'))
        done = subprocess.run([harness.TRAJECTD, '--check-config', '--config', path], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ''))


if __name__ == '__main__':
    unittest.main()
