"""What the daemon holds stays under memory_max, whoever sends much or does not read, and others are served meanwhile. Of
the plain build: sanitizers have a memory of their own."""
import time
import unittest

import harness
from test_robust import WireTest
from wire import Refused, delimited, pb

MEMORY_MAX = 256
GREEDY = 400
FRAME = 1024 * 1024  # at most


class Memory(WireTest):
    options = {'memory_max': MEMORY_MAX, 'connections_per_address': 1000, 'requests_waiting_ms': 600000}

    def setUp(self):
        super().setUp()
        self.greedy = [self.connect(receive_buffer=4096) for _ in range(GREEDY)]
        self.anna, self.number = self.connect(), self.new_client()
        # Of another municipality: among 400 that ask all the time a colleague waits for his turn.
        self.other = self.connect('other')

    def tearDown(self):
        # The most that it ever had resident, with what it shares with other programs.
        with open(f'/proc/{self.service.daemon.process.pid}/status') as status:
            most = next(int(line.split()[1]) for line in status if line.startswith('VmHWM'))
        print(f'{self._testMethodName}: {most / 1024:.1f} MiB resident at most')
        self.assertLess(most, MEMORY_MAX * 1024)

    def ask(self, connection=None):
        """Until it is answered, over a new connection when none is given: for moments, until some are closed, everybody is
        refused."""
        until = time.monotonic() + harness.WAIT_SECONDS
        while True:
            self.assertLess(time.monotonic(), until, 'nobody is answered')
            try:
                answered = (connection or self.connect('other')).call('ListTeams', pb.ListTeamsRequest())
                self.assertEqual(len(answered.teams), 0)
                return
            except Refused as refused:
                self.assertIn("the server's memory is full", refused.message)
            except OSError:
                self.assertIsNone(connection, 'who holds little is not closed')

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
            self.ask(self.other)
        self.ask(self.other)
        self.ask()

    def test_who_sends_large_requests_and_never_all_of_one(self):
        self.send_until_some_are_closed(delimited(b'\0' * FRAME)[:-1])

    def test_who_was_not_read_from_is_read_from_again(self):
        """No half of a request is lost, and no answer, of those that are not closed."""
        frame = self.anna.request('GetClient', pb.GetClientRequest(client_number='x' * 900000))
        for connection in self.greedy:
            connection.socket.setblocking(True)
        seen, left = len(self.service.daemon.lines), {}
        for connection in self.greedy:
            connection.socket.settimeout(0.02)
            try:
                left[connection] = frame[connection.socket.send(frame[:-1]):]
            except OSError:
                pass
        self.service.daemon.wait_for('event=memory_short', seen)
        self.service.daemon.wait_for('event=memory_enough', seen)
        answered = 0
        for connection in left:
            connection.socket.settimeout(harness.WAIT_SECONDS)
            try:
                connection.socket.sendall(left[connection])
                answered += connection.receive().status.code == pb.NOT_FOUND
            except (OSError, AttributeError):
                pass  # it was closed
        self.assertGreater(answered, 20)

    def test_who_asks_much_and_does_not_read(self):
        for _ in range(150):
            self.anna.call('RecordContact', self.contact(self.number, words='woord ' * 600))
        requests = b''.join(self.anna.request('GetTimeline', pb.GetTimelineRequest(client_number=self.number)) for _ in range(100))
        self.send_until_some_are_closed(requests)


if __name__ == '__main__':
    unittest.main()
