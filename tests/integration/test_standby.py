"""Reads on a standby: what goes there, how stale the answer is, and that who looked is logged on the primary first."""
import atexit
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from harness import Cluster, Program
from test_looked import LookedTest, named
from test_robust import WireTest
from wire import Connection, Refused, pb

LONG = 600_000


class Standby(Cluster):
    """A streaming standby of a cluster."""

    def __init__(self, primary):
        self.bin, self.user = primary.bin, primary.user
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='standby-', dir=harness.temporary_folder()))
        if self.user:
            shutil.chown(self.folder, self.user)
        self.folder.chmod(0o755)
        copied = Program([self.bin / 'pg_basebackup', '--pgdata', self.folder / 'data', '--write-recovery-conf', '--checkpoint',
                          'fast', '--no-sync', '--dbname', primary.conninfo('postgres')], self.user)
        if copied.wait():
            raise AssertionError('pg_basebackup failed:\n' + '\n'.join(copied.lines))
        self.start()
        atexit.register(lambda: self.server.end(signal.SIGQUIT))


class StandbyTest(LookedTest):
    hold, hold_in_transaction, wait_for_lock = WireTest.hold, WireTest.hold_in_transaction, WireTest.wait_for_lock

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.primary = cls.service.cluster
        cls.standby = Standby(cls.primary)
        cls.addClassCleanup(cls.standby.server.end, signal.SIGQUIT)
        cls.service.options['standby'] = cls.standby.conninfo(cls.service.database, 'traject_daemon')
        cls.service.stop()
        cls.service.start()
        cls.service.daemon.wait_for('event=standby_ready')

    def tearDown(self):
        if self.standby.sql('select pg_is_wal_replay_paused()') == [['t']]:
            self.standby.sql('select pg_wal_replay_resume()')

    def catch_up(self):
        """Until the standby has all that is committed, the last of it just now."""
        self.primary.sql('select pg_current_xact_id()')
        self.replay()

    def replay(self):
        """Until the standby has all that the primary has written."""
        lsn = self.primary.sql('select pg_current_wal_insert_lsn()')[0][0]
        deadline = time.monotonic() + harness.WAIT_SECONDS
        while self.standby.sql(f"select pg_last_wal_replay_lsn() >= '{lsn}'") != [['t']]:
            self.assertLess(time.monotonic(), deadline, 'the standby does not catch up')
            time.sleep(0.02)

    def pause(self):
        """From here on the standby learns nothing new."""
        self.catch_up()
        self.standby.sql('select pg_wal_replay_pause()')
        while self.standby.sql("select pg_get_wal_replay_pause_state()") != [['paused']]:
            time.sleep(0.02)

    def read(self, profile, method, max_staleness_ms=LONG, /, **fields):
        """The reply, and how stale a standby said that it is; None from the primary."""
        connection = self.connection(profile)
        request = getattr(pb, pb.DESCRIPTOR.services_by_name['Traject'].methods_by_name[method].input_type.name)
        reply = connection.call(method, request(**fields), key='', max_staleness_ms=max_staleness_ms)
        return reply, connection.staleness_ms

    def hang_up(self):
        while self.connections:
            self.connections.popitem()[1].socket.close()

    def attempts(self, profile, number, max_staleness_ms):
        """How many attempts at a contact an answer knows of; and how stale it is."""
        reply, staleness_ms = self.read(profile, 'GetClient', max_staleness_ms, client_number=number)
        return reply.unanswered_attempts, staleness_ms

    def attempt(self, number, profile='anna'):
        self.call(profile, 'RecordContact', client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                  reached=False)


