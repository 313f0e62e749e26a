"""trajectd as a program: its arguments, its configuration, and what it refuses to start with."""
import subprocess
import unittest

import harness
from harness import ServiceTest


class CommandLine(ServiceTest):
    organisation = False

    def run_daemon(self, *arguments):
        return subprocess.run([harness.TRAJECTD, *map(str, arguments)], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)

    def test_version_help_and_mistakes(self):
        self.assertRegex(self.run_daemon('--version').stdout, r'^trajectd \d+\.\d+\.\d+\n$')
        self.assertIn('--check-config', self.run_daemon('--help').stdout)
        for arguments in ((), ('--nothing',), ('--config', self.service.config, 'more')):
            done = self.run_daemon(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn("Try 'trajectd --help'", done.stderr)

    def test_check_config_names_what_is_wrong(self):
        path = self.service.folder / 'checked.conf'
        self.service.write_config(path)
        done = self.run_daemon('--check-config', '--config', path)
        self.assertEqual((done.returncode, done.stdout), (0, 'The configuration is in order.\n'))
        for name, value, says in (('listen', 'localhost:7117', 'listen is "localhost:7117"; give an address and a port'),
                                  ('database', 'host=db.example dbname=x', 'names host "db.example".*not looked up'),
                                  ('database', 'dbname', 'not a libpq connection string'),
                                  ('database_connections', 0, 'database_connections is 0; give 1 to 100'),
                                  ('client_connections', 100001, 'client_connections is 100001; give 1 to 100000'),
                                  ('requests_waiting', -1, 'requests_waiting is -1; give 1 to 1000000'),
                                  ('tls_certificate', 'nothing.pem', 'tls_certificate .*nothing.pem'),
                                  ('tls_key', 'ca.key', 'tls_key .*ca.key'),
                                  ('log_level', 'loud', 'log_level is "loud"; give error, warning, info or debug'),
                                  ('tls_certificat', 'server.pem', 'tls_certificat')):
            with self.subTest(name=name, value=value):
                self.service.write_config(path, **{name: value})
                done = self.run_daemon('--check-config', '--config', path)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, says)
        path.write_text('')
        self.assertRegex(self.run_daemon('--check-config', '--config', path).stderr,
                         r'(?s)database is missing.*tls_certificate is missing.*tls_key is missing')
        self.assertRegex(self.run_daemon('--config', self.service.folder / 'none.conf').stderr, 'none.conf: No such file')

    def test_an_interface_and_a_schema_that_differ(self):
        other = harness.Service()
        self.addCleanup(other.close)
        other.stop()
        other.sql('drop function api.get_board; drop function api.add_team;'
                  'create function api.add_team(name text) returns setof api.add_team_reply language sql as $$ select name $$;'
                  'alter type api.watch_entry drop attribute more')
        done = self.run_daemon('--config', other.config)
        self.assertEqual(done.returncode, 1)
        for name in ('get_board', 'add_team', 'api.watch: a watch needs more'):
            self.assertRegex(done.stderr, f'event=start_failed .*{name}')
        self.assertNotIn('event=ready', done.stderr)
        self.assertNotRegex(done.stderr, harness.SANITIZER_REPORT)

    def test_a_database_of_another_version(self):
        other = harness.Service()
        self.addCleanup(other.close)
        last = sorted(path.name for path in (harness.REPOSITORY / 'sql/schema').glob('*.sql'))[-1]
        other.daemon.wait_for(f'level=info event=schema database={last} daemon={last} functions=same')
        other.stop()
        for script, back, says in (
                ("insert into migration.applied values ('999_later.sql', '')", "delete from migration.applied where name ~ '999'",
                 f'the database has migration 999_later.sql and this daemon knows none after {last}; start the newer version'),
                (f"update migration.applied set name = '000' where name = '{last}'",
                 f"update migration.applied set name = '{last}' where name = '000'",
                 rf'the database was migrated to \d+_\w+.sql and this daemon needs {last}; run trajectd migrate of this version'),
                ("update migration.applied set checksum = '' where name = 'functions'; drop function api.get_board;", 'select 1',
                 'why="the functions in the database are of another version than this daemon and do not fit it; run trajectd '
                 'migrate of this version, or start the version that they are of"'),
                ('drop function session.applied', 'select 1',
                 f'the database was migrated to nothing, or by a version that does not say to what and this daemon needs {last}; run')):
            with self.subTest(script):
                other.sql(script)
                done = self.run_daemon('--config', other.config)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, f'event=start_failed .*{says}')
                self.assertEqual(done.stderr.count('event=start_failed'), 1)
                other.sql(back)
        # Another version's functions that fit are served with, and the log says so.
        harness.migrate(other.cluster, other.database)
        other.sql("update migration.applied set checksum = '' where name = 'functions'")
        other.start()
        other.daemon.wait_for(f'level=warning event=schema database={last} daemon={last} functions=other')

    def test_a_port_in_use(self):
        path = self.service.folder / 'second.conf'
        self.service.write_config(path)
        done = self.run_daemon('--config', path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, f'listen 127.0.0.1:{self.service.port}: Address already in use')


if __name__ == '__main__':
    unittest.main()
