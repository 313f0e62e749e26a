"""trajectd verify and trajectd sign: whatever a superuser of PostgreSQL does to the record is found, and the first entry
that does not fit is named."""
import fcntl
import pathlib
import re
import subprocess
import time
import unittest

import harness
from harness import ServiceTest, openssl


# Of the form that even a superuser keeps to.
OTHER_WORDS = 'set_byte(words, 30, 255 - get_byte(words, 30))'


class VerifyTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.service
        openssl('genpkey', '-algorithm', 'ed25519', '-out', service.folder / 'signing.key')
        openssl('pkey', '-in', service.folder / 'signing.key', '-pubout', '-out', service.folder / 'signing.pub')
        cls.audit = {'audit_database': service.cluster.conninfo(service.database, 'traject_auditor'), 'heads': 'heads',
                     'signing_key': 'signing.key', 'signing_public_key': 'signing.pub'}
        cls.write_audit()

    @classmethod
    def write_audit(cls, path='audit.conf', **changes):
        options = {name: value for name, value in {**cls.audit, **changes}.items() if value is not None}
        cls.service.write_config(cls.service.folder / path, **options)

    def run_daemon(self, *arguments, config='audit.conf'):
        done = subprocess.run([harness.TRAJECTD, arguments[0], '--config', str(self.service.folder / config), *arguments[1:]],
                              capture_output=True, text=True, timeout=harness.WAIT_SECONDS)
        self.assertNotRegex(done.stderr, harness.SANITIZER_REPORT)
        return done

    def verified(self, *arguments):
        done = self.run_daemon('verify', *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        return [int(number) for number in re.findall(r'\b\d+\b', done.stdout)[:4]]

    def found(self, *says, arguments=()):
        """What does not fit is said in these lines, and no others."""
        done = self.run_daemon('verify', *arguments)
        self.assertEqual((done.returncode, done.stderr), (1, ''), done.stdout)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), len(says), lines)
        for line, said in zip(lines, says):
            self.assertRegex(line, said)

    def sign(self, heads=1):
        done = self.run_daemon('sign')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(done.stdout.count('\n'), heads, done.stdout)

    def tamper(self, script, *more):
        """As a superuser, whom no trigger and no constraint is in the way."""
        return self.service.sql('begin; set local session_replication_role = replica;' + script + '; commit')

    def client_with_entries(self, count=4):
        """A client's number, the trajectory's, and its entries."""
        number = self.new_client()
        for n in range(count - 1):
            self.ok('contact', number, '--channel', 'phone', '--words', f'rooster {n}', profile='anna')
        events = [int(row[0]) for row in self.service.sql(f"""select e.event_id from traject.event e
            join traject.trajectory t using (municipality_id, trajectory_id)
            join traject.client c using (municipality_id, client_id) where c.client_number = '{number}' order by e.event_id""")]
        self.assertEqual(len(events), count)
        trajectory = int(self.service.sql(f'select trajectory_id from traject.event where event_id = {events[0]}')[0][0])
        return number, trajectory, events

    def place(self, number, trajectory=1):
        return f'^"Veldstad", client "{number}", trajectory {trajectory}: '


