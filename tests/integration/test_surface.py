"""What trajectd shows to the network: who gets in, for how long, and what it takes from whom it does not know."""
import select
import socket
import ssl
import time
import unittest

import harness
from test_robust import WireTest
from wire import Connection, delimited, new_key, pb

SOON = 1.0  # seconds in which a token that ends takes its connections along


class SurfaceTest(WireTest):
    def new_token(self, worker='anna', *options):
        """A token of that worker, its profile's name the same; returns its number."""
        profile = 'p' + new_key()
        self.ok('token', 'add', worker, '--save-as', profile, *options)
        return profile, max(int(t['tokenId']) for t in self.rows('token', 'list', '--worker', worker))

    def assert_closes(self, connection, within=SOON, since=None):
        """Nothing more comes, and the connection is closed in time."""
        connection.socket.settimeout(harness.WAIT_SECONDS)
        since = since or time.monotonic()
        self.assertIsNone(connection.receive())
        self.assertLess(time.monotonic() - since, within)


class Tokens(SurfaceTest):
    def test_revoking_a_token_closes_idle_connections_and_no_others(self):
        profile, token_id = self.new_token()
        idle, same, other = self.connect(profile), self.connect(profile), self.connect('anna')
        admin = self.connect('admin')
        admin.call('RevokeToken', pb.RevokeTokenRequest(token_id=token_id))
        since = time.monotonic()
        self.assert_closes(idle, since=since)
        self.assert_closes(same, since=since)
        other.call('ListTeams', pb.ListTeamsRequest())
        self.refusal(self.connect(None), 'Authenticate', pb.AuthenticateRequest(token=self.service.token(profile)),
                     'UNAUTHENTICATED')

    def test_revoking_a_worker_closes_all_of_that_worker(self):
        self.service.script('worker add weg --name Weg --role coach --team Noord\ntoken add weg --save-as weg\n'
                            'token add weg --save-as weg2')
        idle = [self.connect('weg'), self.connect('weg2')]
        self.connect('admin').call('RevokeWorker', pb.RevokeWorkerRequest(worker='weg'))
        since = time.monotonic()
        for connection in idle:
            self.assert_closes(connection, since=since)

    def test_a_watcher_is_told_why(self):
        profile, token_id = self.new_token()
        watcher = self.connect(profile)
        watching = watcher.send('Watch', pb.WatchRequest())
        self.assertTrue(watcher.receive().more)
        self.connect('admin').call('RevokeToken', pb.RevokeTokenRequest(token_id=token_id))
        since = time.monotonic()
        last = watcher.receive()
        self.assertEqual((last.id, pb.Code.Name(last.status.code)), (watching, 'UNAUTHENTICATED'))
        self.assert_closes(watcher, since=since)

    def test_what_has_not_begun_is_refused_and_what_runs_does_not_hold_the_connection(self):
        profile, token_id = self.new_token()
        number = self.new_client()
        c, admin = self.connect(profile), self.connect('admin')
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number, words='loopt'), None)
        self.wait_for_lock()
        for _ in range(20):
            c.send('RecordContact', self.contact(number, words='te laat'), None)
        # All that are here are with the daemon.
        while int(self.status(admin).requests_waiting) < 20:
            pass
        admin.call('RevokeToken', pb.RevokeTokenRequest(token_id=token_id))
        self.assert_closes(c)
        release()
        self.assertNotIn('te laat', self.contacts(number))

    def status(self, connection):
        return connection.call('GetStatus', pb.GetStatusRequest())

    def test_waiting_calls_hear_that_the_token_ended(self):
        profile, token_id = self.new_token()
        number = self.new_client()
        c, admin = self.connect(profile), self.connect('admin')
        # The waiting ones are answered at once; the order of answers lets them out when the running one is done.
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number, words='loopt'), None)
        self.wait_for_lock()
        late = [c.send('RecordContact', self.contact(number, words='te laat'), None) for _ in range(20)]
        while self.status(admin).requests_waiting < 20:
            pass
        seen = len(self.service.daemon.lines)
        admin.call('RevokeToken', pb.RevokeTokenRequest(token_id=token_id))
        self.service.daemon.wait_for('event=token_ended', seen)
        release()
        first = c.receive()
        self.assertFalse(first.status.code)
        for id_ in late:
            response = c.receive()
            self.assertEqual((response.id, pb.Code.Name(response.status.code)), (id_, 'UNAUTHENTICATED'))
        self.assertIsNone(c.receive())
        self.assertEqual(self.contacts(number), ['loopt'])

    def test_expiry_closes_idle_connections_and_watchers(self):
        token = '%064x' % 0xabc
        self.service.sql('insert into session.token (municipality_id, worker_id, token_sha256, expires_at) select '
                         f"municipality_id, worker_id, '\\x{harness.digest(token)}', clock_timestamp() + interval '3 seconds' "
                         "from traject.worker where name = 'anna'")
        until = time.monotonic() + 3
        idle, watcher = Connection(self.service, token), Connection(self.service, token)
        self.addCleanup(idle.socket.close)
        self.addCleanup(watcher.socket.close)
        watching = watcher.send('Watch', pb.WatchRequest())
        watcher.receive()
        last = watcher.receive()
        self.assertEqual((last.id, pb.Code.Name(last.status.code)), (watching, 'UNAUTHENTICATED'))
        self.assertGreater(time.monotonic(), until - 0.2)
        self.assert_closes(watcher, since=until)
        self.assert_closes(idle, since=until)

    def test_what_was_revoked_while_the_listener_was_away_is_found(self):
        profile, token_id = self.new_token()
        idle, admin = self.connect(profile), self.connect('admin')
        backend = [line for line in self.service.daemon.lines if 'event=listener_ready' in line][-1].split('backend=')[1]
        seen = len(self.service.daemon.lines)
        # It comes back after 50 ms at the earliest, so it hears nothing of this.
        self.service.sql(f"select pg_terminate_backend({backend}, 10000); "
                         f"update session.token set revoked_at = now() where token_id = {token_id}")
        self.service.daemon.wait_for('event=listener_ready', seen)
        self.assert_closes(idle, within=5)
        admin.call('ListTeams', pb.ListTeamsRequest())

    def test_made_up_announcements_end_nothing(self):
        c = self.connect('anna')
        for payload in ('tokens', 'tokens 1', '', 'token', '1 1'):
            self.service.sql(f"notify traject, '{payload}'")
        profile, token_id = self.new_token()
        ended = self.connect(profile)
        self.connect('admin').call('RevokeToken', pb.RevokeTokenRequest(token_id=token_id))
        self.assert_closes(ended)
        c.call('ListTeams', pb.ListTeamsRequest())

    def test_a_token_that_ends_while_it_authenticates(self):
        """The answer was made before the token was revoked, and comes after all others were asked after."""
        for _ in range(20):
            profile, token_id = self.new_token()
            token = self.service.token(profile)
            c = self.connect(None)
            c.send('Authenticate', pb.AuthenticateRequest(token=token))
            self.service.sql(f'update session.token set revoked_at = now() where token_id = {token_id}')
            since = time.monotonic()
            c.receive()
            if c.socket.fileno() >= 0:
                c.socket.settimeout(harness.WAIT_SECONDS)
                readable, _, _ = select.select([c.socket], [], [], SOON)
                if not readable and not c.socket.pending():
                    # It was refused, and may try again.
                    self.refusal(c, 'Authenticate', pb.AuthenticateRequest(token=token), 'UNAUTHENTICATED')
            self.assertLess(time.monotonic() - since, 2 * SOON)


if __name__ == '__main__':
    unittest.main()
