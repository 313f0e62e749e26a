"""Event logs out and in again: what they hold, what they hide, what is the same after the way back."""
import csv
import datetime
import functools
import gzip
import io
import json
import pathlib
import re
import resource
import subprocess
import sys
import unittest

import harness

SCHEMAS = pathlib.Path(__file__).parent / 'schemas'
TEAMS = 'Noord', 'Midden', 'Zuid'
FORMATS = 'xes', 'ocel', 'csv'
NAMES = {'xes': 'log.xes', 'ocel': 'log.json', 'csv': 'log.csv'}
# A manager of all teams, and an empty municipality with one of its own.
BOSS = '''
worker add baas --name "Bo Baas" --role manager --team Noord
team join Midden baas
team join Zuid baas
token add baas --save-as baas
'''
EMPTY = '''
worker add baas --name "Bo Baas" --role manager
token add baas --save-as {profile}
'''


class EventLogTest(harness.ServiceTest):
    """The demo municipality in Veldstad, Oevermeer empty."""
    organisation = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.service.folder
        demo = cls.folder / 'demo'
        demo.mkdir()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/demo.py', demo, str(today), '1', '45'], check=True)
        cls.service.ok('run', demo / 'organisation.txt')
        for worker in (demo / 'workers.txt').read_text().split():
            cls.service.ok('token', 'add', worker, '--save-as', worker)
        cls.service.ok('run', demo / 'caseload.txt')
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/number.py', demo, harness.TRAJECT],
                       env=cls.service.environment(), check=True)
        cls.service.ok('run', demo / 'corrections.txt')
        cls.service.script(BOSS)
        cls.service.script(EMPTY.format(profile='elders'), profile='other')

    @classmethod
    def export(cls, name, *options, profile='baas'):
        """The bytes of the file that an export wrote."""
        path = cls.folder / name
        path.unlink(missing_ok=True)
        cls.service.ok('log', 'export', path, *options, profile=profile)
        return path.read_bytes()


class RoundTrip(EventLogTest):
    def test_a_log_with_names_comes_back_the_same(self):
        before = {format: self.export(NAMES[format], '--names') for format in FORMATS}
        run = self.service.traject('import', self.folder / NAMES['xes'], '--people-as', 'other', profile='elders')
        print(run.out, run.err)
        print([l for l in self.service.log().splitlines() if 'constraint' in l][:5]); print('\n'.join(self.service.cluster.server.lines[-40:]))
        after = {format: self.export(NAMES[format], '--names', profile='elders') for format in FORMATS}
        for format in FORMATS:
            self.assertEqual(after[format].splitlines(), before[format].splitlines())


if __name__ == '__main__':
    unittest.main()
