"""Restarts and upgrades while people work: nobody who calls through libtraject sees an error, and all is written once."""
import collections
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import unittest

import harness
from harness import ServiceTest
from test_watch import Watcher
from wire import Connection, Refused, new_key, pb

RESTARTS = 10


class Load:
    """Coaches who record contacts, each with a client of their own, and people who read, until it is stopped."""

    def __init__(self, service, clients):
        self.service = service
        self.clients = clients
        self.sent = collections.defaultdict(list)  # what each client is to have, by its words
        self.reads = 0
        self.failed = []
        self.stopping = threading.Event()
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.work, args=(work, client)) for work, client in zip(
            (self.programs, self.programs, self.script, self.script, self.wire, self.wire), clients)]
        self.threads += [threading.Thread(target=self.work, args=(self.read, 'board')),
                         threading.Thread(target=self.work, args=(self.read, 'coming-up'))]
        for thread in self.threads:
            thread.start()

    def work(self, how, what):
        number = 0
        while not self.stopping.is_set() and not self.failed:
            try:
                how(what, number)
            except BaseException as error:
                self.failed.append(f'{how.__name__} {what}: {error!r}')
            number += 1
            with self.changed:
                self.changed.notify_all()

    def programs(self, client, number):
        """Each contact by a program, and so a connection, of its own."""
        self.service.ok('contact', client, '--channel', 'phone', '--words', f'p {number}', profile='anna')
        self.sent[client].append(f'p {number}')

    def script(self, client, number):
        """Many over one connection."""
        words = [f's {number} {i}' for i in range(30)]
        self.service.script('\n'.join(f'contact {client} --channel phone --words "{one}"' for one in words), profile='anna')
        self.sent[client] += words

    def wire(self, client, number):
        """Barely: over one connection until that closes, and then again with the same key."""
        request = pb.RecordContactRequest(client_number=client, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                                          reached=True, words=f'w {number}')
        key = new_key()
        while not self.stopping.is_set():
            try:
                with Connection(self.service, self.service.token('anna')) as connection:
                    connection.call('RecordContact', request, key)
                    self.sent[client].append(f'w {number}')
                    return
            except OSError:
                continue
            except Refused as refused:
                if refused.code != 'UNAVAILABLE':
                    raise

    def read(self, what, _):
        self.service.ok(what, profile='max')
        self.reads += 1

    def done(self):
        return sum(map(len, self.sent.values())) + self.reads

    def go_on(self, more=20):
        """Until so much more was done."""
        until = self.done() + more
        with self.changed:
            if not self.changed.wait_for(lambda: self.failed or self.done() >= until, harness.WAIT_SECONDS * 2):
                raise AssertionError('nothing goes on')
        if self.failed:
            raise AssertionError('\n'.join(self.failed))

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(harness.WAIT_SECONDS * 2)


