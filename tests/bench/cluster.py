"""A PostgreSQL cluster for measuring, with every commit on the disk, as in service."""
import atexit
import csv
import faulthandler
import glob
import io
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import harness  # noqa: E402

# A measurement takes longer than a test may.
faulthandler.cancel_dump_traceback_later()


def memory_mib():
    with open('/proc/meminfo') as file:
        return int(file.readline().split()[1]) // 1024


def settings():
    """What PostgreSQL is told about the machine; the rest is as it comes."""
    return {'fsync': 'on', 'synchronous_commit': 'on', 'full_page_writes': 'on',
            'shared_buffers': f'{memory_mib() // 4}MB', 'effective_cache_size': f'{memory_mib() * 6 // 10}MB',
            'random_page_cost': 1.1, 'max_wal_size': '8GB', 'checkpoint_timeout': '15min', 'max_connections': 200}


# While it is filled, and not yet anybody's.
FILLING = {'fsync': 'off', 'synchronous_commit': 'off', 'full_page_writes': 'off', 'autovacuum': 'off', 'wal_level': 'minimal',
           'max_wal_senders': 0, 'max_wal_size': '8GB', 'maintenance_work_mem': '1GB'}


class Cluster(harness.Cluster):
    """In a folder that may be there already."""

    def __init__(self, folder):
        self.bin = pathlib.Path(sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))[-1])
        self.folder = pathlib.Path(folder)
        self.user = None
        self.server = None
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # PostgreSQL does not run as root.
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = 'postgres' if 'postgres' in names else 'nobody'
            shutil.chown(self.folder, self.user)
        if not (self.folder / 'data').exists():
            made = self.program('initdb', '--pgdata', self.folder / 'data', '--username', 'postgres', '--auth', 'trust',
                                '--encoding', 'UTF8', '--locale', 'C.UTF-8')
            if made.wait():
                raise AssertionError('initdb failed:\n' + '\n'.join(made.lines))
        atexit.register(self.stop)

    def program(self, name, *arguments):
        return harness.Program([self.bin / name, *arguments], self.user)

    def start(self, **changes):
        self.stop()
        options = [word for name, value in {**settings(), **changes}.items() for word in ('-c', f'{name}={value}')]
        self.server = self.program('postgres', '-D', self.folder / 'data', '-k', self.folder, '-c', 'listen_addresses=',
                                   *options)
        self.server.wait_for('ready to accept connections')

    def stop(self):
        """So that all is in its files."""
        if self.server and self.server.running():
            self.server.tell(signal.SIGINT)
            self.server.process.wait()

    def sync(self):
        """What was written without fsync."""
        if self.program('initdb', '--sync-only', '--pgdata', self.folder / 'data').wait():
            raise AssertionError('initdb --sync-only failed')

    def sql(self, query, database='traject', *options):
        """The rows of the query's result, each a list of texts; it may take long."""
        done = subprocess.run(['psql', '--no-psqlrc', '--quiet', '--csv', '--tuples-only', '--set', 'ON_ERROR_STOP=1', *options,
                               '--dbname', self.conninfo(database)], input=query, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f'{query[:2000]}\n{done.stderr}')
        return list(csv.reader(io.StringIO(done.stdout)))
