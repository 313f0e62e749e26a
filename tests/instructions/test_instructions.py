"""What the daemon does most takes no more instructions than budget.txt allows: so a regression is seen without timing
anything."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ['HOT_PATHS_PROGRAM']
FEW, MANY = 10, 60


def instructions(path, times):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={out.name}', PROGRAM, path, str(times)],
                              capture_output=True, text=True)
    counted = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode or not counted:
        raise AssertionError(f'hot_paths {path} {times} was not counted:\n{done.stderr}')
    return int(counted[1])


class Instructions(unittest.TestCase):
    def test_no_path_takes_more_than_its_budget(self):
        lines = [line.split() for line in (FOLDER / 'budget.txt').read_text().splitlines() if not line.startswith('#')]
        for path, budget, factor in lines:
            with self.subTest(path):
                # What is done once, as loading the libraries, is in both and falls out.
                each = (instructions(path, MANY) - instructions(path, FEW)) / (MANY - FEW)
                print(f'{path}: {each:.0f} instructions, {int(budget)} recorded')
                self.assertLessEqual(each, int(budget) * float(factor),
                                     f'{path} takes more than {factor} times the {budget} instructions of budget.txt; see which with '
                                     f'valgrind --tool=callgrind {PROGRAM} {path} {MANY}')


if __name__ == '__main__':
    unittest.main(verbosity=2)
