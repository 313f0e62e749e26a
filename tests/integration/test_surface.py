"""What trajectd shows to the network: who gets in, for how long, and what it takes from whom it does not know."""
import os
import pathlib
import secrets
import socket
import ssl
import subprocess
import threading
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
        release = self.hold('traject.event', 'exclusive')
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
        # The waiting ones are answered at once; the order of answers lets them out when the running one is done. That one
        # has no words: it would ask for the key to seal them with first, and begin only then.
        release = self.hold('traject.event', 'exclusive')
        c.send('RecordContact', self.contact(number, words=''), None)
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
        self.assertEqual(self.service.sql("select count(*) from traject.event join traject.trajectory using (trajectory_id) "
                                          f"join traject.client using (client_id) where client_number = '{number}' and "
                                          "traject.event.kind = 'contact'"), [['1']])

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
        self.service.sql('alter role traject_daemon nologin')
        self.addCleanup(self.service.sql, 'alter role traject_daemon login')
        self.service.sql(f'select pg_terminate_backend({backend})')
        self.service.daemon.wait_for('event=listener_lost', seen)
        self.service.sql(f'update session.token set revoked_at = now() where token_id = {token_id}')
        self.service.sql('alter role traject_daemon login')
        self.service.daemon.wait_for('event=listener_ready', seen)
        self.assert_closes(idle)
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
        profile, token_id = self.new_token()
        other, late = self.connect(profile), self.connect(None)
        release = self.hold('traject.municipality')
        late.send('Authenticate', pb.AuthenticateRequest(token=self.service.token(profile)))
        self.wait_for_lock()
        self.service.sql(f'update session.token set revoked_at = now() where token_id = {token_id}')
        self.assert_closes(other)
        release()
        self.assertFalse(late.receive().status.code)
        self.assert_closes(late)


class Failures(SurfaceTest):
    def try_token(self, token, source, certificate=None):
        """The status that the token is answered with."""
        c = self.connect(None, source=source, certificate=certificate)
        c.send('Authenticate', pb.AuthenticateRequest(token=token))
        return c.receive().status

    def test_every_failure_is_answered_alike(self):
        expired, revoked = self.new_token()[0], self.new_token()[0]
        for profile, change in ((expired, 'expires_at = now()'), (revoked, 'revoked_at = now()')):
            self.service.sql(f"update session.token set {change} where encode(token_sha256, 'hex') = "
                             f"'{harness.digest(self.service.token(profile))}'")
        right = self.service.token('anna')
        tokens = (self.service.token(expired), self.service.token(revoked), 'ab' * 32, right[:-1] + '%x' % (int(right[-1], 16) ^ 1),
                  right[:-1], right + '0', right[:-2] + 'xy', '', 'x' * 2000)
        answers = {(s.code, s.message, s.field) for s in (self.try_token(token, '127.0.9.1') for token in tokens)}
        self.assertEqual(len(answers), 1, answers)
        code, message, field = answers.pop()
        self.assertEqual((pb.Code.Name(code), field), ('UNAUTHENTICATED', 'token'))
        # As the database says it to a call.
        with self.assertRaisesRegex(AssertionError, f'ERROR:  {message}\n'):
            self.service.sql("select session.enter('\\x00', null, '/traject.v1.Traject/ListTeams', null)")

    def test_a_token_that_fails_undoes_nothing_of_its_batch(self):
        """An error of the database would: the others' calls would run again, one by one."""
        self.assertEqual(self.service.sql("select * from session.authenticate('\\x00')"), [])

    def test_an_address_from_which_many_fail_has_to_wait_and_no_other(self):
        right = self.service.token('anna')
        for _ in range(30):
            self.assertEqual(pb.Code.Name(self.try_token(secrets.token_hex(32), '127.0.9.2').code), 'UNAUTHENTICATED')
        for token in (secrets.token_hex(32), right):
            status = self.try_token(token, '127.0.9.2')
            self.assertEqual(pb.Code.Name(status.code), 'RESOURCE_EXHAUSTED')
            self.assertRegex(status.message, r'try again in [1-6]?\d seconds')
        self.assertFalse(self.try_token(right, '127.0.9.3').code)

    def test_a_beginning_that_fails_from_everywhere_locks_its_holder_out_of_nowhere_else(self):
        right = self.service.token('bert')
        for i in range(10):
            wrong = right[:8] + secrets.token_hex(28)
            self.assertEqual(pb.Code.Name(self.try_token(wrong, f'127.0.10.{i + 1}').code), 'UNAUTHENTICATED')
        # Where one failed already it is not asked after again; another's token is.
        self.assertEqual(pb.Code.Name(self.try_token(right[:8] + secrets.token_hex(28), '127.0.10.1').code), 'RESOURCE_EXHAUSTED')
        self.assertFalse(self.try_token(self.service.token('anna'), '127.0.10.1').code)
        self.assertFalse(self.try_token(right, '127.0.10.99').code)

    def test_three_failures_end_a_connection_also_when_they_are_not_looked_up(self):
        for _ in range(30):
            self.try_token(secrets.token_hex(32), '127.0.9.4')
        c = self.connect(None, source='127.0.9.4')
        for _ in range(3):
            self.refusal(c, 'Authenticate', pb.AuthenticateRequest(token='ab' * 32), 'RESOURCE_EXHAUSTED')
        self.assertIsNone(c.receive())


