"""What trajectd makes of bad requests, bad peers, and bad moments to be stopped or lose its database."""
import signal
import socket
import ssl
import subprocess
import threading
import unittest

import harness
from harness import ServiceTest
from sealing import Sealing
from wire import Connection, Refused, delimited, new_key, pb


class WireTest(ServiceTest):
    def connect(self, profile='anna', **how):
        made = Connection(self.service, self.service.token(profile) if profile else None, **how)
        self.addCleanup(made.socket.close)
        return made

    def refusal(self, connection, method, message, code, key=None, **how):
        with self.assertRaises(Refused) as caught:
            connection.call(method, message, key, **how)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def contact(self, number, words='vertrouwelijk', **fields):
        return pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                                       reached=True, words=words, **fields)

    def contacts(self, number):
        """The words of the client's contacts, in the order recorded."""
        opened = Sealing(self.service).open
        return [opened(row[0]) for row in self.service.sql(
            'select e.words from traject.event e join traject.trajectory t using (trajectory_id) join traject.client c '
            f"using (client_id) where c.client_number = '{number}' and e.kind = 'contact' order by e.event_id")]

    def hold(self, table, mode='access exclusive'):
        """Locks the table, so that who writes to it waits; returns what lets go."""
        return self.hold_in_transaction(f'lock table {table} in {mode} mode')

    def hold_in_transaction(self, statement):
        """Runs that in a transaction, and keeps its locks; returns what rolls it back."""
        psql = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--dbname', self.service.cluster.conninfo(self.service.database)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        psql.stdin.write(f'begin; {statement};\n\\echo locked\n')
        psql.stdin.flush()
        self.assertEqual(psql.stdout.readline(), 'locked\n')

        def release():
            if psql.poll() is None:
                psql.communicate('rollback;\n')
        self.addCleanup(release)
        return release

    def wait_for_lock(self):
        """Until a call waits for the lock that is held."""
        while self.service.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                               f"and datname = '{self.service.database}'") == [['0']]:
            pass

    def hang_up(self, expected):
        seen = len(self.service.daemon.lines)
        self.service.daemon.tell(signal.SIGHUP)
        self.service.daemon.wait_for(expected, seen)


