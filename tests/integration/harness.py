"""What the integration tests run against: a real PostgreSQL, trajectd and traject, all of their own.

The programs come from the environment (CMakeLists.txt sets it): TRAJECTD_PROGRAM, TRAJECT_PROGRAM and
TRAJECT_REPOSITORY; without it those of build-test/ are taken.
"""
import atexit
import collections
import csv
import datetime
import faulthandler
import functools
import glob
import hashlib
import io
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

REPOSITORY = pathlib.Path(os.environ.get('TRAJECT_REPOSITORY', pathlib.Path(__file__).resolve().parents[2]))
TRAJECTD = os.environ.get('TRAJECTD_PROGRAM', str(REPOSITORY / 'build-test/daemon/trajectd'))
TRAJECT = os.environ.get('TRAJECT_PROGRAM', str(REPOSITORY / 'build-test/client/traject'))

WAIT_SECONDS = 60
# Before ctest's own limit, which would not say where a test hangs.
faulthandler.dump_traceback_later(840, exit=True)
SANITIZER_REPORT = re.compile(r'ERROR: AddressSanitizer|runtime error|LeakSanitizer')
LOG_LINE = re.compile(r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(error|warning|info|debug) event=[a-z_]+'
                      r'( [a-z0-9_]+=("([^"\\]|\\.)*"|[^ "]*))*')

# A test that is told to stop cleans up like one that ends.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@functools.cache
def temporary_folder():
    """One folder for all that this run makes; others may pass through it, as PostgreSQL's user does."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='traject-test-'))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Program:
    """A program that runs beside the test; its standard error is its log, kept line by line. It may be handed a listening
    socket, as a service manager does."""

    def __init__(self, arguments, user=None, environment=None, listening=None):
        # Dies with the test, also when that is killed.
        command = ['setpriv', '--pdeathsig', 'KILL']
        if user:
            command += ['--reuid', user, '--regid', str(pwd.getpwnam(user).pw_gid), '--clear-groups']
        command.append('--')
        if listening:
            command += ['sh', '-c', f'exec 3<&{listening.fileno()} && LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh']
        self.lines = []
        self.changed = threading.Condition()
        self.ended = False
        self.process = subprocess.Popen(command + [str(a) for a in arguments], cwd='/',
                                        pass_fds=[listening.fileno()] if listening else [],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=environment, text=True, errors='replace')
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip('\n'))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, pattern, after=0, times=1):
        """Waits until so many lines of the log, from line number `after` on, are like it, and returns the match of the last."""
        def find():
            found = [m for m in (re.search(pattern, line) for line in self.lines[after:]) if m]
            return found[times - 1] if len(found) >= times else None
        with self.changed:
            self.changed.wait_for(lambda: find() or self.ended, WAIT_SECONDS)
            found = find()
        if not found:
            raise AssertionError(f'no {times} lines like {pattern!r} in the log:\n' + '\n'.join(self.lines[-30:]))
        return found

    def tell(self, number):
        self.process.send_signal(number)

    def wait(self):
        code = self.process.wait(WAIT_SECONDS)
        self.reader.join(WAIT_SECONDS)
        self.process.stderr.close()
        return code

    def running(self):
        return self.process.poll() is None

    def end(self, number=signal.SIGKILL):
        if self.running():
            self.tell(number)
            return self.wait()
        return self.process.returncode


# ---------------------------------------------------------------- PostgreSQL

class Cluster:
    """A PostgreSQL cluster that only a unix socket reaches."""

    def __init__(self):
        self.bin = pathlib.Path(sorted(glob.glob('/usr/lib/postgresql/*/bin'), key=lambda p: int(p.split('/')[4]))[-1])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='cluster-', dir=temporary_folder()))
        self.user = None
        # PostgreSQL does not run as root.
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = 'postgres' if 'postgres' in names else 'nobody'
            shutil.chown(self.folder, self.user)
        self.folder.chmod(0o755)
        made = Program([self.bin / 'initdb', '--pgdata', self.folder / 'data', '--username', 'postgres', '--auth', 'trust',
                        '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'], self.user)
        if made.wait():
            raise AssertionError('initdb failed:\n' + '\n'.join(made.lines))
        self.start()
        atexit.register(lambda: self.server.end(signal.SIGQUIT))

    def start(self):
        self.server = Program([self.bin / 'postgres', '-D', self.folder / 'data', '-k', self.folder, '-c', 'listen_addresses=',
                               # The machine does not lose what it was given to write; a process can end halfway a page.
                               '-c', 'fsync=off', '-c', 'full_page_writes=on'], self.user)
        self.server.wait_for('ready to accept (read-only )?connections')

    def stop(self):
        """As after a power cut: nobody is told."""
        self.server.tell(signal.SIGQUIT)
        self.server.wait()

    def copy_template(self, name):
        """A migrated database of that name; what may be done to a database as a whole is not copied with it."""
        self.sql(f'create database {name} template traject_template')
        self.sql(f'revoke temporary on database {name} from public')

    def conninfo(self, database, user='postgres'):
        return f'host={self.folder} dbname={database} user={user}'

    def sql(self, query, database='postgres'):
        """The rows of the query's result, each a list of texts."""
        done = subprocess.run(['psql', '--no-psqlrc', '--quiet', '--csv', '--tuples-only', '--set', 'ON_ERROR_STOP=1',
                               '--dbname', self.conninfo(database)], input=query, capture_output=True, text=True, timeout=WAIT_SECONDS * 5)
        if done.returncode:
            raise AssertionError(f'{query}\n{done.stderr}')
        return list(csv.reader(io.StringIO(done.stdout)))


