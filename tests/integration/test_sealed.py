"""Names and words: what a stolen database tells, what finds them again, and what happens to the keys."""
import base64
import contextlib
import hashlib
import pathlib
import re
import secrets
import signal
import subprocess
import threading
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


class SealedTest(ServiceTest):
    def hang_up(self, expected):
        seen = len(self.service.daemon.lines)
        self.service.daemon.tell(signal.SIGHUP)
        self.service.daemon.wait_for(expected, seen)


class Sealed(SealedTest):
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

    def test_what_was_changed_behind_its_back_is_shown_as_unreadable(self):
        number = self.new_client(words='vooraf')
        self.ok('contact', number, '--channel', 'phone', '--words', 'eerst', profile='anna')
        self.service.sql(f"""
            set session_replication_role = replica;
            update traject.event set words = set_byte(words::bytea, octet_length(words) - 1, 255 - get_byte(words, octet_length(words) - 1))
             where kind = 'contact' and trajectory_id = (
                select trajectory_id from traject.trajectory_state join traject.client using (municipality_id, client_id)
                 where client_number = '{number}')""")
        after = len(self.service.daemon.lines)
        words = [row['words'] for row in self.rows('timeline', number, profile='anna') if 'words' in row]
        self.assertEqual(sorted(words), ['(unreadable)', 'vooraf'])
        self.service.daemon.wait_for('level=error event=words_unreadable method=/traject.v1.Traject/GetTimeline values=1 '
                                     'why="sealed words do not open; they were changed in the database"', after)

    def test_one_broken_key_hides_nobody_else(self):
        numbers = [self.service.json('client', 'add', '--name', name, profile='anna')['clientNumber']
                   for name in ('Gelijknaam Een', 'Gelijknaam Twee')]
        for number in numbers:
            self.ok('start', number, '--kind', 'work-experience', '--at', '90 days ago', profile='anna')

        def names(*command):
            return {row['clientNumber']: row['fullName'] for row in self.rows(*command, profile='anna')
                    if row['clientNumber'] in numbers}
        # The first byte tells the master key, a later one is of what it seals.
        for at, why, code in ((0, 'which this daemon does not have yet', 3), (30, 'the key of a person does not open', 1)):
            after = len(self.service.daemon.lines)
            flip = f"""update traject.person_key set wrapped = set_byte(wrapped, {at}, 255 - get_byte(wrapped, {at}))
                        where key_id = (select key_id from traject.client where client_number = '{numbers[0]}')"""
            self.service.sql(flip)
            for command in (('client', 'find', 'gelijknaam'), ('quiet',)):
                self.assertEqual(names(*command), {numbers[0]: '(unreadable)', numbers[1]: 'Gelijknaam Twee'})
            self.assertEqual(self.show(numbers[0])['fullName'], '(unreadable)')
            self.service.daemon.wait_for(f'event=words_unreadable .*{why}', after)
            # Nothing is sealed under a key that does not open.
            # Of a program's nothing waits.
            self.refused('--output', 'json', 'contact', numbers[0], '--channel', 'phone', '--words', 'iets', profile='anna', says=why, code=code)
            self.service.sql(flip)
        # One that is cut off is not read past its end.
        self.service.sql(f"""alter table traject.person_key drop constraint person_key_wrapped_length;
                             update traject.person_key set wrapped = substring(wrapped for 20)
                              where key_id = (select key_id from traject.client where client_number = '{numbers[1]}')""")
        self.refused('contact', numbers[1], '--channel', 'phone', '--words', 'iets', profile='anna',
                     says='the key of a person has 20 bytes instead of 68')
        self.assertEqual(names('quiet'), dict(zip(numbers, ('Gelijknaam Een', '(unreadable)'))))

    def test_a_person_whose_key_is_gone_is_erased(self):
        number = self.service.json('client', 'add', '--name', 'Vergeten Mens', profile='anna')['clientNumber']
        self.ok('start', number, '--kind', 'work-experience', '--words', 'weg', profile='anna')
        self.service.sql(f"""update traject.person_key set wrapped = null, erased_at = now()
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        self.assertEqual(self.show(number)['fullName'], '(erased)')
        self.assertEqual(self.rows('timeline', number, profile='anna')[0]['words'], '(erased)')
        self.refused('contact', number, '--channel', 'phone', '--words', 'nog iets', profile='anna', says='this client was erased')


class Rotation(SealedTest):
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

    def test_a_key_file_that_has_moved_is_the_one_that_is_read_again(self):
        def put_first(key, path):
            path.write_text(path.read_text().replace('master ', f'master {key}\nmaster ', 1))
            return hashlib.sha256(b'traject master key id\0' + bytes.fromhex(key)).hexdigest()[:16]
        service, moved = self.service, self.service.folder / 'moved'
        moved.write_text(self.keys())
        moved.chmod(0o600)

        def back():
            after = len(service.daemon.lines)
            service.write_config()
            service.daemon.tell(1)
            service.daemon.wait_for('event=reloaded', after)
        self.addCleanup(back)
        first = put_first('cd' * 32, moved)
        after = len(service.daemon.lines)
        service.write_config(master_key='moved')
        service.daemon.tell(1)
        service.daemon.wait_for(f'event=keys_read master={first}', after)
        service.daemon.wait_for('event=listener_ready', after)
        second = put_first('ef' * 32, moved)
        after = len(service.daemon.lines)
        service.sql("notify traject, 'keys'")
        self.assertEqual(service.daemon.wait_for(r'event=keys_read master=(\w+)', after)[1], second)

    def held_up(self, table):
        """A client who is being added, and waits for that table; to be let go."""
        holder = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--dbname', self.service.cluster.conninfo(self.service.database)],
                                  stdin=subprocess.PIPE, text=True)
        holder.stdin.write(f'begin; lock table {table} in share mode;\n')
        holder.stdin.flush()
        adding = threading.Thread(target=lambda: runs.append(self.service.traject('client', 'add', '--name', 'Wacht Even', profile='anna')))
        runs = []

        def go():
            holder.communicate('commit;\n')
            adding.join()
            return runs[0]
        self.until_locked(table, "mode = 'ShareLock'")
        adding.start()
        self.until_locked(table, 'not granted')
        return go

    def until_locked(self, table, how):
        self.service.sql(f"""do $$ begin
            while not exists (select from pg_locks where relation = '{table}'::regclass and {how}) loop
                if clock_timestamp() > now() + interval '30 s' then raise exception 'nobody waits'; end if;
                perform pg_sleep(0.01);
            end loop; end $$""")

    def test_the_file_stays_who_may_read_it_and_where_it_is(self):
        path, real = self.service.folder / 'keys', self.service.folder / 'elsewhere'
        path.rename(real)
        real.chmod(0o640)
        path.symlink_to('elsewhere')
        before = self.keys()
        done = self.rotate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(path.is_symlink())
        self.assertEqual(real.stat().st_mode & 0o7777, 0o640)
        self.assertNotEqual(self.keys(), before)
        self.assertEqual((self.service.folder / 'elsewhere.retired').stat().st_mode & 0o7777, 0o600)
        path.unlink()
        real.chmod(0o600)
        real.rename(path)

    @contextlib.contextmanager
    def listener_away(self):
        others = len(self.service.sql("select from pg_stat_activity where usename = 'traject_daemon' and application_name like 'trajectd/%'"))
        self.service.sql(f"""alter role traject_daemon connection limit {others};
            select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'trajectd %'""")
        try:
            yield
        finally:
            self.service.sql('alter role traject_daemon connection limit -1')

    def test_a_daemon_that_does_not_listen_for_a_while(self):
        new = 'cd' * 32
        said = len(self.service.daemon.lines)
        with self.listener_away():
            (self.service.folder / 'keys').write_text(self.keys().replace('master ', f'master {new}\nmaster ', 1))
        # Nobody tells it: it looks when it is back.
        self.service.daemon.wait_for('event=keys_read', said)
        with self.listener_away():
            rotation = subprocess.Popen([harness.TRAJECTD, 'rotate', '--config', self.service.config, '--database',
                                         self.service.cluster.conninfo(self.service.database)], stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True)
            self.assertIn('waiting for the daemon on this machine to read the key file', rotation.stderr.readline())
            # It holds keys, as the daemon does.
            process = pathlib.Path('/proc', str(rotation.pid))
            self.assertRegex((process / 'limits').read_text(), r'Max core file size +0 +0')
            self.assertNotRegex((process / 'status').read_text(), r'VmLck:\s+0 kB')
        self.assertEqual(rotation.wait(harness.WAIT_SECONDS), 0, rotation.stderr.read())
        rotation.stderr.close()
        self.new_client()

    def test_nobody_is_left_with_a_key_of_the_old_one(self):
        for table in 'traject.client', 'session.request':
            # The first has made its key, and not committed; the second is about to.
            with self.subTest(table):
                go = self.held_up(table)
                rotation = threading.Thread(target=lambda: done.append(self.rotate()))
                done = []
                rotation.start()
                if table == 'session.request':
                    rotation.join()
                else:
                    self.until_locked('traject.person_key', 'not granted')
                added = go()
                rotation.join()
                self.assertEqual(done[0].returncode, 0, done[0].stderr)
                self.assertEqual(len(self.wrapped_by()), 1)
                if added.code:
                    self.assertRegex(added.err, 'ask again')
                    self.assertEqual(table, 'session.request')
                else:
                    self.assertIn('Wacht Even', self.ok('client', 'find', 'wacht', profile='anna'))

    def test_a_key_file_from_before_is_told_what_to_put_first(self):
        self.ok('client', 'add', '--name', 'Van Voor', profile='anna')
        path, before = self.service.folder / 'keys', self.keys()
        self.assertEqual(self.rotate().returncode, 0)
        after = self.keys()
        self.addCleanup(path.write_text, after)
        newest = re.search('master .*\n', after)[0]
        for text, says in ((before, r'the keys of \d+ persons are wrapped by the master key \w{16}, which .*keys does not have; put '
                                    'its line there, before the others'),
                           (before + newest, 'the first master key in .*keys was retired by an earlier rotation; put the line of '
                                             'the newest one before it')):
            path.write_text(text)
            done = self.rotate()
            self.assertEqual((done.returncode, done.stdout), (1, ''))
            self.assertRegex(done.stderr, says)
            self.assertEqual(self.keys(), text)
        config = self.service.folder / 'second.conf'
        self.service.write_config(config, listen='127.0.0.1:0')
        done = subprocess.run([harness.TRAJECTD, '--config', config], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn('the first master key in the key file was retired by a rotation', done.stderr)
        # A daemon that takes that file while it runs adds nobody, and says what to do.
        self.hang_up('event=reloaded')
        self.refused('client', 'add', '--name', 'Te Laat', profile='anna', says='master key that was retired; .*put first in the '
                                                                             'key file')
        path.write_text(after)
        self.hang_up('event=reloaded')
        self.ok('client', 'add', '--name', 'Op Tijd', profile='anna')

    def test_one_that_was_left_behind_is_found_and_wrapped(self):
        number = self.service.json('client', 'add', '--name', 'Achter Blijver', profile='anna')['clientNumber']
        before = self.keys()
        kept = self.service.sql('select key_id, wrapped from traject.person_key where key_id = (select key_id from traject.client '
                                f"where client_number = '{number}')")[0]
        self.assertEqual(self.rotate().returncode, 0)
        # As a row that is restored from a backup.
        self.service.sql(f"update traject.person_key set wrapped = '{kept[1]}' where key_id = '{kept[0]}'")
        after = self.keys()
        done = self.rotate()
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertRegex(done.stderr, r'the keys of 1 persons are wrapped by the master key \w{16}, which .*keys does not have; put '
                                      r'its line there, after the others \(.*keys\.retired or a copy')
        # No third one was made meanwhile.
        self.assertEqual(self.keys(), after)
        (self.service.folder / 'keys').write_text(after + re.search('master .*\n', before)[0])
        done = self.rotate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('Wrapped the keys of 1 persons anew', done.stdout)
        self.assertEqual(self.keys(), after)
        self.assertEqual(self.show(number)['fullName'], 'Achter Blijver')

    def test_a_key_that_nothing_opens_stops_it(self):
        number = self.new_client()
        self.service.sql(f"""update traject.person_key set wrapped = set_byte(wrapped, 0, 255 - get_byte(wrapped, 0))
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        done = self.rotate()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, 'which .*keys does not have; put its line there, after the others')
        self.service.sql(f"""update traject.person_key set wrapped = set_byte(wrapped, 0, 255 - get_byte(wrapped, 0))
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        self.assertEqual(self.rotate().returncode, 0)


class Before(ServiceTest):
    """A database from before names and words were sealed."""

    def run_seal(self, more=''):
        return subprocess.run([harness.TRAJECTD, 'seal', '--config', self.service.config, '--database',
                               self.service.cluster.conninfo(self.service.database) + more], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)

    def in_files(self, words):
        """Whether these stand in a table's file."""
        self.service.sql('checkpoint')
        return any(words in path.read_bytes() for path in pathlib.Path(self.service.cluster.folder, 'data/base').rglob('*')
                   if path.is_file())

    def test_what_stands_in_clear_is_sealed(self):
        self.assertEqual(self.run_seal().stdout, 'All names and words are sealed already.\n')
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
        self.service.sql('set session_replication_role = replica; update traject.client set key_id = null; '
                         'alter table traject.client add constraint client_has_key check (key_id is not null) not valid')
        done = subprocess.run([harness.TRAJECTD, '--config', self.service.config], capture_output=True, text=True,
                              timeout=harness.WAIT_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn('stand in the database in clear; run trajectd seal first', done.stderr)
        self.assertTrue(self.in_files(b'oudereden'))
        # Somebody reads on, so that the files cannot be written anew.
        reader = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--dbname',
                                   self.service.cluster.conninfo(self.service.database)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        reader.stdin.write('begin; select count(*) from traject.stage_spell;\n')
        reader.stdin.flush()
        reader.stdout.readline()
        done = self.run_seal(" options='-c lock_timeout=1s'")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r'Sealed the names and words of 1 persons\.')
        self.assertRegex(done.stderr, "lock timeout; names and words are sealed, but the database's files still hold what stood "
                                      'there in clear: run it again')
        self.assertTrue(self.in_files(b'oudereden'))
        reader.communicate('commit;\n')
        done = self.run_seal()
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertFalse(self.in_files(b'oudereden'))
        self.service.start()
        self.assertEqual((self.service.json('timeline', number, profile='anna'),
                          self.service.json('running', number, profile='anna')), before)
        self.assertEqual(self.numbers('client', 'find', 'oude', profile='anna'), [number])
        # What follows from the entries holds the same as they do, and the chain is whole.
        self.assertEqual(self.service.json('rebuild').get('different', []), [])
        self.assertNotIn('misfit', self.ok('--output', 'json', 'verify', number, profile='anna'))
        files = self.service.sql("select pg_relation_filenode('traject.event')")
        self.assertEqual(self.run_seal().stdout, 'All names and words are sealed already.\n')
        self.assertEqual(self.service.sql("select pg_relation_filenode('traject.event')"), files)


class KeyFile(SealedTest):
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

    def test_the_keys_are_those_of_the_database(self):
        self.service.json('client', 'add', profile=self.coach())
        own = (self.service.folder / 'keys').read_text()
        index, master = (re.search(f'{word} \\w+\n', own)[0] for word in ('index', 'master'))
        other = f'{secrets.token_hex(32)}\n'
        keys = self.service.folder / 'strange-keys'
        config = self.service.folder / 'strange.conf'
        self.service.write_config(config, master_key='strange-keys', listen='127.0.0.1:0')
        self.addCleanup(lambda: (self.service.write_config(), self.hang_up('event=reloaded')))
        for text, started, reloaded in (
                (index + 'master ' + other, 'sealed in this database is so under the master key [0-9a-f]{16}, which the key '
                 'file lacks', 'none of the master keys that were in it'),
                ('index ' + other + master, 'index key in the key file is not the one', 'has another index key')):
            keys.write_text(text)
            keys.chmod(0o600)
            done = subprocess.run([harness.TRAJECTD, '--config', config], capture_output=True, text=True,
                                  timeout=harness.WAIT_SECONDS)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, started)
            self.service.write_config(master_key='strange-keys')
            self.hang_up(f'event=reload_failed .*{reloaded}')
        # One more master key than is needed is no harm.
        keys.write_text(index + 'master ' + other + master)
        self.hang_up('event=reloaded')

    def coach(self):
        self.service.script('team add Noord\nworker add anna --name "Anna de Vries" --role coach --team Noord\n'
                            'token add anna --save-as anna')
        return 'anna'


if __name__ == '__main__':
    unittest.main()
