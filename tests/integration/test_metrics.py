"""What trajectd tells the programs that watch it, /metrics, /healthz and /readyz, and its administrators: `traject status`
and the lines of the log about calls."""
import json
import re
import signal
import socket
import subprocess
import time
import unittest

import harness
from harness import Program
from test_robust import WireTest
from test_standby import StandbyTest
from wire import Connection, new_key, pb

SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'


class Metrics:
    """What a service tells at a unix socket in its folder."""

    def socket(self):
        made = socket.socket(socket.AF_UNIX)
        self.addCleanup(made.close)
        made.connect(str(self.service.folder / 'metrics'))
        made.settimeout(harness.WAIT_SECONDS)
        return made

    def rest(self, connection):
        """All that comes until the daemon hangs up."""
        data = b''
        while part := connection.recv(65536):
            data += part
        return data.decode()

    def ask(self, path, method='GET', more=''):
        """The status, headers and body of an answer."""
        connection = self.socket()
        connection.sendall(f'{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n'.encode())
        head, _, body = self.rest(connection).partition('\r\n\r\n')
        connection.close()
        return int(head.split()[1]), head, body

    def metrics(self):
        """The values by name and labels."""
        status, _, body = self.ask('/metrics')
        self.assertEqual(status, 200)
        found = {}
        for line in body.splitlines():
            if not line.startswith('#'):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                key = f'{name}{{{labels}}}' if labels else name
                self.assertNotIn(key, found)
                found[key] = float(value)
        return found

    def wait_until(self, holds):
        """Until that is true of the metrics, which it returns."""
        deadline = time.monotonic() + harness.WAIT_SECONDS
        while not holds(found := self.metrics()):
            self.assertLess(time.monotonic(), deadline, found)
        return found

    def rise(self, before, name, by=1):
        self.assertEqual(self.metrics()[name] - before.get(name, 0), by, name)


class MetricsTest(WireTest, Metrics):
    options = {'metrics': './metrics', 'database_connections': 1}


