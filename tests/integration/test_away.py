"""The database away, in all the ways that it can be: what is answered meanwhile, and that nothing is lost or done twice."""
import contextlib
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
from harness import Program
from test_robust import WireTest
from test_standby import Standby
from test_watch import Relay
from wire import new_key, pb


class AwayTest(WireTest):
    def backends(self):
        return [int(row[0]) for row in self.service.sql(
            "select pid from pg_stat_activity where usename = 'traject_daemon' and pid <> pg_backend_pid() "
            f"and datname = '{self.service.database}'")]

    def logged(self):
        return len(self.service.daemon.lines)

    def wait_for(self, event, after):
        self.service.daemon.wait_for(f'event={event}', after)

    def until(self, question, answer):
        """Asks the cluster until that is the answer."""
        deadline = time.monotonic() + harness.WAIT_SECONDS
        while self.service.cluster.sql(question) != answer:
            self.assertLess(time.monotonic(), deadline, question)
            time.sleep(0.02)

    def fail_with(self, sqlstate, times=10 ** 6):
        """The next writes of an entry fail so."""
        self.service.sql(f"""
            create sequence if not exists public.failures;
            select setval('public.failures', 1);
            create or replace function public.fail() returns trigger language plpgsql security definer as $$
            begin
                if nextval('public.failures') <= {times} + 1 then
                    raise exception 'raw vertrouwelijk' using errcode = '{sqlstate}';
                end if;
                return new;
            end $$;
            create or replace trigger aaa_fail before insert on traject.event for each row execute function public.fail()""")
        self.addCleanup(self.service.sql, 'drop trigger if exists aaa_fail on traject.event')

    def write_through(self, number, disturb):
        """Many writes, while that is done: each is there once, and what was answered OK was there before it was asked again."""
        writes = [(self.contact(number, words=f'n{i}'), new_key()) for i in range(200)]
        c = self.connect()
        c.socket.sendall(b''.join(c.request('RecordContact', message, key, deadline_ms=60000) for message, key in writes))
        answers = [c.receive() for _ in range(20)]
        disturb()
        answers += [c.receive() for _ in range(180)]
        codes = [pb.Code.Name(a.status.code) for a in answers]
        self.assertLessEqual(set(codes), {'OK', 'UNAVAILABLE'}, codes)
        there = self.contacts(number)
        self.assertEqual(len(set(there)), len(there))
        self.assertLessEqual({f'n{i}' for i, code in enumerate(codes) if code == 'OK'}, set(there))
        for message, key in writes:
            c.call('RecordContact', message, key)
        self.assertEqual(sorted(self.contacts(number)), sorted(f'n{i}' for i in range(200)))
        return codes


class Refusals(AwayTest):
    """Servers that take no connection."""

    def test_whatever_keeps_it_out_calls_wait_and_are_answered(self):
        database = self.service.database
        number = self.new_client()
        for away, back in (
                ('alter role traject_daemon nologin', 'alter role traject_daemon login'),
                # 53300: too many connections.
                ('alter role traject_daemon connection limit 0', 'alter role traject_daemon connection limit -1'),
                (f'alter database {database} allow_connections false', f'alter database {database} allow_connections true'),
                (f'alter database {database} rename to {database}_away', f'alter database {database}_away rename to {database}')):
            with self.subTest(away):
                c, seen = self.connect(), self.logged()
                if 'rename' in away:
                    self.service.cluster.sql(f'alter database {database} allow_connections false')
                    self.terminate()
                    self.service.cluster.sql(f'{away}; alter database {database}_away allow_connections true')
                else:
                    self.service.cluster.sql(away)
                    self.terminate()
                self.wait_for('database_lost .*detail=', seen)
                words = secrets.token_hex(4)
                refused = self.refusal(c, 'RecordContact', self.contact(number, words=words), 'UNAVAILABLE', deadline_ms=300)
                self.assertIn('the database cannot be reached', refused.message)
                c.send('RecordContact', self.contact(number, words=words), None, deadline_ms=60000)
                self.service.cluster.sql(back)
                c.answer('RecordContact')
                self.assertEqual(self.contacts(number).count(words), 1)

    def terminate(self):
        self.service.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'traject_daemon'")

    def test_a_server_that_starts_up(self):
        """57P03: it has a standby's signal file, and waits for what it never gets."""
        cluster, c, seen = self.service.cluster, self.connect(), self.logged()
        cluster.stop()
        (cluster.folder / 'data/recovery.signal').touch()
        starting = Program([cluster.bin / 'postgres', '-D', cluster.folder / 'data', '-k', cluster.folder, '-c', 'listen_addresses=',
                            '-c', 'fsync=off', '-c', 'restore_command=sleep 600'], cluster.user)
        self.service.daemon.wait_for('event=database_lost .*detail=.*the database system is starting up', seen)
        self.refusal(c, 'ListTeams', pb.ListTeamsRequest(), 'UNAVAILABLE', deadline_ms=300)
        starting.end(signal.SIGQUIT)
        (cluster.folder / 'data/recovery.signal').unlink()
        c.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=60000)
        cluster.start()
        c.answer('ListTeams')

    def test_a_daemon_does_not_start_without_it_and_says_so(self):
        """Whoever runs it starts it again: deploy/trajectd.service does, for ever."""
        self.service.stop()
        self.service.cluster.stop()
        try:
            started = Program([harness.TRAJECTD, '--config', self.service.config])
            self.assertEqual(started.wait(), 1)
            self.assertRegex(started.lines[-1], 'event=start_failed status=UNAVAILABLE why=.*')
        finally:
            self.service.cluster.start()
            self.service.start()
        unit = (harness.REPOSITORY / 'deploy/trajectd.service').read_text()
        for line in ('Restart=on-failure', 'StartLimitIntervalSec=0'):
            self.assertIn(f'\n{line}\n', unit)


