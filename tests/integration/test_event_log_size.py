"""Event logs of size: a real one, out and in again, and many journeys in the memory of few."""
import csv
import gzip
import os
import subprocess
import unittest
import xml.etree.ElementTree

import harness
from test_event_log import EMPTY, FILES

RECEIPT = harness.REPOSITORY.parent / 'shared/data/receipt.csv'


@unittest.skipUnless(RECEIPT.exists(), f'the event log {RECEIPT} is not there')
class RealLog(harness.ServiceTest):
    """The log of a municipality's process, which tests/receipt.map maps."""

    def as_xes(self, path):
        """The same log, as tools that made the table of it had it."""
        traces = {}
        with open(RECEIPT, newline='', encoding='utf-8') as file:
            for row in csv.DictReader(file):
                traces.setdefault(row['case:concept:name'], []).append(row)
        root = xml.etree.ElementTree.Element('log', {'xes.version': '1849.2016', 'xmlns': 'http://www.xes-standard.org/'})
        for rows in traces.values():
            trace = xml.etree.ElementTree.SubElement(root, 'trace')
            for key, value in rows[0].items():
                if key.startswith('case:'):
                    xml.etree.ElementTree.SubElement(trace, 'string', key=key[5:], value=value)
            for row in rows:
                event = xml.etree.ElementTree.SubElement(trace, 'event')
                for key, value in row.items():
                    if not key.startswith('case:'):
                        xml.etree.ElementTree.SubElement(event, 'string', key=key, value=value)
        path.write_bytes(gzip.compress(xml.etree.ElementTree.tostring(root, encoding='utf-8', xml_declaration=True)))

    def test_it_is_the_same_as_xes_and_comes_back_the_same(self):
        folder, map_path = self.service.folder, harness.REPOSITORY / 'tests/receipt.map'
        self.as_xes(folder / 'receipt.xes.gz')
        printed = self.ok('import', folder / 'receipt.xes.gz', '--map', map_path, '--people-as', 'admin', profile='max')
        self.assertIn('8577 rows read: 1434 cases; 0 bad rows, 0 cases left out for them.', printed)
        self.assertIn('1434 trajectories and 8577 entries added, 0 entries were there already; 0 cases refused.', printed)
        # The table is the same log: of it everything is there.
        printed = self.ok('import', RECEIPT, '--map', map_path, profile='max')
        self.assertIn('0 trajectories and 0 entries added, 8577 entries were there already; 0 cases refused.', printed)
        self.service.script(EMPTY, profile='other')
        self.ok('log', 'export', folder / 'heen.xes', '--names', profile='max')
        self.ok('import', folder / 'heen.xes', '--people-as', 'other', profile='elders')
        self.ok('log', 'export', folder / 'terug.xes', '--names', profile='elders')
        self.assertTrue((folder / 'heen.xes').read_bytes() == (folder / 'terug.xes').read_bytes())
        self.assertGreater((folder / 'heen.xes').read_bytes().count(b'<event>'), 8577)


class Memory(harness.ServiceTest):
    """Of ten times the journeys, written in the same memory but for the list of their numbers."""

    def setUp(self):
        self.folder = self.service.folder

    def add(self, first, last):
        names = ('client_number', 'trajectory', 'external_id', 'kind', 'occurred_at', 'stage', 'coach', 'team',
                 'trajectory_kind', 'channel', 'counterpart', 'reached')
        with open(self.folder / 'veel.csv', 'w', encoding='utf-8', newline='') as out:
            table = csv.writer(out)
            table.writerow(names)
            for number in range(first, last):
                who = number, 1
                case = 'first_contact', 'anna', 'Noord'
                table.writerow((*who, f'{number}-0', 'trajectory_started', '2026-01-01T09:00:00Z', *case, 'activation', '', '', ''))
                # One of them is told in several pages.
                for day in range(1, 600 if number == 10000 else 6):
                    table.writerow((*who, f'{number}-{day}', 'contact', f'2026-01-{day % 28 + 2:02}T09:00:00Z', *case, '', 'phone',
                                    'client', 'true'))
        self.assertIn('0 cases refused', self.ok('import', self.folder / 'veel.csv', profile='max'))

    def peak(self, file):
        """The most memory that the export had, in KiB."""
        path = self.folder / file
        path.unlink(missing_ok=True)
        # What was freed is not to be kept, as sanitizers do.
        running = subprocess.Popen([harness.TRAJECT, 'log', 'export', path], stdout=subprocess.DEVNULL,
                                   env=self.service.environment('max', ASAN_OPTIONS='quarantine_size_mb=0:thread_local_quarantine_size_kb=0'))
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(running.returncode, 0)
        return usage.ru_maxrss

    def test_ten_times_as_many_journeys_take_no_more_memory(self):
        self.add(10000, 10200)
        first = [row['external_id'] for row in csv.DictReader(self.ok('log', 'export', '-', '--format', 'csv', '--names',
                 profile='max').splitlines()) if row['client_number'] == '10000']
        self.assertEqual((len(first), len(set(first))), (600, 600))
        few = {format: self.peak(file) for format, file in FILES.items()}
        self.add(10200, 12200)
        for format, file in FILES.items():
            with self.subTest(format):
                many = self.peak(file)
                self.assertGreater((self.folder / file).stat().st_size, 1 << 20)
                self.assertLess(many, few[format] * 1.25, few)


if __name__ == '__main__':
    unittest.main()
