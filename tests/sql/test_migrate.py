"""deploy/migrate: forward only, safe to run again, and all or nothing."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from database import REPOSITORY, Database


class Migrate(unittest.TestCase):
    def setUp(self):
        self.database = Database(organisation=False)
        self.addCleanup(self.database.close)
        # A copy of what migrate reads, to change.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='traject-migrate-'))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(REPOSITORY / 'sql', self.folder / 'sql')
        (self.folder / 'deploy').mkdir()
        shutil.copy2(REPOSITORY / 'deploy/migrate', self.folder / 'deploy')
        self.schema = self.folder / 'sql/schema'

    def migrate(self, database=None):
        return subprocess.run([self.folder / 'deploy/migrate', self.database.cluster.conninfo(database or self.database.name)],
                              capture_output=True, text=True)

    def refused(self, says):
        before = self.dump()
        done = self.migrate()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(says, done.stderr)
        self.assertEqual(self.dump(), before)

    def dump(self, database=None, *options):
        """All that a database holds, as text."""
        done = subprocess.run(['pg_dump', *options, '--dbname',
                               self.database.cluster.conninfo(database or self.database.name)], check=True,
                              capture_output=True, text=True)
        # Each dump carries a random word against being tampered with.
        return re.sub(r'^\\(un)?restrict .*', '', done.stdout, flags=re.MULTILINE)

    def test_again_changes_nothing(self):
        before = self.dump()
        self.assertIn('create function api.get_board', before.lower())
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        self.assertEqual(self.dump(), before)

    def test_a_database_made_anew_is_the_same(self):
        # Which also shows that the template of the tests is what the schema says.
        name = self.database.name + '_new'
        self.database.cluster.sql(f'create database {name}')
        self.addCleanup(self.database.cluster.sql, f'drop database {name}')
        done = self.migrate(name)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(self.dump(name, '--schema-only'), self.dump(None, '--schema-only'))

    def test_a_migration_that_was_changed_is_refused(self):
        path = self.schema / '003_path.sql'
        path.write_text(path.read_text() + '-- One more line.\n')
        self.refused('003_path.sql was changed after it was applied; put it back and add a new migration')

    def test_a_database_of_a_newer_version_is_refused(self):
        self.database.run("insert into migration.applied (name, checksum) values ('900_later.sql', 'x')")
        self.refused('the database has migration 900_later.sql, which this version does not know; use a newer version')

    def test_a_new_migration_is_applied_whole_or_not_at_all(self):
        path = self.schema / '900_more.sql'
        path.write_text('create table traject.more (id bigint); select 1 / 0;\n')
        self.refused('division by zero')
        path.write_text('create table traject.more (id bigint);\n')
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout), (0, 'applying 900_more.sql\n'), done.stderr)
        self.assertEqual(self.database.run("""select tableowner from pg_tables where tablename = 'more'"""),
                         [['traject_owner']])
        self.assertEqual(self.migrate().stdout, '')

    def test_functions_are_made_anew_when_one_changed(self):
        path = self.folder / 'sql/internal/shown.sql'
        path.write_text(path.read_text().replace("' UTC'", "' GMT'"))
        people = self.database.run('select * from traject.worker')
        done = self.migrate()
        self.assertEqual((done.returncode, done.stdout), (0, 'making the functions\n'), done.stderr)
        self.assertEqual(self.database.value("select internal.shown('2026-01-02 03:04+00')"), '2026-01-02 03:04 GMT')
        self.assertEqual(self.database.run('select * from traject.worker'), people)
        self.assertTrue(people)
        # The daemon may call them still.
        self.database.run(f"begin; {self.database.enter('admin')} select * from api.list_teams(); commit;", 'traject_daemon')
        # A function that cannot be made leaves those that are there.
        path.write_text('create function internal.shown(')
        self.refused('syntax error')

    def test_how_it_is_called(self):
        for arguments in ([], ['--help'], ['a', 'b']):
            done = subprocess.run([self.folder / 'deploy/migrate', *arguments], capture_output=True, text=True, env=os.environ)
            self.assertEqual(done.returncode, 2)
            self.assertIn('Usage: deploy/migrate CONNINFO', done.stderr)


if __name__ == '__main__':
    unittest.main()