class Losses(AwayTest):
    """Connections that break while they are used."""

    def test_backends_that_are_ended(self):
        def disturb():
            for _ in range(3):
                self.service.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'traject_daemon' "
                                         "and state <> 'idle'")
        self.assertEqual(set(self.write_through(self.new_client(), disturb)), {'OK'})

    def test_a_backend_that_is_killed(self):
        """Then all of them are ended, and the database recovers."""
        seen = self.logged()
        self.write_through(self.new_client(), lambda: os.kill(self.backends()[0], signal.SIGKILL))
        self.wait_for('database_lost', seen)

    def test_a_postmaster_that_is_killed_and_started_at_once(self):
        cluster = self.service.cluster

        def disturb():
            cluster.server.end(signal.SIGKILL)
            deadline = time.monotonic() + harness.WAIT_SECONDS
            while True:
                try:
                    cluster.start()
                    return
                except AssertionError:  # its backends are still there
                    if time.monotonic() > deadline:
                        raise
        self.write_through(self.new_client(), disturb)

    def test_a_postmaster_that_hangs(self):
        c, seen = self.connect(), self.logged()
        backends = self.backends()
        self.service.cluster.server.tell(signal.SIGSTOP)
        try:
            for pid in backends:
                os.kill(pid, signal.SIGTERM)
            self.service.daemon.wait_for('event=database_lost why="no answer for too long"', seen)
            self.refusal(c, 'ListTeams', pb.ListTeamsRequest(), 'UNAVAILABLE', deadline_ms=300)
            c.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=60000)
        finally:
            self.service.cluster.server.tell(signal.SIGCONT)
        c.answer('ListTeams')

    def test_backends_that_hang(self):
        """What the database has begun is answered by its deadline too, and asking again settles it."""
        number = self.new_client()
        c, other = self.connect(), self.connect()
        message, key = self.contact(number), new_key()
        backends = self.backends()
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            c.send('RecordContact', message, key, deadline_ms=1000)
            c.send('GetStatus', pb.GetStatusRequest())
            c.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=1000)
            began = time.monotonic()
            refused = c.receive().status
            self.assertEqual(refused.code, pb.UNAVAILABLE)
            self.assertIn('has not answered within 1000 ms, and what was asked may still be done', refused.message)
            self.assertLess(time.monotonic() - began, 30)
            self.assertEqual(c.receive().status.code, pb.OK)
            self.assertEqual(c.receive().status.code, pb.DEADLINE_EXCEEDED)
            # One that hangs up meanwhile, and one that was only signing in.
            other.send('ListTeams', pb.ListTeamsRequest(), deadline_ms=500)
            self.assertEqual(other.receive().status.code, pb.UNAVAILABLE)
            other.socket.close()
            new = self.connect(None)
            self.refusal(new, 'Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')), 'UNAVAILABLE',
                         deadline_ms=500)
        finally:
            for pid in backends:
                os.kill(pid, signal.SIGCONT)
        c.call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])
        new.call('Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')))
        new.call('ListTeams', pb.ListTeamsRequest())

    def test_a_server_that_became_read_only(self):
        """As a primary that was demoted: it is left, and calls wait for one that is not."""
        number = self.new_client()
        c, seen = self.connect(), self.logged()
        self.service.cluster.sql('alter system set default_transaction_read_only = on')
        self.service.cluster.sql('select pg_reload_conf()')
        self.until('show default_transaction_read_only', [['on']])
        try:
            c.send('RecordContact', self.contact(number), None, deadline_ms=60000)
            self.service.daemon.wait_for('event=database_lost .*detail=.*session is read-only', seen)
        finally:
            self.service.cluster.sql('alter system reset default_transaction_read_only')
            self.service.cluster.sql('select pg_reload_conf()')
        c.answer('RecordContact')
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])