def digest(token):
    """What the database keeps of a token."""
    return hashlib.sha256(bytes.fromhex(token)).hexdigest()


MUNICIPALITIES = {'Veldstad': secrets.token_hex(32), 'Oevermeer': secrets.token_hex(32)}


@functools.cache
def cluster():
    """The run's cluster, with a migrated database of two municipalities to copy: traject_template."""
    made = Cluster()
    made.sql('create database traject_template')
    migrate(made, 'traject_template')
    for name, token in MUNICIPALITIES.items():
        made.sql(f"select internal.create_municipality('{name}', 'admin', 'Ada Beheer', '\\x{digest(token)}')",
                 'traject_template')
    return made


def migrate(of_cluster, database):
    done = subprocess.run([TRAJECTD, 'migrate', '--database', of_cluster.conninfo(database), '--sql', REPOSITORY / 'sql'],
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f'trajectd migrate ended with {done.returncode}\n{done.stderr}')
    return done.stdout


# ---------------------------------------------------------------- certificates

def openssl(*arguments):
    done = subprocess.run(['openssl', *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f'openssl {arguments}: {done.stderr}')


def make_authority(folder):
    """A certificate authority: ca.pem and ca.key."""
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
            '/CN=Test authority', '-keyout', folder / 'ca.key', '-out', folder / 'ca.pem')


def make_certificate(folder, authority, name='server'):
    """A server's certificate of that authority, for localhost: NAME.pem and NAME.key."""
    openssl('req', '-x509', '-CA', authority / 'ca.pem', '-CAkey', authority / 'ca.key', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', f'/CN={name}', '-addext',
            'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout',
            folder / f'{name}.key', '-out', folder / f'{name}.pem')


def make_keys(path):
    """A key file: what seals the words."""
    path.write_text(f'index {secrets.token_hex(32)}\nmaster {secrets.token_hex(32)}\n')
    path.chmod(0o600)


# ---------------------------------------------------------------- the service

Run = collections.namedtuple('Run', 'code out err')


