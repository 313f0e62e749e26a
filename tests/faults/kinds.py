"""The kinds of faults, and the plan of a run."""
import collections
import os
import random
import resource
import signal
import time

import system as systems
import work

# In which lane: those of one lane never overlap, those of two may. What is done, given the system and a random.Random; what
# that returns is given to what undoes it, after a while. And what the kind needs: a reason why it cannot be, or None.
Kind = collections.namedtuple('Kind', 'lane do undo needs', defaults=(None, lambda system: None))

SHORT_SECONDS, SLOT_SECONDS = 1, 8


def tell(number):
    """A signal to the daemon."""
    return lambda system, chance: system.daemon.tell(number)


def tell_postmaster(number):
    return lambda system, chance: system.postgres.tell(number)


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    return pids


def tell_backends(number, many):
    """A signal to all backends of the daemon, or to one."""
    def do(system, chance):
        pids = system.backends()
        return signal_all(pids if many else pids and [chance.choice(pids)], number)
    return do


def freeze(pids_of):
    return lambda system, chance: signal_all(pids_of(system), signal.SIGSTOP)


def thaw(system, pids):
    signal_all(pids, signal.SIGCONT)


def limit(what, value_of, then):
    """Leaves the daemon no more of it than it has."""
    def do(system, chance):
        pid = system.daemon.pid
        try:
            before = resource.prlimit(pid, what)
            resource.prlimit(pid, what, (value_of(system), before[1]))
        except OSError:
            return None  # it is being started again
        then(system)
        return pid, before
    return do


def unlimit(what):
    def undo(system, limited):
        try:
            if limited:
                resource.prlimit(limited[0], what, limited[1])
        except ProcessLookupError:
            pass
    return undo


def reset_both(system):
    system.to_daemon.reset()
    system.to_postgres.reset()


def slow(name):
    def do(system, chance):
        getattr(system, name).delay_seconds = chance.uniform(.02, .3)
    return do


def fast(name):
    def undo(system, _):
        getattr(system, name).delay_seconds = 0
    return undo


def tear(name, tears):
    def do(system, _):
        getattr(system, name).tears = tears
    return do


def ask_proxy(name, what):
    return lambda system, _: getattr(getattr(system, name), what)()


def fill_disk(switches):
    """Leaves no room; with `switches` the log of writes wants it first."""
    def do(system, chance):
        system.disk.fill()
        for _ in range(switches):
            system.try_sql('select pg_switch_wal()')
    return do


def empty_disk(system, _):
    system.disk.empty()


def needs_mount(system):
    return None if system.disk.mounted else 'a file system can be mounted by root only, and not in every container'


def needs_root(system):
    return None if os.geteuid() == 0 else 'what the daemon has open only root can see'


def needs_plain(system):
    return "the sanitizers' own library takes all address space; give a daemon built without them" if systems.sanitized() else None


def needs_clock(system):
    return None if systems.FAKETIME.exists() else 'the package faketime is not installed'


KINDS = {
    'daemon-killed': Kind('daemon', tell(signal.SIGKILL)),
    'daemon-restarted': Kind('daemon', tell(signal.SIGTERM)),
    'daemon-frozen': Kind('daemon', freeze(lambda system: [system.daemon.pid]), thaw),
    'daemon-without-files': Kind('daemon', limit(resource.RLIMIT_NOFILE, lambda system: system.open_files(), reset_both),
                                 unlimit(resource.RLIMIT_NOFILE), needs_root),
    'daemon-without-memory': Kind('daemon', limit(resource.RLIMIT_AS, lambda system: system.address_space(), reset_both),
                                  unlimit(resource.RLIMIT_AS), needs_plain),
    'daemon-clock-wrong': Kind('daemon', lambda system, chance: system.set_clock(chance.choice((-1, 1)) * chance.randrange(10, 86400)),
                               lambda system, _: system.set_clock(0), needs_clock),
    'postmaster-killed': Kind('postgres', tell_postmaster(signal.SIGKILL)),
    'postmaster-restarted': Kind('postgres', tell_postmaster(signal.SIGINT)),
    'postmaster-frozen': Kind('postgres', freeze(lambda system: [system.postgres.pid]), thaw),
    'backend-killed': Kind('postgres', tell_backends(signal.SIGKILL, many=False)),
    'backend-terminated': Kind('postgres', tell_backends(signal.SIGTERM, many=False)),
    'backends-cancelled': Kind('postgres', tell_backends(signal.SIGINT, many=True)),
    'backends-frozen': Kind('postgres', freeze(lambda system: system.backends()), thaw),
    'walwriter-frozen': Kind('postgres', freeze(lambda system: system.backends('postgres: walwriter')), thaw),
    'disk-full': Kind('postgres', fill_disk(switches=0), empty_disk, needs_mount),
    'disk-full-for-wal': Kind('postgres', fill_disk(switches=4), empty_disk, needs_mount),
    'clients-slow': Kind("clients' network", slow('to_daemon'), fast('to_daemon')),
    'clients-stalled': Kind("clients' network", ask_proxy('to_daemon', 'stall'), ask_proxy('to_daemon', 'resume')),
    'clients-reset': Kind("clients' network", ask_proxy('to_daemon', 'reset')),
    'clients-torn': Kind("clients' network", tear('to_daemon', True), tear('to_daemon', False)),
    'postgres-slow': Kind('network to PostgreSQL', slow('to_postgres'), fast('to_postgres')),
    'postgres-stalled': Kind('network to PostgreSQL', ask_proxy('to_postgres', 'stall'), ask_proxy('to_postgres', 'resume')),
    'postgres-reset': Kind('network to PostgreSQL', ask_proxy('to_postgres', 'reset')),
    'postgres-torn': Kind('network to PostgreSQL', tear('to_postgres', True), tear('to_postgres', False)),
    'client-hangs-up': Kind('clients', lambda system, chance: system.hang_up.set(), lambda system, _: system.hang_up.clear()),
    'client-sends-half-a-frame': Kind('clients', work.send_half_a_frame, work.leave),
    'client-does-not-read': Kind('clients', work.do_not_read, work.leave),
}

Planned = collections.namedtuple('Planned', 'at seconds lane kind')


def plan(seed, seconds, names):
    """The same for the same seed. In each lane one kind after another, all in turn in an order of chance; in a short run
    each at least once."""
    planned = []
    lanes = sorted({KINDS[name].lane for name in names})
    for lane in lanes:
        chance = random.Random(f'{seed} {lane}')
        deck = sorted(name for name in names if KINDS[name].lane == lane)
        slot = min(SLOT_SECONDS, (seconds - SHORT_SECONDS) / len(deck))
        order = []
        for place in range(int((seconds - SHORT_SECONDS) / slot + 1e-6)):
            order = order or chance.sample(deck, len(deck))
            begins = chance.uniform(0, .4) * slot
            planned.append(Planned(SHORT_SECONDS + place * slot + begins, chance.uniform(.1, .5) * slot, lane, order.pop()))
    return sorted(planned)


def run_lane(system, planned, seed, began, counts, failed):
    """Does what is planned for one lane, and undoes it."""
    for fault in planned:
        if system.stopped.wait(max(0, began + fault.at - time.monotonic())):
            return
        kind = KINDS[fault.kind]
        chance = random.Random(f'{seed} {fault.lane} {fault.at}')
        try:
            done = kind.do(system, chance)
            try:
                system.stopped.wait(fault.seconds)
            finally:
                if kind.undo:
                    kind.undo(system, done)
            counts[fault.kind] += 1
        except Exception as error:
            failed.append(f'the fault {fault.kind} could not be done: {error!r}')