class Errors(AwayTest):
    """What the database says of itself, as people read it."""

    def test_what_it_lacks_is_said_in_words(self):
        number = self.new_client()
        c = self.connect()
        for sqlstate, code, says in (
                ('53100', 'UNAVAILABLE', '^the database is out of room or memory; ask again later$'),
                ('53200', 'UNAVAILABLE', '^the database is out of room or memory; ask again later$'),
                ('58030', 'UNAVAILABLE', '^the database cannot use its disk; ask again later$'),
                ('57014', 'DEADLINE_EXCEEDED', '^the database took too long; ask for less, or again later$'),
                ('40001', 'ABORTED', '^others changed the same record at that moment; ask again$'),
                ('55P03', 'ABORTED', '^another change to the same record took too long; ask again$'),
                ('57P01', 'UNAVAILABLE', '^the database was lost 4 times during this request; ask again with the same request_key$'),
                ('25P03', 'UNAVAILABLE', '^the database was lost 4 times'),
                ('08006', 'UNAVAILABLE', '^the database was lost 4 times'),
                ('XX000', 'INTERNAL', '^the database failed with code XX000;')):
            with self.subTest(sqlstate):
                self.fail_with(sqlstate)
                refused = self.refusal(c, 'RecordContact', self.contact(number), code, deadline_ms=60000)
                self.assertRegex(refused.message, says)
        self.assertEqual(self.contacts(number), [])

    def test_what_always_fails_as_after_an_upgrade_keeps_its_connection(self):
        """Where there was none there is nothing to prepare anew."""
        number, c = self.new_client(), self.connect()
        backends = self.backends()
        for sqlstate, code in (('XX000', 'INTERNAL'), ('42883', 'UNAVAILABLE')):
            self.fail_with(sqlstate)
            for _ in range(3):
                self.refusal(c, 'RecordContact', self.contact(number), code, deadline_ms=60000)
        self.assertEqual(self.backends(), backends)

    def test_what_passes_is_asked_again(self):
        c = self.connect()
        for sqlstate in ('40001', '40P01', '55P03', '57P01', '57P02', '08006', '25P03', '25006'):
            with self.subTest(sqlstate):
                number = self.new_client()
                self.fail_with(sqlstate, times=2)
                c.call('RecordContact', self.contact(number), deadline_ms=60000)
                self.assertEqual(self.contacts(number), ['vertrouwelijk'])