class Reads(StandbyTest):
    def test_only_who_allows_it_is_answered_stale(self):
        number = self.new_number()
        self.pause()
        paused = time.monotonic()
        self.attempt(number)
        time.sleep(0.3)
        attempts, staleness_ms = self.attempts('anna', number, LONG)
        self.assertEqual(attempts, 0)
        self.assertGreaterEqual(staleness_ms, 300)
        self.assertLess(staleness_ms, 1000 * (time.monotonic() - paused) + 5000)
        self.assertEqual(self.attempts('anna', number, 0), (1, None))
        # Too stale for some.
        self.assertEqual(self.attempts('anna', number, 200), (1, None))
        self.standby.sql('select pg_wal_replay_resume()')
        self.catch_up()
        attempts, staleness_ms = self.attempts('anna', number, LONG)
        self.assertEqual(attempts, 1)
        self.assertIsNotNone(staleness_ms)

    def test_each_read_leaves_its_lines_on_the_primary(self):
        number, other = self.new_number(), self.new_number()
        self.catch_up()
        self.lines()
        _, staleness_ms = self.read('anna', 'GetTimeline', client_number=number)
        self.assertIsNotNone(staleness_ms)
        self.looked('anna', 'GetTimeline', {number})
        reply, staleness_ms = self.read('anna', 'GetBoard')
        self.assertIsNotNone(staleness_ms)
        seen = named(reply)
        self.assertLessEqual({number, other}, seen)
        self.looked('anna', 'GetBoard', seen)

    def test_the_answer_waits_until_the_primary_has_logged(self):
        """However long, as long as the primary is there."""
        number = self.new_number()
        connection = self.connection('anna')
        self.catch_up()
        self.lines()
        release = self.hold('logbook.processing_log', 'exclusive')
        connection.send('GetClient', pb.GetClientRequest(client_number=number), max_staleness_ms=LONG)
        connection.socket.settimeout(4)  # one that is silent is waited for half as long
        with self.assertRaises(TimeoutError):
            connection.receive()
        self.wait_for_lock()
        release()
        connection.socket.settimeout(harness.WAIT_SECONDS)
        self.assertEqual(connection.answer('GetClient').client_number, number)
        self.assertIsNotNone(connection.staleness_ms)
        self.looked('anna', 'GetClient', {number})

    def test_a_primary_whose_commits_wait_is_there(self):
        number, reader, writer = self.new_number(), self.connection('anna'), Connection(self.service, self.service.token('anna'))
        self.addCleanup(writer.socket.close)
        self.catch_up()

        def let_commits_go_on():
            self.primary.sql('alter system reset synchronous_standby_names')
            self.primary.sql('select pg_reload_conf()')
        self.addCleanup(let_commits_go_on)
        self.primary.sql("alter system set synchronous_standby_names = 'nobody'")
        self.primary.sql('select pg_reload_conf()')
        seen, written = len(self.service.daemon.lines), 0
        # The setting holds for each backend from some moment on.
        while self.primary.sql("select 1 from pg_stat_activity where wait_event = 'SyncRep'") == []:
            self.assertLess(written, 1000)
            writer.send('RecordContact', pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, reached=True,
                                                                 counterpart=pb.COUNTERPART_CLIENT), None, LONG)
            written += 1
        reader.send('GetClient', pb.GetClientRequest(client_number=number), max_staleness_ms=LONG)
        reader.socket.settimeout(5)  # one that says nothing is waited for half as long
        with self.assertRaises(TimeoutError):
            reader.receive()
        self.assertEqual([line for line in self.service.daemon.lines[seen:] if 'lost' in line or 'primary_away' in line], [])
        let_commits_go_on()
        reader.socket.settimeout(harness.WAIT_SECONDS)
        reader.answer('GetClient')
        for _ in range(written):
            writer.answer('RecordContact')

    def test_many_reads_at_a_time_are_answered_in_order_and_all_logged(self):
        numbers = [self.new_number() for _ in range(6)]
        connection = self.connection('anna')
        self.catch_up()
        self.lines()
        for i in range(60):
            connection.send('GetClient', pb.GetClientRequest(client_number=numbers[i % 6]), max_staleness_ms=LONG if i % 7 else 0)
        for i in range(60):
            self.assertEqual(connection.answer('GetClient').client_number, numbers[i % 6])
            self.assertEqual(connection.staleness_ms is not None, i % 7 > 0, i)
        self.assertEqual(sorted(line[2] for line in self.lines()), sorted(numbers * 10))

    def test_what_waits_for_the_other_server_starts_at_once(self):
        number, connection = self.new_number(), self.connection('anna')
        self.catch_up()
        # Within their deadline, which the daemon's tick four times a second would not do.
        for i in range(80):
            connection.send('GetClient', pb.GetClientRequest(client_number=number), deadline_ms=5000, max_staleness_ms=LONG * (i % 2))
        for i in range(80):
            self.assertEqual(connection.answer('GetClient').client_number, number)
            self.assertEqual(connection.staleness_ms is not None, i % 2 > 0, i)

    def test_what_fails_leaves_the_others_of_its_batch_to_the_standby(self):
        number, connection = self.new_number(), self.connection('anna')
        self.pause()
        time.sleep(0.3)
        self.lines()
        fails, impatient = range(5, 60, 10), range(9, 60, 10)
        for i in range(60):
            connection.send('GetClient', pb.GetClientRequest(client_number='nobody' if i in fails else number),
                            max_staleness_ms=200 if i in impatient else LONG)
        for i in range(60):
            if i in fails:
                self.assertEqual(connection.receive().status.code, pb.NOT_FOUND, i)
                continue
            self.assertEqual(connection.answer('GetClient').client_number, number)
            self.assertEqual(connection.staleness_ms is None, i in impatient, i)
        self.assertEqual([line[2] for line in self.lines()], [number] * 54)

    def test_what_the_standby_refuses_the_primary_answers(self):
        self.catch_up()
        self.lines()
        self.pause()
        number = self.new_number()
        self.lines()
        reply, staleness_ms = self.read('anna', 'GetClient', client_number=number)
        self.assertEqual((reply.client_number, staleness_ms), (number, None))
        self.looked('anna', 'GetClient', {number})

    def test_writes_and_watches_are_the_primary_s(self):
        number = self.new_number()
        self.catch_up()
        connection = self.connection('anna')
        connection.call('RecordContact', pb.RecordContactRequest(
            client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT, reached=True), max_staleness_ms=LONG)
        self.assertIsNone(connection.staleness_ms)
        watching = self.connection('bert')
        watching.send('Watch', pb.WatchRequest(), max_staleness_ms=LONG)
        self.assertFalse(watching.receive().HasField('staleness_ms'))

    def test_the_client_says_how_old_it_is(self):
        number = self.new_number()
        self.pause()
        self.attempt(number)
        time.sleep(2)
        run = self.service.traject('--stale', '60', 'client', 'show', number, profile='anna')
        self.assertEqual(run.code, 0, run.err)
        self.assertRegex(run.err, r'^traject: as of at most \d+ seconds ago\n$')
        self.assertNotIn('1 attempt', run.out)
        run = self.service.traject('client', 'show', number, profile='anna')
        self.assertEqual((run.code, run.err), (0, ''))
        self.assertIn('1 attempt', run.out)
        self.refused('--stale', 'soon', 'client', 'show', number, code=2, says='--stale is "soon"; give seconds')