class Certificates(SurfaceTest):
    options = {'tls_client_ca': 'ca.pem'}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ('laptop', 'telefoon'):
            harness.make_certificate(cls.service.folder, cls.service.folder, name)
        cls.service.ok('token', 'add', 'anna', '--certificate', 'laptop.pem', '--save-as', 'bound')

    def opens(self, profile, certificate):
        c = self.connect(None, certificate=certificate)
        c.send('Authenticate', pb.AuthenticateRequest(token=self.service.token(profile)))
        code = c.receive().status.code
        if not code:
            c.call('ListTeams', pb.ListTeamsRequest())
        return not code

    def test_a_bound_token_opens_with_its_certificate_only(self):
        self.assertTrue(self.opens('bound', 'laptop'))
        self.assertFalse(self.opens('bound', 'telefoon'))
        self.assertFalse(self.opens('bound', None))
        # One that is not bound opens with any, and with none.
        self.assertTrue(self.opens('anna', None))
        self.assertTrue(self.opens('anna', 'laptop'))

    def test_a_session_that_is_resumed_brings_its_certificate(self):
        first = self.connect('bound', certificate='laptop')
        first.call('ListTeams', pb.ListTeamsRequest())
        without = self.connect('anna')
        without.call('ListTeams', pb.ListTeamsRequest())
        for session, code in ((first, 0), (without, pb.UNAUTHENTICATED)):
            c = self.connect(None, resume=session)
            self.assertTrue(c.socket.session_reused)
            c.send('Authenticate', pb.AuthenticateRequest(token=self.service.token('bound')))
            self.assertEqual(c.receive().status.code, code)

    def test_the_list_says_which_need_one(self):
        need = {row['tokenId'] for row in self.rows('token', 'list', '--worker', 'anna') if row.get('needsCertificate')}
        self.assertEqual(len(need), 1)

    def test_the_client_shows_the_certificate_of_its_profile(self):
        self.refused('team', 'list', profile='bound', says='bound to another certificate')
        path = self.service.folder / 'traject' / 'bound.conf'
        whole = path.read_text()
        self.addCleanup(path.write_text, whole)
        # A relative path counts from the profile's folder.
        path.write_text(whole + 'certificate = "../laptop.pem"\nkey = "../laptop.key"\n')
        self.ok('team', 'list', profile='bound')
        path.write_text(whole + 'certificate = "../laptop.pem"\nkey = "../telefoon.key"\n')
        self.refused('team', 'list', profile='bound', code=2, says='telefoon.key, for certificate .*laptop.pem')

    def test_what_is_no_certificate_binds_nothing(self):
        before = len(self.rows('token', 'list'))
        self.refused('token', 'add', 'anna', '--certificate', 'laptop.key', code=2, says='laptop.key: holds no certificate')
        self.refused('token', 'add', 'anna', '--certificate', 'none.pem', code=2, says='none.pem: No such file')
        self.refused('token', 'add', 'anna', '--certificate', code=2, says='certificate')
        self.assertEqual(len(self.rows('token', 'list')), before)

    def test_it_is_checked_at_every_call(self):
        c = self.connect('bound', certificate='laptop')
        c.call('ListTeams', pb.ListTeamsRequest())
        where = f"where encode(token_sha256, 'hex') = '{harness.digest(self.service.token('bound'))}'"
        fingerprint = self.service.sql(f"select encode(certificate_sha256, 'hex') from session.token {where}")[0][0]
        self.service.sql(f"update session.token set certificate_sha256 = sha256('another') {where}")
        self.addCleanup(self.service.sql, f"update session.token set certificate_sha256 = '\\x{fingerprint}' {where}")
        self.refusal(c, 'ListTeams', pb.ListTeamsRequest(), 'UNAUTHENTICATED')

    def test_a_certificate_of_another_authority_is_refused(self):
        elsewhere = self.service.folder / 'elsewhere'
        elsewhere.mkdir()
        harness.make_authority(elsewhere)
        harness.make_certificate(elsewhere, elsewhere, 'laptop')
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect('anna', certificate='elsewhere/laptop')
        # What is wrong with the authorities themselves is said at the start.
        self.service.write_config(self.service.folder / 'wrong.conf', tls_client_ca='laptop.key')
        done = subprocess.run([harness.TRAJECTD, '--check-config', '--config', self.service.folder / 'wrong.conf'],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, 'tls_client_ca .*laptop.key')


