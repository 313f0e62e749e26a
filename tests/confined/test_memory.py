"""What the daemon holds stays under memory_max, whoever sends much or does not read, and others are served meanwhile. Of
the plain build: sanitizers have a memory of their own."""
import time
import unittest

import harness
from test_robust import WireTest
from wire import Refused, delimited, pb

MEMORY_MAX = 128
GREEDY = 300
FRAME = 1024 * 1024  # at most


class Memory(WireTest):
    options = {'memory_max': MEMORY_MAX, 'connections_per_address': 1000, 'requests_waiting_ms': 600000}

    def setUp(self):
        super().setUp()
        self.greedy = [self.connect(receive_buffer=4096) for _ in range(GREEDY)]
        self.anna, self.number = self.connect(), self.new_client()
        # Of another municipality: among 300 that ask all the time a colleague waits for his turn.
        self.other = self.connect('other')

    def tearDown(self):
        # The most that it ever had resident, with what it shares with other programs.
        with open(f'/proc/{self.service.daemon.process.pid}/status') as status:
            most = next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
        print(f'{self._testMethodName}: {most / 1024:.1f} MiB resident at most')
        self.assertLess(most, MEMORY_MAX * 1024)

    def ask(self, connection):
        self.assertEqual(len(connection.call('ListTeams', pb.ListTeamsRequest()).teams), 0)

    def send_until_some_are_closed(self, data):
        """On each of the greedy ones, who read nothing; somebody else is answered all the while, and at last with memory to spare."""
        seen = len(self.service.daemon.lines)
        left = {connection: data for connection in self.greedy}
        for connection in self.greedy:
            connection.socket.setblocking(False)

        def logged(event):
            return any(f'event={event} ' in line for line in self.service.daemon.lines[seen:])
        until = time.monotonic() + harness.WAIT_SECONDS * 3
        while not (logged('closed_for_memory') and logged('memory_enough')):
            self.assertLess(time.monotonic(), until, 'they do not make the memory short')
            for connection in left:
                try:
                    left[connection] = left[connection][connection.socket.send(left[connection]):]
                except OSError:
                    pass  # it takes no more, or has closed
            try:
                self.ask(self.other)
            except Refused as refused:  # for a moment, until some are closed
                self.assertIn("the server's memory is full", refused.message)
        self.ask(self.other)
        self.ask(self.connect('other'))

    def test_who_sends_large_requests_and_never_all_of_one(self):
        self.send_until_some_are_closed(delimited(b'\0' * FRAME)[:-1])

    def test_who_asks_much_and_does_not_read(self):
        for _ in range(150):
            self.anna.call('RecordContact', self.contact(self.number, words='woord ' * 600))
        requests = b''.join(self.anna.request('GetTimeline', pb.GetTimelineRequest(client_number=self.number)) for _ in range(100))
        self.send_until_some_are_closed(requests)


if __name__ == '__main__':
    unittest.main()