class Service:
    """A database, a daemon on it, and the profiles of who calls: `admin` and `other`, the admins of Veldstad and of
    Oevermeer, from the start."""

    def __init__(self, **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='service-', dir=temporary_folder()))
        self.cluster = cluster()
        self.database = 'traject_' + secrets.token_hex(6)
        self.cluster.copy_template(self.database)
        make_authority(self.folder)
        make_certificate(self.folder, self.folder)
        make_keys(self.folder / 'keys')
        self.config = self.folder / 'trajectd.conf'
        self.options = {'database': self.cluster.conninfo(self.database, 'traject_daemon'),
                        'tls_certificate': 'server.pem', 'tls_key': 'server.key', 'master_key': 'keys',
                        'log_level': 'debug', **options}
        self.logs = []
        self.port = 0
        self.listening = None  # a socket that the daemon is handed
        self.start()
        (self.folder / 'traject').mkdir(mode=0o700)
        self.profile('admin', MUNICIPALITIES['Veldstad'])
        self.profile('other', MUNICIPALITIES['Oevermeer'])

    # ---- the daemon

    def write_config(self, path=None, **options):
        lines = []
        for name, value in {'listen': f'127.0.0.1:{self.port}', **self.options, **options}.items():
            lines.append(f'{name} = {value}' if isinstance(value, int) else f'{name} = "{value}"')
        (path or self.config).write_text('\n'.join(lines) + '\n')

    def start(self):
        """Starts the daemon; again on the same port when it ran before."""
        self.write_config()
        self.daemon = Program([TRAJECTD, '--config', self.config], listening=self.listening)
        self.logs.append(self.daemon.lines)
        self.port = int(self.daemon.wait_for(r'event=ready .*port=(\d+)')[1])
        self.daemon.wait_for('event=database_ready')

    def stop(self):
        """Ends the daemon as an operator does."""
        self.daemon.tell(signal.SIGTERM)
        code = self.daemon.wait()
        if code != 0:
            raise AssertionError(f'trajectd ended with {code} after SIGTERM:\n' + '\n'.join(self.daemon.lines[-60:]))

    def kill(self):
        self.daemon.tell(signal.SIGKILL)
        self.daemon.wait()

    def log(self):
        return '\n'.join(line for lines in self.logs for line in lines)

    def close(self):
        try:
            if self.daemon.running():
                self.stop()
        finally:
            self.daemon.end()
            if not self.cluster.server.running():
                self.cluster.start()
            self.cluster.sql(f'drop database {self.database} with (force)')
        if SANITIZER_REPORT.search(self.log()):
            raise AssertionError('a sanitizer reports:\n' + self.log()[-8000:])

    # ---- the database

    def sql(self, query):
        return self.cluster.sql(query, self.database)

    # ---- the client

    def profile(self, name, token, ca=None, port=None, mode=0o600):
        path = self.folder / 'traject' / f'{name}.conf'
        path.write_text(f'server = "localhost:{port or self.port}"\nca = "{ca or self.folder / "ca.pem"}"\n'
                        f'token = "{token}"\n')
        path.chmod(mode)
        return path

    def token(self, profile):
        return re.search(r'token = "(\w+)"', (self.folder / 'traject' / f'{profile}.conf').read_text())[1]

    def environment(self, profile=None, **changes):
        made = {'PATH': os.environ['PATH'], 'HOME': str(self.folder), 'XDG_CONFIG_HOME': str(self.folder),
                'LC_ALL': 'C.UTF-8', 'TZ': 'UTC', **changes}
        if profile:
            made['TRAJECT_PROFILE'] = profile
        return made

    def traject(self, *arguments, profile='admin', given=None, **environment):
        """Runs the client to its end."""
        done = subprocess.run([TRAJECT, *map(str, arguments)], env=self.environment(profile, **environment), input=given,
                              stdin=None if given is not None else subprocess.DEVNULL, capture_output=True,
                              cwd=self.folder, timeout=WAIT_SECONDS * 2)
        run = Run(done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace'))
        if SANITIZER_REPORT.search(run.err) or run.code < 0:
            raise AssertionError(f'traject {arguments} ended with {run.code}:\n{run.err}')
        return run

    def ok(self, *arguments, **how):
        """Runs the client, which must succeed, and returns what it printed."""
        run = self.traject(*arguments, **how)
        if run.code:
            raise AssertionError(f'traject {arguments} ended with {run.code}: {run.err}')
        return run.out

    def json(self, *arguments, **how):
        return json.loads(self.ok('--output', 'json', *arguments, **how))

    def rows(self, *arguments, **how):
        """The rows of a list."""
        return next(iter(self.json(*arguments, **how).values()), [])

    def script(self, text, profile='admin'):
        self.ok('run', '-', given=text.encode(), profile=profile)


def moment(days_ago):
    """The beginning of that day, so many days ago, as people type it."""
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days_ago)).strftime('%Y-%m-%d 00:00')


