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


# What holds in a database, whatever is in it.
HELD = (
    "select coalesce(conrelid::regclass::text, contypid::regtype::text), conname, convalidated, pg_get_constraintdef(oid) from pg_constraint"
    " where connamespace in ('traject'::regnamespace, 'session'::regnamespace) order by 1, 2",
    "select indexdef from pg_indexes where schemaname in ('traject', 'session') order by 1",
    'select tgrelid::regclass, tgname, tgenabled from pg_trigger where not tgisinternal order by 1, 2',
)


class Fill(unittest.TestCase):
    def test_all_is_as_the_entries_say_and_verified(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=harness.temporary_folder()))
        folder.chmod(0o711)
        made = filled.Filled(folder / 'filled', CLIENTS, os.environ['FILL_PROGRAM'], print)
        self.assertEqual(made.check(), CLIENTS)
        made.cluster.sql('create database fresh', 'postgres')
        harness.migrate(made.cluster, 'fresh')
        for query in HELD:
            self.assertEqual(made.cluster.sql(query), made.cluster.sql(query, 'fresh'))
        daemon = trajectd.Trajectd(folder, made, BUILD)
        daemon.start()
        said = daemon.verify()
        daemon.stop()
        entries, trajectories = map(int, re.findall(r'\d+', said)[:2])
        self.assertEqual(trajectories, CLIENTS)
        self.assertAlmostEqual(entries / CLIENTS, 20, delta=1)


if __name__ == '__main__':
    unittest.main()