class Format(MetricsTest):
    def test_prometheus_reads_it(self):
        self.connect().call('ListTeams', pb.ListTeamsRequest())
        status, head, body = self.ask('/metrics')
        self.assertEqual(status, 200)
        self.assertIn('Content-Type: text/plain; version=0.0.4; charset=utf-8', head)
        done = subprocess.run(['promtool', 'check', 'metrics'], input=body, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))

    def test_each_family_is_there_from_the_start(self):
        _, _, body = self.ask('/metrics')
        families = re.findall(r'# TYPE (\S+) ', body)
        self.assertEqual(len(families), len(set(families)))
        self.assertEqual(families, re.findall(r'# HELP (\S+) ', body))
        found = self.metrics()
        version = subprocess.run([harness.TRAJECTD, '--version'], capture_output=True, text=True).stdout.split()[1]
        self.assertEqual(found[f'traject_build_info{{version="{version}"}}'], 1)
        for method in pb.DESCRIPTOR.services_by_name['Traject'].methods:
            self.assertIn(f'traject_requests_total{{method="{method.name}",status="OK"}}', found)

    def test_buckets_add_up(self):
        self.connect().call('ListTeams', pb.ListTeamsRequest())
        _, _, body = self.ask('/metrics')
        for labels in ('{method="ListTeams"}', ''):
            name = 'traject_request_duration_seconds' if labels else 'traject_database_call_seconds'
            pattern = re.escape(name + '_bucket{' + labels[1:-1])
            counts = [int(n) for n in re.findall(rf'(?m)^{pattern}.*le="[^"]*"\}} (\d+)$', body)]
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(str(counts[-1]), re.search(rf'(?m)^{name}_count{re.escape(labels)} (\d+)$', body)[1])
            self.assertGreater(float(re.search(rf'(?m)^{name}_sum{re.escape(labels)} (\S+)$', body)[1]), 0)

    def test_the_dashboard_asks_for_what_there_is(self):
        dashboard = json.loads((harness.REPOSITORY / 'deploy/grafana.json').read_text())
        self.connect().call('ListTeams', pb.ListTeamsRequest())
        there = {key.split('{')[0] for key in self.metrics()}
        asked, rules = set(), []
        for panel in dashboard['panels']:
            self.assertEqual(panel['datasource']['uid'], '${datasource}', panel['title'])
            for target in panel['targets']:
                asked |= set(re.findall(r'\b(?:traject|process)_\w+', target['expr']))
                rules.append({'record': f'rule{len(rules)}', 'expr': target['expr'].replace('$__rate_interval', '5m')})
        self.assertEqual(asked - there, set())
        self.assertGreater(len(asked), 20)
        path = self.service.folder / 'rules.yml'
        path.write_text(json.dumps({'groups': [{'name': 'dashboard', 'rules': rules}]}))
        done = subprocess.run(['promtool', 'check', 'rules', path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Counts(MetricsTest):
    def test_requests_by_method_and_status(self):
        c = self.connect()
        before = self.metrics()
        for _ in range(3):
            c.call('ListTeams', pb.ListTeamsRequest())
        self.refusal(c, 'GetClient', pb.GetClientRequest(client_number='nobody'), 'NOT_FOUND', key='')
        self.refusal(c, 'AddTeam', pb.AddTeamRequest(team='Oost'), 'PERMISSION_DENIED')
        # Names that a caller makes up make no series of their own.
        self.refusal(c, '/traject.v1.Traject/Nothing', b'', 'UNIMPLEMENTED')
        self.refusal(c, '/traject.v1.Traject/Nothing2', b'', 'UNIMPLEMENTED')
        c.call('GetStatus', pb.GetStatusRequest())
        for method, status, by in (('ListTeams', 'OK', 3), ('GetClient', 'NOT_FOUND', 1), ('AddTeam', 'PERMISSION_DENIED', 1),
                                   ('unknown', 'UNIMPLEMENTED', 2), ('GetStatus', 'OK', 1), ('Authenticate', 'OK', 0)):
            self.rise(before, f'traject_requests_total{{method="{method}",status="{status}"}}', by)
        self.rise(before, 'traject_request_duration_seconds_count{method="ListTeams"}', 3)

    def test_waiting_is_told_apart_from_working(self):
        c, others = self.connect(), [self.connect() for _ in range(3)]
        number = self.new_client()
        before = self.metrics()
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        for other in others:
            other.send('ListTeams', pb.ListTeamsRequest())
        found = self.wait_until(lambda m: m['traject_queue_calls'] == 3)
        self.assertGreater(found['traject_queue_bytes'], 0)
        self.assertEqual(found['traject_database_connections{server="primary",state="busy"}'], 1)
        self.assertEqual(found['traject_database_connections{server="primary",state="idle"}'], 0)
        time.sleep(3)
        release()
        c.answer('RecordContact')
        for other in others:
            other.answer('ListTeams')
        found = self.wait_until(lambda m: not m['traject_queue_calls'])
        self.assertEqual(found['traject_queue_bytes'], 0)
        self.rise(before, 'traject_batch_calls_count{server="primary"}', 2)
        self.rise(before, 'traject_batch_calls_sum{server="primary"}', 4)
        self.rise(before, 'traject_batch_calls_bucket{server="primary",le="2"}', 1)
        # Three waited for over 2.5 s and one did not; that one was with the database for so long.
        for name, within in (('wait', 1), ('call', 3)):
            self.rise(before, f'traject_database_{name}_seconds_count', 4)
            self.rise(before, f'traject_database_{name}_seconds_bucket{{le="2.5"}}', within)
            self.assertGreater(found[f'traject_database_{name}_seconds_sum'] - before[f'traject_database_{name}_seconds_sum'],
                               (4 - within) * 2.5)

    def test_connections_by_state_and_how_they_came(self):
        before = self.metrics()
        ready = 'traject_client_connections{state="ready"}'
        c = self.connect()
        c.call('ListTeams', pb.ListTeamsRequest())
        silent = socket.create_connection(('127.0.0.1', self.service.port))
        self.addCleanup(silent.close)
        found = self.wait_until(lambda m: m['traject_client_connections{state="handshake"}'] == 1)
        self.assertEqual(found[ready] - before[ready], 1)
        stranger = self.connect(profile=None)
        self.wait_until(lambda m: m['traject_client_connections{state="unauthenticated"}'] == 1)
        stranger.socket.close()
        with Connection(self.service, c.token, resume=c):
            pass
        silent.sendall(b'GET / HTTP/1.1\r\n\r\n')
        found = self.wait_until(lambda m: m[ready] - before[ready] == 1 and
                                not any(m[f'traject_client_connections{{state="{state}"}}'] for state in
                                        ('handshake', 'unauthenticated', 'closed')))
        for result, by in (('full', 2), ('resumed', 1), ('failed', 1)):
            self.rise(before, f'traject_tls_handshakes_total{{result="{result}"}}', by)

    def test_a_watcher_and_a_client_that_hangs_up(self):
        before = self.metrics()
        c = self.connect()
        c.send('Watch', pb.WatchRequest())
        c.receive()
        self.wait_until(lambda m: m['traject_watchers'] == 1)
        number = self.new_client()
        release = self.hold('traject.event')
        for _ in range(3):
            c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        # It has its answer, which waits for those before it.
        c.send('/traject.v1.Traject/Nothing', b'')
        unknown = 'traject_requests_total{method="unknown",status="UNIMPLEMENTED"}'
        self.wait_until(lambda m: unknown in m)
        c.socket.close()
        self.wait_until(lambda m: m['traject_requests_abandoned_total'] - before['traject_requests_abandoned_total'] == 3)
        release()
        self.wait_until(lambda m: not m['traject_watchers'] and not m['traject_client_connections{state="closed"}'])

    def test_what_runs_again(self):
        """A failure of a passing cause, and one that takes its batch apart."""
        self.service.sql('create sequence public.tries; grant usage on sequence public.tries to public; '
                         'create function public.once() returns trigger language plpgsql as $$ begin '
                         "if nextval('public.tries') < 3 then raise serialization_failure; end if; return new; end $$;"
                         'create trigger once before insert on traject.team for each row execute function public.once()')
        self.addCleanup(self.service.sql, 'drop trigger once on traject.team')
        before = self.metrics()
        self.connect('admin').call('AddTeam', pb.AddTeamRequest(team='Oost'))
        self.rise(before, 'traject_call_retries_total{cause="40"}', 2)
        c, number = self.connect(), self.new_client()
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        before = self.metrics()
        for bad in ('nobody', number):
            c.send('RecordContact', self.contact(bad), new_key())
        self.wait_until(lambda m: m['traject_queue_calls'] == 2)
        release()
        c.answer('RecordContact')
        self.assertEqual(pb.Code.Name(c.receive().status.code), 'NOT_FOUND')
        c.answer('RecordContact')
        self.rise(before, 'traject_batches_failed_total')

    def test_the_process(self):
        found = self.metrics()
        pid = self.service.daemon.process.pid
        with open(f'/proc/{pid}/status') as status:
            resident = int(re.search(r'VmRSS:\s+(\d+) kB', status.read())[1]) * 1024
        self.assertAlmostEqual(found['process_resident_memory_bytes'] / resident, 1, delta=0.2)
        self.assertGreater(found['process_virtual_memory_bytes'], found['process_resident_memory_bytes'])
        with open(f'/proc/{pid}/limits') as limits:
            self.assertEqual(found['process_max_fds'], int(re.search(r'Max open files\s+(\d+)', limits.read())[1]))
        self.assertGreater(found['process_cpu_seconds_total'], 0)
        self.assertLess(abs(time.time() - found['process_start_time_seconds']), 600)
        opened = [self.connect() for _ in range(5)]
        self.assertEqual(self.metrics()['process_open_fds'] - found['process_open_fds'], len(opened))


class Limits(MetricsTest):
    options = {**MetricsTest.options, 'client_connections': 2}

    def test_connections_turned_away(self):
        before = self.metrics()
        for _ in range(2):
            self.connect()
        with self.assertRaises(OSError):
            self.connect()
        self.rise(before, 'traject_client_connections_turned_away_total')


class Pages(MetricsTest):
    def test_what_is_asked_and_how(self):
        status, head, body = self.ask('/healthz')
        self.assertEqual((status, body), (200, 'The daemon runs.\n'))
        self.assertEqual(self.ask('/readyz')[::2], (200, 'The daemon can answer.\n'))
        status, head, body = self.ask('/healthz', 'HEAD')
        self.assertEqual((status, body), (200, ''))
        self.assertIn('Content-Length: 17', head)
        self.assertEqual(self.ask('/readyz?verbose=1')[0], 200)
        for path in ('/', '/metrics/', '/METRICS', '/../metrics', '*'):
            self.assertEqual(self.ask(path)[0], 404, path)
        for method in ('POST', 'PUT', 'DELETE', 'OPTIONS'):
            status, head, _ = self.ask('/metrics', method)
            self.assertEqual(status, 405, method)
            self.assertIn('Allow: GET, HEAD', head)
        self.assertGreaterEqual(self.ask('/metrics', 'BREW')[0], 400)

    def test_what_is_no_request(self):
        for sent in (b'\r\n\r\n', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\x16\x03\x01\x00\xa5\x01' + b'\x00' * 160,
                     b'GET / HTTP/1.1\r\nno header\r\n\r\n', b'\xff' * 20000, b'GET http://[ HTTP/1.1\r\n\r\n',
                     b'GET /' + b'a' * 20000 + b' HTTP/1.1\r\n\r\n',
                     b'GET / HTTP/1.1\r\n' + b'X: ' + b'b' * 20000 + b'\r\n\r\n',
                     b'GET / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n' + b'c' * 20000,
                     b'GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
                     b'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n' + b'ffff\r\n' + b'd' * 65535 + b'\r\n'):
            connection = self.socket()
            with self.subTest(sent=sent[:60]):
                try:
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)
                    answer = self.rest(connection)
                except (BrokenPipeError, ConnectionResetError):
                    continue
                self.assertNotIn(' 200 ', answer)
        self.assertEqual(self.ask('/healthz')[0], 200)

    def test_those_who_say_nothing_or_read_nothing_are_hung_up_on(self):
        before = self.metrics()['process_open_fds']
        silent = [self.socket() for _ in range(20)]
        # Who has come first is hung up on; then there is room for the others, and for who asks.
        c = self.connect()
        c.call('ListTeams', pb.ListTeamsRequest())
        self.assertEqual(self.ask('/healthz')[0], 200)
        self.assertEqual(self.rest(silent[0]), '')
        drips = self.socket()
        with self.assertRaises(OSError):
            for _ in range(10000):
                drips.sendall(b'G')
                time.sleep(0.05)
        for connection in [self.socket() for _ in range(10)]:
            connection.sendall(b'GET /metrics HTTP/1.1\r\n\r\n')
        c.socket.close()
        self.wait_until(lambda m: m['process_open_fds'] <= before)

    def test_requests_in_one_go_get_one_answer(self):
        connection = self.socket()
        connection.sendall(b'GET /healthz HTTP/1.1\r\n\r\n' * 50)
        self.assertEqual(self.rest(connection).count('HTTP/1.1 200'), 1)

    def test_the_database_goes_and_comes_back(self):
        self.addCleanup(lambda: self.service.cluster.server.running() or self.service.cluster.start())
        before = self.metrics()
        c = self.connect()
        seen = len(self.service.daemon.lines)
        self.service.cluster.stop()
        self.wait_until(lambda m: m['traject_database_connections{server="primary",state="away"}'] == 1)
        self.assertEqual(self.ask('/readyz')[::2], (503, 'The database is not reached.\n'))
        self.assertEqual(self.ask('/healthz')[0], 200)
        self.rise(before, 'traject_database_connections_lost_total{server="primary"}')
        self.assertEqual(self.metrics()['traject_listener_connected'], 0)
        self.wait_until(lambda m: m['traject_database_connects_failed_total{server="primary"}'] >
                        before['traject_database_connects_failed_total{server="primary"}'])
        refused = self.refusal(c, 'ListTeams', pb.ListTeamsRequest(), 'UNAVAILABLE', deadline_ms=300,
                               traceparent=f'00-{TRACE}-00f067aa0ba902b7-01')
        self.assertIn('database cannot be reached', refused.message)
        self.service.daemon.wait_for(rf'level=info event=call .*method=\S*ListTeams status=UNAVAILABLE ms=\d+ trace_id={TRACE}$', seen)
        self.service.cluster.start()
        self.service.daemon.wait_for('event=database_ready', seen)
        self.service.daemon.wait_for('event=listener_ready', seen)
        self.assertEqual(self.ask('/readyz')[0], 200)
        self.assertEqual(self.metrics()['traject_listener_connected'], 1)
        # A call that was with the database when it went runs again.
        number = self.new_client()
        release = self.hold('traject.event')
        before = self.metrics()
        c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        self.service.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'")
        self.wait_until(lambda m: m['traject_call_retries_total{cause="08"}'] - before['traject_call_retries_total{cause="08"}'] == 1)
        release()
        c.answer('RecordContact')
        self.assertEqual(len(self.contacts(number)), 1)

    def test_a_daemon_that_stops_is_not_ready(self):
        c, number = self.connect(), self.new_client()
        release = self.hold('traject.event')
        c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        seen = len(self.service.daemon.lines)
        self.service.daemon.tell(signal.SIGTERM)
        self.service.daemon.wait_for('event=draining', seen)
        self.assertEqual(self.ask('/readyz')[::2], (503, 'The daemon is stopping.\n'))
        self.assertEqual(self.ask('/healthz')[0], 200)
        release()
        c.answer('RecordContact')
        c.socket.close()
        self.assertEqual(self.service.daemon.wait(), 0)
        # Its socket is left behind, and is no obstacle.
        self.service.start()
        self.assertEqual(self.ask('/healthz')[0], 200)


class Where(WireTest, Metrics):
    organisation = False

    def test_a_port_of_the_loopback(self):
        self.service.stop()
        for address in ('127.0.0.1', '::1') if socket.has_ipv6 else ('127.0.0.1',):
            with socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET) as free:
                free.bind((address, 0))
                port = free.getsockname()[1]
            self.service.options['metrics'] = f'[{address}]:{port}' if ':' in address else f'{address}:{port}'
            self.service.start()
            with socket.create_connection((address, port), harness.WAIT_SECONDS) as connection:
                connection.sendall(b'GET /readyz HTTP/1.0\r\n\r\n')
                self.assertIn(' 200 ', self.rest(connection))
            self.service.stop()
        del self.service.options['metrics']
        self.service.start()

    def test_a_socket_that_cannot_be(self):
        path = self.service.folder / 'second.conf'
        taken = socket.socket(socket.AF_UNIX)
        self.addCleanup(taken.close)
        taken.bind(str(self.service.folder / 'taken'))
        taken.listen()
        (self.service.folder / 'file').write_text('kept')
        for metrics, says in (('./taken', 'metrics .*/taken: Address already in use'),
                              ('./file', 'metrics .*/file: Address already in use'),
                              ('./none/metrics', 'metrics .*/none/metrics: No such file or directory'),
                              ('/' + 'x' * 120, 'metrics /x*: File name too long'),
                              ('127.0.0.1:1' + str(self.service.port)[-4:], None)):
            self.service.write_config(path, metrics=metrics, listen='127.0.0.1:0')
            other = Program([harness.TRAJECTD, '--config', path])
            self.addCleanup(other.end)
            if says:
                other.wait_for(f'event=start_failed .*{says}')
                self.assertEqual(other.wait(), 1)
            else:
                other.wait_for('event=ready')
                other.end(signal.SIGTERM)
        self.assertEqual((self.service.folder / 'file').read_text(), 'kept')