class Tampering(VerifyTest):
    """Each test has a copy of one database to spoil."""

    origin = None

    def setUp(self):
        cls = type(self)
        if not cls.origin:
            self.client_with_entries()
            cls.number, cls.trajectory, cls.events = self.client_with_entries(6)
            self.client_with_entries(3)
            self.sign()
            # What came after it is not in a signed head.
            self.ok('contact', self.number, '--channel', 'office', profile='anna')
            cls.events.append(int(self.service.sql('select max(event_id) from traject.event')[0][0]))
            self.ok('contact', self.number, '--channel', 'home', profile='anna')
            cls.events.append(int(self.service.sql('select max(event_id) from traject.event')[0][0]))
            cls.origin = self.service.database
            cls.lines = (self.service.folder / 'heads').read_text()
            self.service.stop()
        self.service.database = self.origin + '_copy'
        self.service.cluster.sql(f'create database {self.service.database} template {self.origin}')
        self.write_audit(audit_database=self.service.cluster.conninfo(self.service.database, 'traject_auditor'))
        (self.service.folder / 'heads').write_text(self.lines)
        self.addCleanup(self.remove_copy)

    def remove_copy(self):
        self.service.cluster.sql(f'drop database {self.service.database} with (force)')
        self.service.database = self.origin

    @classmethod
    def tearDownClass(cls):
        cls.service.database = cls.origin

    def entry(self, place):
        return rf'entry {self.events[place - 1]} \(number {place}\)'

    def here(self):
        return self.place(self.number)

    def test_untouched(self):
        self.assertEqual(self.verified(), [15, 3, 13, 1])

    def test_changed_in_any_column(self):
        """Of an entry that has nearly nothing, each column to something."""
        others = {'bool': 'not coalesce({0}, false)', 'int4': 'coalesce({0}, 0) + 1', 'int8': 'coalesce({0}, 0) + 1',
                  '_int8': "coalesce({0}, '{{}}') || 1::bigint", 'numeric': 'coalesce({0}, 0) + 1',
                  'timestamptz': "coalesce({0}, '2026-01-01') + interval '1 us'", 'text': "coalesce({0}, '') || 'x'",
                  # Words are of a form that even a superuser keeps to.
                  'bytea': "coalesce(set_byte({0}, octet_length({0}) - 1, 255 - get_byte({0}, octet_length({0}) - 1)), "
                           f"'\\x01{'00' * 16}000101{'00' * 40}')"}
        constraints = self.service.sql("""select conname from pg_constraint where conrelid = 'traject.event'::regclass
                                           and contype = 'c'""")
        self.service.sql(''.join(f'alter table traject.event drop constraint "{row[0]}";' for row in constraints))
        columns = self.service.sql("""select a.attname, coalesce(b.typname, t.typname), t.typtype from pg_attribute a
            join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = t.typbasetype
            where attrelid = 'traject.event'::regclass and attnum > 0 and not attisdropped""")
        kept = f'create table traject.kept as select * from traject.event where event_id = {self.events[2]};'
        self.service.sql(kept)
        for name, kind, group in columns:
            if name in ('municipality_id', 'event_id', 'trajectory_id', 'sequence', 'chained', 'recorded_in'):
                continue
            changed = ('coalesce((enum_range({0}, null))[2], enum_first({0}))' if group == 'e' else others[kind]).format(name)
            with self.subTest(name):
                self.tamper(f'update traject.event set {name} = {changed} where event_id = {self.events[2]}')
                self.found(self.here() + self.entry(3) + ' was changed$')
            self.tamper(f'update traject.event e set {name} = k.{name} from traject.kept k where k.event_id = e.event_id')
        self.verified()
        self.tamper(f"update traject.event set chained = sha256('') where event_id = {self.events[2]}")
        self.found(self.here() + self.entry(3) + ' was changed$')

    def test_moved_to_another_trajectory(self):
        self.tamper(f'update traject.event set trajectory_id = trajectory_id + 1 where event_id = {self.events[-1]}')
        self.found(self.here() + 'entries after number 7 are missing: there were 8$',
                   rf': before entry {self.events[-1]} \(number 8\) 4 are missing$')

    def test_given_to_another_client(self):
        """Two clients' trajectories swapped: each is found, by the one who looks at all and by who looks at one."""
        swap = f"""drop trigger if exists trajectory_one_at_a_time on traject.trajectory;
            alter table traject.trajectory drop constraint if exists trajectory_ordinal_unique;
            update traject.trajectory y set client_id = o.client_id from traject.trajectory o
            where y.trajectory_id in ({self.trajectory}, {self.trajectory + 1}) and y.trajectory_id <> o.trajectory_id
              and o.trajectory_id in ({self.trajectory}, {self.trajectory + 1})"""
        self.tamper(swap)
        says = r' \(number 1\) was changed, or its trajectory was given to another client$'
        self.found(r'entry \d+' + says, self.here() + r'entry \d+' + says)
        # Chained anew it is not what was signed.
        self.tamper('call traject.chain_anew()')
        self.found('is not what was signed in head 1', 'is not what was signed in head 1')
        self.tamper(swap + '; call traject.chain_anew()')
        self.verified()
        # The same done to the clients' keys, whose words are then read beside another's name.
        self.tamper(f"""alter table traject.client drop constraint client_key_unique;
            update traject.client c set key_id = o.key_id from traject.client o, traject.trajectory y, traject.trajectory z
             where y.trajectory_id in ({self.trajectory}, {self.trajectory + 1}) and y.trajectory_id <> z.trajectory_id
               and z.trajectory_id in ({self.trajectory}, {self.trajectory + 1}) and c.client_id = y.client_id
               and o.client_id = z.client_id""")
        self.found(self.here() + self.entry(1) + ' was changed, or', says)

    def test_removed(self):
        for gone, says in ((4, rf'before {self.entry(5)} 1 is missing$'), (3, rf'before {self.entry(5)} 2 are missing$'),
                           (1, rf'before {self.entry(2)} 1 is missing$')):
            with self.subTest(gone):
                self.tamper(f'delete from traject.event where event_id = {self.events[gone - 1]}')
                self.found(self.here() + says)

    def test_removed_and_numbered_anew(self):
        self.tamper(f"""delete from traject.event where event_id = {self.events[3]};
            update traject.event set sequence = sequence - 1 where trajectory_id = {self.trajectory} and sequence > 4""")
        self.found(self.here() + rf'entry {self.events[4]} \(number 4\) was changed$')

    def test_the_last_removed(self):
        self.tamper(f'delete from traject.event where event_id = {self.events[-1]}')
        self.found(self.here() + 'entries after number 7 are missing: there were 8$')
        head = f"""; update traject.chain_head h set sequence = e.sequence, chained = e.chained from traject.event e
            where e.event_id = {{}} and h.trajectory_id = e.trajectory_id"""
        # Nobody can tell that it was there, when it was not signed.
        self.tamper(head.format(self.events[6])[1:])
        self.verified()
        self.tamper(f'delete from traject.event where event_id >= {self.events[4]} and trajectory_id = {self.trajectory}'
                    + head.format(self.events[3]))
        self.found(self.here() + 'entries after number 4 are missing: there were 6 when it was signed$')

    def test_a_whole_trajectory_removed(self):
        for table in 'event', 'chain_head', 'trajectory':
            self.tamper(f'delete from traject.{table} where trajectory_id = {self.trajectory}')
        self.found(f'^"Veldstad", trajectory number {self.trajectory}, which is gone: entries after number 0 are missing: '
                   'there were 6 when it was signed$')

    def test_reordered(self):
        for a, b in (1, 2), (3, 6):
            with self.subTest(places=(a, b)):
                first, second = self.events[a - 1], self.events[b - 1]
                script = f"""update traject.event e set sequence = o.sequence from traject.event o
                    where e.event_id in ({first}, {second}) and o.event_id in ({first}, {second}) and e.event_id <> o.event_id"""
                self.tamper(script)
                self.found(self.here() + rf'entry {second} \(number {a}\) is out of order, or was inserted$')
                self.tamper(script)
                self.verified()

    def insert(self, sequence, after=''):
        return int(self.tamper(f"""{after} insert into traject.event (municipality_id, trajectory_id, kind, occurred_at,
                recorded_by, activity, sequence, chained)
            select municipality_id, trajectory_id, 'activity', occurred_at, recorded_by, 'erbij', {sequence}, sha256('')
              from traject.event where event_id = {self.events[0]} returning event_id""")[0][0])

    def test_inserted(self):
        added = self.insert(3)
        self.found(self.here() + rf'entry {added} \(number 3\) was inserted: there is one of that number$')
        self.tamper(f'delete from traject.event where event_id = {added}')
        added = self.insert(9)
        self.found(self.here() + rf'entry {added} \(number 9\) was inserted after the end of the chain$')
        self.tamper(f'delete from traject.event where event_id = {added}')
        added = self.insert(3, after=f"""update traject.event set sequence = sequence + 1
            where trajectory_id = {self.trajectory} and sequence > 2;""")
        self.found(self.here() + rf'entry {added} \(number 3\) is out of order, or was inserted$')

    def test_made_anew_as_a_whole(self):
        """So that nothing in the database itself is amiss: only what was signed is."""
        self.tamper(f"update traject.event set words = {OTHER_WORDS} where event_id = {self.events[1]}; call traject.chain_anew()")
        self.found(self.here() + self.entry(6) + ' or one before it, after number 0, is not what was signed in head 1')
        # With the head's trajectories made to fit too, its signature no longer does.
        self.tamper('update traject.signed_head_trajectory s set chained = e.chained from traject.event e '
                    'where (s.municipality_id, s.trajectory_id, s.sequence) = (e.municipality_id, e.trajectory_id, e.sequence)')
        self.found('^"Veldstad": the trajectories of head 1 are not those that were signed$')
        # And nothing is signed on top of a head that the file has another one of.
        self.tamper("update traject.signed_head set statement = replace(statement, 'entries=13', 'entries=14')")
        done = self.run_daemon('sign')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertRegex(done.stderr, 'head 1 of municipality 1 is another one in .*heads than in the database, or gone there')

    def test_made_anew_after_the_last_head(self):
        """What came after the last signed head is not proved: the next one sees to that."""
        self.tamper(f"update traject.event set words = {OTHER_WORDS} where event_id = {self.events[-1]}; call traject.chain_anew()")
        self.assertEqual(self.verified()[:3], [15, 3, 13])

    def test_where_the_chain_ends(self):
        where = f'where trajectory_id = {self.trajectory}'
        self.service.sql(f'create table traject.kept as select * from traject.chain_head {where}')
        for change, says in ((f"update traject.chain_head set chained = sha256('') {where}",
                              self.entry(8) + ' is not where its chain ends, as kept'),
                             (f'update traject.chain_head set sequence = 3 {where}',
                              self.entry(3) + ' is not where its chain ends, as kept'),
                             (f'update traject.chain_head set sequence = -1 {where}',
                              self.entry(1) + ' is not where its chain ends, as kept'),
                             (f'delete from traject.chain_head {where}', 'where its chain ends is not kept any more')):
            with self.subTest(change):
                self.service.sql('alter table traject.chain_head drop constraint if exists chain_head_sequence')
                self.tamper(change)
                self.found(self.here() + says)
                self.tamper(f'delete from traject.chain_head {where}; insert into traject.chain_head select * from traject.kept')

    def test_the_heads_of_the_database(self):
        # A second one, over what the first does not have.
        self.sign()
        self.assertEqual(self.verified(), [15, 3, 15, 2])
        self.service.sql('create table traject.k1 as select * from traject.signed_head;'
                         'create table traject.k2 as select * from traject.signed_head_trajectory')
        head = '^"Veldstad": '
        for change, *says in (
                ("update traject.signed_head set statement = replace(statement, 'entries=13', 'entries=12')",
                 head + 'head 1 does not bear its signature', head + 'head 1 is another one than at .*heads:1$'),
                ("update traject.signed_head set signature = '\\x00' where head_id = 2", head + 'head 2 does not bear'),
                ("update traject.signed_head h set statement = o.statement, signature = o.signature from traject.signed_head o "
                 'where h.head_id <> o.head_id', head + 'head 1 does not bear', 'head 1 is another', 'head 2 is another'),
                ('delete from traject.signed_head where head_id = 1; delete from traject.signed_head_trajectory where head_id = 1',
                 head + 'signed head 1 is missing before head 2', head + 'head 1 is missing: it stands at .*heads:1'),
                ('delete from traject.signed_head where head_id = 2; delete from traject.signed_head_trajectory where head_id = 2',
                 head + 'head 2 is missing: it stands at .*heads:2'),
                ('delete from traject.signed_head_trajectory where head_id = 2', 'the trajectories of head 2 are not those'),
                ('delete from traject.signed_head where head_id = 2', 'head 2 does not bear', 'head 2 is missing'),
                ('update traject.signed_head_trajectory set head_id = 2 where head_id = 1 and trajectory_id <> '
                 f'{self.trajectory}', 'the trajectories of head 1 are not those')):
            with self.subTest(change):
                self.tamper(change)
                self.found(*says)
                self.tamper('delete from traject.signed_head; delete from traject.signed_head_trajectory;'
                            'insert into traject.signed_head select * from traject.k1;'
                            'insert into traject.signed_head_trajectory select * from traject.k2')
        self.verified()

    def test_the_file_of_heads(self):
        path = self.service.folder / 'heads'
        for old, new in (('entries=13', 'entries=12'), ('head=1', 'head=2'), (self.lines[-3:], '0\n'), (self.lines, 'x\n'),
                         (self.lines, '\n')):
            with self.subTest(new):
                path.write_text(self.lines.replace(old, new))
                self.found('heads:1: this line does not bear its signature$')
        # One that somebody else signed.
        other = self.service.folder / 'other.key'
        openssl('genpkey', '-algorithm', 'ed25519', '-out', other)
        statement = self.lines.split(' signature=')[0].replace('entries=13', 'entries=12')
        (self.service.folder / 'statement').write_text(statement)
        openssl('pkeyutl', '-sign', '-rawin', '-inkey', other, '-in', self.service.folder / 'statement', '-out',
                self.service.folder / 'signature')
        forged = f"{statement} signature={(self.service.folder / 'signature').read_bytes().hex()}\n"
        path.write_text(self.lines + forged)
        self.found('heads:2: this line does not bear its signature$')
        # A copy of it that was kept elsewhere is as good, also an older one.
        kept = self.service.folder / 'kept'
        kept.write_text(self.lines)
        path.write_text(self.lines)
        self.sign()
        self.assertEqual(self.verified('--heads', str(kept)), [15, 3, 15, 2])
        # A file that is lost is written again.
        for _ in range(2):
            self.add_entry()
            self.sign()
        lines = path.read_text()
        path.unlink()
        self.sign(0)
        self.assertEqual(path.read_text(), lines)
        # Half a line is not taken for one, and written again.
        for length in len(lines) - 1, len(self.lines) + 1:
            path.write_text(lines[:length])
            self.sign(0)
            self.assertEqual(path.read_text(), lines)
        path.write_text(lines + 'x\n')
        done = self.run_daemon('sign')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('heads:5: this line is no head; put the file right first', done.stderr)
        path.write_text(lines)
        # What cannot be written is said, and written the next time.
        path.unlink()
        done = subprocess.run(['bash', '-c', "trap '' XFSZ; ulimit -f 1; exec \"$@\"", 'bash', harness.TRAJECTD, 'sign', '--config',
                               str(self.service.folder / 'audit.conf')], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertRegex(done.stderr, 'heads .*/heads: File too large')
        self.assertEqual(path.read_text(), '', 'half a line would look like tampering')
        self.sign(0)
        self.assertEqual(path.read_text(), lines)
        self.tamper('delete from traject.signed_head; delete from traject.signed_head_trajectory')
        self.found('^"Veldstad": head 1 is missing: it stands at .*kept:1$', arguments=('--heads', str(kept)))

    def add_entry(self):
        """One more, as the daemon is away."""
        self.service.sql(f"""insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity)
            select municipality_id, trajectory_id, 'activity', occurred_at, recorded_by, 'erbij'
              from traject.event where event_id = {self.events[0]}""")

    def test_a_file_that_holds_too_little(self):
        self.sign()
        self.add_entry()
        self.sign()
        path = self.service.folder / 'heads'
        lines = path.read_text().splitlines(keepends=True)
        self.assertEqual(len(lines), 3)
        done = self.run_daemon('verify')
        self.assertRegex(done.stdout, r' 3 signed heads, 3 of which are in .*/heads\.\n')
        # The first or the last ones may be in another file; what lies between is here.
        for kept, count in ((lines[1:], 2), (lines[:1], 1)):
            path.write_text(''.join(kept))
            self.assertRegex(self.run_daemon('verify').stdout, rf' 3 signed heads, {count} of which are in')
        path.write_text(lines[0] + lines[2])
        self.found('^"Veldstad": head 2 is missing before .*heads:2$')
        path.write_text('')
        self.found('heads is empty, and the database has 3 signed heads$')
        path.unlink()
        path.mkdir()
        done = self.run_daemon('verify')
        self.assertEqual((done.returncode, done.stdout), (2, ''))
        self.assertRegex(done.stderr, 'heads .*/heads: Is a directory')
        path.rmdir()

    def test_two_that_sign_at_once(self):
        path = self.service.folder / 'heads'
        self.write_audit('other.conf', heads='other', audit_database=self.service.cluster.conninfo(self.service.database, 'traject_auditor'))
        with open(path, 'a') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            late = subprocess.Popen([harness.TRAJECTD, 'sign', '--config', str(self.service.folder / 'audit.conf')],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while not re.search(rf'-> FLOCK .* {late.pid} ', pathlib.Path('/proc/locks').read_text()):
                self.assertIsNone(late.poll())
                time.sleep(0.01)
            # What the one who holds the file signs meanwhile, and writes.
            self.assertEqual(self.run_daemon('sign', config='other.conf').returncode, 0)
            path.write_bytes((self.service.folder / 'other').read_bytes())
        self.assertEqual((*late.communicate(timeout=harness.WAIT_SECONDS), late.returncode), ('', '', 0))
        self.assertEqual(path.read_text().count('\n'), 2)
        self.verified()

    def test_trouble_in_one_municipality_is_not_another_s(self):
        name = 'Oevermeer' + '\u20ac' * 80
        self.tamper(f"""
            update traject.municipality set name = '{name}' where municipality_id = 2;
            insert into traject.client (municipality_id, client_number, key_id) values (2, 'B', gen_random_uuid());
            insert into traject.trajectory (municipality_id, client_id, ordinal, kind, started_at)
                select 2, client_id, 1, 'activation', now() from traject.client where client_number = 'B';
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity, sequence, chained)
                select 2, trajectory_id, 'activity', now(), 1, 'a', 1, sha256('') from traject.trajectory where municipality_id = 2;
            call traject.chain_anew();
            update traject.chain_head set sequence = 99, chained = sha256('') where trajectory_id = {self.trajectory}""")
        done = self.run_daemon('sign')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r'^municipality=2 head=1 .* name="Oevermeer\u20ac+"\n$')
        self.assertEqual(done.stderr, f'trajectd sign: the entries of trajectory {self.trajectory} of municipality 1 do not end '
                         'where its chain does, as kept; nothing is signed: see what trajectd verify says\n')
        self.assertEqual((self.service.folder / 'heads').read_text().count('\n'), 2)
        self.found(self.here() + '.* is not where its chain ends|are missing: there were 99')

    def test_a_view_in_the_place_of_a_table(self):
        self.service.sql(f"""alter table traject.event rename to kept; grant select on traject.kept to traject_auditor;
            create view traject.event as select * from traject.kept; grant select on traject.event to traject_auditor""")
        for command, code in ('verify', 2), ('sign', 1):
            done = self.run_daemon(command)
            self.assertEqual((done.returncode, done.stdout), (code, ''))
            self.assertIn('traject.event is no table, so what it shows proves nothing', done.stderr)

    def test_a_dump_that_was_restored(self):
        other = self.service.database + '_restored'
        conninfo = self.service.cluster.conninfo(self.service.database)
        self.service.cluster.sql(f'create database {other}')
        self.addCleanup(self.service.cluster.sql, f'drop database {other} with (force)')
        dump = subprocess.run(['pg_dump', '--dbname', conninfo], check=True, capture_output=True)
        subprocess.run(['psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname',
                        self.service.cluster.conninfo(other)], input=dump.stdout, check=True, stdout=subprocess.DEVNULL)
        self.write_audit(audit_database=self.service.cluster.conninfo(other, 'traject_auditor'))
        self.assertEqual(self.verified(), [15, 3, 13, 1])


class Program(VerifyTest):
    def test_what_is_signed_is_signed_by_openssl_too(self):
        self.client_with_entries()
        self.sign()
        statement, signature = (self.service.folder / 'heads').read_text().splitlines()[-1].split(' signature=')
        (self.service.folder / 's').write_text(statement)
        (self.service.folder / 'g').write_bytes(bytes.fromhex(signature))
        openssl('pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', self.service.folder / 'signing.pub', '-in',
                self.service.folder / 's', '-sigfile', self.service.folder / 'g')
        # Nothing recorded, nothing signed.
        self.sign(0)
        self.client_with_entries()
        before = self.verified()
        self.sign()
        entries, trajectories, _, heads = before
        self.assertEqual(self.verified(), [entries, trajectories, entries, heads + 1])

    def test_arguments_and_configuration(self):
        for arguments, says in ((('verify', '--nothing'), "Try 'trajectd verify --help'"),
                                (('sign', 'more'), 'there is an argument too many'), (('sign', '--heads', 'x'), 'Try')):
            done = self.run_daemon(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(says, done.stderr)
        done = subprocess.run([harness.TRAJECTD, 'verify'], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr.splitlines()[0]), (2, 'trajectd verify: --config FILE is missing'))
        self.assertIn('--heads FILE', subprocess.run([harness.TRAJECTD, 'verify', '--help'], capture_output=True, text=True).stdout)
        (self.service.folder / 'empty').write_text('')
        for command, change, says in (('verify', {'audit_database': None}, 'audit_database is missing from the configuration'),
                                      ('verify', {'signing_public_key': None}, 'signing_public_key is missing'),
                                      ('sign', {'signing_key': None}, 'signing_key is missing'),
                                      ('sign', {'heads': None}, 'heads is missing'),
                                      ('sign', {'heads': 'none/heads'}, 'heads .*none/heads: No such file'),
                                      ('verify', {'heads': 'none'}, 'heads .*none: No such file'),
                                      ('sign', {'signing_key': 'none'}, 'signing_key .*none: No such file'),
                                      ('sign', {'signing_key': 'empty'}, 'holds no Ed25519 key'),
                                      ('sign', {'signing_key': 'server.key'}, 'holds no Ed25519 key'),
                                      ('verify', {'signing_public_key': 'server.pem'}, 'holds no Ed25519 key'),
                                      ('verify', {'audit_database': 'host=/nowhere dbname=x'}, 'audit_database: .*nowhere'),
                                      ('verify', {'audit_databas': 'x'}, 'audit_databas'),
                                      ('verify', {'audit_database': 'host=db.example'}, 'audit_database names host'),
                                      ('verify', {'audit_database': self.service.cluster.conninfo(
                                          self.service.database, 'traject_daemon')}, 'audit_database: ERROR')):
            with self.subTest(command, change=change):
                self.write_audit('changed.conf', **change)
                done = self.run_daemon(command, config='changed.conf')
                self.assertEqual((done.returncode, done.stdout), (2 if command == 'verify' else 1, ''))
                self.assertRegex(done.stderr, says)

    def test_traject_verify(self):
        number, _, events = self.client_with_entries()
        self.assertRegex(self.ok('verify', number, profile='anna'),
                         '^Trajectory 1: all 4 entries stand as they were recorded. Head: [0-9a-f]{64}\n$')
        self.refused('verify', number, profile='zoe', says='no client with number')
        self.refused('verify', number, profile='admin', says='not for the role admin')
        self.tamper(f"create table traject.kept as select * from traject.event where event_id = {events[2]};"
                    f"delete from traject.event where event_id = {events[2]}")
        run = self.service.traject('verify', number, profile='max')
        self.assertEqual((run.code, run.out), (1, f'Trajectory 1: entries are missing before entry {events[3]}.\n'))
        self.assertEqual(self.service.traject('--output', 'json', 'verify', number, profile='anna').code, 1)
        self.tamper('insert into traject.event select * from traject.kept')
        self.assertEqual(self.service.traject('verify', number, profile='max').code, 0)


class Renewal(VerifyTest):
    def test_another_signing_key_is_made_known_first(self):
        folder = self.service.folder
        self.client_with_entries()
        self.assertEqual(self.run_daemon('sign').returncode, 0)
        openssl('genpkey', '-algorithm', 'ed25519', '-out', folder / 'next.key')
        self.write_audit('changed.conf', signing_key='next.key')
        refused = self.run_daemon('sign', config='changed.conf')
        self.assertEqual((refused.returncode, refused.stdout), (1, ''))
        self.assertRegex(refused.stderr, 'signing_key .*next.key is none of those in signing_public_key .*signing.pub')
        openssl('pkey', '-in', folder / 'next.key', '-pubout', '-out', folder / 'next.pub')
        (folder / 'both.pub').write_text((folder / 'signing.pub').read_text() + (folder / 'next.pub').read_text())
        self.write_audit('changed.conf', signing_key='next.key', signing_public_key='both.pub')
        self.client_with_entries()
        self.assertEqual(self.run_daemon('sign', config='changed.conf').returncode, 0)
        self.assertEqual(self.run_daemon('verify', config='changed.conf').returncode, 0)
        self.assertIn('does not bear its signature', self.run_daemon('verify').stdout)
        (folder / 'next.key').chmod(0o644)
        self.assertIn('next.key can be read by everybody', self.run_daemon('sign', config='changed.conf').stderr)


if __name__ == '__main__':
    unittest.main()