class Rights(StandbyTest):
    """What the primary knows and the standby does not yet."""

    def unannounced(self, statement):
        """Changes rows of the primary without the triggers that tell daemons of it."""
        self.service.sql(f'set session_replication_role = replica; {statement}')

    def test_a_token_that_was_revoked(self):
        number = self.new_number('bert')
        self.pause()
        self.assertIsNotNone(self.read('bert', 'ListTeams')[1])
        revoke = ("update session.token t set revoked_at = now() from traject.worker w "
                  "where w.worker_id = t.worker_id and w.name = 'bert'")
        self.lines()
        # Also where nobody's record is shown.
        for method, fields in (('ListTeams', {}), ('GetClient', {'client_number': number})):
            self.connections.pop('bert').socket.close()
            self.unannounced('update session.token set revoked_at = null')
            self.connection('bert')
            self.unannounced(revoke)
            self.refusal_of_read('bert', method, 'UNAUTHENTICATED', **fields)
        self.assertEqual(self.lines(), [])

    def test_a_team_that_was_left(self):
        number = self.new_number()
        self.catch_up()
        self.assertIsNotNone(self.read('mia', 'GetClient', client_number=number)[1])
        self.pause()
        self.unannounced("update traject.team_member m set revoked_at = now() from traject.worker w "
                         "where w.worker_id = m.worker_id and w.name = 'mia'")
        self.refusal_of_read('mia', 'GetClient', 'NOT_FOUND', client_number=number)

    def test_a_role_that_was_another(self):
        number = self.new_number()
        self.catch_up()
        self.assertIsNotNone(self.read('max', 'GetClient', client_number=number)[1])
        self.pause()
        self.unannounced("update traject.worker set role = 'admin' where name = 'max'")
        self.refusal_of_read('max', 'GetClient', 'PERMISSION_DENIED', client_number=number)
        self.unannounced("update traject.worker set role = 'manager' where name = 'max'")

    def refusal_of_read(self, profile, method, code, /, **fields):
        with self.assertRaises(Refused) as caught:
            self.read(profile, method, **fields)
        self.assertEqual(caught.exception.code, code)

    def test_somebody_who_was_erased(self):
        number = self.new_number()
        other = self.new_number()
        self.call('anna', 'RecordContact', client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                  reached=True, words='vertrouwelijk')
        self.ok('end', number, '--outcome', 'other', profile='anna')
        self.ok('client', 'erase', number, '--reason', 'op verzoek', profile='max')
        self.pause()
        reply, staleness_ms = self.read('anna', 'GetTimeline', client_number=number)
        self.assertIn('vertrouwelijk', [entry.words for entry in reply.entries])
        self.assertIsNotNone(staleness_ms)
        self.ok('erasure', 'confirm', number, profile='petra')
        self.refusal_of_read('anna', 'GetTimeline', 'NOT_FOUND', client_number=number)
        # Of the same municipality nothing is answered by a standby that may not have come so far.
        self.assertEqual(self.attempts('anna', other, LONG), (0, None))
        self.standby.sql('select pg_wal_replay_resume()')
        self.catch_up()
        self.assertIsNotNone(self.attempts('anna', other, LONG)[1])


