"""What is broken and must mend: a PostgreSQL cluster and a daemon, each started again whenever it ends, with proxies before
both."""
import asyncio
import atexit
import functools
import os
import pathlib
import random
import re
import signal
import subprocess
import threading

import harness
from proxy import Proxy

RESTART_SECONDS = .2
DISK_KIB = 6 * 1024 * 1024
FILL_TRIES = 100  # while PostgreSQL writes
FAKETIME = pathlib.Path('/usr/lib', os.uname().machine + '-linux-gnu', 'faketime/libfaketime.so.1')


class Supervised:
    """A program that is started again whenever it ends, as systemd does."""

    def __init__(self, start):
        self.start = start
        self.program = start()
        self.ends = []  # of each run that has ended, its exit code and its log
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while True:
            code = self.program.process.wait()
            self.program.reader.join()
            self.ends.append((code, self.program.lines))
            if self.stopping.wait(RESTART_SECONDS):
                return
            self.program = self.start()

    @property
    def pid(self):
        return self.program.process.pid

    def tell(self, number):
        self.program.tell(number)

    def stop(self, number):
        """Ends it for good."""
        self.stopping.set()
        self.program.tell(number)
        self.thread.join(harness.WAIT_SECONDS)

    def lines(self):
        runs = [lines for _, lines in self.ends]
        return [line for lines in runs + [self.program.lines] * self.program.running() for line in lines]


class Disk:
    """A file system in memory for all that the run writes, which can be made as small as what is on it."""

    def __init__(self):
        self.folder = harness.temporary_folder()
        self.mounted = os.geteuid() == 0 and not subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', f'size={DISK_KIB}k,mode=711', 'tmpfs', self.folder], stderr=subprocess.DEVNULL).returncode
        if self.mounted:
            # After PostgreSQL has ended, which is told to later.
            atexit.register(subprocess.run, ['umount', '--lazy', self.folder], check=True)

    def resize(self, kib):
        """False when more is on it already."""
        return not subprocess.run(['mount', '-o', f'remount,size={kib}k', self.folder], stderr=subprocess.DEVNULL).returncode

    def fill(self):
        for _ in range(FILL_TRIES):
            size = os.statvfs(self.folder)
            if self.resize((size.f_blocks - size.f_bfree) * size.f_frsize // 1024 + 64):
                return
        raise AssertionError(f'the file system at {self.folder} does not become small')

    def empty(self):
        if not self.resize(DISK_KIB):
            raise AssertionError(f'the file system at {self.folder} does not grow again')


class System(harness.Service):
    """A service whose clients connect to `port`, through a proxy as the daemon does to PostgreSQL; the daemon itself
    listens on `own_port`."""
    profiles = 'anna', 'bert', 'zoe', 'max'
    watched_profiles = 'anna', 'bert'  # whose clients max, who watches, may see

    def __init__(self, seed):
        self.own_port = 0
        self.disk = Disk()
        self.chance = random.Random(seed)
        self.stopped = threading.Event()  # no more faults
        self.hang_up = threading.Event()  # clients do not wait for answers
        self.lost = self.doubled = 'unknown'  # until it was looked for
        self.never_whole = []  # request keys of which only a part was ever sent
        super().__init__(log_level='info')
        self.postgres = Supervised(self._start_postgres)
        self.script(harness.ORGANISATION)
        self.earlier_keys = {row[0] for row in self.sql('select request_key from session.request')}
        self.files_at_first = self.open_files() if os.geteuid() == 0 else None
        self._prepare_audit()

    def _prepare_audit(self):
        harness.openssl('genpkey', '-algorithm', 'ed25519', '-out', self.folder / 'signing.key')
        harness.openssl('pkey', '-in', self.folder / 'signing.key', '-pubout', '-out', self.folder / 'signing.pub')
        self.write_config(self.folder / 'audit.conf', heads='heads', signing_key='signing.key', signing_public_key='signing.pub',
                          audit_database=self.cluster.conninfo(self.database, 'traject_auditor'))

    def audit(self, command):
        """Runs `trajectd sign` or `verify`."""
        return subprocess.run([harness.TRAJECTD, command, '--config', self.folder / 'audit.conf'], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS * 5)

    def try_sql(self, query):
        """Where it does not matter whether that goes well."""
        try:
            subprocess.run(['psql', '--no-psqlrc', '--quiet', '--dbname', self.cluster.conninfo(self.database), '--command', query],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=2)
        except subprocess.TimeoutExpired:
            pass

    def _start_postgres(self):
        if not self.cluster.server.running():
            try:
                self.cluster.start()
            except AssertionError:
                # It ended again, as it does while what is left of the last run still ends, or takes its time.
                pass
        return self.cluster.server

    def start(self):
        """The first start; then it is supervised."""
        path = self.cluster.folder / '.s.PGSQL.5432'
        self.to_postgres = Proxy(functools.partial(asyncio.open_unix_connection, path))
        self.to_daemon = Proxy(lambda: asyncio.open_connection('127.0.0.1', self.own_port))
        self.options['database'] = (f'hostaddr=127.0.0.1 port={self.to_postgres.port} dbname={self.database} '
                                    'user=traject_daemon')
        self.clock = self.folder / 'clock'
        self.set_clock(0)
        self.daemon = Supervised(self._start_daemon)
        self.own_port = int(self.daemon.program.wait_for(r'event=ready .*port=(\d+)')[1])
        self.daemon.program.wait_for('event=listener_ready')
        self.daemon.program.wait_for('event=database_ready', times=4)
        self.port = self.own_port
        self.write_config()
        self.port = self.to_daemon.port

    def _start_daemon(self):
        if not self.config.exists():
            self.write_config()
        return harness.Program([harness.TRAJECTD, '--config', self.config], environment=self._environment())

    def _environment(self):
        """With a clock of its own; the sanitizer's library is then not the first, which it would complain about."""
        if not FAKETIME.exists():
            return None
        sanitizer = os.environ.get('ASAN_OPTIONS', '')
        return {**os.environ, 'LD_PRELOAD': str(FAKETIME), 'FAKETIME_TIMESTAMP_FILE': str(self.clock),
                'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'FAKETIME_CACHE_DURATION': '1',
                'ASAN_OPTIONS': f'{sanitizer}:verify_asan_link_order=0'.lstrip(':')}

    def set_clock(self, seconds):
        """How far the daemon's clock is ahead of the machine's."""
        self.clock.write_text(f'{seconds:+d}\n')

    def backends(self, title='postgres: traject_daemon'):
        """The processes of PostgreSQL whose titles begin so."""
        listed = subprocess.run(['ps', '--ppid', str(self.postgres.pid), '-o', 'pid=,args='], capture_output=True, text=True)
        rows = (line.split(None, 1) for line in listed.stdout.splitlines())
        return [int(pid) for pid, of in rows if of.startswith(title)]

    def open_files(self):
        return len(os.listdir(f'/proc/{self.daemon.pid}/fd'))

    def address_space(self):
        """Bytes that the daemon has."""
        return int(re.search(r'VmSize:\s*(\d+)', pathlib.Path(f'/proc/{self.daemon.pid}/status').read_text())[1]) * 1024

    def end(self):
        """Ends everything as an operator does."""
        self.daemon.stop(signal.SIGTERM)
        self.postgres.stop(signal.SIGINT)


def sanitized():
    return b'__asan_init' in pathlib.Path(harness.TRAJECTD).read_bytes()