class Status(MetricsTest):
    def status(self):
        return {name: int(value) for name, value in self.service.json('status').items() if str(value).isdigit()}

    def test_what_it_tells_is_what_was_counted(self):
        found, status = self.metrics(), self.status()
        self.assertAlmostEqual(status['residentMemoryBytes'] / found['process_resident_memory_bytes'], 1, delta=0.2)
        for field, name in (('batches', 'traject_batch_calls_count'), ('batchedCalls', 'traject_batch_calls_sum')):
            # `status` itself has signed in.
            self.assertEqual(status[field], found[name + '{server="primary"}'] + 1)
        self.assertLess(0, status['medianUs'])
        self.assertLessEqual(status['medianUs'], status['p95Us'])
        self.assertLessEqual(status['p95Us'], status['p99Us'])

    def test_what_was_slow_and_what_went_wrong(self):
        c, other, number = self.connect(), self.connect(), self.new_client()
        before = self.status()
        release = self.hold('traject.event')
        for _ in range(4):
            c.send('RecordContact', self.contact(number), new_key())
        self.wait_for_lock()
        while not other.call('GetStatus', pb.GetStatusRequest()).waiting_bytes:
            pass
        time.sleep(1.1)
        release()
        for _ in range(4):
            c.answer('RecordContact')
        self.assertLess(before['p99Us'], 1_000_000)
        self.assertLess(1_000_000, self.status()['p99Us'])
        seen = len(self.service.daemon.lines)
        self.service.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'traject_daemon'")
        self.service.daemon.wait_for('event=database_ready', seen)
        after = self.status()
        self.assertEqual(after['databaseConnectionsLost'], before.get('databaseConnectionsLost', 0) + 1)
        self.assertRegex(self.ok('status'), r'\n'.join((
            r'  answered      half within [\d.]+ m?s, 95 in 100 within [\d.]+ m?s, 99 in 100 within [\d.]+ s',
            r'  batches       \d+, of [\d.]+ requests each',
            r'  disturbances  0 requests ran again, 1 database connections lost, 0 clients turned away',
            r'  memory        [\d.]+ MiB; [\d.]+ of at most 1024 in use\n')))
        header, row = self.ok('--output', 'csv', 'status').splitlines()
        told = dict(zip(header.split(','), row.split(',')))
        self.assertEqual(told['database_connections_lost'], '1')