class Losses(StandbyTest):
    def test_a_standby_that_is_gone(self):
        number = self.new_number()
        self.catch_up()
        self.assertIsNotNone(self.attempts('anna', number, LONG)[1])
        self.primary.sql('checkpoint')
        self.replay()
        self.standby.sql('checkpoint')
        self.standby.stop()
        seen = len(self.service.daemon.lines)
        self.standby.start()
        self.service.daemon.wait_for('event=standby_ready', seen)
        # It cannot tell how stale it is, since it has replayed no commit since it was started.
        self.assertEqual(self.standby.sql('select pg_last_xact_replay_timestamp() is null'), [['t']])
        self.assertEqual(self.attempts('anna', number, LONG), (0, None))
        self.standby.stop()
        self.attempt(number)
        self.assertEqual(self.attempts('anna', number, LONG), (1, None))
        self.assertRegex(self.status(), r'\n  standby +0 of \d+ connections ready: NOT REACHED\n')
        seen = len(self.service.daemon.lines)
        self.standby.start()
        self.service.daemon.wait_for('event=standby_ready', seen)
        self.catch_up()
        attempts, staleness_ms = self.attempts('anna', number, LONG)
        self.assertEqual(attempts, 1)
        self.assertIsNotNone(staleness_ms)
        self.assertRegex(self.status(), r'\n  standby +[1-9]\d* of \d+ connections ready\n')

    def status(self):
        run = self.service.traject('status', profile='anna')
        self.assertEqual(run.code, 0, run.err)
        return run.out

    def test_a_standby_that_hangs(self):
        number = self.new_number()
        self.catch_up()
        pids = [int(row[0]) for row in self.standby.sql("select pid from pg_stat_activity where usename = 'traject_daemon'")]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            self.assertEqual(self.attempts('anna', number, LONG), (0, None))
            self.assertLess(time.monotonic() - began, 30)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def test_what_is_no_standby(self):
        number = self.new_number()
        self.service.stop()
        given = self.service.options['standby']
        self.service.options['standby'] = self.primary.conninfo(self.service.database, 'traject_daemon')
        try:
            self.service.start()
            self.service.daemon.wait_for('event=standby_lost .*server is not in hot standby mode')
            self.hang_up()
            self.assertEqual(self.attempts('anna', number, LONG), (0, None))
        finally:
            self.service.stop()
            self.service.options['standby'] = given
            self.service.start()
            self.hang_up()


