"""What is printed: a table for each size, and whether the targets are reached."""
import math
import statistics

import measure

HEAD = ('work', 'who', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'own CPU us', 'PostgreSQL CPU us', 'x direct')


def median(rounds):
    return measure.Figures(*(statistics.median(values) for values in zip(*rounds)))


def ratio(ours, theirs):
    """Of throughput, round by round: what was measured side by side."""
    return statistics.median(our.per_second / (their.per_second or math.nan) for our, their in zip(ours, theirs))


def print_rows(rows):
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print('  '.join(cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths))))


def print_table(results, direct):
    """`results` has the rounds of each (work, contender, connections), in the order in which they are shown."""
    rows = [HEAD]
    for (work, name, connections), rounds in results.items():
        figures = median(rounds)
        against = results.get((work, direct, connections))
        rows.append((work, name, str(connections), f'{figures.per_second:.0f}',
                     *(f'{value / 1000:.2f}' for value in (figures.p50, figures.p99, figures.p99_9)),
                     f'{figures.front_us:.0f}' if figures.front_us else '-', f'{figures.postgres_us:.0f}',
                     f'{ratio(rounds, against):.2f}' if against else '-'))
    print_rows(rows)


class Targets:
    """What must be reached, and what was."""

    def __init__(self):
        self.rows = []

    def at_least(self, what, value, limit, unit=''):
        self.add(what, value, limit, value >= limit, 'at least', unit)

    def at_most(self, what, value, limit, unit=''):
        self.add(what, value, limit, value <= limit, 'at most', unit)

    def failed(self, what, error):
        self.rows.append((what, 'NOT REACHED', 'it failed', str(error).strip().splitlines()[-1][:100]))

    def add(self, what, value, limit, reached, how, unit):
        self.rows.append((what, 'reached' if reached else 'NOT REACHED', f'{value:.2f}{unit}', f'{how} {limit:.2f}{unit}'))

    def print(self):
        print_rows([('target', '', 'measured', 'wanted'), *self.rows])

    def reached(self):
        return all(row[1] == 'reached' for row in self.rows)