class MayBeDone(AwayTest):
    """Writes that may have been done: what comes of asking the database again is no answer, as long as it says nothing of that."""
    options = {'database_connections': 1}

    def lose_a_write(self, connection, number):
        """Sends a write, with which the database's connection is lost while it runs; it waits until `back` lets the daemon
        connect. Returns it, its key, and `back`."""
        message, key, seen = self.contact(number), new_key(), self.logged()
        release = self.hold('traject.event')
        connection.send('RecordContact', message, key, deadline_ms=60000)
        self.wait_for_lock()
        self.service.cluster.sql('alter role traject_daemon nologin')

        def back():
            self.service.cluster.sql('alter role traject_daemon login')
        self.addCleanup(back)
        # Not the listener, which tells of tokens that end.
        self.service.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' "
                         'and datname = current_database()')
        self.wait_for('database_lost', seen)
        release()
        return message, key, back

    def assert_unknown(self, response):
        self.assertEqual(pb.Code.Name(response.status.code), 'UNAVAILABLE', response)
        self.assertRegex(response.status.message, 'may have been done; ask again with the same request_key$')

    def leaving(self):
        """Somebody with a token; returns the condition that finds it."""
        name = 'weg' + secrets.token_hex(4)
        self.service.script(f'worker add {name} --name Weg --role coach --team Noord\ntoken add {name} --save-as {name}')
        return name, f"encode(token_sha256, 'hex') = '{harness.digest(self.service.token(name))}'"

    def settle(self, name, number, message, key):
        """With another token, who asks again learns what became of it."""
        self.ok('token', 'add', name, '--save-as', name + '2')
        self.connect(name + '2').call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])

    def test_its_token_ends_while_it_waits_again(self):
        name, token = self.leaving()
        number = self.new_client(profile=name)
        c, other = self.connect(name), self.connect()
        message, key, back = self.lose_a_write(c, number)
        c.send('RecordContact', message, None, deadline_ms=60000)
        while other.call('GetStatus', pb.GetStatusRequest()).requests_waiting < 2:
            pass
        self.service.sql(f'update session.token set revoked_at = now() where {token}')
        self.assert_unknown(c.receive())
        # What no database has had is refused for good.
        self.assertEqual(c.receive().status.code, pb.UNAUTHENTICATED)
        back()
        self.settle(name, number, message, key)

    def test_its_token_opens_nothing_when_it_runs_again(self):
        name, token = self.leaving()
        number = self.new_client(profile=name)
        c = self.connect(name)
        message, key, back = self.lose_a_write(c, number)
        # Untold, so that the database is the first to see it.
        self.service.sql(f'set session_replication_role = replica; update session.token set revoked_at = now() where {token}')
        back()
        self.assert_unknown(c.receive())
        self.settle(name, number, message, key)

    def test_it_fails_when_it_runs_again(self):
        for sqlstate, says in (('42501', 'UNAVAILABLE'), ('57014', 'UNAVAILABLE'), ('40001', 'UNAVAILABLE'), ('55P03', 'UNAVAILABLE'),
                               # Had it been done, it would not have come to that.
                               ('23514', 'INVALID_ARGUMENT')):
            with self.subTest(sqlstate):
                number, c = self.new_client(), self.connect()
                message, key, back = self.lose_a_write(c, number)
                self.fail_with(sqlstate)
                back()
                response = c.receive()
                if says == 'UNAVAILABLE':
                    self.assert_unknown(response)
                self.assertEqual(pb.Code.Name(response.status.code), says, response)
                self.service.sql('drop trigger aaa_fail on traject.event')
                c.call('RecordContact', message, key)
                self.assertEqual(self.contacts(number), ['vertrouwelijk'])

    def ask_while_it_runs(self, disturb):
        """The same write runs elsewhere, as a backend does whose daemon was killed: it has the request key, and may yet commit."""
        number, c = self.new_client(), self.connect()
        message, key = self.contact(number), new_key()
        release = self.hold_in_transaction(f"do $$ begin perform session.enter('\\x{harness.digest(self.service.token('anna'))}', '{key}', "
                                           "'/traject.v1.Traject/RecordContact', null); end $$")
        c.send('RecordContact', message, key, deadline_ms=60000)
        disturb()
        self.assert_unknown(c.receive())
        release()
        c.call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])

    def test_who_has_its_request_key_keeps_it_for_too_long(self):
        self.service.sql("alter function session.enter set lock_timeout = '50ms'")
        self.addCleanup(self.service.sql, 'alter function session.enter reset lock_timeout')
        self.ask_while_it_runs(lambda: None)

    def test_it_is_cancelled_while_it_waits_for_its_request_key(self):
        def cancel():
            self.wait_for_lock()
            self.service.sql("select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' "
                             'and datname = current_database()')
        self.ask_while_it_runs(cancel)

    def lose_an_answer(self, sqlstate, times=10 ** 6):
        """The client program makes a write, which fails so as often, and does not get the first answer. Returns how that ends,
        and the number of whom it is about."""
        number, relay = self.new_client(), Relay(self.service.port)
        self.addCleanup(relay.close)
        self.service.profile('far', self.service.token('anna'), port=relay.port)
        self.fail_with(sqlstate, times)
        release = self.hold('traject.event')
        writer = subprocess.Popen([harness.TRAJECT, '--output', 'json', 'contact', number, '--channel', 'phone', '--words', 'vertrouwelijk'],
                                  env=self.service.environment('far'), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        self.wait_for_lock()
        relay.loses_answer = True
        release()
        errors = writer.communicate(timeout=harness.WAIT_SECONDS)[1]
        self.assertFalse(relay.loses_answer)
        self.service.sql('drop trigger aaa_fail on traject.event')
        return writer.returncode, errors, number

    def test_the_client_lost_its_connection_and_asks_again(self):
        for sqlstate, code, says in (
                ('40001', 3, 'traject: the connection was lost and what was asked may have been done; asked again: others changed'),
                ('23514', 1, 'traject: a rule of the record does not allow this')):
            with self.subTest(sqlstate):
                ended, errors, number = self.lose_an_answer(sqlstate)
                self.assertEqual(ended, code, errors)
                self.assertRegex(errors, f'(?m)^{says}')
                self.assertEqual(self.contacts(number), [])

    def test_the_client_lost_its_connection_and_asks_again_what_came_too_late(self):
        ended, errors, number = self.lose_an_answer('57014', times=2)
        self.assertEqual(ended, 0, errors)
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])


