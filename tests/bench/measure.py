"""What one measurement says: requests in a second, how long they took, and whose CPU that was."""
import collections
import math
import os
import pathlib
import time

# Latencies in microseconds; CPU in microseconds for each request, of PostgreSQL and of what stands before it.
Figures = collections.namedtuple('Figures', 'per_second p50 p99 p99_9 front_us postgres_us')


def cpu_ns(pid):
    """Of all threads of a process."""
    total = 0
    for thread in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat'):
        try:
            total += int(thread.read_text().split()[0])
        except FileNotFoundError:
            pass
    return total


def children(pid):
    """All processes below a process."""
    of = collections.defaultdict(list)
    for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            parent = int(stat.read_text().rpartition(')')[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        of[parent].append(int(stat.parent.name))
    found, wanted = [], [pid]
    while wanted:
        below = of[wanted.pop()]
        found += below
        wanted += below
    return found


class Window:
    """The CPU that processes used between two moments; those that are there at both."""

    def __init__(self, postmaster, fronts):
        self.postgres = [postmaster, *children(postmaster)]
        self.fronts = [pid for front in fronts for pid in [front, *children(front)]]
        self.began = time.time()
        self.before = {pid: cpu_ns(pid) for pid in self.postgres + self.fronts}

    def end(self):
        self.ended = time.time()
        self.seconds = self.ended - self.began
        used = {pid: max(0, cpu_ns(pid) - before) for pid, before in self.before.items()}
        self.postgres_us = sum(used[pid] for pid in self.postgres) / 1000 / self.seconds
        self.front_us = sum(used[pid] for pid in self.fronts) / 1000 / self.seconds
        return self

    def figures(self, per_second, p50, p99, p99_9):
        requests = per_second or math.nan
        return Figures(per_second, p50, p99, p99_9, self.front_us / requests, self.postgres_us / requests)


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def machine():
    with open('/proc/cpuinfo') as file:
        model = next((line.split(':')[1].strip() for line in file if line.startswith('model name')), os.uname().machine)
    with open('/proc/meminfo') as file:
        memory = int(file.readline().split()[1]) // 1024
    return f'{os.cpu_count()} x {model}, {memory} MiB, Linux {os.uname().release}, load {os.getloadavg()[0]:.1f}'
