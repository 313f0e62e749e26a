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


def stat(pid):
    """The numbers of /proc/PID/stat from the state on, of which that is the first."""
    return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()


def children(pid):
    """All processes below a process."""
    of = collections.defaultdict(list)
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            of[int(stat(folder.name)[1])].append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    found, wanted = [], [pid]
    while wanted:
        below = of[wanted.pop()]
        found += below
        wanted += below
    return found


def tree_us(pid):
    """Of a process and all below it, those that have ended included."""
    ended = sum(map(int, stat(pid)[13:15])) * 1e6 / os.sysconf('SC_CLK_TCK')
    return ended + sum(map(cpu_ns, [pid, *children(pid)])) / 1000


class Window:
    """The CPU that PostgreSQL, and what stands before it, use between two moments, in microseconds a second."""

    def __init__(self, postmaster, fronts):
        self.postmaster, self.fronts = postmaster, fronts
        self.samples = []
        self.sample()

    def sample(self):
        self.samples.append((time.time(), tree_us(self.postmaster), sum(map(tree_us, self.fronts))))

    def end(self):
        """Now; it began with the first sample."""
        self.sample()
        return self.between(0, math.inf)

    def between(self, began, ended):
        """As the samples between these moments say, of which there must have been two."""
        inside = [sample for sample in self.samples if began <= sample[0] <= ended]
        if len(inside) < 2:
            raise AssertionError('CPU was not looked at often enough; give more --seconds')
        (self.began, *before), (self.ended, *after) = inside[0], inside[-1]
        self.seconds = self.ended - self.began
        self.postgres_us, self.front_us = ((now - then) / self.seconds for now, then in zip(after, before))
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