RELAY = '''
import socket, sys, threading
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
server = socket.create_server((sys.argv[1], 5432))
print('listening', file=sys.stderr, flush=True)
while True:
    near, far = server.accept()[0], socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[2])
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
'''


class Network(AwayTest):
    """Servers from which nothing comes."""

    def restart(self, database):
        self.service.stop()
        given = self.service.options['database']
        self.service.options['database'] = database

        def back():
            self.service.stop()
            self.service.options['database'] = given
            self.service.start()
        self.addCleanup(back)
        self.service.start()

    def test_of_several_one_that_says_nothing_keeps_nobody_from_the_others(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix='silent-', dir=harness.temporary_folder()))
        silent = socket.socket(socket.AF_UNIX)
        self.addCleanup(silent.close)
        silent.bind(str(folder / '.s.PGSQL.5432'))
        silent.listen(64)
        self.restart(f'host={folder},{self.service.cluster.folder} dbname={self.service.database} user=traject_daemon')
        c, seen = self.connect(), self.logged()
        for pid in self.backends():
            os.kill(pid, signal.SIGTERM)
        self.wait_for('database_lost', seen)
        c.call('ListTeams', pb.ListTeamsRequest(), deadline_ms=60000)

    @unittest.skipIf(os.geteuid(), 'only root makes a network')
    def test_a_network_that_swallows_all_is_noticed(self):
        name, number = f'traject-{os.getpid()}', os.getpid() % 16000
        base = f'169.254.{number // 64}.'
        near, far = base + str(number % 64 * 4 + 1), base + str(number % 64 * 4 + 2)

        def ip(*words):
            subprocess.run(['ip', *words], check=True)
        if subprocess.run(['ip', 'netns', 'add', name], stderr=subprocess.DEVNULL).returncode:
            self.skipTest('no network can be made here')
        self.addCleanup(ip, 'netns', 'del', name)
        ip('link', 'add', f'tj{number}', 'type', 'veth', 'peer', 'name', 'far', 'netns', name)
        ip('addr', 'add', f'{near}/30', 'dev', f'tj{number}')
        ip('link', 'set', f'tj{number}', 'up')
        ip('-n', name, 'addr', 'add', f'{far}/30', 'dev', 'far')
        ip('-n', name, 'link', 'set', 'far', 'up')
        relay = Program(['ip', 'netns', 'exec', name, sys.executable, '-c', RELAY, far,
                         self.service.cluster.folder / '.s.PGSQL.5432'])
        self.addCleanup(relay.end)
        relay.wait_for('listening')
        self.restart(f'hostaddr={far} port=5432 dbname={self.service.database} user=traject_daemon')
        c, seen = self.connect(), self.logged()
        client = self.new_client()
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(client), None, deadline_ms=60000)
        self.wait_for_lock()
        ip('-n', name, 'route', 'add', 'blackhole', f'{near}/32')
        began = time.monotonic()
        # What waits for an answer is noticed, what is asked now, and what rests.
        asking = [self.connect(None) for _ in range(2)]
        for other in asking:
            other.send('Authenticate', pb.AuthenticateRequest(token=self.service.token('anna')), deadline_ms=60000)
        for _ in range(5):
            line = self.service.daemon.wait_for('event=(database|listener)_lost (?!.*detail=)', seen)
            seen = next(i for i in range(seen, self.logged()) if self.service.daemon.lines[i] == line.string) + 1
        self.assertLess(time.monotonic() - began, 45)
        release()
        ip('-n', name, 'route', 'del', 'blackhole', f'{near}/32')
        c.answer('RecordContact')
        self.assertEqual(self.contacts(client), ['vertrouwelijk'])
        for other in asking:
            other.answer('Authenticate')


