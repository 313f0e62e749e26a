"""For as short as it takes to see a leak of each request or connection: no file stays open, and no memory in use."""
import os
import pathlib
import types
import unittest

import harness
import soak
import trajectd
import verdict
import watched

# As many connections as have clients of their own.
CLIENTS, CONNECTIONS, REQUESTS, SECONDS, WATCHERS = 1600, 8, 1500, 3, 10
MEMORY_KIB = 1024


class Short(unittest.TestCase):
    def test_nothing_stays_open_and_no_memory_in_use(self):
        trajectd.raise_file_limit()
        soaked = soak.Soak(harness.temporary_folder() / 'filled', CLIENTS, pathlib.Path(os.environ['BUILD']), os.environ['LOAD_PROGRAM'],
                           os.environ['FILL_PROGRAM'], print)
        self.addCleanup(soaked.close)
        samples, _ = soaked.run(REQUESTS, CONNECTIONS, SECONDS, WATCHERS)
        judged = verdict.Verdict(print)
        judged.files(samples)
        self.assertEqual(judged.grows, [])
        self.assertLess(samples[-1].memory - samples[0].memory, MEMORY_KIB)
        self.assertGreater(soaked.refused, 0)


class Verdict(unittest.TestCase):
    """Of a million requests, with a look after each fiftieth part."""

    def judge(self, memory=lambda part: 8000, files=lambda part: 17, backend=lambda part: 30000, megabytes=lambda third: 10,
              name='t'):
        samples = [types.SimpleNamespace(requests=part * 20000, memory=memory(part), files=files(part), connections=5,
                                         backend_memory=backend(part)) for part in range(51)]
        sizes = []
        for third in range(4):
            sizes.append(watched.Sizes.__new__(watched.Sizes))
            sizes[-1].table_of, sizes[-1].live, sizes[-1].bytes = {name: 't'}, {'t': 10000}, {name: megabytes(third) * verdict.MIB}
        judged = verdict.Verdict(lambda text: None)
        judged.processes(samples)
        judged.relations(sizes)
        return judged.grows

    def test_what_levels_off_does_not_grow(self):
        self.assertEqual(self.judge(memory=lambda part: 8000 + min(part, 10) * 500, megabytes=lambda third: 10 + min(third, 2) * 10), [])

    def test_what_goes_on_growing_is_named(self):
        self.assertEqual(self.judge(memory=lambda part: 8000 + part * 60), ["the daemon's memory, in the last half"])
        self.assertEqual(self.judge(backend=lambda part: 30000 + part * 300), ['memory of its largest backend, in the last half'])
        self.assertEqual(self.judge(files=lambda part: 18 if part == 20 else 17), ['open files, more than at the beginning'])
        self.assertEqual(self.judge(megabytes=lambda third: 10 + third * 5), ['t'])

    def test_an_index_comes_to_half_full_pages_and_no_further(self):
        self.assertEqual(self.judge(name='i', megabytes=lambda third: (10, 11, 12, 18.5)[third]), [])
        self.assertEqual(self.judge(name='i', megabytes=lambda third: (10, 11, 12, 19.5)[third]), ['i'])


if __name__ == '__main__':
    unittest.main()
