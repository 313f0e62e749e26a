"""Dumps of released versions, made by tests/upgrade/make, are brought to this one: nothing of them is lost."""
import gzip
import json
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
import harness  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
AUDIT = {'heads': 'heads', 'signing_key': 'signing.key', 'signing_public_key': 'signing.pub'}


class Dumps(unittest.TestCase):
    maxDiff = None

    def restore(self, version):
        """A service whose database, and key file, are those of the dump."""
        service = harness.Service()
        self.addCleanup(service.close)
        service.stop()
        service.cluster.sql(f'drop database {service.database}')
        service.cluster.sql(f'create database {service.database}')
        service.sql(gzip.decompress((HERE / f'{version}.sql.gz').read_bytes()).decode())
        keys = HERE / f'{version}.keys'
        if keys.exists():
            shutil.copyfile(keys, service.folder / 'keys')
        return service

    def run_daemon(self, service, *arguments):
        done = subprocess.run([harness.TRAJECTD, *map(str, arguments)], capture_output=True, text=True, timeout=harness.WAIT_SECONDS * 3)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        return done.stdout

    def give_token(self, service, worker):
        """Those of the dump have expired, and nobody has kept them."""
        token = secrets.token_hex(32)
        service.sql(f"""insert into session.token (municipality_id, worker_id, token_sha256, label, expires_at)
                        select municipality_id, worker_id, '\\x{harness.digest(token)}', 'test', now() + interval '1 day'
                          from traject.worker where name = '{worker}' and municipality_id = 1""")
        service.profile(worker, token)

    def schema(self, cluster, database):
        """As it is after another dump and restore, by which PostgreSQL writes some conditions in another way."""
        def dumped(name):
            done = subprocess.run(['pg_dump', '--schema-only', '--dbname', cluster.conninfo(name)], check=True, capture_output=True,
                                  text=True)
            return re.sub(r'^\\(un)?restrict .*', '', done.stdout, flags=re.MULTILINE)
        copy = database + '_copy'
        cluster.sql(f'create database {copy}')
        cluster.sql(dumped(database), copy)
        text = dumped(copy)
        cluster.sql(f'drop database {copy}')
        return text

    def shown(self, service, number):
        """As tests/upgrade/make took it down."""
        client = service.json('client', 'show', number, profile='max')
        return {**{key: client.get(key) for key in ('fullName', 'stage', 'coach', 'guidedBy', 'employer')},
                'entries': sorted([e['kind'], e['occurredAt'], e.get('words'), e.get('reason')]
                                  for e in service.rows('timeline', number, '--limit', '1000', profile='max'))}

    def check(self, version):
        service = self.restore(version)
        superuser = service.cluster.conninfo(service.database)
        entries = int(service.sql('select count(*) from traject.event')[0][0])
        self.assertIn('making the functions\n', harness.migrate(service.cluster, service.database))
        self.assertEqual(harness.migrate(service.cluster, service.database), '')
        self.assertEqual(self.schema(service.cluster, service.database), self.schema(service.cluster, 'traject_template'))
        self.run_daemon(service, 'seal', '--config', service.config, '--database', superuser)
        for worker in ('admin', 'max'):
            self.give_token(service, worker)
        service.start()
        expected = json.loads((HERE / f'{version}.json').read_text())
        self.assertEqual({number: self.shown(service, number) for number in expected}, expected)
        self.assertRegex(service.ok('rebuild'), r'\b0 differ')
        service.ok('verify', next(iter(expected)), profile='max')
        # And work goes on.
        service.ok('contact', '1002', '--channel', 'phone', '--words', 'Na de overgang.', profile='max')
        harness.openssl('genpkey', '-algorithm', 'ed25519', '-out', service.folder / 'signing.key')
        harness.openssl('pkey', '-in', service.folder / 'signing.key', '-pubout', '-out', service.folder / 'signing.pub')
        audit = service.folder / 'audit.conf'
        service.write_config(audit, audit_database=service.cluster.conninfo(service.database, 'traject_auditor'), **AUDIT)
        self.run_daemon(service, 'sign', '--config', audit)
        self.assertIn(str(entries + 1), self.run_daemon(service, 'verify', '--config', audit))

    def test_what_an_index_let_in_is_not_taken_along(self):
        service = self.restore('030')

        def differ():
            return self.schema(service.cluster, service.database) != self.schema(service.cluster, 'traject_template')

        # As one does that has lost the entry of the row before.
        service.sql("update pg_index set indisready = false where indexrelid = 'traject.rhythm_one_at_a_time'::regclass")
        again = service.sql("""insert into traject.rhythm (municipality_id, team_id, stage, client_id, days, period)
                               select municipality_id, team_id, stage, client_id, days, period from traject.rhythm
                                limit 1 returning rhythm_id""")[0][0]
        service.sql("update pg_index set indisready = true where indexrelid = 'traject.rhythm_one_at_a_time'::regclass")
        with self.assertRaisesRegex(AssertionError, r'034_without_gist.*these overlap, as they may not: rhythm 1[^;]*; run "reindex '):
            harness.migrate(service.cluster, service.database)
        self.assertTrue(service.sql("select 1 from pg_constraint where conname = 'rhythm_one_at_a_time' and contype = 'x'"))
        self.assertTrue(differ())
        service.sql(f'delete from traject.rhythm where rhythm_id = {again}')
        service.sql(f'reindex database {service.database}')
        harness.migrate(service.cluster, service.database)
        self.assertFalse(differ())


def check_of(version):
    return lambda self: self.check(version)


for dump in sorted(HERE.glob('*.sql.gz')):
    setattr(Dumps, f'test_{dump.name[:3]}', check_of(dump.name[:3]))


if __name__ == '__main__':
    unittest.main()
