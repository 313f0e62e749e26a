"""More requests than trajectd can carry: who is refused, and who is served all the same."""
import csv
import unittest

from test_import import HEADER, SMALL_MAP, row
from test_robust import WireTest
from wire import new_key, pb

WAITING = 40
LONG = 300000  # ms: no deadline is to pass on a slow machine


class Overload(WireTest):
    """Veldstad asks ten times what may wait, from several connections; Oevermeer asks as on any day."""
    options = {'database_connections': 1, 'requests_waiting': WAITING}

    def setUp(self):
        self.number = self.new_client()
        self.watch = self.connect()

    def waiting(self):
        """The daemon answers this one itself."""
        return self.watch.call('GetStatus', pb.GetStatusRequest()).requests_waiting

    def refused(self):
        return self.watch.call('GetStatus', pb.GetStatusRequest()).requests_refused

    def codes(self, connection, count):
        """Of the next answers, which come in the order of the requests."""
        responses = [connection.receive() for _ in range(count)]
        ids = [response.id for response in responses]
        self.assertEqual(ids, sorted(ids))
        return [pb.Code.Name(response.status.code) for response in responses]

    def test_a_municipality_that_floods_pays_for_it_alone(self):
        flooding = [self.connect() for _ in range(10)]
        quiet = self.connect('other')
        first = self.connect()
        release = self.hold('traject.event', 'exclusive')
        first.send('RecordContact', self.contact(self.number, words='eerst'), None, LONG)
        self.wait_for_lock()
        before = self.refused()
        for c in flooding:
            c.socket.sendall(b''.join(c.request('RecordContact', self.contact(self.number, words=f'n{i}'), None, LONG) for i in range(WAITING)))
        # Ten times what may wait has come, and all but what may wait is refused.
        while self.refused() < before + 9 * WAITING:
            pass
        self.assertEqual(self.waiting(), WAITING)
        # The queue is full: room for these is made by refusing the other municipality's.
        for _ in range(10):
            quiet.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=LONG)
        while self.refused() < before + 9 * WAITING + 10:
            pass
        # A newcomer can sign in, too.
        newcomer = self.connect(profile=None)
        newcomer.send('Authenticate', pb.AuthenticateRequest(token=self.service.token('other')))
        while self.refused() < before + 9 * WAITING + 11:
            pass
        self.assertEqual(self.waiting(), WAITING)
        release()
        self.assertEqual(self.codes(quiet, 10), ['OK'] * 10)
        self.assertEqual(self.codes(newcomer, 1), ['OK'])
        self.assertEqual(self.codes(first, 1), ['OK'])
        codes = [self.codes(c, WAITING) for c in flooding]
        self.assertEqual({code for of_one in codes for code in of_one}, {'OK', 'RESOURCE_EXHAUSTED'})
        self.assertEqual(sum(of_one.count('OK') for of_one in codes), WAITING - 11)
        # No connection of it was left without its part of what could wait.
        self.assertTrue(all(of_one.count('OK') >= 2 for of_one in codes), codes)
        # What was answered OK is there, once; of the refused nothing.
        done = sorted(f'n{i}' for of_one in codes for i, code in enumerate(of_one) if code == 'OK')
        self.assertEqual(sorted(self.contacts(self.number)), ['eerst', *done])
        # And all is as before.
        for c in (*flooding, quiet):
            c.call('ListTeams', pb.ListTeamsRequest())

    def test_a_connection_that_floods_pays_for_its_colleagues(self):
        flooding, colleague = self.connect(), self.connect('bert')
        first = self.connect()
        release = self.hold('traject.event', 'exclusive')
        first.send('RecordContact', self.contact(self.number, words='eerst'), None, LONG)
        self.wait_for_lock()
        before = self.refused()
        for i in range(WAITING + 5):
            flooding.send('RecordContact', self.contact(self.number, words=f'n{i}'), None, LONG)
        while self.refused() < before + 5:
            pass
        for _ in range(10):
            colleague.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=LONG)
        while self.refused() < before + 15:
            pass
        release()
        self.assertEqual(self.codes(colleague, 10), ['OK'] * 10)
        # The newest were refused, so that those before them run as if these had never been sent.
        self.assertEqual(self.codes(flooding, WAITING + 5), ['OK'] * (WAITING - 10) + ['RESOURCE_EXHAUSTED'] * 15)
        self.assertEqual(self.contacts(self.number), ['eerst'] + [f'n{i}' for i in range(WAITING - 10)])

    def test_a_connection_with_few_large_requests_pays_for_those_with_more_small_ones(self):
        large, small, colleague = self.connect(), [self.connect() for _ in range(5)], self.connect('bert')
        first = self.connect()
        release = self.hold('traject.event', 'exclusive')
        first.send('RecordContact', self.contact(self.number, words='eerst'), None, LONG)
        self.wait_for_lock()
        for c in small:
            for _ in range(7):
                c.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=LONG)
        for _ in range(5):
            large.send('GetClient', pb.GetClientRequest(client_number='x' * 1000000), deadline_ms=LONG)
        while self.waiting() < WAITING:
            pass
        before = self.refused()
        colleague.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=LONG)
        while self.refused() == before:
            pass
        release()
        self.assertEqual(self.codes(large, 5), ['NOT_FOUND'] * 4 + ['RESOURCE_EXHAUSTED'])
        self.assertEqual([self.codes(c, 7) for c in small], [['OK'] * 7] * 5)
        self.assertEqual(self.codes(colleague, 1) + self.codes(first, 1), ['OK'] * 2)


class Crowd(WireTest):
    """More connections ask more than is served, for long."""
    options = {'database_connections': 1, 'requests_waiting_ms': 10}

    def test_what_is_too_much_for_long_is_refused_and_has_changed_nothing(self):
        number = self.new_client()
        crowd = [self.connect() for _ in range(32)]
        sent, told = {}, {}
        for place in range(12):
            for who, c in enumerate(crowd):
                sent[who, place] = self.contact(number, words=f'{who} {place}'), new_key()
                c.send('RecordContact', *sent[who, place])
        for place in range(12):
            for who, c in enumerate(crowd):
                status = c.receive().status
                told[who, place] = status.code
                if status.code:
                    self.assertIn('requests are waiting already; ask again in a moment', status.message)
        self.assertEqual(set(told.values()), {pb.OK, pb.RESOURCE_EXHAUSTED})
        there = self.contacts(number)
        self.assertCountEqual(there, [f'{who} {place}' for (who, place), code in told.items() if not code])
        for (who, place), code in told.items():
            if code:
                crowd[0].call('RecordContact', *sent[who, place])
        self.assertCountEqual(self.contacts(number), [f'{who} {place}' for who, place in told])


class ImportThroughAShortQueue(WireTest):
    """An import has more on the way than may wait."""
    options = {'database_connections': 1, 'requests_waiting': 8}

    def test_it_slows_down_and_all_of_it_goes_in(self):
        file, map_ = self.service.folder / 'log.csv', self.service.folder / 'log.map'
        map_.write_text(SMALL_MAP)
        with open(file, 'w', newline='', encoding='utf-8') as log:
            csv.writer(log).writerows([HEADER, *(row(f'c{i}', f'c{i}-1', '2025-03-01T10:00:00Z', 'Intake') for i in range(100))])
        self.ok('import', file, '--map', map_, profile='max')
        status = self.connect().call('GetStatus', pb.GetStatusRequest())
        self.assertGreater(status.requests_refused, 0)
        self.assertEqual(self.service.sql('select count(*) from traject.trajectory'), [['100']])


if __name__ == '__main__':
    unittest.main()