class Standby(StandbyTest, Metrics):
    @classmethod
    def setUpClass(cls):
        cls.options = {'metrics': './metrics'}
        super().setUpClass()

    def test_what_is_kept_while_there_is_no_primary(self):
        number, seen = self.new_number(), len(self.service.daemon.lines)
        self.connection('anna')
        self.catch_up()
        self.primary.stop()
        self.addCleanup(lambda: self.primary.server.running() or self.primary.start())
        self.service.daemon.wait_for('event=primary_away', seen)
        self.assertEqual(self.metrics()['traject_kept_lines'], 0)
        self.read('anna', 'GetTimeline', client_number=number)
        self.assertEqual(self.metrics()['traject_kept_lines'], 1)
        self.primary.start()
        self.wait_until(lambda found: found['traject_kept_lines'] == 0)

    def test_the_standby(self):
        number = self.new_number()
        self.assertEqual(self.metrics()['traject_standby_answered_timestamp_seconds'], 0)
        self.assertNotIn('standbyStalenessMs', self.service.json('status'))
        self.catch_up()
        _, staleness_ms = self.read('anna', 'GetTimeline', client_number=number)
        found = self.metrics()
        self.assertEqual(found['traject_standby_staleness_seconds'], staleness_ms / 1000)
        self.assertLess(abs(time.time() - found['traject_standby_answered_timestamp_seconds']), 60)
        self.assertEqual(self.service.json('status')['standbyStalenessMs'], str(staleness_ms))
        self.assertEqual(found['traject_batch_calls_count{server="standby"}'], 1)
        self.pause()
        time.sleep(0.01)
        before = self.metrics()
        self.read('anna', 'GetTimeline', 1, client_number=number)
        self.rise(before, 'traject_standby_batches_failed_total')
        self.rise(before, 'traject_call_retries_total{cause="standby"}')