class Limits(SurfaceTest):
    options = {'connections_per_address': 4}

    def test_an_address_has_so_many_connections(self):
        mine = [self.connect('anna', source='127.0.8.1') for _ in range(4)]
        seen = len(self.service.daemon.lines)
        with self.assertRaises((ConnectionError, ssl.SSLError)):
            self.connect('anna', source='127.0.8.1')
        self.service.daemon.wait_for('event=connections_turned_away .*limit_of_address=4', seen)
        self.connect('anna', source='127.0.8.2').call('ListTeams', pb.ListTeamsRequest())
        mine.pop().socket.close()
        self.service.daemon.wait_for('event=connection_closed', seen)
        self.connect('anna', source='127.0.8.1').call('ListTeams', pb.ListTeamsRequest())

    def test_who_is_not_known_sends_small_frames(self):
        c = self.connect(None, source='127.0.8.3')
        # Its length alone is enough.
        c.socket.sendall(b'\x81\x20')
        self.assertIn('a frame of 4097 bytes is over the limit of 4096 before authenticating', c.receive().status.message)
        self.assertIsNone(c.receive())

    def test_what_comes_in_one_record_with_the_token_is_answered(self):
        c = self.connect(None, source='127.0.8.6')
        token = pb.AuthenticateRequest(token=self.service.token('anna'))
        sent = c.request('Authenticate', token) + b''.join(c.request('GetStatus', b'\xfa\x3f\xe4\x07' + b'x' * 996)
                                                          for _ in range(15))
        self.assertLess(len(sent), 16384)
        c.socket.settimeout(20)
        c.socket.sendall(sent)
        c.answer('Authenticate')
        for _ in range(15):
            c.answer('GetStatus')

    def test_what_a_stranger_sends_ahead_is_not_all_taken(self):
        c = self.connect(None, source='127.0.8.7')
        release = self.hold('session.token')
        c.send('Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')))
        more = c.request('GetStatus', pb.GetStatusRequest()) * 1000000
        c.socket.settimeout(1)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < len(more):
                sent += c.socket.send(more[sent:sent + 16384])
        # What the daemon has not read is in the kernel: unsent on this side, unread on the daemon's.
        local = f':{c.socket.getsockname()[1]:04X}'
        queues = [fields[4].split(':')[fields[2].endswith(local)] for fields in map(str.split, pathlib.Path('/proc/net/tcp').read_text().splitlines())
                  if fields[1].endswith(local) or fields[2].endswith(local)]
        self.assertEqual(len(queues), 2)
        taken = sent - sum(int(queue, 16) for queue in queues)
        release()
        self.assertLess(taken, 64 * 1024)
        c.socket.settimeout(harness.WAIT_SECONDS)
        c.answer('Authenticate')

    def test_one_connection_does_not_fill_the_memory(self):
        c, other = self.connect('anna', source='127.0.8.4'), self.connect('anna', source='127.0.8.4')
        release = self.hold('traject.client')
        large = b''.join(c.request('GetClient', pb.GetClientRequest(client_number='x' * 1000000)) for _ in range(20))
        c.socket.settimeout(1)
        sent = 0
        # Until nothing has been taken for a second.
        with self.assertRaises(TimeoutError):
            while sent < len(large):
                sent += c.socket.send(large[sent:sent + 16384])
        self.assertLessEqual(other.call('GetStatus', pb.GetStatusRequest()).requests_waiting, 6)
        release()
        c.socket.settimeout(harness.WAIT_SECONDS)
        sender = threading.Thread(target=lambda: c.socket.sendall(large[sent:]))
        sender.start()
        self.assertEqual({pb.Code.Name(c.receive().status.code) for _ in range(20)}, {'NOT_FOUND'})
        sender.join()

    def test_a_connection_is_watched_for_a_peer_that_vanished(self):
        c = self.connect('anna', source='127.0.8.5')
        local = c.socket.getsockname()[1]
        until = time.monotonic() + harness.WAIT_SECONDS
        timer = None
        # When all that was sent has been acknowledged: the keep-alive timer.
        while timer != '02':
            self.assertLess(time.monotonic(), until, f'the timer is {timer}')
            timer = next(fields[5].split(':')[0] for fields in map(str.split, open('/proc/net/tcp'))
                         if fields[1].endswith(f':{self.service.port:04X}') and fields[2].endswith(f':{local:04X}'))