class Upgrade(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.service
        service.stop()
        # As systemd's socket unit does it: what connects while no daemon runs waits in its queue.
        service.listening = socket.create_server(('127.0.0.1', service.port), backlog=512)
        cls.addClassCleanup(service.listening.close)
        service.start()

    def setUp(self):
        self.clients = [self.new_client() for _ in range(6)]
        self.watcher = Watcher(self.service, 'max', '--team', 'Noord')
        self.addCleanup(lambda: self.watcher.process.poll() is None and self.watcher.process.kill())
        self.ok('contact', self.clients[0], '--channel', 'phone', '--words', 'begin', profile='anna')
        self.watcher.words('begin')
        self.load = Load(self.service, self.clients)
        self.load.sent[self.clients[0]].append('begin')
        self.addCleanup(self.load.stop)

    def settle(self):
        """What was written is there once, nobody saw an error, and who watches was told of all, once."""
        self.load.stop()
        self.assertEqual(self.load.failed, [])
        all_words = []
        for client in self.clients:
            words = [entry['words'] for entry in self.rows('timeline', client, '--limit', '1000000', profile='max') if 'words' in entry]
            sent = self.load.sent[client]
            # What was on its way when the wire clients stopped may be there too.
            extra = set(words) - set(sent)
            self.assertLessEqual(len(extra), 1)
            self.assertEqual(sorted(words), sorted([*sent, *extra]))
            all_words += words
        self.ok('contact', self.clients[0], '--channel', 'phone', '--words', 'einde', profile='anna')
        self.watcher.words('einde')
        self.assertEqual(sorted(self.watcher.all_words()), sorted([*all_words, 'einde']))
        self.watcher.stop()

    def restart(self):
        self.service.stop()
        self.service.start()

    def test_restarts(self):
        for _ in range(RESTARTS):
            self.load.go_on()
            self.restart()
        self.load.go_on()
        self.settle()
        self.assertIn('event=socket_given', self.service.log())

    def migrate(self, *edits):
        """The functions of another version: each edit a file, what stands in it, and what instead."""
        folder = pathlib.Path(harness.temporary_folder(), 'version-' + new_key())
        shutil.copytree(harness.REPOSITORY / 'sql', folder)
        for name, old, new in edits:
            text = (folder / name).read_text()
            self.assertIn(old, text)
            (folder / name).write_text(text.replace(old, new))
        done = subprocess.run([harness.TRAJECTD, 'migrate', '--database', self.service.cluster.conninfo(self.service.database),
                               '--sql', folder], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, 'making the functions\n'), done.stderr)
        # Where calls run it may have to wait for them.
        self.assertRegex(done.stderr, '^(trajectd migrate: waiting for a lock.*\n)*$')

    def test_an_upgrade_that_old_daemons_go_on_with(self):
        self.load.go_on()
        self.migrate(('internal/shown.sql', "' UTC'", "' GMT'"))
        self.load.go_on()
        self.restart()
        self.load.go_on()
        self.migrate()
        self.load.go_on()
        self.settle()

    def test_an_import_after_an_upgrade(self):
        """What it sends is of a type that was made anew, which the daemon knows by the number of before."""
        file, columns = self.service.folder / 'log.csv', self.service.folder / 'log.map'
        file.write_text('case,event,moment,what,team,coach\n' + ''.join(
            f'i{i},e{i},2026-01-02T09:00:00Z,Intake,Noord,anna\n' for i in range(20)))
        columns.write_text(
            'columns { case = "case" event = "event" moment = "moment" activity = "what" team = "team" coach = "coach" }\n'
            'kind = "activation"\noutcome = "employed"\nreason = "uit het logboek"\n'
            'activity "Intake" { stage = "first-contact" }\n')
        self.migrate(('internal/shown.sql', "' UTC'", "' GMT'"))
        printed = self.ok('import', file, '--map', columns, '--people-as', 'admin', profile='max')
        self.assertIn('20 trajectories and 20 entries added', printed)
        self.assertIn('event=database_lost why="what it prepared is out of date"', self.service.log())
        self.migrate()
        self.load.go_on()
        self.settle()

    def test_who_watches_goes_on_after_one_upgrade_upon_another(self):
        """Each time the watch itself fails on what a connection prepared before."""
        for _ in range(2):
            lines = len(self.service.daemon.lines)
            (moment,), = self.service.sql('select clock_timestamp()')
            check = '    perform internal.check_share('
            self.migrate(('api/watch.sql', check, f"""    if (select min(s.prepare_time) from pg_prepared_statements s) < '{moment}' then
                raise exception 'cache lookup failed for type 1' using errcode = 'XX000';
            end if;\n{check}"""))
            self.load.go_on()
            self.service.daemon.wait_for('event=database_lost why="what it prepared is out of date"', lines)
        self.migrate()
        self.settle()

    def test_an_upgrade_that_old_daemons_do_not_fit(self):
        """They serve nobody any more; who asks waits until a new one runs."""
        self.load.go_on()
        lines = len(self.service.daemon.lines)
        self.migrate(('api/record_contact.sql', 'words traject.sealed', 'words_of traject.sealed'),
                     ('api/record_contact.sql', 'record_contact.words', 'record_contact.words_of'))
        self.service.daemon.wait_for('event=database_setup_failed sqlstate=42883', lines)
        self.service.stop()
        # The new version, which the daemon of this test is.
        self.migrate()
        self.service.start()
        self.load.go_on()
        self.settle()


class Handed(unittest.TestCase):
    """What a daemon is handed that is no socket to listen at."""

    def test_what_else_is_refused(self):
        service = harness.Service()
        self.addCleanup(service.close)
        service.stop()
        one, other = socket.socketpair()
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        refused = harness.Program([harness.TRAJECTD, '--config', service.config], listening=one)
        refused.wait_for('event=start_failed .*is no socket that listens')
        self.assertEqual(refused.wait(), 1)
        # Meant for another process.
        environment = {**os.environ, 'LISTEN_PID': '1', 'LISTEN_FDS': '1'}
        other = harness.Program([harness.TRAJECTD, '--config', service.config], environment=environment)
        other.wait_for('event=ready')
        self.assertEqual(other.end(signal.SIGTERM), 0)
        two = harness.Program(['sh', '-c', f'LISTEN_PID=$$ LISTEN_FDS=2 exec {harness.TRAJECTD} --config {service.config}'])
        two.wait_for('event=start_failed .*2 sockets were handed over')
        self.assertEqual(two.wait(), 1)

    def test_it_says_when_it_is_ready(self):
        service = harness.Service()
        self.addCleanup(service.close)
        service.stop()
        for name in (str(service.folder / 'notify'), f'\0trajectd-{os.getpid()}'):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
                told.bind(name)
                told.settimeout(harness.WAIT_SECONDS)
                daemon = harness.Program([harness.TRAJECTD, '--config', service.config],
                                         environment={**os.environ, 'NOTIFY_SOCKET': name.replace('\0', '@')})
                self.assertEqual(told.recv(100), b'READY=1')
                daemon.wait_for('event=ready')
                self.assertEqual(daemon.end(signal.SIGTERM), 0)
                self.assertNotIn('not_notified', '\n'.join(daemon.lines))


if __name__ == '__main__':
    unittest.main()