class Deadlines(StandbyTest):
    options = {'database_connections': 1}

    def test_many_of_one_connection_that_end_at_once_let_others_begin(self):
        """The primary is busy: those that wait for it are late, and to answer half of them makes room for requests to read, for
        which the standby takes what is late behind them."""
        late, later = 128, 8  # so many at a time, and what is read when half of them are answered
        number = self.new_number()
        busy, connection = Connection(self.service, self.service.token('anna')), self.connection('anna')
        self.addCleanup(busy.socket.close)
        self.catch_up()
        release = self.hold('traject.event', 'exclusive')
        busy.send('RecordContact', pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, reached=True,
                                                           counterpart=pb.COUNTERPART_CLIENT), None, LONG)
        self.wait_for_lock()
        waits = [connection.request('ListTeams', pb.ListTeamsRequest(), '', 3000, max_staleness_ms=LONG * (i >= late / 2)) for i in range(late)]
        waits += [connection.request('ListTeams', pb.ListTeamsRequest(), '', LONG) for _ in range(later)]
        # As one TLS record, so that the daemon has all of it.
        connection.socket.sendall(b''.join(waits))
        self.assertEqual([pb.Code.Name(connection.receive().status.code) for _ in range(late)], ['DEADLINE_EXCEEDED'] * late)
        release()
        for c, method in ((busy, 'RecordContact'), *[(connection, 'ListTeams')] * later):
            c.answer(method)