class CallsInTheLog(MetricsTest):
    options = {**MetricsTest.options, 'log_level': 'info'}

    def test_the_slow_and_the_failed_are_there_and_no_other(self):
        c, number = self.connect(), self.new_client()
        release = self.hold('traject.event')
        seen = len(self.service.daemon.lines)
        c.send('RecordContact', self.contact(number), new_key(), traceparent=f'00-{TRACE}-00f067aa0ba902b7-01')
        self.wait_for_lock()
        time.sleep(1.1)
        release()
        c.answer('RecordContact')
        c.call('ListTeams', pb.ListTeamsRequest())
        self.service.sql('create function public.fails() returns trigger language plpgsql as $$ begin '
                         "raise exception 'vertrouwelijk'; end $$;"
                         'create trigger fails before insert on traject.event execute function public.fails()')
        self.addCleanup(self.service.sql, 'drop trigger fails on traject.event')
        self.refusal(c, 'RecordContact', self.contact(number), 'INTERNAL', traceparent=f'00-{TRACE}-00f067aa0ba902b7-01')
        self.refusal(c, 'GetClient', pb.GetClientRequest(client_number='nobody'), 'NOT_FOUND', key='')
        self.service.daemon.wait_for('status=INTERNAL', seen)
        lines = [line for line in self.service.daemon.lines[seen:] if 'event=call ' in line]
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], rf'level=info .*method=\S*RecordContact status=OK ms=\d{{4,}} trace_id={TRACE}$')
        self.assertRegex(lines[1], rf'level=info .*method=\S*RecordContact status=INTERNAL ms=\d+ trace_id={TRACE}$')
        self.service.daemon.wait_for(rf'event=database_error .*sqlstate=P0001 .*trace_id={TRACE}', seen)


if __name__ == '__main__':
    unittest.main()
