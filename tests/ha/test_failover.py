"""Failover, measured: three machines of deploy/ha/demo, many writers through all daemons, and one fault after another.

Each writer asks again, with the same request key and of another daemon, until it is answered OK. In the end what was
answered OK is there once, and nothing is there that was not asked for. As root each machine has a network of its own, which
a fault cuts off; else that fault is left out. For longer: --rounds N --seed S (or --faults).
"""
import argparse
import atexit
import collections
import ctypes
import faulthandler
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import harness  # noqa: E402
from wire import Connection, Refused, new_key, pb  # noqa: E402

WRITERS, READERS = 6, 3  # as many on the side of each machine
MACHINES = 'one', 'two', 'three'
DEADLINE_MS = 5000
PATIENCE_SECONDS = 15  # over the ten that signing in waits for a database, so that it is told when there is none
CONNECT_PATIENCE_SECONDS = 2  # a machine that is cut off says nothing
AGAIN_SECONDS_MAX = 300
# What a caller is to ask again after; anything else is no matter of the moment.
PASSING = {'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'ABORTED', 'RESOURCE_EXHAUSTED'}
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000  # of <linux/sched.h>
libc = ctypes.CDLL(None, use_errno=True)


class Networks:
    """A network namespace for each machine, on one bridge; all of it goes with the last process in it."""

    def __init__(self, network):
        self.run('mount', '--make-rprivate', '/')
        os.makedirs('/run/netns', exist_ok=True)
        self.run('mount', '-t', 'tmpfs', 'tmpfs', '/run/netns')
        self.run('ip', 'link', 'add', 'office', 'type', 'bridge')
        self.run('ip', 'address', 'add', f'{network}.254/24', 'dev', 'office')
        self.run('ip', 'link', 'set', 'office', 'up')
        for number, machine in enumerate(MACHINES, 1):
            self.run('ip', 'netns', 'add', machine)
            self.run('ip', 'link', 'add', machine, 'type', 'veth', 'peer', 'name', 'lan', 'netns', machine)
            self.run('ip', '-netns', machine, 'address', 'add', f'{network}.{number}/24', 'dev', 'lan')
            for link in 'lo', 'lan':
                self.run('ip', '-netns', machine, 'link', 'set', link, 'up')
            self.run('ip', 'link', 'set', machine, 'up')
            self.join(machine)

    @staticmethod
    def separate():
        """Gives this process, and all that it begins, a network and mounts of its own; whether that was allowed."""
        return libc.unshare(CLONE_NEWNS | CLONE_NEWNET) == 0

    @staticmethod
    def run(*command):
        subprocess.run(command, check=True)

    @staticmethod
    def enter(machine):
        """The calling thread is on that machine's side from then on."""
        with open(f'/run/netns/{machine}') as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f'the network namespace {machine} cannot be entered')

    def cut(self, machine):
        """What it sends arrives nowhere, and nothing tells it so."""
        self.run('ip', 'link', 'set', machine, 'nomaster')

    def join(self, machine):
        self.run('ip', 'link', 'set', machine, 'master', 'office')