class Tls(SurfaceTest):
    def test_no_key_exchange_that_costs_the_daemon_much(self):
        def handshake(groups):
            return subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{self.service.port}', '-alpn', 'traject/1',
                                   '-groups', groups], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=harness.WAIT_SECONDS)
        for group in ('X25519', 'P-256', 'P-384'):
            self.assertIn('Cipher is TLS_', handshake(group).stdout, group)
        for group in ('ffdhe2048', 'ffdhe8192', 'P-521', 'X448'):
            done = handshake(group)
            self.assertNotEqual(done.returncode, 0, group)
            self.assertIn('alert handshake failure', done.stderr, group)
        # Who offers a costly one first is asked for another.
        self.assertIn('X25519', handshake('ffdhe8192:X25519').stdout)

    def test_a_ticket_resumes_until_the_certificates_are_read_again(self):
        first = self.connect('anna')
        first.call('ListTeams', pb.ListTeamsRequest())
        self.assertEqual((first.socket.version(), first.socket.compression()), ('TLSv1.3', None))
        resumed = self.connect('anna', resume=first)
        self.assertTrue(resumed.socket.session_reused)
        resumed.call('ListTeams', pb.ListTeamsRequest())
        # What it resumes is the encryption; who calls is asked again.
        stranger = self.connect(None, resume=first)
        self.assertTrue(stranger.socket.session_reused)
        self.refusal(stranger, 'ListTeams', pb.ListTeamsRequest(), 'UNAUTHENTICATED')
        self.hang_up('event=reloaded')
        self.assertFalse(self.connect('anna', resume=first).socket.session_reused)

    def test_an_encrypted_key_is_refused_and_no_passphrase_asked_for(self):
        harness.openssl('pkcs8', '-topk8', '-in', self.service.folder / 'server.key', '-passout', 'pass:geheim', '-out',
                        self.service.folder / 'encrypted.key')
        self.service.write_config(self.service.folder / 'encrypted.conf', tls_key='encrypted.key')
        # With a terminal, on which OpenSSL would ask.
        done = subprocess.run(['script', '--quiet', '--return', '--command', f'{harness.TRAJECTD} --check-config --config '
                               f'{self.service.folder}/encrypted.conf', '/dev/null'], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=harness.WAIT_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, 'tls_key .*encrypted.key: it is encrypted; give a key without a passphrase')
        self.assertNotRegex(done.stdout, 'pass ?phrase:')

    def test_half_written_files_change_nothing(self):
        c = self.connect('anna')
        for name in ('server.pem', 'server.key', 'trajectd.conf'):
            path = self.service.folder / name
            whole = path.read_bytes()
            for part in (whole[:0], whole[:1], whole[:len(whole) // 2], whole[:-4], whole[:30] + b'\0' * 30):
                with self.subTest(name, part=part):
                    path.write_bytes(part)
                    self.hang_up('event=reload_failed')
                    c.call('ListTeams', pb.ListTeamsRequest())
                    self.connect('anna')
            path.unlink()
            self.hang_up('event=reload_failed')
            os.mkfifo(path)
            if name == 'trajectd.conf':
                self.hang_up('event=reload_failed')
            path.unlink()
            path.write_bytes(whole)
            self.hang_up('event=reloaded')
        c.call('ListTeams', pb.ListTeamsRequest())
        self.connect('anna')

    def test_a_handshake_that_certificates_overtake_gives_no_ticket_for_later(self):
        held = Connection.__new__(Connection)
        held.context = ssl.create_default_context(cafile=self.service.folder / 'ca.pem')
        held.context.set_alpn_protocols(['traject/1'])
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        held.socket = held.context.wrap_bio(incoming, outgoing, server_hostname='localhost')
        with socket.create_connection(('127.0.0.1', self.service.port), harness.WAIT_SECONDS) as raw:
            def exchange(step, *arguments):
                """Makes the step, for as long as it waits for the server."""
                while True:
                    try:
                        done = step(*arguments)
                        raw.sendall(outgoing.read())
                        return done
                    except ssl.SSLWantReadError:
                        raw.sendall(outgoing.read())
                        incoming.write(raw.recv(65536))
            with self.assertRaises(ssl.SSLWantReadError):
                held.socket.do_handshake()
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
            self.hang_up('event=reloaded')
            exchange(held.socket.do_handshake)
            exchange(held.socket.write, delimited(pb.Request(id=1, method='/traject.v1.Session/GetStatus')))
            exchange(held.socket.read, 65536)
            self.assertTrue(held.socket.session.has_ticket)
            self.assertFalse(self.connect('anna', resume=held).socket.session_reused)

    def test_other_authorities_for_clients_are_taken_without_a_dropped_connection(self):
        for name in ('one', 'two'):
            folder = self.service.folder / name
            folder.mkdir()
            harness.make_authority(folder)
            harness.make_certificate(folder, folder, 'laptop')
        self.addCleanup(lambda: (self.service.write_config(), self.hang_up('event=reloaded')))
        self.service.write_config(tls_client_ca='one/ca.pem')
        self.hang_up('event=reloaded')
        first = self.connect('anna', certificate='one/laptop')
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect('anna', certificate='two/laptop')
        self.service.write_config(tls_client_ca='two/ca.pem')
        self.hang_up('event=reloaded')
        second = self.connect('anna', certificate='two/laptop')
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect('anna', certificate='one/laptop')
        for c in (first, second):
            c.call('ListTeams', pb.ListTeamsRequest())


class Slow(SurfaceTest):
    """Who sends a byte now and then is waited for as long as who sends nothing."""

    def drip(self, connected, bytes_, seconds, within):
        """Sends a byte twice a second until the server closes; it should after `seconds`, at `within` at the latest."""
        since = time.monotonic()
        connected.settimeout(0.5)
        for byte in bytes_:
            try:
                connected.sendall(bytes([byte]))
                if connected.recv(4096) == b'':
                    break
            except TimeoutError:
                pass
            except (ConnectionError, ssl.SSLError):
                break
            if time.monotonic() - since > within:
                break
        self.took[connected] = time.monotonic() - since
        self.asked[connected] = seconds, within

    def test_slow_peers_are_dropped(self):
        self.took, self.asked = {}, {}
        plain = socket.create_connection(('127.0.0.1', self.service.port))
        unknown, known, whole = self.connect(None), self.connect('anna'), self.connect('anna')
        half = self.connect('anna')
        half.socket.sendall(known.request('GetClient', pb.GetClientRequest(client_number='x' * 500))[:100])
        # A handshake record of 512 bytes that never ends; a frame of 4096 bytes, of 1 MiB.
        slow = [(plain, b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc' + b'\0' * 500, 15, 20),
                (unknown.socket, b'\x80\x20' + b'x' * 4096, 15, 20), (known.socket, b'\x80\x80\x40' + b'x' * 4096, 30, 36)]
        threads = [threading.Thread(target=self.drip, args=one) for one in slow]
        for thread in threads:
            thread.start()
        whole.call('ListTeams', pb.ListTeamsRequest())
        for thread in threads:
            thread.join()
        for connected, (seconds, within) in self.asked.items():
            self.assertGreater(self.took[connected], seconds - 1)
            self.assertLess(self.took[connected], within)
        plain.close()
        half.socket.settimeout(5)
        self.assertIsNone(half.receive())
        # An idle connection is none of these.
        whole.call('ListTeams', pb.ListTeamsRequest())


class SlowStatements(SurfaceTest):
    options = {'database_connections': 1}

    def test_a_batch_may_take_longer_than_a_server_may_be_silent(self):
        self.service.sql("""create function public.slow() returns trigger language plpgsql as
                            $$ begin perform pg_sleep(21); return new; end $$;
                            create trigger slow before insert on traject.team for each row execute function public.slow()""")
        c = self.connect('admin')
        # The first has the only connection to itself, the others are one batch of 63 seconds.
        c.socket.sendall(c.request('ListTeams', pb.ListTeamsRequest()) + b''.join(
            c.request('AddTeam', pb.AddTeamRequest(team=f'Traag {n}'), None) for n in range(3)))
        c.socket.settimeout(100)
        for method in ('ListTeams', 'AddTeam', 'AddTeam', 'AddTeam'):
            c.answer(method)
        self.assertNotIn('event=database_lost', self.service.log())


if __name__ == '__main__':
    unittest.main()