class Requests(WireTest):
    def test_what_is_no_method_or_no_body(self):
        c = self.connect()
        refused = self.refusal(c, '/traject.v1.Traject/GetClints', b'', 'UNIMPLEMENTED')
        self.assertEqual(refused.field, 'method')
        self.refusal(c, '', b'', 'UNIMPLEMENTED')
        refused = self.refusal(c, 'GetClient', b'\x0a\xff', 'INVALID_ARGUMENT')
        self.assertEqual(refused.field, 'body')
        self.assertIn('GetClientRequest', refused.message)
        # The connection is as good as before.
        self.assertEqual([t.team for t in c.call('ListTeams', pb.ListTeamsRequest()).teams], ['Noord', 'Zuid'])

    def test_who_is_not_authenticated_gets_nothing(self):
        c = self.connect(profile=None)
        for method in ('GetClient', 'GetStatus', '/traject.v1.Traject/Nothing'):
            self.refusal(c, method, b'', 'UNAUTHENTICATED')
        c.call('Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')))
        self.refusal(c, 'Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')), 'FAILED_PRECONDITION')

    def test_tokens_that_do_not_open(self):
        self.service.script('worker add gast --name Gast --role coach --team Noord\ntoken add gast --save-as gast')
        token = self.service.token('gast')
        unknown = self.refusal(self.connect(None), 'Authenticate', pb.AuthenticateRequest(token='ab' * 32), 'UNAUTHENTICATED')
        self.refusal(self.connect(None), 'Authenticate', pb.AuthenticateRequest(token='ab'), 'UNAUTHENTICATED')
        self.refusal(self.connect(None), 'Authenticate', pb.AuthenticateRequest(token='xy' * 32), 'UNAUTHENTICATED')
        self.service.sql("update session.token set expires_at = now() - interval '1 second' "
                         f"where encode(token_sha256, 'hex') = '{harness.digest(token)}'")
        expired = self.refusal(self.connect(None), 'Authenticate', pb.AuthenticateRequest(token=token), 'UNAUTHENTICATED')
        self.assertEqual(unknown.message, expired.message, 'it should not tell which')
        # Trying on and on ends the connection.
        c = self.connect(None)
        for _ in range(3):
            self.refusal(c, 'Authenticate', pb.AuthenticateRequest(token='ab' * 32), 'UNAUTHENTICATED')
        self.assertIsNone(c.receive())

    def test_a_revoked_token_ends_an_open_connection(self):
        self.service.script('worker add weg --name Weg --role coach --team Noord\ntoken add weg --save-as weg')
        c = self.connect('weg')
        c.call('ListTeams', pb.ListTeamsRequest())
        token_id = self.rows('token', 'list', '--worker', 'weg')[0]['tokenId']
        self.ok('token', 'revoke', token_id)
        self.assertIsNone(c.receive())

    def test_a_field_out_of_range_is_named(self):
        c = self.connect()
        number = self.new_client()
        refused = self.refusal(c, 'ListWithoutContact', pb.ListWithoutContactRequest(page_size=1001), 'INVALID_ARGUMENT')
        self.assertEqual((refused.field, refused.message), ('page_size', 'page_size is 1001; give 1 to 1000'))
        refused = self.refusal(c, 'RecordContact', self.contact(number, words='x' * 4001), 'INVALID_ARGUMENT')
        self.assertEqual((refused.field, refused.message), ('words', 'words has 4001 characters; give at most 4000'))
        wrong = self.contact(number)
        wrong.channel = 77
        refused = self.refusal(c, 'RecordContact', wrong, 'INVALID_ARGUMENT')
        self.assertEqual(refused.field, 'channel')
        self.assertRegex(refused.message, r'^channel is 77, which is none of phone, email, .*online$')
        wrong.channel = 0
        self.assertRegex(self.refusal(c, 'RecordContact', wrong, 'INVALID_ARGUMENT').message, '^channel is missing; give one of')
        refused = self.refusal(c, 'GetTimeline', pb.GetTimelineRequest(client_number=number, page_token='x'), 'INVALID_ARGUMENT')
        self.assertEqual(refused.field, 'page_token')
        refused = self.refusal(c, 'AddClient', pb.AddClientRequest(client_number='a b'), 'INVALID_ARGUMENT')
        self.assertIn('1 to 32 letters, digits', refused.message)
        self.assertEqual(self.contacts(number), [])

    def test_moments_that_cannot_be(self):
        c = self.connect()
        number = self.new_client()
        for seconds, nanos, says in ((253402300799, 0, 'lies in the future'), (253402300800, 0, 'no moment in the years 1 to 9999'),
                                     (2**62, 0, 'no moment'), (-2**63, 0, 'no moment'), (1700000000, -1, 'no moment'),
                                     (1700000000, 10**9, 'no moment'), (-62135596800, 0, 'give a moment from')):
            wrong = self.contact(number)
            wrong.occurred_at.seconds, wrong.occurred_at.nanos = seconds, nanos
            refused = self.refusal(c, 'RecordContact', wrong, 'INVALID_ARGUMENT')
            self.assertEqual(refused.field, 'occurred_at')
            self.assertIn(says, refused.message)
        self.assertEqual(self.contacts(number), [])

    def test_text_that_is_no_text(self):
        c = self.connect()
        number = self.new_client()
        body = self.contact(number, words='WORDS').SerializeToString()
        refused = self.refusal(c, 'RecordContact', body.replace(b'WORDS', b'W\xff\xfeDS'), 'INVALID_ARGUMENT')
        self.assertEqual(refused.field, 'words')
        self.assertEqual(self.contacts(number), [])

    def test_text_with_a_nul_is_not_cut_short(self):
        number = self.new_client()
        self.refusal(self.connect(), 'RecordContact', self.contact(number, words='begin\0einde'), 'INVALID_ARGUMENT')
        self.assertEqual(self.contacts(number), [])

    def test_a_changed_trajectory_and_a_move_that_changes_nothing(self):
        c = self.connect()
        number = self.new_client()
        c.call('RecordContact', self.contact(number, expected_version=1))
        refused = self.refusal(c, 'RecordContact', self.contact(number, expected_version=1), 'ABORTED')
        self.assertEqual(refused.field, 'expected_version')
        refused = self.refusal(c, 'MoveStage', pb.MoveStageRequest(client_number=number, stage=pb.STAGE_FIRST_CONTACT),
                               'FAILED_PRECONDITION')
        self.assertEqual(refused.field, 'stage')

    def test_a_write_happens_once_for_a_key(self):
        c = self.connect()
        number = self.new_client()
        for key in ('', 'x', new_key()[:-1], new_key() + '0'):
            refused = self.refusal(c, 'RecordContact', self.contact(number), 'INVALID_ARGUMENT', key=key)
            self.assertEqual(refused.field, 'request_key')
        key = new_key()
        first = c.call('RecordContact', self.contact(number), key)
        again = c.call('RecordContact', self.contact(number), key)
        elsewhere = self.connect().call('RecordContact', self.contact(number), key.upper())
        self.assertEqual(first, again)
        self.assertEqual(first, elsewhere)
        self.assertEqual(len(self.contacts(number)), 1)
        refused = self.refusal(c, 'RecordContact', self.contact(number, words='anders'), 'INVALID_ARGUMENT', key=key)
        self.assertEqual(refused.field, 'request_key')
        self.refusal(c, 'MoveStage', pb.MoveStageRequest(client_number=number, stage=pb.STAGE_STARTING_WORK), 'INVALID_ARGUMENT',
                     key=key)
        self.assertEqual(len(self.contacts(number)), 1)
        self.assertEqual(self.show(number)['stage'], 'STAGE_FIRST_CONTACT')

    def test_a_key_whose_request_was_refused_may_be_used_again(self):
        c = self.connect()
        number = self.new_client()
        key = new_key()
        move = pb.MoveStageRequest(client_number=number, stage=pb.STAGE_STARTING_WORK, expected_version=2)
        self.refusal(c, 'MoveStage', move, 'ABORTED', key=key)
        c.call('RecordContact', self.contact(number))
        c.call('MoveStage', move, key)
        self.assertEqual(self.show(number)['stage'], 'STAGE_STARTING_WORK')

    def test_one_key_from_many_at_the_same_time(self):
        number = self.new_client()
        key, answers = new_key(), []

        def ask():
            with Connection(self.service, self.service.token('anna')) as c:
                answers.append(c.call('RecordContact', self.contact(number), key).event_id)
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(answers), len(set(answers)), len(self.contacts(number))), (8, 1, 1))

    def test_a_hundred_at_once_with_bad_ones_between(self):
        c = self.connect()
        number = self.new_client()
        requests, bad = b'', set()
        for i in range(100):
            message = self.contact(number, words=f'n{i}')
            if i % 7 == 3:
                message.occurred_at.seconds = 1
                bad.add(i)
            elif i % 31 == 5:
                message.client_number = 'bestaat-niet'
                bad.add(i)
            requests += c.request('RecordContact', message, None)
        first_id = c.last_id - 99
        c.socket.sendall(requests)
        refused = set()
        for i in range(100):
            response = c.receive()
            self.assertEqual(response.id, first_id + i)
            if response.status.code:
                refused.add(i)
        self.assertEqual(refused, bad)
        self.assertEqual(self.contacts(number), [f'n{i}' for i in range(100) if i not in bad])