class Failover(AwayTest):
    """A primary and its standby, both in the daemon's connection string."""

    def setUp(self):
        self.primary = self.service.cluster
        self.standby = Standby(self.primary)
        self.addCleanup(lambda: self.standby.server.end(signal.SIGQUIT))
        self.primary.sql("alter system set synchronous_standby_names = '*'")
        self.primary.sql('select pg_reload_conf()')
        self.until("select count(*) from pg_stat_replication where sync_state = 'sync'", [['1']])
        self.addCleanup(self.alone)

    def alone(self):
        self.primary.sql('alter system reset synchronous_standby_names')
        self.primary.sql('select pg_reload_conf()')

    WAITING = "select count(*) from pg_stat_activity where wait_event = 'SyncRep' and application_name like 'trajectd/%'"
    CANCEL = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and application_name like 'trajectd/%'"

    def test_a_commit_that_the_standby_lacks_is_not_answered(self):
        number = self.new_client()
        c, seen = self.connect(), self.logged()
        self.standby.stop()
        c.send('RecordContact', self.contact(number), None, deadline_ms=120000)
        # The second time it answers with what stands there, which waits for the standby as well.
        for _ in range(2):
            self.until(self.WAITING, [['1']])
            self.primary.sql(self.CANCEL)
            self.wait_for('commit_not_replicated', seen)
            seen = self.logged()
        self.until(self.WAITING, [['1']])
        c.socket.settimeout(1)
        with self.assertRaises(TimeoutError):
            c.receive()
        c.socket.settimeout(harness.WAIT_SECONDS)
        self.standby.start()
        c.answer('RecordContact')
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])

    def test_a_commit_that_no_standby_takes_is_refused_in_the_end(self):
        number = self.new_client()
        c, seen = self.connect(), self.logged()
        message, key = self.contact(number), new_key()
        self.standby.stop()
        c.send('RecordContact', message, key, deadline_ms=120000)
        for _ in range(4):
            self.until(self.WAITING, [['1']])
            self.primary.sql(self.CANCEL)
            self.wait_for('commit_not_replicated', seen)
            seen = self.logged()
        response = c.receive()
        self.assertEqual(response.status.code, pb.UNAVAILABLE, response)
        self.standby.start()
        c.call('RecordContact', message, key)
        self.assertEqual(self.contacts(number), ['vertrouwelijk'])

    def serve_both(self):
        """The daemon knows both, and the standby for stale reads; until the test ends, when the primary is there again."""
        service, given = self.service, dict(self.service.options)
        service.stop()
        service.options['database'] = (f'host={self.primary.folder},{self.standby.folder} dbname={service.database} '
                                       'user=traject_daemon')
        service.options['standby'] = self.standby.conninfo(service.database, 'traject_daemon')
        service.start()
        service.daemon.wait_for('event=standby_ready')

        def back():
            service.stop()
            if not self.primary.server.running():
                self.primary.start()
            service.cluster, service.options = self.primary, given
            service.start()
        self.addCleanup(back)

    def take_over(self):
        self.primary.server.end(signal.SIGKILL)
        self.standby.sql('select pg_promote()')
        self.service.cluster = self.standby

    def test_the_standby_takes_over(self):
        self.serve_both()
        number, seen = self.new_client(), self.logged()
        self.write_through(number, self.take_over)
        # Its connections outlived that it was a standby.
        c = self.connect()
        c.call('ListTeams', pb.ListTeamsRequest(), key='', max_staleness_ms=60000)
        self.assertIsNone(c.staleness_ms)
        self.wait_for('standby_lost why="it is no standby any more"', seen)

    def test_who_watches_misses_nothing_that_the_new_primary_records(self):
        self.serve_both()
        number = self.new_client()
        # Transactions that the standby never hears of, and numbers anew.
        self.standby.sql("alter system set primary_conninfo = ''")
        self.standby.sql('select pg_reload_conf()')
        self.until('select count(*) from pg_stat_replication', [['0']])
        self.primary.sql('begin; select pg_current_xact_id(); rollback;' * 200)
        watching = self.connect()
        watching.send('Watch', pb.WatchRequest())
        watching.receive()
        self.take_over()
        c = self.connect()
        for i in range(3):
            c.call('RecordContact', self.contact(number, words=f'n{i}'), deadline_ms=60000)
        told = []
        while 'n2' not in told:
            response = watching.receive()
            self.assertEqual(response.status.code, pb.OK, response)
            told += [entry.words for entry in pb.WatchReply.FromString(response.body).entries if entry.words]
        self.assertEqual(told, ['n0', 'n1', 'n2'])


if __name__ == '__main__':
    unittest.main()