# Names that no log of the daemon or its database may hold, with the words that tests write.
PRIVATE = ('Ada Beheer', 'Fatima', 'Bakker', 'Visser', 'de Wit', 'Noord', 'Zuid', 'rooster', 'vertrouwelijk')

ORGANISATION = '''
team add Noord
team add Zuid
worker add anna --name "Anna de Vries" --role coach --team Noord
worker add bert --name "Bert Smit" --role coach --team Noord
worker add mia --name "Mia Mulder" --role member --team Noord
worker add max --name "Max Bos" --role manager --team Noord
worker add zoe --name "Zoë Peters" --role coach --team Zuid
worker add zack --name "Zack Kok" --role manager --team Zuid
employer add "Bakkerij De Zon"
employer person add "Bakkerij De Zon" "M. Visser" --function supervisor
employer person add "Bakkerij De Zon" "K. de Wit" --function colleague
token add anna --save-as anna
token add bert --save-as bert
token add mia --save-as mia
token add max --save-as max
token add zoe --save-as zoe
token add zack --save-as zack
'''


class ServiceTest(unittest.TestCase):
    """Tests that share one service. With `organisation`, workers of two teams are there, each with a profile:
    coaches anna and bert, member mia and manager max in Noord; coach zoe and manager zack in Zuid."""
    options = {}
    organisation = True
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.service = Service(**cls.options)
        cls.addClassCleanup(cls.check_and_close)
        if cls.organisation:
            cls.service.script(ORGANISATION)

    @classmethod
    def check_and_close(cls):
        cls.service.close()
        lines = cls.service.log().splitlines()
        for line in lines:
            if not LOG_LINE.fullmatch(line):
                raise AssertionError(f'not a logfmt line: {line}')
        for line in lines + cls.service.cluster.server.lines:
            for word in PRIVATE:
                if word in line:
                    raise AssertionError(f'the log holds "{word}": {line}')

    def ok(self, *arguments, **how):
        return self.service.ok(*arguments, **how)

    def refused(self, *arguments, says, code=1, **how):
        """Runs the client, which must end with that code and say that on standard error."""
        run = self.service.traject(*arguments, **how)
        self.assertEqual(run.code, code, run.err + run.out)
        self.assertRegex(run.err, says)
        return run

    def rows(self, *arguments, **how):
        return self.service.rows(*arguments, **how)

    def numbers(self, *arguments, **how):
        """The client numbers of a list, in its order."""
        return [row['clientNumber'] for row in self.rows(*arguments, **how)]

    def new_client(self, at='30 days ago', profile='anna', **options):
        """A client with an open trajectory; returns the number."""
        number = self.service.json('client', 'add', profile=profile)['clientNumber']
        more = [word for name, value in options.items() for word in (f'--{name}', value)]
        self.ok('start', number, '--kind', 'work-experience', '--at', at, *more, profile=profile)
        return number

    def show(self, number, *options, profile='anna'):
        return self.service.json('client', 'show', number, *options, profile=profile)
