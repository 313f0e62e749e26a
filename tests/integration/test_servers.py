"""Several servers in a profile: whom the client goes to when one of them is away, lost or not who it should be."""
import signal
import subprocess
import unittest

import harness
import test_watch
from harness import Program


class Servers(test_watch.WatchTest):
    def setUp(self):
        self.second = self.second_daemon()
        if not self.service.daemon.running():
            self.service.start()

    def servers(self, name, *servers):
        """A profile of anna with these servers."""
        path = self.service.profile(name, self.service.token('anna'))
        path.write_text(path.read_text().replace(f'localhost:{self.service.port}', ', '.join(servers)))
        return name

    def port(self, daemon):
        return daemon.wait_for(r'event=ready .*port=(\d+)')[1]

    def both(self, name='both'):
        return self.servers(name, f'localhost:{self.service.port}', f'localhost:{self.port(self.second)}')

    def test_the_next_one_when_the_first_is_away(self):
        profile = self.both()
        self.service.kill()
        self.assertIn('(anna)', self.ok('status', profile=profile))
        self.second.end(signal.SIGTERM)
        self.refused('status', profile=profile, code=3,
                     says=f'^traject: server localhost:{self.service.port}: Connection refused; '
                          f'server localhost:{self.port(self.second)}: Connection refused$')

    def test_the_first_one_that_refuses_has_the_last_word(self):
        profile = self.both()
        path = self.service.folder / 'traject/both.conf'
        path.write_text(path.read_text().replace(self.service.token('anna'), '0' * 64))
        seen = len(self.second.lines)
        self.refused('status', profile=profile, code=1, says='^traject: the token is unknown, expired or revoked')
        self.ok('status', profile='anna2')
        self.assertNotIn('token_refused', '\n'.join(self.second.lines[seen:]))

    def test_a_token_saved_as_a_profile_keeps_the_servers(self):
        path = self.service.profile('admin-of-both', self.service.token('admin'))
        path.write_text(path.read_text().replace('localhost:', 'localhost:1, localhost:'))
        self.ok('token', 'add', 'anna', '--save-as', 'saved', profile='admin-of-both')
        self.assertIn(f'server = "localhost:1, localhost:{self.service.port}"\n',
                      (self.service.folder / 'traject/saved.conf').read_text())
        self.assertIn('(anna)', self.ok('status', profile='saved'))

    def test_a_lost_answer_is_asked_of_the_next_one_and_the_write_is_there_once(self):
        number = self.new_client()
        relay = test_watch.Relay(self.service.port)
        self.addCleanup(relay.close)
        profile = self.servers('lost', f'localhost:{relay.port}', f'localhost:{self.port(self.second)}')
        first, second = len(self.service.daemon.lines), len(self.second.lines)
        holder = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--dbname',
                                   self.service.cluster.conninfo(self.service.database)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write('begin; lock table traject.event in share mode;\n\\echo locked\n')
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline(), 'locked\n')
        writer = subprocess.Popen([harness.TRAJECT, 'contact', number, '--channel', 'phone', '--words', 'eenmaal'],
                                  env=self.service.environment(profile), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while self.service.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                               f"and datname = '{self.service.database}'") == [['0']]:
            pass
        relay.loses_answer = True
        holder.communicate('rollback;\n')
        errors = writer.communicate(timeout=harness.WAIT_SECONDS)[1]
        self.assertEqual(writer.returncode, 0, errors)
        for daemon, seen in (self.service.daemon, first), (self.second, second):
            daemon.wait_for('method=/traject.v1.Traject/RecordContact status=OK', seen)
        self.assertEqual([row.get('words') for row in self.rows('timeline', number, '--kind', 'contact', profile='anna')],
                         ['eenmaal'])

    def test_a_watch_goes_on_at_the_next_one(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch(self.both())
        self.contact(number, 'voor')
        watcher.words('voor')
        self.service.kill()
        self.contact(number, 'na', profile='anna2')
        watcher.words('na')
        self.assertEqual(watcher.all_words(), ['voor', 'na'])
        watcher.wait_for(lambda line: line == 'traject watch: connected again', watcher.said)
        self.assertEqual(len(watcher.said), 2, watcher.said)
        watcher.stop()

    def test_each_server_is_held_to_its_own_name(self):
        folder = self.service.folder
        harness.openssl('req', '-x509', '-CA', folder / 'ca.pem', '-CAkey', folder / 'ca.key', '-newkey', 'ec', '-pkeyopt',
                        'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=elsewhere', '-addext',
                        'subjectAltName=DNS:elsewhere.example', '-keyout', folder / 'elsewhere.key', '-out',
                        folder / 'elsewhere.pem')
        path = folder / 'elsewhere.conf'
        self.service.write_config(path, listen='127.0.0.1:0', tls_certificate='elsewhere.pem', tls_key='elsewhere.key')
        elsewhere = Program([harness.TRAJECTD, '--config', path])
        self.addCleanup(elsewhere.end, signal.SIGTERM)
        port = self.port(elsewhere)
        self.refused('status', profile=self.servers('elsewhere', f'localhost:{port}'), code=3,
                     says=f'server localhost:{port}: no secure connection: hostname mismatch')
        self.ok('status', profile=self.servers('elsewhere', f'localhost:{port}', f'localhost:{self.service.port}'))

    def test_a_session_of_one_name_is_not_resumed_under_another(self):
        # The same daemon under a name that its certificate does not have.
        ways = [test_watch.Relay(self.service.port, address) for address in ('127.0.0.1', '127.0.0.2')]
        for way in ways:
            self.addCleanup(way.close)
        number = self.new_client(at='3 days ago')
        watcher = self.watch(self.servers('names', f'localhost:{ways[0].port}', f'127.0.0.2:{ways[1].port}'))
        # Until it has had an answer there is no place that it goes on from.
        self.contact(number, 'voor', profile='anna2')
        watcher.words('voor')
        seen = len(self.service.daemon.lines)
        ways[0].cut()
        self.assertEqual(self.service.daemon.wait_for(r'event=handshake_done .*resumed=(\d)', seen)[1], '0')
        watcher.wait_for(lambda line: 'the connection is lost' in line, watcher.said)
        self.contact(number, 'na', profile='anna2')
        watcher.words('na')
        self.assertTrue(ways[1].ends, 'the other name was never tried')
        watcher.stop()


if __name__ == '__main__':
    unittest.main()