class Alone(StandbyTest):
    """Reads go on while there is no primary."""

    def setUp(self):
        self.number, self.other = self.new_number(), self.new_number()
        self.connection('anna'), self.connection('max')
        self.catch_up()
        self.lines()

    def leave(self):
        seen = len(self.service.daemon.lines)
        self.primary.stop()
        self.addCleanup(lambda: self.primary.server.running() or self.primary.start())
        self.service.daemon.wait_for('event=primary_away', seen)
        return seen

    def come_back(self):
        seen = len(self.service.daemon.lines)
        self.primary.start()
        self.service.daemon.wait_for('event=primary_back', seen)

    def read_alone(self, profile, method, /, **fields):
        reply, staleness_ms = self.read(profile, method, **fields)
        self.assertIsNotNone(staleness_ms)
        return reply

    def client_id(self, number):
        return self.standby.sql(f"select client_id from traject.client where client_number = '{number}'", self.service.database)[0][0]

    def until_logged(self, expected):
        """Until the logs have so many lines more."""
        found = []
        deadline = time.monotonic() + harness.WAIT_SECONDS
        while len(found) < expected:
            self.assertLess(time.monotonic(), deadline, found)
            found += self.lines()
        return found

    def unavailable(self, profile, method, message, key='', **how):
        with self.assertRaises(Refused) as caught:
            self.connection(profile).call(method, message, key, deadline_ms=500, **how)
        self.assertEqual(caught.exception.code, 'UNAVAILABLE', caught.exception)

    def test_reads_go_on_and_are_logged_when_it_is_back(self):
        seen = self.leave()
        request = pb.GetClientRequest(client_number=self.number)
        client_id = self.client_id(self.number)
        self.assertEqual(self.read_alone('anna', 'GetClient', client_number=self.number).client_number, self.number)
        # The daemon's log has it before the answer leaves.
        self.service.daemon.wait_for(
            r'event=looked_without_primary looked_at=\S+ municipality_id=\d+ worker_id=\d+ token_id=\d+ '
            rf'method=/traject.v1.Traject/GetClient refused=false client_ids={client_id}(,{client_id})* entry_ids=$', seen)
        shown = named(self.read_alone('max', 'GetBoard'))
        self.assertLessEqual({self.number, self.other}, shown)
        # Who signs in now is known to the standby.
        self.connections.pop('bert', None)
        self.read_alone('bert', 'ListTeams')
        stranger = Connection(self.service)
        self.addCleanup(stranger.socket.close)
        with self.assertRaises(Refused) as caught:
            stranger.call('Authenticate', pb.AuthenticateRequest(token='ab' * 32))
        self.assertEqual(caught.exception.code, 'UNAUTHENTICATED')
        # All else waits.
        self.unavailable('anna', 'GetClient', request)
        self.unavailable('anna', 'GetClient', request, max_staleness_ms=1)
        self.unavailable('anna', 'EndTrajectory', pb.EndTrajectoryRequest(client_number=self.number, outcome=pb.OUTCOME_OTHER), None)
        self.come_back()
        lines = self.until_logged(2 + len(shown))
        self.assertEqual(sorted(lines, key=str), sorted(
            [('GetClient', 1, self.number, 'anna', False), ('GetBoard', 1, None, 'max', False)]
            + [('GetBoard', 1, number, 'max', False) for number in shown], key=str))
        self.assertEqual(self.service.sql("select count(*) from logbook.audit_log a where looked_at > pg_postmaster_start_time()"),
                         [['0']])
        self.call('anna', 'GetClient', client_number=self.number)
        self.looked('anna', 'GetClient', {self.number})

    def test_what_fails_waits_alone_for_the_primary(self):
        """Also when all stand in one batch."""
        given = self.service.options

        def restart(options):
            self.service.stop()
            self.hang_up()
            self.service.options = options
            self.service.start()
            self.service.daemon.wait_for('event=standby_ready')
        self.addCleanup(restart, given)
        restart({**given, 'database_connections': 1})
        first, *others = [self.connection('anna')] + [Connection(self.service, self.service.token('anna')) for _ in range(6)]
        for connection in others:
            self.addCleanup(connection.socket.close)
        self.connection('max')
        self.catch_up()
        self.lines()
        self.leave()
        pid, = [int(row[0]) for row in self.standby.sql("select pid from pg_stat_activity where usename = 'traject_daemon'")]
        os.kill(pid, signal.SIGSTOP)
        try:
            for i, connection in enumerate([first, *others]):
                connection.send('GetClient', pb.GetClientRequest(client_number='nobody' if i == 3 else self.number),
                                deadline_ms=1000 * harness.WAIT_SECONDS, max_staleness_ms=1 if i == 5 else LONG)
            deadline = time.monotonic() + harness.WAIT_SECONDS
            while self.connection('max').call('GetStatus', pb.GetStatusRequest(), key='').requests_waiting != len(others):
                self.assertLess(time.monotonic(), deadline)
        finally:
            os.kill(pid, signal.SIGCONT)
        for connection in (first, *others[:2], others[3], others[5]):
            self.assertEqual(connection.answer('GetClient').client_number, self.number)
            self.assertIsNotNone(connection.staleness_ms)
        self.come_back()
        self.assertEqual(others[2].receive().status.code, pb.NOT_FOUND)
        self.assertEqual(others[4].answer('GetClient').client_number, self.number)
        self.assertIsNone(others[4].staleness_ms)
        self.assertEqual(self.until_logged(6), [('GetClient', 1, self.number, 'anna', False)] * 6)

    def test_they_are_logged_once_however_often_it_is_lost_meanwhile(self):
        """The first time with what it wrote, the second after it was committed."""
        self.leave()
        self.read_alone('anna', 'GetClient', client_number=self.number)
        with open(self.primary.folder / 'data/postgresql.auto.conf', 'a') as settings:
            settings.write("synchronous_standby_names = 'nobody'\n")
        terminate = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'trajectd/%' and {}"
        waiting = "select count(*) from pg_stat_activity where wait_event = 'SyncRep' and application_name like 'trajectd/%'"

        def until_one_waits():
            deadline = time.monotonic() + harness.WAIT_SECONDS
            while self.primary.sql(waiting) == [['0']]:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
        seen = len(self.service.daemon.lines)
        self.come_back()
        for _ in range(2):
            until_one_waits()
            self.primary.sql(terminate.format("wait_event = 'SyncRep'"))
            self.service.daemon.wait_for('event=database_lost', seen)
            seen = len(self.service.daemon.lines)
        until_one_waits()
        self.primary.sql('set synchronous_commit = local; alter system reset synchronous_standby_names')
        self.primary.sql('select pg_reload_conf()')
        self.assertEqual(self.until_logged(1), [('GetClient', 1, self.number, 'anna', False)])
        self.service.stop()
        self.assertNotIn('looks_not_logged', '\n'.join(self.service.daemon.lines))
        self.service.start()
        self.hang_up()
        self.assertEqual(self.lines(), [])

    def hang(self):
        """The primary takes what is sent, connections too, and says nothing; returns what lets it go on."""
        pids = [self.primary.server.process.pid]
        go_on = functools.cache(lambda: [os.kill(pid, signal.SIGCONT) for pid in reversed(pids)])
        self.addCleanup(go_on)
        os.kill(pids[0], signal.SIGSTOP)  # so that none come or go
        pids += map(int, subprocess.run(['pgrep', '--parent', str(pids[0])], check=True, capture_output=True, text=True).stdout.split())
        for pid in pids[1:]:
            os.kill(pid, signal.SIGSTOP)
        return go_on

    def test_reads_go_on_while_the_primary_hangs(self):
        """Whatever waited for it first: who signs in, what was read on the standby, or writes on each connection to it."""
        writers = [Connection(self.service, self.service.token('anna')) for _ in range(8)]
        for connection in writers:
            self.addCleanup(connection.socket.close)
        contact = pb.RecordContactRequest(client_number=self.number, channel=pb.CHANNEL_PHONE, reached=True,
                                          counterpart=pb.COUNTERPART_CLIENT)

        def sign_in_and_read():
            self.connections.pop('bert', None)
            self.read_alone('bert', 'ListTeams')

        def write_and_sign_in():
            for connection in writers:
                connection.send('RecordContact', contact, None, LONG)
            sign_in_and_read()

        for first in sign_in_and_read, lambda: self.read_alone('anna', 'GetClient', client_number=self.number), write_and_sign_in:
            seen = len(self.service.daemon.lines)
            go_on = self.hang()
            began = time.monotonic()
            first()
            for _ in range(20):
                self.read_alone('anna', 'GetClient', client_number=self.other)
            self.assertLess(time.monotonic() - began, 30)  # a minute until a connection is taken for lost
            self.service.daemon.wait_for(r'event=looked_without_primary .*/GetClient ', seen, times=20)
            go_on()
            self.service.daemon.wait_for('event=primary_back', seen)
            self.service.daemon.wait_for('event=database_ready', seen, times=4)
            if first == write_and_sign_in:
                for connection in writers:
                    connection.answer('RecordContact')
            # What it was logging when it fell silent may stand there twice.
            found = []
            while sum(line[2] == self.other for line in found) < 20:
                found += self.until_logged(1)
            self.assertEqual(sum(line[2] == self.other for line in found), 20)
        reply, _ = self.read('anna', 'GetTimeline', 0, client_number=self.number, kinds=[pb.EVENT_KIND_CONTACT])
        self.assertEqual(len(reply.entries), len(writers))

    def test_a_daemon_that_stops_waits_for_it(self):
        self.leave()
        self.read_alone('anna', 'GetClient', client_number=self.number)
        self.hang_up()
        seen = len(self.service.daemon.lines)
        self.service.daemon.tell(signal.SIGTERM)
        self.service.daemon.wait_for('event=draining', seen)
        self.primary.start()
        self.assertEqual(self.service.daemon.wait(), 0)
        self.assertEqual(self.lines(), [('GetClient', 1, self.number, 'anna', False)])
        self.service.start()
        # Told not to wait it says what is lost to the primary.
        self.catch_up()
        self.connection('anna')
        self.leave()
        self.read_alone('anna', 'GetClient', client_number=self.number)
        self.hang_up()
        seen = len(self.service.daemon.lines)
        for _ in range(2):
            self.service.daemon.tell(signal.SIGTERM)
            self.service.daemon.wait_for('event=(draining|stopping_now)', seen)
            seen = len(self.service.daemon.lines)
        self.service.daemon.wait()
        self.assertRegex(self.service.log(), 'level=error event=looks_not_logged lines=1 why=')
        self.primary.start()
        self.service.start()
        self.assertEqual(self.lines(), [])

    def test_so_much_is_kept_and_no_more(self):
        seen = self.leave()
        c, answered, request = self.connection('anna'), 0, pb.GetClientRequest(client_number=self.number)
        while not any('event=kept_full' in line for line in self.service.daemon.lines[seen:]):
            # What is kept of each is the longer by where it comes from.
            for _ in range(32):
                c.send('GetClient', request, max_staleness_ms=LONG, traceparent=f'00-{"a" * 32}-{"b" * 16}-01',
                       foreign_entity='https://' + 'x' * 190)
            for _ in range(32):
                code = c.receive().status.code
                if code != pb.OK:
                    self.assertEqual(code, pb.UNAVAILABLE)
                    break
                answered += 1
            self.assertLess(answered, 20000)
        self.assertGreater(answered, 1000)
        self.hang_up()
        self.unavailable('anna', 'GetClient', request, max_staleness_ms=LONG)
        self.come_back()
        found = self.until_logged(answered)
        self.assertEqual(set(found), {('GetClient', 1, self.number, 'anna', False)})
        self.read_alone('anna', 'GetClient', client_number=self.number)
        self.assertEqual(len(found) + len(self.lines()), answered + 1)


if __name__ == '__main__':
    unittest.main()
