"""Who does the work: each answers the same requests over the same database, and is measured in the same way."""
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import time

import harness
import measure
import pgbench
import work

FOLDER = pathlib.Path(__file__).resolve().parent
THREADS = 2


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


class Contender:
    """Named as the table names it; `what` says the rest. `works` are those that it does; None: all."""
    works = None

    def start(self):
        pass

    def stop(self):
        pass


class Direct(Contender):
    def __init__(self, bench, name, pipeline=False):
        self.bench, self.name, self.pipeline = bench, name, pipeline
        self.what = ('-M prepared over the unix socket, a transaction for each request: begin, who calls, the call, the lines of the '
                     'logs, commit; ' + ('all sent at once' if pipeline else 'one after the other')
                     + '. Words are sealed already, and found by an index')
        if pipeline:
            self.works = {'journey', 'contact'}

    def run(self, name, connections, seconds, warmup):
        return self.bench.run(self.bench.scripts(name, self.pipeline), connections, seconds, warmup)


class Pipelined(Contender):
    """As many requests on the way as there would be connections."""
    works = {'journey', 'contact'}

    def __init__(self, bench, name, transactions):
        self.bench, self.name, self.transactions = bench, name, transactions
        self.what = (f'the same, {pgbench.BATCH} requests of as many callers at once, '
                     + ('each in its own transaction' if transactions else 'in one transaction'))

    def run(self, name, connections, seconds, warmup):
        return self.bench.run([(self.bench.batch(name, self.transactions), 1)], max(1, connections // pgbench.BATCH), seconds,
                              warmup, batch=pgbench.BATCH)


class PgBouncer(Contender):
    name = 'pgbench, PgBouncer'
    POOL = 16  # connections to PostgreSQL
    what = (f'the same through PgBouncer, TCP with TLS, pooling by transaction over {POOL} connections; its version 1.18 keeps no '
            'prepared statements apart, so what is sent is parsed each time (-M extended)')

    def __init__(self, bench, filled, folder):
        self.bench, self.filled, self.folder = bench, filled, pathlib.Path(folder) / 'pgbouncer'
        self.folder.mkdir()
        shutil.copy(self.folder.parent / 'server.pem', self.folder)
        shutil.copy(self.folder.parent / 'server.key', self.folder)
        # It does not run as root.
        self.user = filled.cluster.user or pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()
        (self.folder / 'pgbouncer.ini').write_text(f'''[databases]
traject = host={filled.cluster.folder} dbname=traject user=traject_daemon
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {self.POOL}
max_client_conn = 2000
client_tls_sslmode = require
client_tls_key_file = {self.folder}/server.key
client_tls_cert_file = {self.folder}/server.pem
log_connections = 0
log_disconnections = 0
''')
        for path in [self.folder, *self.folder.iterdir()]:
            shutil.chown(path, self.user)

    def start(self):
        self.process = harness.Program(['/usr/sbin/pgbouncer', self.folder / 'pgbouncer.ini'], self.filled.cluster.user)
        self.process.wait_for('process up')

    def stop(self):
        self.process.end()

    def run(self, name, connections, seconds, warmup):
        conninfo = f'host=127.0.0.1 port={self.port} dbname=traject user=traject_daemon sslmode=require'
        return self.bench.run(self.bench.scripts(name), connections, seconds, warmup, [self.process.process.pid], conninfo,
                              'extended')


class Node(Contender):
    name = 'Node service'
    CONNECTIONS = 10  # to PostgreSQL, of each process; node-postgres' own default
    what = (f'fastify and node-postgres, a process for each CPU with {CONNECTIONS} connections each, named prepared statements, opening '
            'and sealing words; HTTP without TLS, driven by wrk')

    def __init__(self, filled, statements, build, folder, actors_of):
        self.filled, self.build, self.actors_of = filled, build / 'node', actors_of
        self.install()
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        (self.folder / 'statements.json').write_text(json.dumps(statements.sql))
        (self.folder / 'node.json').write_text(json.dumps({
            'database': {'host': str(filled.cluster.folder), 'database': 'traject', 'user': 'traject_daemon'},
            'keys': str(filled.folder / 'keys'), 'statements': str(self.folder / 'statements.json'), 'port': self.port,
            'processes': os.cpu_count(), 'connections': self.CONNECTIONS}))

    def install(self):
        """What the lock file names, unless that is there."""
        lock = self.build / 'package-lock.json'
        there = lock.exists() and lock.read_bytes() == (FOLDER / 'node/package-lock.json').read_bytes()
        self.build.mkdir(exist_ok=True)
        for file in (FOLDER / 'node').iterdir():
            shutil.copy(file, self.build)
        if not there:
            try:
                subprocess.run(['npm', 'ci', '--no-audit', '--no-fund', '--silent'], cwd=self.build, check=True)
            except subprocess.CalledProcessError:
                lock.unlink()
                raise

    def start(self):
        self.process = harness.Program(['node', self.build / 'service.js', self.folder / 'node.json'],
                                       environment={**os.environ, 'NODE_ENV': 'production'})
        self.process.wait_for('event=ready')

    def stop(self):
        self.process.end(15)

    def settle(self):
        """Until what wrk asked before it ended is done."""
        idle = 0
        while idle < 5:
            (busy,), = self.filled.cluster.sql(
                "select count(*) from pg_stat_activity where application_name = 'benchmark service' and state <> 'idle'")
            idle = idle + 1 if busy == '0' else 0
            time.sleep(.1)

    def write_stages(self):
        """Where the clients are that a move goes from."""
        stages = dict()
        for token, number, stage in self.filled.cluster.sql('''
                select encode(a.token_sha256, 'hex'), s.client_number, s.stage
                  from bench.actor a
                 cross join generate_series(a.first_number, a.first_number + a.listed - 1) n (number)
                  join bench.stage s on s.municipality_id = a.municipality_id and s.client_number = n.number::text
                 where a.list = 'writers' '''):
            stages.setdefault(token, []).append((number, stage))
        with open(self.folder / 'stages', 'w') as file:
            for line in (self.filled.folder / 'writers').read_text().splitlines():
                token = line.split('\t')[0]
                for number, stage in stages.get(harness.digest(token), []):
                    file.write(f'{token}\t{number}\t{stage}\n')

    def wrk(self, name, connections, seconds):
        done = subprocess.run(
            ['wrk', '-t', str(min(THREADS, connections)), '-c', str(connections), '-d', f'{seconds}s', '--timeout', '30s', '-s',
             self.build / 'load.lua', f'http://127.0.0.1:{self.port}', '--', name, self.actors_of(name), FOLDER / 'mix.txt',
             self.folder / 'stages', str(min(THREADS, connections))], capture_output=True, text=True)
        found = re.search(r'^\{.*\}$', done.stdout, re.MULTILINE)
        if done.returncode or not found:
            raise AssertionError(f'wrk: {done.stdout[-1000:]}{done.stderr[-2000:]}')
        result = json.loads(found[0])
        if result['errors']:
            raise AssertionError(f'{result["errors"]} of {result["requests"]} answers of the Node service are not OK: {done.stderr[-1000:]}'
                                 + '\n'.join(self.process.lines[-5:]))
        return result

    def run(self, name, connections, seconds, warmup):
        self.write_stages()
        self.wrk(name, connections, warmup)
        if name in ('move', 'mix'):
            self.settle()
            self.write_stages()
        window = measure.Window(self.filled.cluster.server.process.pid, [self.process.process.pid])
        result = self.wrk(name, connections, seconds)
        window.end()
        return window.figures(result['requests'] / window.seconds, result['p50'], result['p99'], result['p99_9'])


class Daemon(Contender):
    name = 'trajectd'
    what = 'TLS 1.3, tokens, sealing, everything on; driven by tests/bench/load'

    def __init__(self, filled, trajectd, build, actors_of):
        self.filled, self.trajectd, self.program, self.actors_of = filled, trajectd, build / 'tests/bench/load/load', actors_of

    def start(self):
        self.trajectd.start()

    def stop(self):
        self.trajectd.stop()

    def load(self, mode, *options):
        done = subprocess.run([self.program, mode, *map(str, options)], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f'load {mode}: {done.stderr[-2000:]}')
        return json.loads(done.stdout)

    def arguments(self, name):
        return ['--address', self.trajectd.address, '--ca', self.trajectd.ca, '--actors', self.actors_of(name)]

    def run(self, name, connections, seconds, warmup, rate=None):
        process = subprocess.Popen(
            [self.program, 'run', *self.arguments(name), '--work', name, '--connections', str(connections), '--seconds', str(seconds),
             '--warmup', str(warmup), *(['--rate', str(rate)] if rate else [])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        window = measure.Window(self.filled.cluster.server.process.pid, [self.trajectd.pid])
        while process.poll() is None:
            time.sleep(seconds / 10)
            window.sample()
        out, errors = process.communicate()
        exited = window.samples[-1][0]
        if process.returncode:
            raise AssertionError(f'load run --work {name}: {errors[-2000:]}')
        result = json.loads(out)
        self.by_method = result['by_method']
        # It waits for the last answers, and exits.
        ended = exited - seconds / 10 - result['p99_us'] / 1e6
        window.between(ended - seconds, ended)
        return window.figures(result['per_second'], result['p50_us'], result['p99_us'], result['p99_9_us'])
