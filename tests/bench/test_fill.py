"""What fills the benchmark's databases: all that follows from the entries is what the database's own functions make of them,
every rule for an entry holds, and every chain is whole."""
import os
import pathlib
import re
import tempfile
import unittest

import filled
import harness
import trajectd

CLIENTS = 1600
BUILD = pathlib.Path(harness.TRAJECTD).parents[1]


class Fill(unittest.TestCase):
    def test_all_is_as_the_entries_say_and_verified(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=harness.temporary_folder()))
        folder.chmod(0o711)
        made = filled.Filled(folder / 'filled', CLIENTS, os.environ['FILL_PROGRAM'], print)
        self.assertEqual(made.check(), CLIENTS)
        daemon = trajectd.Trajectd(folder, made, BUILD)
        daemon.start()
        said = daemon.verify()
        daemon.stop()
        entries, trajectories = map(int, re.findall(r'\d+', said)[:2])
        self.assertEqual(trajectories, CLIENTS)
        self.assertAlmostEqual(entries / CLIENTS, 20, delta=1)


if __name__ == '__main__':
    unittest.main()