class Cluster:
    """The three machines of deploy/ha/demo."""

    def __init__(self, seed, apart):
        chosen = random.Random(seed + os.getpid())
        self.network = '10.7.7' if apart else f'127.{chosen.randrange(10, 250)}.{chosen.randrange(1, 250)}'
        self.networks = Networks(self.network) if apart else None
        self.home = harness.temporary_folder() / 'ha'
        self.environment = {**os.environ, 'TRAJECT_HOME': str(self.home), 'TRAJECT_NETWORK': self.network,
                            'TRAJECTD_PROGRAM': harness.TRAJECTD}
        atexit.register(lambda: self.demo('down', '--purge'))
        self.demo('up')
        self.folder, self.port = self.home / 'certificates', 7117  # what wire.Connection asks for

    def demo(self, *arguments):
        done = subprocess.run([harness.REPOSITORY / 'deploy/ha/demo', *arguments], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        if done.returncode:
            raise AssertionError(f'deploy/ha/demo {arguments} ended with {done.returncode}:\n{done.stdout}\n{self.logs()}')
        return done.stdout

    def logs(self):
        return '\n'.join(f'== {path}\n' + '\n'.join(path.read_text(errors='replace').splitlines()[-15:])
                         for path in sorted(self.home.glob('*/log/*.log')))

    def primary(self):
        """As Patroni tells it; None while there is none."""
        return next((line.split()[1] for line in self.demo('status').splitlines() if ' Leader ' in line), None)

    def takeovers(self):
        """How often another machine has become primary: PostgreSQL's timeline."""
        return max(int(found) for found in re.findall(r'\| +(\d+) \|[^|]*\|$', self.demo('status'), re.MULTILINE))

    def traject(self, *arguments, profile, given=None):
        done = subprocess.run([self.home / 'traject', *arguments], input=given, text=True, capture_output=True,
                              env={**os.environ, 'TRAJECT_PROFILE': profile}, timeout=300)
        if done.returncode:
            raise AssertionError(f'traject {arguments} ended with {done.returncode}: {done.stderr}')
        return done.stdout

    def is_standby(self, machine):
        """As its PostgreSQL says over the unix socket, which no network has to do with."""
        return subprocess.run(['psql', '-qAt', '-h', self.home / machine / 'run', '-U', 'postgres', '-c', 'select pg_is_in_recovery()'],
                              text=True, capture_output=True).stdout == 't\n'

    def patroni(self, machine):
        return int((self.home / machine / 'run/patroni.pid').read_text())


# ---- faults, each with what ends it

def until(true, otherwise):
    deadline = time.monotonic() + AGAIN_SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


def until_replaced(cluster, primary):
    until(lambda: cluster.primary() not in (primary, None), lambda: f'{primary} is not replaced')


def kill(cluster, primary):
    """The machine dies."""
    cluster.demo('signal', 'KILL', primary)


def hang(cluster, primary):
    """The machine hangs, and goes on when another has taken over."""
    cluster.demo('signal', 'STOP', primary)
    return lambda: cluster.demo('signal', 'CONT', primary)


def deaf(cluster, primary):
    """Patroni alone hangs: PostgreSQL goes on as a primary until another has replaced it, and after that."""
    os.kill(cluster.patroni(primary), signal.SIGSTOP)
    until_replaced(cluster, primary)
    return lambda: os.kill(cluster.patroni(primary), signal.SIGCONT)


def cut(cluster, primary):
    """Nothing of what the machine and the others send each other arrives; all of them go on."""
    cluster.networks.cut(primary)

    def mend():
        until(lambda: cluster.is_standby(primary), lambda: f'{primary}, which is cut off, is still primary')
        cluster.networks.join(primary)
        # Until then its etcd says what it knew before.
        until_replaced(cluster, primary)
    return mend


def switchover(cluster, _):
    """As planned, for maintenance."""
    cluster.demo('switchover')


FAULTS = {fault.__name__: fault for fault in (kill, hang, deaf, cut, switchover)}


# ---- who asks

class Caller(threading.Thread):
    """Asks the daemons, another one after each failure, until told to stop; on the side of the machine that it asks first."""

    def __init__(self, cluster, token, first):
        super().__init__(daemon=True)
        self.cluster, self.token, self.asked, self.machine = cluster, token, first, MACHINES[first % 3]
        self.connection, self.stop, self.problem = None, threading.Event(), None
        self.codes = collections.Counter()

    def ask(self, *request, **envelope):
        """The answer of one attempt; None when there was none."""
        try:
            if not self.connection:
                self.connection = Connection(self.cluster, self.token, address=f'{self.cluster.network}.{1 + self.asked % 3}',
                                             patience=PATIENCE_SECONDS, connect_patience=CONNECT_PATIENCE_SECONDS)
            return self.connection.call(*request, deadline_ms=DEADLINE_MS, **envelope)
        except Refused as refused:
            self.codes[refused.code] += 1
            if refused.code not in PASSING:
                raise
        except OSError as lost:
            self.codes[type(lost).__name__] += 1
        if self.connection:
            self.connection.socket.close()
            self.connection = None
        self.asked += 1
        time.sleep(0.1)
        return None

    def refusals(self):
        """How many answers a daemon gave that are not OK."""
        return sum(self.codes[code] for code in PASSING)

    def run(self):
        try:
            if self.cluster.networks:
                self.cluster.networks.enter(self.machine)
            while not self.stop.is_set():
                self.turn()
        except Exception as problem:  # told by whoever joins the thread
            self.problem = problem
        finally:
            if self.connection:
                self.connection.socket.close()

    def end(self):
        self.stop.set()
        self.join(AGAIN_SECONDS_MAX + 60)
        if self.problem:
            raise self.problem
        assert not self.is_alive(), 'a caller is not answered'


class Writer(Caller):
    """Writes one contact after the other, each until it is answered OK."""

    def __init__(self, cluster, token, first, number):
        super().__init__(cluster, token, first)
        self.number, self.written = number, []  # the words, when they were first asked for, when answered

    def turn(self):
        words, key, began = f'w{len(self.written)}', new_key(), time.monotonic()
        message = pb.RecordContactRequest(client_number=self.number, channel=pb.CHANNEL_PHONE,
                                          counterpart=pb.COUNTERPART_CLIENT, reached=True, words=words)
        while self.ask('RecordContact', message, key) is None:
            assert time.monotonic() - began < AGAIN_SECONDS_MAX, f'{words} is not answered: {self.codes}'
        self.written.append((words, began, time.monotonic()))
        self.stop.wait(0.05)


class Reader(Caller):
    """Reads that may be stale."""

    def __init__(self, cluster, token, first, number):
        super().__init__(cluster, token, first)
        self.number, self.answered = number, []  # when it was asked for, when answered, whether by a standby

    def turn(self):
        began = time.monotonic()
        if self.ask('GetClient', pb.GetClientRequest(client_number=self.number), key='', max_staleness_ms=600_000):
            self.answered.append((began, time.monotonic(), self.connection.staleness_ms is not None))
        self.stop.wait(0.1)


class Watcher:
    """traject watch by libtraject, with both daemons in its profile."""

    def __init__(self, cluster, profile):
        self.file = open(harness.temporary_folder() / 'watched', 'w+')
        self.process = subprocess.Popen([cluster.home / 'traject', '--profile', profile, '--output', 'json', 'watch',
                                         '--resume-after', '1.0'],  # a position before all that was ever recorded
                                        stdout=self.file, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)

    def told(self):
        self.file.seek(0)
        entries = [json.loads(line) for line in self.file if line.endswith('\n')]
        return collections.Counter((e['clientNumber'], e['words']) for e in entries if 'words' in e)


# ---- the rounds

def until_written(writers, since):
    """Waits until a write that was asked for after that moment is answered; when that was."""
    deadline = time.monotonic() + AGAIN_SECONDS_MAX
    while time.monotonic() < deadline:
        answered = [done for w in writers for _, began, done in w.written[-50:] if began > since]
        if answered:
            return min(answered)
        for writer in writers:
            if writer.problem:
                raise writer.problem
        time.sleep(0.05)
    raise AssertionError('nothing is written any more')


def one_round(cluster, name, writers, readers):
    until_written(writers, time.monotonic())
    primary, before, since = cluster.primary(), cluster.takeovers(), time.monotonic()
    mend = FAULTS[name](cluster, primary)
    broken = time.monotonic()
    cut_off = [w for w in writers if w.machine == primary] if name == 'cut' else []
    refusals = [w.refusals() for w in cut_off]
    again = until_written([w for w in writers if w not in cut_off], broken)
    reads = [standby for r in readers for began, done, standby in r.answered if broken < began and done < again]
    print(f'{name:<11} of {primary:<6} first write again after {again - since:5.1f} s; reads that may be stale answered '
          f'meanwhile: {len(reads)}, by a standby {sum(reads)}', flush=True)
    if name in ('kill', 'cut', 'hang'):
        # Those of the last moment may have had a primary again.
        assert any(standby for r in readers for began, done, standby in r.answered if broken < began and done < again - 2), \
            'no standby answered while there was no primary'
    # Until its own daemon has told each of them that it cannot.
    until(lambda: all(w.refusals() > before for w, before in zip(cut_off, refusals)),
          lambda: f'writers on the side of {primary} are told nothing: {[w.codes for w in cut_off]}')
    alone = [words for w in cut_off for words, began, _ in w.written if began > broken]
    assert not alone, f'{primary}, which is cut off, has answered {alone}'
    if mend:
        mend()
    cluster.demo('up')
    assert cluster.takeovers() > before, f'{primary} is still primary'


def timeline(connection, number):
    words, page = collections.Counter(), None
    while page != '':
        reply = connection.call('GetTimeline', pb.GetTimelineRequest(client_number=number, page_size=1000, page_token=page,
                                                                     kinds=[pb.EVENT_KIND_CONTACT]))
        words.update(entry.words for entry in reply.entries)
        page = reply.entries[-1].page_token if len(reply.entries) == 1000 else ''
    return words


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--faults', help='in that order, like kill,switchover', default='kill,cut,switchover')
    parser.add_argument('--rounds', type=int, help='so many faults, by chance')
    parser.add_argument('--seed', type=int, default=random.randrange(2 ** 31))
    options = parser.parse_args()
    chosen = random.Random(options.seed)
    apart = Networks.separate()
    if not apart:
        print('cut is left out: networks for the machines take root')
        del FAULTS['cut']
    faults = ([chosen.choice(list(FAULTS)) for _ in range(options.rounds)] if options.rounds else
              [fault for fault in options.faults.split(',') if fault != 'cut' or apart])
    faulthandler.cancel_dump_traceback_later()
    faulthandler.dump_traceback_later(600 + 300 * len(faults), exit=True)
    print(f'seed {options.seed}: {", ".join(faults)}', flush=True)

    cluster = Cluster(options.seed, apart)
    cluster.traject('run', '-', profile='admin', given='team add Noord\nworker add anna --name "Anna de Vries" --role coach '
                    '--team Noord\ntoken add anna --save-as anna\n')
    numbers = [str(1001 + i) for i in range(WRITERS)]
    cluster.traject('run', '-', profile='anna', given=''.join(
        f'client add {n}\nstart {n} --kind work-experience --at "30 days ago"\n' for n in numbers))
    token = (cluster.home / 'config/traject/anna.conf').read_text().split('token = "')[1][:64]
    watcher = Watcher(cluster, 'anna')
    writers = [Writer(cluster, token, i, number) for i, number in enumerate(numbers)]
    readers = [Reader(cluster, token, i, numbers[i]) for i in range(READERS)]
    for caller in writers + readers:
        caller.start()
    try:
        for name in faults:
            one_round(cluster, name, writers, readers)
        for caller in writers + readers:
            caller.end()
    except AssertionError:
        print(cluster.logs())
        raise

    with Connection(cluster, token, address=f'{cluster.network}.1') as connection:
        there = {w.number: timeline(connection, w.number) for w in writers}
    acknowledged = {w.number: collections.Counter(words for words, _, _ in w.written) for w in writers}
    lost = sum(((acknowledged[n] - there[n]).total() for n in numbers))
    doubled = sum(((there[n] - acknowledged[n]).total() for n in numbers))
    codes = sum((w.codes for w in writers), collections.Counter())
    print(f'{sum(a.total() for a in acknowledged.values())} writes acknowledged: {lost} lost, {doubled} too many; '
          f'asked again after {dict(codes)}', flush=True)
    assert (lost, doubled) == (0, 0)
    expected = collections.Counter((n, words) for n in numbers for words in acknowledged[n])
    deadline = time.monotonic() + harness.WAIT_SECONDS
    while watcher.told() != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    told = watcher.told()
    print(f'a watch told {told.total()}: missed {dict(expected - told)}, twice {dict(told - expected)}')
    assert told == expected
    cluster.traject('rebuild', profile='admin')


if __name__ == '__main__':
    main()
