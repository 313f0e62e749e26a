"""The running daemon as the system sees it: confined, without core dumps, its keys locked in memory; and that it still
does all that it is to do."""
import unittest

from test_metrics import Metrics
from test_robust import WireTest
from wire import pb


class Confined(WireTest, Metrics):
    options = {'metrics': './metrics'}

    def about(self, file):
        """The lines of a file in /proc about the daemon, by their first word."""
        with open(f'/proc/{self.service.daemon.process.pid}/{file}') as lines:
            return dict(line.rstrip('\n').split(':', 1) for line in lines if ':' in line)

    def test_the_filter_is_on_before_it_is_ready(self):
        status = self.about('status')
        self.assertEqual(status['Seccomp'].strip(), '2')
        self.assertEqual(status['NoNewPrivs'].strip(), '1')
        events = [line.split('event=')[1].split()[0] for line in self.service.daemon.lines]
        self.assertLess(events.index('confined'), events.index('ready'))

    def test_no_core_is_dumped_and_keys_are_locked(self):
        with open(f'/proc/{self.service.daemon.process.pid}/limits') as limits:
            core = next(line for line in limits if line.startswith('Max core file size'))
        self.assertEqual(core.split()[4:6], ['0', '0'])
        self.assertGreaterEqual(int(self.about('status')['VmLck'].split()[0]), 256)

    def test_it_still_knows_itself(self):
        found = self.metrics()
        for name in ('cpu_seconds_total', 'open_fds', 'max_fds', 'virtual_memory_bytes', 'resident_memory_bytes'):
            self.assertGreater(found[f'process_{name}'], 0, name)
        self.assertEqual(self.ask('/readyz')[0], 200)

    def test_it_still_connects_and_reads_its_files_again(self):
        c = self.connect()
        self.hang_up('event=reloaded')
        seen = len(self.service.daemon.lines)
        self.service.sql('select pg_terminate_backend(pid) from pg_stat_activity '
                         f"where datname = '{self.service.database}' and usename = 'traject_daemon'")
        for event in ('listener_ready', 'database_ready'):
            self.service.daemon.wait_for(f'event={event}', seen)
        self.assertEqual(len(c.call('ListTeams', pb.ListTeamsRequest()).teams), 2)
        self.assertEqual(len(self.connect().call('ListTeams', pb.ListTeamsRequest()).teams), 2)


if __name__ == '__main__':
    unittest.main()
