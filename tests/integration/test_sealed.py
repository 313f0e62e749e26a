"""Names and words: what a stolen database tells, what finds them again, and what happens to the keys."""
import base64
import hashlib
import pathlib
import re
import subprocess
import unittest

import harness
from harness import ServiceTest
from sealing import Sealing

# Each stands in a field of its own, and nowhere else.
WORDS = {
    'client': 'Quirina Zeeuwsdochter', 'contact': 'woordvancontact', 'move': 'woordvanstap', 'agreement': 'woordvanafspraak',
    'party': 'Broerpieter', 'bottleneck': 'woordvanknelpunt', 'group': 'Groepnaamlang', 'put': 'Wethouderjansma',
    'network': 'Zusterwilhelmina', 'relation': 'stiefzusje', 'told': 'magallesweten', 'motivation': 'woordvanmotivatie',
    'correction': 'woordvanverbetering', 'dropout': 'woordvanuitval', 'wish': 'woordvanwens'
}


class Sealed(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ok, word = cls.service.ok, WORDS
        cls.number = cls.service.json('client', 'add', '--name', word['client'], profile='anna')['clientNumber']

        def coach(*arguments):
            ok(arguments[0], *arguments[1:], profile='anna')
        number = cls.number
        coach('start', number, '--kind', 'work-experience', '--at', '30 days ago', '--words', 'begonnen')
        coach('contact', number, '--channel', 'phone', '--words', word['contact'])
        coach('move', number, 'workplace-guidance', '--reason', word['move'])
        coach('agreement', 'make', number, word['agreement'], '--party', 'network', '--name', word['party'], '--by', '2030-01-01')
        coach('bottleneck', 'raise', number, word['bottleneck'], '--group', word['group'])
        coach('bottleneck', 'put', number, '--with', word['put'])
        coach('network', 'add', number, word['network'], '--relation', word['relation'], '--may-be-told', word['told'])
        coach('contact', number, '--channel', 'home', '--network', word['network'].upper())
        coach('motivation', 'talk', number, '--approach', word['motivation'])
        coach('dropout', 'report', number, '--reason', word['dropout'])
        coach('career', 'wish', number, word['wish'])
        entry = next(row for row in cls.service.rows('timeline', number, profile='anna') if row.get('words') == word['contact'])
        coach('correct', entry['eventId'], '--reason', word['correction'], '--words', word['contact'] + '2')

    def test_every_word_is_read_again(self):
        told = self.ok('--output', 'json', 'timeline', self.number, '--all', profile='anna')
        told += self.ok('--output', 'json', 'running', self.number, profile='anna')
        told += self.ok('--output', 'json', 'coming-up', profile='anna')
        told += self.ok('--output', 'json', 'bottleneck', 'groups', profile='anna')
        told += self.ok('--output', 'json', 'client', 'show', self.number, profile='anna')
        for name, word in WORDS.items():
            self.assertIn(word, told, name)

    def test_a_dump_and_the_files_of_the_cluster_tell_none_of_them(self):
        service = self.service
        service.sql('checkpoint')
        dump = subprocess.run(['pg_dump', '--dbname', service.cluster.conninfo(service.database)], capture_output=True,
                              check=True).stdout
        self.assertIn(b'Bakkerij De Zon', dump)
        self.assertIn(self.number.encode(), dump)
        files = {'the dump': dump}
        for path in pathlib.Path(service.cluster.folder, 'data').rglob('*'):
            if path.is_file() and not path.is_socket():
                files[path] = path.read_bytes()
        self.assertTrue(any('pg_wal' in str(path) for path in files))
        # A name that is not sealed is found by the same search, in the tables and in the log of what was written.
        self.assertTrue(any(b'Bakkerij De Zon' in content for path, content in files.items() if 'base/' in str(path)))
        self.assertTrue(any(b'Bakkerij De Zon' in content for path, content in files.items() if 'pg_wal' in str(path)))
        for word in WORDS.values():
            # As it stands, as bytes of a dump, and as base64 at each of its places.
            forms = [word.encode(), word.lower().encode(), word.encode().hex().encode(), word.encode('utf-16-le')]
            forms += [base64.b64encode(b'.' * shift + word.encode())[4:-4] for shift in range(3)]
            for name, content in files.items():
                for form in forms:
                    self.assertNotIn(form, content, f'{word} in {name}')

    def test_what_was_asked_with_is_not_guessed_from_what_is_kept(self):
        """Of each write a digest of its body is kept; without the keys nobody tells which body it was."""
        kept = self.service.sql('select encode(body_sha256, \'hex\') from session.request')
        self.assertTrue(kept)
        body = b'\x0a' + bytes([len(self.number)]) + self.number.encode()
        self.assertNotIn([hashlib.sha256(body).hexdigest()], kept)

    def test_a_name_is_found_by_the_beginnings_of_its_words(self):
        for query in ('Quirina', 'zeeuws', 'quir ZEEUWSDOCHTER', 'zeé', self.number):
            self.assertEqual(self.numbers('client', 'find', query, profile='anna'), [self.number], query)
        for query in ('qu', 'irina', 'quirina jansen', 'dochter'):
            self.assertEqual(self.numbers('client', 'find', query, profile='anna'), [], query)

    def test_labels_are_found_in_any_case(self):
        def found(*options):
            return [row['what'] for row in self.rows('bottleneck', 'list', *options, profile='anna')]
        self.assertEqual(found('--with', WORDS['put'].upper()), [WORDS['bottleneck']])
        self.assertEqual(found('--with', 'Somebody else'), [])

    def test_what_was_changed_behind_its_back_is_told_so(self):
        number = self.new_client()
        self.ok('contact', number, '--channel', 'phone', '--words', 'eerst', profile='anna')
        self.service.sql(f"""
            set session_replication_role = replica;
            update traject.event set words = set_byte(words::bytea, octet_length(words) - 1, 255 - get_byte(words, octet_length(words) - 1))
             where words is not null and trajectory_id = (
                select trajectory_id from traject.trajectory_state join traject.client using (municipality_id, client_id)
                 where client_number = '{number}')""")
        self.refused('timeline', number, profile='anna', says='sealed words do not open; they were changed in the database')

    def test_a_person_whose_key_is_gone_is_erased(self):
        number = self.service.json('client', 'add', '--name', 'Vergeten Mens', profile='anna')['clientNumber']
        self.ok('start', number, '--kind', 'work-experience', '--words', 'weg', profile='anna')
        self.service.sql(f"""update traject.person_key set wrapped = null, erased_at = now()
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        self.assertEqual(self.show(number)['fullName'], '(erased)')
        self.assertEqual(self.rows('timeline', number, profile='anna')[0]['words'], '(erased)')
        self.refused('contact', number, '--channel', 'phone', '--words', 'nog iets', profile='anna', says='this client was erased')


class Rotation(ServiceTest):
    def keys(self):
        return (self.service.folder / 'keys').read_text()

    def rotate(self):
        return subprocess.run([harness.TRAJECTD, 'rotate', '--config', self.service.config, '--database',
                               self.service.cluster.conninfo(self.service.database)], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)

    def wrapped_by(self):
        """Which master keys wrap a key of somebody."""
        return {row[0] for row in self.service.sql(
            "select distinct encode(substring(wrapped for 8), 'hex') from traject.person_key")}

    def test_a_new_master_key_while_the_daemon_runs(self):
        number = self.service.json('client', 'add', '--name', 'Sleutel Houder', profile='anna')['clientNumber']
        for _ in range(3):
            self.new_client()
        before, old = self.keys(), self.wrapped_by()
        persons = self.service.sql('select count(*) from traject.person_key')[0][0]
        done = self.rotate()
        self.assertEqual(done.returncode, 0, done.stderr)
        new = re.search(r'The new master key is (\w{16})\.', done.stdout)[1]
        self.assertIn(f'Wrapped the keys of {persons} persons anew.', done.stdout)
        self.assertEqual(self.wrapped_by(), {new})
        self.assertNotIn(new, old)
        self.assertEqual(self.keys().count('master '), 1)
        old_master = re.search(r'master (\w+)', before)[1].lower()
        self.assertNotIn(old_master, self.keys().lower())
        self.assertIn(old_master, (self.service.folder / 'keys.retired').read_text().lower())
        self.assertEqual((self.service.folder / 'keys').stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.service.folder / 'keys.retired').stat().st_mode & 0o777, 0o600)
        # The daemon goes on with it, and found by name as before: the index key is the same.
        self.assertEqual(self.show(number)['fullName'], 'Sleutel Houder')
        self.assertEqual(self.numbers('client', 'find', 'sleutel', profile='anna'), [number])
        self.new_client()
        self.assertEqual(self.wrapped_by(), {new})
        self.service.stop()
        self.service.start()
        self.assertEqual(self.show(number)['fullName'], 'Sleutel Houder')

    def test_a_rotation_that_was_cut_off_goes_on(self):
        number = self.service.json('client', 'add', '--name', 'Halver Wege', profile='anna')['clientNumber']
        other = self.new_client()
        # As it stands after the new key was written and one person's key wrapped with it.
        path = self.service.folder / 'keys'
        path.write_text(self.keys().replace('master ', f'master {"ab" * 32}\nmaster ', 1))
        self.service.daemon.tell(1)
        self.service.daemon.wait_for('event=reloaded')
        self.new_client()
        self.assertEqual(len(self.wrapped_by()), 2)
        done = self.rotate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('Going on with a rotation that was begun before.', done.stdout)
        self.assertEqual(len(self.wrapped_by()), 1)
        self.assertEqual(self.show(number)['fullName'], 'Halver Wege')
        self.show(other)

    def test_a_key_that_nothing_opens_stops_it(self):
        number = self.new_client()
        self.service.sql(f"""update traject.person_key set wrapped = set_byte(wrapped, 0, 255 - get_byte(wrapped, 0))
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        done = self.rotate()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, 'which this daemon does not have')
        self.service.sql(f"""update traject.person_key set wrapped = set_byte(wrapped, 0, 255 - get_byte(wrapped, 0))
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        self.assertEqual(self.rotate().returncode, 0)


class Before(ServiceTest):
    """A database from before names and words were sealed."""

    def run_seal(self):
        return subprocess.run([harness.TRAJECTD, 'seal', '--config', self.service.config, '--database',
                               self.service.cluster.conninfo(self.service.database)], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)

    def test_what_stands_in_clear_is_sealed(self):
        self.assertEqual(self.run_seal().stdout, '')
        number = self.service.json('client', 'add', '--name', 'Oude Klant', profile='anna')['clientNumber']
        self.ok('start', number, '--kind', 'work-experience', '--at', '9 days ago', profile='anna')
        self.ok('move', number, 'work-content', '--reason', 'oudereden', profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--words', 'oudewoorden', profile='anna')
        self.ok('agreement', 'make', number, 'oudeafspraak', '--party', 'coach', '--by', '2030-01-01', profile='anna')
        before = self.service.json('timeline', number, profile='anna'), self.service.json('running', number, profile='anna')
        self.service.stop()
        opened = Sealing(self.service).open

        def clear(table, column):
            for (value,) in self.service.sql(f'select {column} from {table} where {column} is not null'):
                self.service.sql(f"""set session_replication_role = replica; update {table}
                    set {column} = '\\x00'::bytea || convert_to('{opened(value)}', 'UTF8') where {column} = '{value}'""")
        self.service.sql("alter domain traject.sealed drop constraint sealed_form; alter domain traject.sealed_label drop "
                         "constraint sealed_label_form; alter domain traject.sealed_name drop constraint sealed_name_form; "
                         "alter table traject.client drop constraint client_has_key")
        for table, columns in (('traject.client', 'full_name'), ('traject.event', 'words reason what'),
                               ('traject.item', 'what'), ('traject.stage_spell', 'reason')):
            for column in columns.split():
                clear(table, column)
        self.service.sql('set session_replication_role = replica; update traject.client set key_id = null')
        done = subprocess.run([harness.TRAJECTD, '--config', self.service.config], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn('stand in the database in clear; run trajectd seal first', done.stderr)
        done = self.run_seal()
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'Sealed the names and words of 1 persons\.')
        self.service.start()
        self.assertEqual((self.service.json('timeline', number, profile='anna'),
                          self.service.json('running', number, profile='anna')), before)
        self.assertEqual(self.numbers('client', 'find', 'oude', profile='anna'), [number])
        # What follows from the entries holds the same as they do, and the chain is whole.
        self.assertEqual(self.service.json('rebuild').get('different', []), [])
        self.assertNotIn('misfit', self.ok('--output', 'json', 'verify', number, profile='anna'))
        self.assertEqual(self.run_seal().stdout, '')


class KeyFile(ServiceTest):
    organisation = False

    def test_the_daemon_does_not_start_without_it(self):
        keys = self.service.folder / 'other-keys'
        config = self.service.folder / 'other.conf'
        self.service.write_config(config, master_key='other-keys', listen='127.0.0.1:0')
        for text, mode, says in ((None, 0o600, 'master_key .*other-keys: No such file'),
                                 ('index 12\n', 0o600, 'other-keys:1: write index or master'),
                                 (f'index {"0" * 64}\nmaster {"1" * 64}\n', 0o644, 'can be read by everybody on this machine; chmod 600')):
            if text is not None:
                keys.write_text(text)
                keys.chmod(mode)
            for more in ([], ['--check-config']):
                done = subprocess.run([harness.TRAJECTD, '--config', config, *more], capture_output=True, text=True,
                                      timeout=harness.WAIT_SECONDS)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, says)


if __name__ == '__main__':
    unittest.main()
