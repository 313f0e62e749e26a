"""What may grow, and by how much; a soak fails when something grows by more."""
import statistics

MIB = 1 << 20
# In the last half of the run, besides what one look differs from the next.
MEMORY_SLACK_KIB, MEMORY_KIB_PER_MILLION = 512, 1024
BACKEND_SLACK_KIB, BACKEND_KIB_PER_MILLION = 2048, 4096
# For each live row, from the end of the second third to that of the last, but for a relation of few pages.
BLOAT, BLOAT_SLACK = 1.15, MIB
# An index may come to so many times what it was when it was built: its pages are 90 % full then, and half full where what comes
# is the last of its client each time, so that what a split leaves behind is never filled.
SPLIT = 0.9 / 0.5


def growth(samples, value):
    """By the slope over the last half of the samples."""
    half = samples[len(samples) // 2:]
    slope, _ = statistics.linear_regression([sample.requests for sample in half], [value(sample) for sample in half])
    return slope * (half[-1].requests - half[0].requests), half[-1].requests - half[0].requests


class Verdict:
    def __init__(self, say):
        self.say, self.grows = say, []

    def hold(self, what, grown, allowed, unit):
        fits = grown <= allowed
        self.say(f'  {what}: {grown:.0f} {unit}, of {allowed:.0f} at most{"" if fits else "   GROWS"}')
        if not fits:
            self.grows.append(what)

    def processes(self, samples):
        """What is at rest after each slice."""
        for what, value, slack, per_million in (
                ("the daemon's memory, in the last half", lambda sample: sample.memory, MEMORY_SLACK_KIB, MEMORY_KIB_PER_MILLION),
                ('memory of its largest backend, in the last half', lambda sample: sample.backend_memory, BACKEND_SLACK_KIB,
                 BACKEND_KIB_PER_MILLION)):
            grown, requests = growth(samples, value)
            self.hold(what, grown, slack + per_million * requests / 1e6, 'KiB')
        self.files(samples)

    def files(self, samples):
        self.hold('open files, more than at the beginning', max(sample.files for sample in samples) - samples[0].files, 0, 'files')
        self.hold('connections to PostgreSQL, more than at the beginning',
                  max(sample.connections for sample in samples) - samples[0].connections, 0, 'connections')

    def relations(self, sizes):
        """From the sizes at the beginning and after each third."""
        before, after = sizes[-2:]
        worst = max(before.bytes, key=lambda name: after.each(name) / before.each(name) if name in after.bytes else 0)
        self.say(f'  bytes for each live row, in the last third: most of {worst}, {after.each(worst) / before.each(worst):.2f} times')
        for name in sorted(set(before.bytes) & set(after.bytes)):
            each = before.each(name) * BLOAT
            if after.table_of[name] != name and name in sizes[0].bytes:
                each = max(each, sizes[0].each(name) * SPLIT)
            allowed = each * max(1, after.live[after.table_of[name]]) + BLOAT_SLACK
            if after.bytes[name] > allowed:
                self.hold(name, after.bytes[name] / 1024, allowed / 1024, 'KiB')
