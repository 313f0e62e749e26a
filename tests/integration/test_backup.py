"""deploy/backup and deploy/restore: whatever was answered OK comes back, up to the end or to a moment, proved; and what is
wrong with a backup, an archive or a folder is said, with nothing half-done left."""
import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from harness import Cluster, Program
from test_standby import Standby
from test_verify import VerifyTest

LOGGED = ['-c', 'fsync=off', '-c', 'full_page_writes=on', '-c', 'listen_addresses=']


class Restored(Cluster):
    """What deploy/restore made, with PostgreSQL started on it."""

    def __init__(self, of, folder):
        self.bin, self.user, self.folder = of.bin, of.user, folder
        self.start()

    def start(self):
        self.server = Program([self.bin / 'postgres', '-D', self.folder / 'data', '-k', self.folder, *LOGGED], self.user)
        atexit.register(lambda: self.server.end(signal.SIGQUIT))
        self.server.wait_for('ready to accept connections')


class Backup(VerifyTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service, cls.primary = cls.service, cls.service.cluster
        # PostgreSQL's user may not be able to enter the folders that these come from.
        cls.programs = service.folder / 'bin'
        cls.programs.mkdir()
        service.folder.chmod(0o711)
        for program in (harness.TRAJECTD, harness.REPOSITORY / 'deploy/backup', harness.REPOSITORY / 'deploy/restore'):
            shutil.copy(program, cls.programs)
            (cls.programs / pathlib.Path(program).name).chmod(0o755)
        (service.folder / 'signing.pub').chmod(0o644)
        cls.folder = cls.primary.folder / 'backup'
        cls.switch_archiving_on()
        cls.begin()

    @classmethod
    def as_postgres(cls, program, *arguments):
        command = ['setpriv', '--reuid', cls.primary.user, '--regid', cls.primary.user, '--clear-groups', '--'] if cls.primary.user else []
        # Which lines of trajectd ran, this user could not write beside the program.
        environment = {**os.environ, 'PATH': f'{cls.programs}:{os.environ["PATH"]}', 'TZ': 'UTC', 'GCOV_PREFIX': str(cls.primary.folder)}
        return subprocess.run([*command, cls.programs / program, *map(str, arguments)], capture_output=True, text=True, cwd='/',
                              env=environment, timeout=harness.WAIT_SECONDS * 5)

    @classmethod
    def backup(cls, *options, of=None, folder=None):
        return cls.as_postgres('backup', (of or cls.primary).conninfo(cls.service.database), folder or cls.folder, *options)

    @classmethod
    def backed_up(cls, *options, **how):
        done = cls.backup(*options, **how)
        if done.returncode or done.stderr:
            raise AssertionError(f'backup ended with {done.returncode}: {done.stdout}{done.stderr}')
        return done.stdout

    @classmethod
    def switch_archiving_on(cls, of=None, folder=None):
        """As the backup says that it is done."""
        done = cls.backup(of=of, folder=folder)
        commands = re.findall(r'^    (.+;)$', done.stderr, re.MULTILINE)
        if done.returncode != 1 or len(commands) != 5:
            raise AssertionError(done)
        (of or cls.primary).sql('\n'.join(commands))
        (of or cls.primary).server.end(signal.SIGINT)
        (of or cls.primary).start()

    @classmethod
    def contact(cls, words):
        cls.service.ok('contact', cls.number, '--channel', 'phone', '--words', words, profile='anna')

    @classmethod
    def now(cls):
        return cls.service.sql('select clock_timestamp()')[0][0]

    @classmethod
    def sign_heads(cls):
        subprocess.run([harness.TRAJECTD, 'sign', '--config', cls.service.folder / 'audit.conf'], check=True, capture_output=True)
        shutil.copy(cls.service.folder / 'heads', cls.folder.parent / 'heads')
        if cls.primary.user:
            shutil.chown(cls.folder.parent / 'heads', cls.primary.user)

    @classmethod
    def archive(cls):
        """Until all that was written is in the archive."""
        (segment,), = cls.service.sql('select pg_walfile_name(pg_switch_wal())')
        until = time.monotonic() + harness.WAIT_SECONDS
        while not (cls.folder / 'wal' / segment).exists():
            if time.monotonic() > until:
                raise AssertionError(f'{segment} is not archived')
            time.sleep(.05)

    @classmethod
    def begin(cls):
        """first | base backup, during writes | second | moment | third, an erasure | base backup | fourth"""
        service = cls.service
        service.script('worker add fg --name "Fenna Gerbens" --role privacy-officer\ntoken add fg --save-as fg\n')
        cls.number, cls.erased = (service.json('client', 'add', '--name', name, profile='anna')['clientNumber']
                                  for name in ('Fatima Bakker', 'Gerda Smit'))
        for number in (cls.number, cls.erased):
            service.ok('start', number, '--kind', 'work-experience', '--at', '30 days ago', profile='anna')
        service.ok('end', cls.erased, '--outcome', 'other', profile='anna')
        cls.contact('first')
        cls.sign_heads()
        cls.before = cls.now()
        cls.answered, done = [], threading.Event()

        def write():
            while not done.is_set():
                cls.contact(f'meanwhile {len(cls.answered)}')
                cls.answered.append(f'meanwhile {len(cls.answered)}')
        writing = threading.Thread(target=write)
        writing.start()
        try:
            cls.first = cls.backed_up('--heads', cls.folder.parent / 'heads')
        finally:
            done.set()
            writing.join()
        cls.contact('second')
        cls.moment = cls.now()
        cls.contact('third')
        service.ok('client', 'erase', cls.erased, '--reason', 'asked', profile='max')
        service.ok('erasure', 'confirm', cls.erased, profile='fg')
        cls.sign_heads()
        cls.second = cls.backed_up('--heads', cls.folder.parent / 'heads')
        cls.contact('fourth')
        cls.archive()
        cls.saved = cls.copy('saved')

    @classmethod
    def copy(cls, name):
        """Of the backup, to spoil."""
        subprocess.run(['cp', '--archive', cls.folder, cls.folder.parent / name], check=True)
        return cls.folder.parent / name

    def restore(self, *options, folder=None, target=None):
        """Into a folder of its own; returns that and what was said."""
        home = pathlib.Path(tempfile.mkdtemp(dir=self.primary.folder))
        home.chmod(0o755)
        if self.primary.user:
            shutil.chown(home, self.primary.user)
        return home, self.as_postgres('restore', folder or self.saved, target or home / 'data', '--database', self.service.database, *options)

    def restored(self, *options, **how):
        home, done = self.restore('--public-key', self.service.folder / 'signing.pub', *options, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        return home, done.stdout

    def not_restored(self, says, *options, **how):
        """What is wrong is said in one line, and nothing is there."""
        home, done = self.restore(*options, **how)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, '(?m)^restore: .*' + says)
        self.assertEqual(list(home.iterdir()), [])

    def restore_on_a_disk(self, size, target):
        """Into that path on an empty disk; says how that ended and what is on the disk."""
        disk = pathlib.Path(tempfile.mkdtemp(dir=self.primary.folder))
        # In a mount namespace, so that it goes with the shell.
        return subprocess.run(['unshare', '--mount', 'sh', '-c', f"""mount -t tmpfs -o size={size},mode=0700,uid={self.primary.user} tmpfs {disk}
            setpriv --reuid {self.primary.user} --clear-groups {self.programs}/restore {self.saved} {disk}{target} --latest
            echo "ended with $?"; ls -A {disk}"""], capture_output=True, text=True, cwd='/', timeout=harness.WAIT_SECONDS * 5)

    def serve(self, home):
        """A daemon on what was restored."""
        cluster = Restored(self.primary, home)
        self.addCleanup(lambda: cluster.server.end(signal.SIGQUIT))
        service, database = self.service, self.service.options['database']

        def back():
            service.stop()
            service.options['database'] = database
            service.start()
        service.stop()
        service.options['database'] = cluster.conninfo(service.database, 'traject_daemon')
        service.start()
        self.addCleanup(back)
        return cluster

    def words(self):
        return [entry['words'] for entry in self.rows('timeline', self.number, '--limit', '1000', '--oldest-first', profile='anna')
                if 'words' in entry]

    # ---- what comes back

    def test_up_to_the_latest_all_that_was_answered_is_there_once(self):
        home, said = self.restored('--latest')
        self.assertRegex(said, r'(?m)^Verified: \d+ entries of 2 trajectories .* 2 of which are in .*/heads\.$')
        self.assertRegex(said, r'(?m)^Compared: .* of 2 trajectories')
        self.assertIn('has nobody of whom that holds', said)
        self.serve(home)
        words = self.words()
        self.assertGreater(len(self.answered), 0)
        self.assertEqual(words, ['first', *self.answered, 'second', 'third', 'fourth'])
        self.assertEqual(self.show(self.number)['fullName'], 'Fatima Bakker')
        self.ok('contact', self.number, '--channel', 'phone', profile='anna')

    def test_up_to_a_moment_nothing_later_is_there_and_who_was_erased_since_is_named(self):
        home, said = self.restored('--until', self.moment)
        self.assertIn(f'Veldstad, client {self.erased}\n', said)
        self.assertNotIn(f'client {self.number}\n', said)
        cluster = self.serve(home)
        words = self.words()
        self.assertEqual((words[0], words[-1]), ('first', 'second'))
        self.assertEqual(cluster.sql('show archive_mode'), [['off']])

    def test_what_only_the_log_of_the_old_cluster_has_comes_back_from_there(self):
        folder = self.copy('with-the-rest')
        self.contact('fifth')
        for file in sorted((self.primary.folder / 'data/pg_wal').glob('0*')):
            if not (folder / 'wal' / file.name).exists():
                shutil.copy(file, folder / 'wal')
                shutil.chown(folder / 'wal' / file.name, self.primary.user)
        home, _ = self.restored('--latest', folder=folder)
        self.serve(home)
        self.assertIn('fifth', self.words())

    def test_only_its_owner_reads_it(self):
        for folder in (self.folder, *self.folder.glob('base/*'), *self.folder.glob('wal/*'), self.folder / 'heads', self.folder / 'erasures'):
            self.assertEqual(folder.stat().st_mode & 0o77, 0, folder)

    def test_it_says_which_master_key_it_needs(self):
        (master,), = self.service.sql("select distinct encode(substring(wrapped for 8), 'hex') from traject.person_key where wrapped is not null")
        self.assertIn(f'the master key {master},', self.first)

    # ---- what is found

    def test_an_entry_that_was_changed_is_named(self):
        home, _ = self.restored('--latest')
        cluster = Restored(self.primary, home)
        self.addCleanup(lambda: cluster.server.end(signal.SIGQUIT))
        (entry,), = cluster.sql("select max(event_id) from traject.event where kind = 'contact'", self.service.database)
        cluster.sql(f"""begin; set local session_replication_role = replica;
            update traject.event set channel = 'office' where event_id = {entry}; commit""", self.service.database)
        # Archived anew, from a cluster that was restored itself.
        folder = home / 'backup'
        self.switch_archiving_on(cluster, folder)
        self.backed_up(of=cluster, folder=folder)
        _, done = self.restore('--latest', '--public-key', self.service.folder / 'signing.pub', folder=folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, rf'(?m){self.place(self.number)}entry {entry} .* was changed$')
        self.assertIn('do not work with the record', done.stderr)

    def test_a_damaged_base_backup_is_found(self):
        folder = self.copy('damaged')
        base = sorted(folder.glob('base/*'))[-1]
        path = max((file for file in (base / 'base').rglob('*') if file.is_file()), key=lambda file: file.stat().st_size)
        with open(path, 'r+b') as file:
            file.seek(5000)
            byte = file.read(1)
            file.seek(5000)
            file.write(bytes([byte[0] ^ 1]))
        self.not_restored('is damaged', '--latest', folder=folder)

    def test_a_file_of_the_log_that_is_missing_is_named(self):
        folder = self.copy('missing')
        base = sorted(folder.glob('base/*'))[0]
        shutil.rmtree(sorted(folder.glob('base/*'))[1])
        start = re.search(r'file ([0-9A-F]{24})', (base / 'backup_label').read_text())[1]
        missing = sorted(file for file in (folder / 'wal').iterdir() if file.name > start and len(file.name) == 24)[1]
        missing.unlink()
        self.not_restored(f'{missing.name} is missing', '--latest', folder=folder)

    def test_a_moment_that_the_archive_does_not_have_is_refused(self):
        self.not_restored('the archive ends before', '--until', '2100-01-01')
        self.not_restored('no base backup that was complete by', '--until', self.before)
        self.not_restored('--until is "soonish"', '--until', 'soonish')

    def test_a_folder_that_is_no_backup_or_a_target_that_is_not_empty_is_refused(self):
        self.not_restored('is no folder of deploy/backup', '--latest', folder=self.saved / 'wal')
        home, done = self.restore('--latest', target=self.saved)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, '^restore: .*/saved is not empty')
        self.assertTrue((self.saved / 'base').exists())

    def test_a_target_where_nothing_can_be_made_is_refused(self):
        parent = pathlib.Path(tempfile.mkdtemp(dir=self.primary.folder))
        parent.chmod(0o555)
        self.not_restored(f'{parent} cannot be written by', '--latest', target=parent / 'data')

    @unittest.skipUnless(os.geteuid() == 0, 'mounting a disk takes root')
    def test_a_target_that_is_a_mount_point_is_refused(self):
        done = self.restore_on_a_disk('64m', '')
        self.assertEqual(done.stdout, 'ended with 1\n')
        self.assertRegex(done.stderr, '^restore: .* is a mount point, which cannot be replaced; give a folder in it\n$')

    def test_a_file_of_the_log_that_cannot_be_read_is_named(self):
        folder = self.copy('unreadable')
        last = max(file for file in (folder / 'wal').iterdir() if len(file.name) == 24)
        last.chmod(0)
        self.not_restored(f'{last.name} cannot be read by', '--latest', folder=folder)

    @unittest.skipUnless(os.geteuid() == 0, 'mounting a small disk takes root')
    def test_a_disk_that_is_too_small_is_told_and_nothing_is_left(self):
        done = self.restore_on_a_disk('16m', '/data')
        self.assertEqual(done.stdout, 'ended with 1\n')
        self.assertRegex(done.stderr, '(?m)No space left on device[^$]*^restore: the base backup cannot be copied')

    # ---- the archive

    def test_archiving_that_fails_is_told_with_why(self):
        bases = sorted(self.folder.glob('base/*'))
        (self.folder / 'wal').chmod(0o500)
        try:
            done = self.backup()
        finally:
            (self.folder / 'wal').chmod(0o700)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^backup: PostgreSQL cannot archive its log into .*/wal: .*Permission denied\n$')
        self.assertEqual(sorted(self.folder.glob('base/*')), bases)
        self.backed_up()

    def test_where_standbys_archive_too_the_primary_alone_is_backed_up(self):
        """Into one folder, as deploy/ha/patroni.yml has it."""
        (mode,) = re.findall(r'^ +archive_mode: (\w+)$', (harness.REPOSITORY / 'deploy/ha/patroni.yml').read_text(), re.MULTILINE)
        self.primary.sql(f'alter system set archive_mode = {mode}')
        self.primary.server.end(signal.SIGINT)
        self.primary.start()
        standby = Standby(self.primary)
        self.addCleanup(lambda: standby.server.end(signal.SIGQUIT))
        bases = sorted(self.folder.glob('base/*'))
        done = self.backup(of=standby)
        self.assertEqual((done.returncode, done.stdout), (4, ''))
        self.assertRegex(done.stderr, r"^backup: this server is a standby; .*\n$")
        self.assertIn('\nSuccessExitStatus=4\n', (harness.REPOSITORY / 'deploy/trajectd-backup.service').read_text())
        self.assertEqual(sorted(self.folder.glob('base/*')), bases)
        # What the primary cannot archive the standby does.
        def archive_into(folder):
            self.primary.sql(f"alter system set basic_archive.archive_directory = '{folder}'")
            self.primary.sql('select pg_reload_conf()')
        self.addCleanup(archive_into, self.folder / 'wal')
        archive_into('')
        self.contact('by the standby')
        self.archive()
        archive_into(self.folder / 'wal')
        self.backed_up()
        home, _ = self.restored('--latest', folder=self.folder)
        self.serve(home)
        self.assertIn('by the standby', self.words())

    def test_heads_that_were_changed_are_not_copied_over_those_before(self):
        heads = self.folder.parent / 'changed'
        heads.write_text((self.folder / 'heads').read_text().replace('head=1', 'head=7', 1))
        heads.chmod(0o644)
        kept, newest = (self.folder / 'heads').read_bytes(), max(self.folder.glob('base/*'))
        done = self.backup('--keep', '2', '--heads', heads)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, '^backup: .* does not begin with the heads of the last backup, .*\n$')
        self.assertEqual((self.folder / 'heads').read_bytes(), kept)
        # All the same it is backed up, and what is not needed any more does not fill the disk.
        bases = sorted(self.folder.glob('base/*'))
        self.assertEqual((len(bases), bases[0]), (2, newest))

    def test_older_base_backups_go_with_the_log_that_only_they_need(self):
        said = self.backed_up('--keep', '2')
        bases = sorted(self.folder.glob('base/*'))
        self.assertEqual(len(bases), 2, said)
        needed = re.search(r'file ([0-9A-F]{24})', (bases[0] / 'backup_label').read_text())[1]
        segments = sorted(file.name for file in (self.folder / 'wal').iterdir() if len(file.name) == 24)
        self.assertEqual(segments[0], needed)
        home, _ = self.restored('--latest', folder=self.folder)
        self.serve(home)
        self.assertIn('fourth', self.words())


if __name__ == '__main__':
    unittest.main()
