"""A day's mix of requests against a daemon and a cluster as they serve, in slices, with a look at both after each."""
import json
import pathlib
import random
import subprocess
import tempfile
import types

import filled
import harness
import trajectd
import verdict
import watched
import wire
from wire import Refused, pb

# For a slope over the last half.
LOOKS_MIN = 5


class Soak:
    """`load` and `fill` are programs of tests/bench; `build` has the daemon that is judged."""

    def __init__(self, folder, clients, build, load, fill, say):
        self.say, self.load_program = say, load
        self.filled = filled.Filled(folder, clients, fill, say)
        self.filled.forget()
        self.cluster = self.filled.cluster
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='soak-', dir=harness.temporary_folder()))
        self.trajectd = trajectd.Trajectd(self.folder, self.filled, build)
        self.trajectd.start()
        self.server = types.SimpleNamespace(folder=self.folder, port=int(self.trajectd.address.rpartition(':')[2]))
        actors = [line.split('\t') for line in (self.filled.folder / 'writers').read_text().splitlines()]
        self.coaches = [(token, numbers.split(',')) for token, role, _, numbers in actors if role == 'coach']
        self.requests, self.refused, self.took = 0, 0, 0

    def close(self):
        self.trajectd.stop()
        self.cluster.stop()

    def load(self, mode, actors, *options):
        return subprocess.Popen([self.load_program, mode, '--address', self.trajectd.address, '--ca', self.trajectd.ca, '--actors',
                                 self.filled.folder / actors, *map(str, options)], stdout=subprocess.PIPE, text=True)

    def refuse(self):
        """What people and others get wrong: each ends with a refusal or a closed connection."""
        (token, numbers), (_, others) = random.sample(self.coaches, 2)
        refused = (('GetClient', pb.GetClientRequest(client_number=others[0])),
                   ('GetClient', pb.GetClientRequest(client_number='nobody')),
                   ('MoveStage', pb.MoveStageRequest(client_number=numbers[0])),
                   ('AddTeam', pb.AddTeamRequest(team='Noord')),
                   ('NoSuchMethod', pb.GetClientRequest()))
        with wire.Connection(self.server, token) as coach:
            for method, request in refused:
                try:
                    coach.call(method, request)
                except Refused:
                    self.refused += 1
            # Left in the middle of a frame.
            coach.socket.sendall(b'\xff\x01half')
        # From an address of its own, which may have to wait.
        try:
            wire.Connection(self.server, harness.secrets.token_hex(32), source='127.0.0.9').socket.close()
        except (Refused, OSError):
            self.refused += 1

    def slice(self, connections, seconds, watchers, seed):
        """Connections that come, ask as fast as they are answered, and go; meanwhile watchers who are told, and refusals."""
        running = self.load('run', 'writers', '--work', 'mix', '--connections', connections, '--seconds', seconds, '--seed', seed)
        watching = self.load('broadcast', 'readers', '--connections', watchers)
        for _ in range(3):
            self.refuse()
        for process in watching, running:
            out, _ = process.communicate()
            if process.returncode:
                raise AssertionError(f'load ended with {process.returncode}; what it said stands above')
        done = json.loads(out)
        self.requests += done['requests']
        self.took += done['seconds']

    def look(self, files_expected=0):
        return watched.Sample(self.requests, self.cluster, self.trajectd.pid, files_expected)

    def run(self, requests, connections, seconds, watchers):
        """Returns the samples after each slice, of which the first is of what any daemon has that was used, and the sizes at the
        beginning and after each third."""
        self.slice(connections, seconds, watchers, 0)
        self.requests, self.took = 0, 0
        samples, sizes = [self.look()], [watched.Sizes(self.cluster)]
        while self.requests < requests or len(samples) < LOOKS_MIN:
            self.slice(connections, seconds, watchers, len(samples))
            samples.append(self.look(samples[0].files))
            sample = samples[-1]
            self.say(f'{sample.requests} requests, {self.requests / self.took:.0f}/s: daemon {sample.memory} KiB, {sample.files} files; '
                     f'{sample.connections} backends, the largest {sample.backend_memory} KiB; log {sample.wal_kept >> 20} MiB')
            if self.requests >= requests * len(sizes) / 3 and len(sizes) <= 3:
                sizes.append(watched.Sizes(self.cluster))
        return samples, sizes


def report(samples, sizes, say):
    """The tables of what grew, and the verdict; returns what grows by more than it may."""
    requests, wal = samples[-1].requests - samples[0].requests, samples[-1].wal - samples[0].wal
    say(f'\n{requests} requests, {wal / max(1, requests):.0f} bytes of write-ahead log for each')
    say(f'{"table or index":52} {"rows":>9} {"dead":>7} {"KiB":>8}   bytes for each live row: at first, after each third')
    for name in sorted(sizes[-1].bytes, key=lambda name: -sizes[-1].bytes[name]):
        table = sizes[-1].table_of[name]
        if sizes[-1].bytes[name] >= 128 << 10:
            say(f'{name:52} {sizes[-1].live[table]:9} {sizes[-1].dead.get(name, 0) or "":>7} {sizes[-1].bytes[name] >> 10:8}   '
                + ' '.join(f'{size.each(name):8.1f}' if name in size.bytes else f'{"":8}' for size in sizes))
    say('\nWhat grew:')
    judged = verdict.Verdict(say)
    judged.processes(samples)
    judged.relations(sizes)
    say('Nothing grows that may not.' if not judged.grows else 'Grows: ' + '; '.join(judged.grows))
    return judged.grows
