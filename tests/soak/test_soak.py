"""For as short as it takes to see a leak of each request or connection: no file stays open, and no memory in use."""
import os
import pathlib
import unittest

import harness
import soak
import trajectd
import verdict

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


if __name__ == '__main__':
    unittest.main()