class Peers(WireTest):
    def test_what_is_no_frame_ends_the_connection_and_no_other(self):
        other = self.connect()
        for bytes_, says in ((b'\xff' * 64, 'no frame begins here'),
                             (b'\x81\x80\x40' + b'x' * 100, 'over the limit of 1048576'),
                             (b'\xff\xff\xff\xff\x0f', 'over the limit'),
                             (delimited(b'\xff\xff\xff'), 'holds no Request')):
            for profile in (None, 'anna'):
                c = self.connect(profile)
                c.socket.sendall(bytes_)
                response = c.receive()
                self.assertEqual((response.id, pb.Code.Name(response.status.code)), (0, 'INVALID_ARGUMENT'))
                self.assertIn(says, response.status.message)
                self.assertIsNone(c.receive())
                other.call('ListTeams', pb.ListTeamsRequest())

    def test_what_came_before_a_bad_frame_is_answered(self):
        c = self.connect()
        number = self.new_client()
        c.socket.sendall(b''.join(c.request('RecordContact', self.contact(number, words=f'n{i}'), None) for i in range(5)) +
                         b'\xff' * 20)
        answers = [c.receive() for _ in range(6)]
        self.assertIsNone(c.receive())
        self.assertEqual(len([a for a in answers if a.id and not a.status.code]), len(self.contacts(number)))
        self.assertEqual(len([a for a in answers if a.id == 0 and a.status.code]), 1)
        self.assertEqual(self.contacts(number), [f'n{i}' for i in range(5)])

    def test_the_largest_frame_passes(self):
        c = self.connect()
        room = 1048576 - len(pb.Request(id=c.last_id + 1, method='/traject.v1.Traject/GetClient', body=b'x' * 1000000)
                             .SerializeToString()) + 1000000
        message = pb.GetClientRequest(client_number='x' * (room - 4))
        self.assertEqual(len(pb.Request(id=c.last_id + 1, method='/traject.v1.Traject/GetClient',
                                        body=message.SerializeToString()).SerializeToString()), 1048576)
        self.refusal(c, 'GetClient', message, 'NOT_FOUND', key='')

    def test_a_frame_may_come_byte_by_byte(self):
        c = self.connect()
        for byte in c.request('ListTeams', pb.ListTeamsRequest()):
            c.socket.sendall(bytes([byte]))
        self.assertEqual(len(c.answer('ListTeams').teams), 2)

    def test_plaintext_is_cut_off(self):
        with socket.create_connection(('127.0.0.1', self.service.port), harness.WAIT_SECONDS) as plain:
            plain.sendall(b'GET / HTTP/1.0\r\n\r\n')
            received = b''
            try:
                while data := plain.recv(4096):
                    received += data
            except ConnectionResetError:
                pass
        self.assertNotIn(b'HTTP', received)
        self.assertLess(len(received), 16, 'no more than a TLS alert')

    def test_another_protocol_or_an_older_tls_is_refused(self):
        for protocols, version in ((['h2'], ssl.TLSVersion.TLSv1_3), (None, ssl.TLSVersion.TLSv1_3),
                                   (['traject/1'], ssl.TLSVersion.TLSv1_2)):
            context = ssl.create_default_context(cafile=self.service.folder / 'ca.pem')
            context.maximum_version = version
            if protocols:
                context.set_alpn_protocols(protocols)
            plain = socket.create_connection(('127.0.0.1', self.service.port), harness.WAIT_SECONDS)
            with self.subTest(protocols=protocols, version=version), plain:
                try:
                    secured = context.wrap_socket(plain, server_hostname='localhost')
                    self.assertIsNone(protocols)
                    self.assertEqual(secured.recv(1), b'', 'closed before a word was said')
                except (ssl.SSLError, ConnectionResetError):
                    pass

    def test_a_peer_that_does_not_read_harms_nobody(self):
        number = self.new_client()
        c = self.connect()
        for _ in range(4):
            c.socket.sendall(b''.join(c.request('RecordContact', self.contact(number, words='x' * 3500), None) for _ in range(100)))
            for _ in range(100):
                self.assertFalse(c.receive().status.code)
        slow = Connection(self.service, self.service.token('anna'), receive_buffer=4096)
        self.addCleanup(slow.socket.close)
        ask = pb.GetTimelineRequest(client_number=number, page_size=1000)
        asked, others = 100, 50
        before = c.call('GetStatus', pb.GetStatusRequest()).requests_answered
        for _ in range(asked):
            slow.send('GetTimeline', ask, deadline_ms=600000)  # however slow the machine is
        for _ in range(others):
            self.assertEqual(len(c.call('ListTeams', pb.ListTeamsRequest()).teams), 2)
        # Most of its answers are not even made before it reads, and then it gets all.
        answered = c.call('GetStatus', pb.GetStatusRequest()).requests_answered - before - others - 1
        self.assertLess(answered, asked // 2)
        for _ in range(asked):
            self.assertEqual(len(slow.answer('GetTimeline').entries), 401)
        self.assertGreater(slow.parts, 1)

    def test_a_peer_that_hangs_up_with_requests_on_the_way(self):
        number = self.new_client()
        for _ in range(20):
            c = self.connect()
            c.socket.sendall(b''.join(c.request('RecordContact', self.contact(number), None) for _ in range(50)))
            c.socket.close()
        self.assertEqual(len(self.connect().call('ListTeams', pb.ListTeamsRequest()).teams), 2)


class Limits(WireTest):
    options = {'database_connections': 1, 'requests_waiting': 8, 'client_connections': 6}

    def test_more_connections_than_the_limit(self):
        open_ones = [self.connect() for _ in range(6)]
        with self.assertRaises((ConnectionError, ssl.SSLError, OSError)):
            self.connect()
        self.service.daemon.wait_for('event=connections_turned_away')
        for c in open_ones:
            c.call('ListTeams', pb.ListTeamsRequest())
            c.socket.close()

    def test_more_requests_than_may_wait(self):
        number = self.new_client()
        c, other, observer = self.connect(), self.connect(), self.connect()
        release = self.hold('traject.event')
        # The daemon answers GetStatus itself, also now.
        refused = observer.call('GetStatus', pb.GetStatusRequest()).requests_refused
        for i in range(21):
            c.send('RecordContact', self.contact(number, words=f'n{i}'), None)
        while observer.call('GetStatus', pb.GetStatusRequest()).requests_refused < refused + 12:
            pass
        other.send('ListTeams', pb.ListTeamsRequest())
        while observer.call('GetStatus', pb.GetStatusRequest()).requests_refused < refused + 13:
            pass
        release()
        answers = [c.receive().status for _ in range(21)]
        codes = [pb.Code.Name(status.code) for status in answers]
        # The one that runs and those that may wait, but for one that made room for the other connection.
        self.assertEqual((codes.count('OK'), codes.count('RESOURCE_EXHAUSTED')), (8, 13), codes)
        self.assertIn('8 requests are waiting already', answers[-1].message)
        self.assertEqual(len(other.answer('ListTeams').teams), 2)
        self.assertEqual(len(self.contacts(number)), 8)

    def test_a_request_that_waited_too_long_is_not_begun(self):
        number = self.new_client()
        release = self.hold('traject.event')
        first, second = self.connect(), self.connect()
        first.send('RecordContact', self.contact(number, words='eerst'), None)
        self.wait_for_lock()
        self.refusal(second, 'RecordContact', self.contact(number, words='te laat'), 'DEADLINE_EXCEEDED', deadline_ms=300)
        release()
        first.answer('RecordContact')
        self.assertEqual(self.contacts(number), ['eerst'])


class Crowd(WireTest):
    options = {'requests_waiting_ms': 600000}  # it is not about that

    def test_many_who_write_about_the_same_clients_are_in_nobodys_way(self):
        """In the database two of them that each hold a client the other wants would be a deadlock."""
        numbers = [self.new_client() for _ in range(6)]
        crowd = [self.connect() for _ in range(24)]
        deadlocks = f"select deadlocks from pg_stat_database where datname = '{self.service.database}'"
        before = self.service.sql(deadlocks)
        for place in range(12):
            for who, c in enumerate(crowd):
                turned = numbers[who % 6:] + numbers[:who % 6]
                number = (turned if who % 2 else turned[::-1])[place % 6]
                c.send('RecordContact', self.contact(number, words=f'{who} {place}'), None)
        for c in crowd:
            self.assertEqual([c.receive().status.code for _ in range(12)], [pb.OK] * 12)
        self.assertEqual(sum(len(self.contacts(number)) for number in numbers), 12 * len(crowd))
        self.assertEqual(self.service.sql(deadlocks), before)


class Stopping(WireTest):
    """Stops and starts the daemon and the database; each test leaves them running."""

    def responses(self, connection):
        """All that still come until the server closes."""
        found = []
        try:
            while (response := connection.receive()) is not None:
                found.append(response)
        except (ConnectionError, ssl.SSLError):
            pass
        return found

    def test_sigterm_finishes_what_was_accepted(self):
        number = self.new_client()
        c = self.connect()
        c.socket.sendall(b''.join(c.request('RecordContact', self.contact(number, words=f'n{i}'), None) for i in range(100)))
        answers = [c.receive()]
        self.service.daemon.tell(signal.SIGTERM)
        answers += self.responses(c)
        self.assertEqual(self.service.daemon.wait(), 0)
        self.service.start()
        ok = [a for a in answers if not a.status.code]
        self.assertEqual(self.contacts(number), [f'n{i}' for i in range(len(ok))])
        self.assertEqual([a.id for a in answers], [c.last_id - 99 + i for i in range(len(answers))])

    def test_sigterm_waits_for_the_database(self):
        number = self.new_client()
        c = self.connect()
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number), None)
        self.wait_for_lock()
        seen = len(self.service.daemon.lines)
        self.service.daemon.tell(signal.SIGTERM)
        self.service.daemon.wait_for('event=draining', seen)
        with self.assertRaises(ConnectionError):
            self.connect()
        release()
        self.assertGreater(c.answer('RecordContact').event_id, 0)
        self.assertIsNone(c.receive())
        self.assertEqual(self.service.daemon.wait(), 0)
        self.service.start()
        self.assertEqual(len(self.contacts(number)), 1)

    def test_a_second_sigterm_waits_for_nothing(self):
        """And leaves nothing behind in memory, which the sanitizers tell by how it ends."""
        number = self.new_client()
        c, watcher = self.connect(), self.connect()
        watcher.send('Watch', pb.WatchRequest())
        watcher.receive()
        release = self.hold('traject.event')
        sent = [(self.contact(number, words=f'n{i}'), new_key()) for i in range(5)]
        for message, key in sent:
            c.send('RecordContact', message, key)
        self.wait_for_lock()
        for expected in ('draining', 'stopping_now'):
            seen = len(self.service.daemon.lines)
            self.service.daemon.tell(signal.SIGTERM)
            self.service.daemon.wait_for(f'event={expected}', seen)
        self.assertEqual(self.service.daemon.wait(), 0)
        release()
        self.service.start()
        c = self.connect()
        for message, key in sent:
            c.call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), [f'n{i}' for i in range(5)])

    def test_a_killed_daemon_and_the_same_keys(self):
        number = self.new_client()
        writes = [(self.contact(number, words=f'n{i}'), new_key()) for i in range(300)]
        c = self.connect()
        self.send_all(c, writes)
        for _ in range(40):
            self.assertFalse(c.receive().status.code)
        self.service.kill()
        answered = 40 + len(self.responses(c))
        self.service.start()
        there = self.contacts(number)
        self.assertGreaterEqual(len(there), answered, 'what was answered OK is committed')
        self.assertLess(len(there), 300, 'the kill came too late to show anything')
        c = self.connect()
        for message, key in writes:
            c.call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), [f'n{i}' for i in range(300)])

    def send_all(self, connection, writes):
        """In one go; the system's buffers hold what the daemon does not read yet."""
        connection.socket.sendall(b''.join(connection.request('RecordContact', *write) for write in writes))

    def test_the_database_goes_and_comes_back(self):
        number = self.new_client()
        writes = [(self.contact(number, words=f'n{i}'), new_key()) for i in range(200)]
        c = self.connect()
        self.send_all(c, writes)
        answers = [c.receive() for _ in range(20)]
        seen = len(self.service.daemon.lines)
        self.service.cluster.stop()
        self.service.daemon.wait_for('event=database_lost', seen)
        # Away: a request says so within its deadline.
        refused = self.refusal(self.waiting, 'ListTeams', pb.ListTeamsRequest(), 'UNAVAILABLE', deadline_ms=500)
        self.assertIn('database cannot be reached', refused.message)
        status = self.waiting.call('GetStatus', pb.GetStatusRequest())
        self.assertEqual((status.database_connections_ready, status.database_connections), (0, 4))
        run = self.service.traject('status', profile='anna')
        self.assertEqual((run.code, run.out), (3, ''))
        self.assertRegex(run.err, 'the database cannot be reached')
        self.service.cluster.start()
        self.service.daemon.wait_for('event=database_ready', seen)
        answers += [c.receive() for _ in range(180)]
        self.assertLessEqual({pb.Code.Name(a.status.code) for a in answers}, {'OK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'})
        for message, key in writes:
            c.call('RecordContact', message, key)
        self.assertEqual(sorted(self.contacts(number)), sorted(f'n{i}' for i in range(200)))
        self.assertTrue(self.service.daemon.running())

    def setUp(self):
        self.waiting = self.connect()

    def test_sighup_takes_a_new_certificate_and_keeps_the_old_for_a_broken_one(self):
        def certificate():
            return self.connect().socket.getpeercert(True)
        old, before = certificate(), self.connect()
        harness.make_certificate(self.service.folder, self.service.folder)
        self.assertEqual(certificate(), old)
        self.hang_up('event=reloaded')
        new = certificate()
        self.assertNotEqual(new, old)
        before.call('ListTeams', pb.ListTeamsRequest())
        good = (self.service.folder / 'server.pem').read_text()
        (self.service.folder / 'server.pem').write_text('nothing')
        self.hang_up('event=reload_failed .*server.pem')
        self.assertEqual(certificate(), new)
        # A key of another certificate is no better.
        harness.make_certificate(self.service.folder, self.service.folder, 'another')
        (self.service.folder / 'server.pem').write_text((self.service.folder / 'another.pem').read_text())
        self.hang_up('event=reload_failed')
        self.assertEqual(certificate(), new)
        (self.service.folder / 'server.pem').write_text(good)

    def test_sighup_changes_the_log_level(self):
        self.service.write_config(log_level='error')
        self.service.daemon.tell(signal.SIGHUP)
        # Only what it writes tells; the reload itself is no error.
        self.addCleanup(lambda: (self.service.write_config(), self.hang_up('event=reloaded')))
        for _ in range(1000):
            seen = len(self.service.daemon.lines)
            self.waiting.call('ListTeams', pb.ListTeamsRequest())
            self.waiting.call('ListTeams', pb.ListTeamsRequest())
            if len(self.service.daemon.lines) == seen:
                return
        self.fail('calls are still logged')


if __name__ == '__main__':
    unittest.main()
