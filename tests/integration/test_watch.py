"""Watching: who is told what, when, and that nothing is missed or told twice, whatever is lost meanwhile."""
import contextlib
import datetime
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import subprocess
import threading
import time
import unittest

import harness
from harness import Program, ServiceTest
from sealing import Sealing
from wire import Connection, pb

SEED = random.randrange(2 ** 31)
EVERYTHING = '1.0'  # a position before all that was ever recorded


class Watcher:
    """traject watch --output json, its lines as they come."""

    def __init__(self, service, profile, *options, output='json', daemon=None):
        self.entries, self.said = [], []
        self.changed = threading.Condition()
        daemon = daemon or service.daemon
        seen = len(daemon.lines)
        self.process = subprocess.Popen([harness.TRAJECT, '--output', output, 'watch', *map(str, options)],
                                        env=service.environment(profile), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in (
            (self.process.stdout, self.entries, json.loads if output == 'json' else str),
            (self.process.stderr, self.said, str))]
        for thread in self.threads:
            thread.start()
        daemon.wait_for('method=/traject.v1.Traject/Watch status=OK', seen)

    def _read(self, stream, lines, convert):
        for line in stream:
            with self.changed:
                lines.append(convert(line.rstrip('\n')))
                self.changed.notify_all()

    def wait_for(self, what, lines=None):
        """Waits until one of the entries (or lines) is what is looked for, and returns that."""
        lines = self.entries if lines is None else lines

        def find():
            return next((line for line in lines if what(line)), None)
        with self.changed:
            self.changed.wait_for(find, harness.WAIT_SECONDS)
            found = find()
        if found is None:
            raise AssertionError(f'not among {lines}; {self.said}')
        return found

    def words(self, text):
        return self.wait_for(lambda entry: entry.get('words') == text)

    def all_words(self):
        return [entry['words'] for entry in self.entries if 'words' in entry]

    def ended(self):
        code = self.process.wait(harness.WAIT_SECONDS)
        for thread in self.threads:
            thread.join(harness.WAIT_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        if harness.SANITIZER_REPORT.search('\n'.join(self.said)):
            raise AssertionError('\n'.join(self.said))
        return code

    def stop(self, number=signal.SIGINT):
        """Ends it as people do; returns the position that it says."""
        self.process.send_signal(number)
        code = self.ended()
        found = re.fullmatch(r'traject watch: to go on from here: --resume-after (\S+)', self.said[-1])
        if code or not found:
            raise AssertionError(f'{code}: {self.said}')
        return found[1]


class WatchTest(ServiceTest):
    def watch(self, profile, *options, **how):
        watcher = Watcher(self.service, profile, *options, **how)
        self.addCleanup(lambda: watcher.process.poll() is None and watcher.process.kill())
        return watcher

    def connect(self, profile='anna', **how):
        made = Connection(self.service, self.service.token(profile), **how)
        self.addCleanup(made.socket.close)
        return made

    def contact(self, number, words, *options, profile='anna'):
        self.ok('contact', number, '--channel', 'phone', '--words', words, *options, profile=profile)

    def second_daemon(self):
        """Another daemon on the same database; profiles ending in 2 call it."""
        path = self.service.folder / 'second.conf'
        self.service.write_config(path, listen='127.0.0.1:0')
        daemon = Program([harness.TRAJECTD, '--config', path])
        self.service.logs.append(daemon.lines)
        port = int(daemon.wait_for(r'event=ready .*port=(\d+)')[1])
        daemon.wait_for('event=listener_ready')

        def end():
            self.assertEqual(daemon.end(signal.SIGTERM), 0)
        self.addCleanup(end)
        for name in ('anna', 'max', 'zoe'):
            self.service.profile(name + '2', self.service.token(name), port=port)
        return daemon

    def due_in(self, seconds, number=None, profile='anna'):
        """Gives a client a last contact after which the next is due in so many seconds; returns client and moment."""
        number = number or self.new_client(at='60 days ago', profile=profile)
        due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        self.contact(number, 'lang geleden', '--at', (due - datetime.timedelta(days=28)).isoformat(), profile=profile)
        return number, due

    def listener(self):
        """The process of PostgreSQL that tells the daemon what was recorded."""
        return re.findall(r'event=listener_ready backend=(\d+)', '\n'.join(self.service.daemon.lines))[-1]

    def passings(self, number):
        return self.service.sql(
            'select p.due_at from traject.rhythm_passing p join traject.trajectory t using (trajectory_id) join traject.client c '
            f"using (client_id) where c.client_number = '{number}' and p.last_contact_at is not null")

    def transaction(self):
        """psql in the middle of a transaction of max, to which `run` adds calls, and `end` ends it."""
        conninfo = self.service.cluster.conninfo(self.service.database, 'traject_daemon')
        psql = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', conninfo],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: psql.poll() is None and psql.communicate('rollback;\n'))

        def run(script):
            psql.stdin.write(script + '\n\\echo done\n')
            psql.stdin.flush()
            while line := psql.stdout.readline():
                if line == 'done\n':
                    return
            raise AssertionError('psql ended')

        def end():
            psql.communicate('commit;\n')
            self.assertEqual(psql.returncode, 0)
        run(f"begin; do $$ begin perform session.enter('\\x{harness.digest(self.service.token('max'))}', null, "
            "'/traject.v1.Traject/RecordContact', null); end $$;")
        return run, end

    def begin(self, connection, **fields):
        """Begins to watch; returns the request's id and the first entries."""
        asked = connection.send('Watch', pb.WatchRequest(**fields))
        # Who watches on it already may be told something first, as that a contact is due.
        while (response := connection.receive()).id < asked:
            self.assertTrue(response.more, response)
        self.assertEqual((response.id, response.more), (asked, True), response)
        return asked, list(pb.WatchReply.FromString(response.body).entries)

    def recorded(self, number, words):
        sealed = Sealing(self.service).seal(number, words)
        return (f"do $$ begin perform api.record_contact('{number}', 'email', 'client', true, null, {sealed}); end $$;")

    def stream(self):
        """The numbers of all entries of Veldstad that are told, in their order."""
        return [int(row[0]) for row in self.service.sql(
            'select id from (select municipality_id, recorded_in, event_id as id from traject.event union all '
            'select municipality_id, recorded_in, passing_id from traject.rhythm_passing) e join traject.municipality m '
            "using (municipality_id) where m.name = 'Veldstad' order by recorded_in, id")]


class WhoIsTold(WatchTest):
    def test_the_coach_and_the_team_are_told_and_another_team_is_not(self):
        anna, bert, mia, max_, zack = (self.watch(name) for name in ('anna', 'bert', 'mia', 'max', 'zack'))
        number = self.new_client(at='3 days ago')
        self.contact(number, 'vertrouwelijk')
        others = self.new_client(at='3 days ago', profile='zoe')
        berts = self.new_client(at='3 days ago', profile='bert')
        self.contact(others, 'zuid', profile='zoe')
        self.contact(berts, 'van bert', profile='bert')
        for watcher in (anna, mia, max_):
            entry = watcher.words('vertrouwelijk')
            self.assertEqual((entry['clientNumber'], entry['kind'], entry['recordedBy'], entry['channel'], entry['reached']),
                             (number, 'EVENT_KIND_CONTACT', 'anna', 'CHANNEL_PHONE', True))
        # What came later is there, so what came before it would be.
        zack.words('zuid')
        bert.words('van bert')
        self.assertEqual({entry['clientNumber'] for entry in zack.entries}, {others})
        self.assertEqual({entry['clientNumber'] for entry in bert.entries}, {berts})
        mia.words('van bert')
        self.assertEqual({entry['clientNumber'] for entry in anna.entries}, {number})
        kinds = [entry['kind'] for entry in anna.entries if 'kind' in entry]
        self.assertEqual(kinds, ['EVENT_KIND_TRAJECTORY_STARTED', 'EVENT_KIND_CONTACT'])
        for watcher in (anna, bert, mia, max_, zack):
            watcher.stop()

    def test_one_client_or_one_team(self):
        number, other = self.new_client(at='3 days ago'), self.new_client(at='3 days ago')
        one, team = self.watch('max', '--client', number), self.watch('max', '--team', 'Noord')
        self.contact(other, 'de ander')
        self.contact(number, 'deze')
        one.words('deze')
        self.assertEqual(one.all_words(), ['deze'])
        team.words('deze')
        self.assertEqual(team.all_words(), ['de ander', 'deze'])
        self.refused('watch', '--team', 'Zuid', profile='max', says='team Zuid is not one of yours')
        self.refused('watch', '--team', 'Oost', profile='max', says='no team called Oost')
        self.refused('watch', '--client', number, profile='zack', says=f'no client with number {number}')
        self.refused('watch', '--resume-after', 'x', profile='max', says='--resume-after is "x"; give the position')
        self.refused('watch', '--resume-after', '999999999999.1', profile='max', says='of another one')
        self.refused('watch', profile='admin', says='not for the role admin')
        self.refused('watch', profile='other', says='not for the role admin')

    def test_what_people_read(self):
        text, table = self.watch('anna', output='text'), self.watch('anna', output='csv')
        number = self.service.json('client', 'add', '--name', 'Fatima Bakker', profile='anna')['clientNumber']
        self.ok('start', number, '--kind', 'work-experience', '--at', '2026-01-05', profile='anna')
        text.wait_for(lambda line: re.fullmatch(rf'\w+ .* {number} Fatima Bakker: no contact yet; agreed is every 28 days — '
                                                'coach anna', line))
        self.contact(number, 'Belt terug.\x1b[2J', '--at', '21 days ago')
        self.ok('rhythm', 'set', '--days', '20', '--client', number, profile='max')
        text.wait_for(lambda line: re.fullmatch(
            rf'\w+ .* {number} Fatima Bakker: no contact since \d+ \w+ 20\d\d \(3 weeks ago\); agreed is every 20 days — '
            'coach anna', line))
        self.assertRegex(text.entries[0], rf'^Mon 5 Jan 2026 .*  {number} Fatima Bakker: Trajectory started: work experience')
        self.assertTrue(any(re.search(r'Contact with the client: phone — anna #\d+ · Belt terug\. \[2J$', line) for line in text.entries))
        table.wait_for(lambda line: f',{number},Fatima Bakker,' in line and ',rhythm_set,' in line)
        wrong = re.search(r'Contact with the client: phone — anna #(\d+)', '\n'.join(text.entries))[1]
        self.ok('withdraw', wrong, '--reason', 'dubbel', profile='max')
        text.wait_for(lambda line: re.search(rf': Entry {wrong} withdrawn: contact — max #\d+ · dubbel$', line))
        self.assertTrue(table.entries[0].startswith('event_id,trajectory,kind,'))
        text.stop(signal.SIGTERM)
        table.stop()

    def test_a_token_that_no_longer_holds_ends_it(self):
        self.service.script('worker add weg --name Weg --role member --team Noord\ntoken add weg --save-as weg')
        number = self.new_client(at='3 days ago')
        watcher, wire = self.watch('weg'), self.connect('weg')
        asked = [wire.send('Watch', pb.WatchRequest()) for _ in range(3)]
        self.contact(number, 'eerst')
        watcher.words('eerst')
        self.ok('token', 'revoke', self.rows('token', 'list', '--worker', 'weg')[0]['tokenId'])
        self.contact(number, 'daarna')
        self.assertEqual(watcher.ended(), 1)
        self.assertIn('the token has expired or was revoked', watcher.said[0])
        self.assertNotIn('daarna', watcher.all_words())
        ended = {}
        while (last := wire.receive()):
            self.assertNotIn('daarna', [e.words for e in pb.WatchReply.FromString(last.body).entries])
            if not last.more:
                ended[last.id] = pb.Code.Name(last.status.code)
        self.assertEqual(ended, dict.fromkeys(asked, 'UNAUTHENTICATED'))

    def test_who_comes_into_a_team_sees_it_from_then_on(self):
        self.service.script('worker add nieuw --name Nieuw --role member --team Zuid\ntoken add nieuw --save-as nieuw')
        watcher, number = self.watch('nieuw'), self.new_client(at='3 days ago')
        self.contact(number, 'te vroeg')
        fence = self.new_client(at='3 days ago', profile='zoe')
        self.contact(fence, 'in zuid', profile='zoe')
        watcher.words('in zuid')
        self.ok('team', 'join', 'Noord', 'nieuw')
        self.contact(number, 'op tijd')
        watcher.words('op tijd')
        self.assertNotIn('te vroeg', watcher.all_words())


class Rhythm(WatchTest):
    def test_the_passing_is_told_at_that_moment_and_once_by_two_daemons(self):
        second = self.second_daemon()
        watchers = [self.watch('max'), self.watch('max2', daemon=second)]
        number, due = self.due_in(2)
        for watcher in watchers:
            entry = watcher.wait_for(lambda e: e['clientNumber'] == number and 'lastContactAt' in e)
            late = datetime.datetime.now(datetime.timezone.utc) - due
            self.assertEqual(datetime.datetime.fromisoformat(entry['rhythmPassedAt'].replace('Z', '+00:00')), due)
            self.assertGreaterEqual(late, datetime.timedelta(0))
            self.assertLess(late, datetime.timedelta(seconds=2))
            self.assertEqual((entry['rhythmDays'], entry['coach'], entry['team']), (28, 'anna', 'Noord'))
        # Once, also by the time that something else is told.
        self.contact(self.new_client(at='3 days ago'), 'daarna')
        for watcher in watchers:
            watcher.words('daarna')
            self.assertEqual([e['clientNumber'] for e in watcher.entries if 'lastContactAt' in e], [number])
        self.assertEqual(len(self.passings(number)), 1)

    def test_a_contact_in_time_and_an_end_are_no_passing(self):
        watcher = self.watch('max')
        reached, _ = self.due_in(2)
        ended, _ = self.due_in(2)
        self.contact(reached, 'op tijd')
        self.ok('end', ended, '--outcome', 'employed', profile='anna')
        last, _ = self.due_in(2.5)
        watcher.wait_for(lambda e: e['clientNumber'] == last and 'lastContactAt' in e)
        self.assertEqual([e['clientNumber'] for e in watcher.entries if 'lastContactAt' in e], [last])
        self.assertEqual(self.passings(reached) + self.passings(ended), [])

    def test_a_shorter_rhythm_of_the_team_passes_at_once(self):
        number, _ = self.due_in(20 * 86400, profile='zoe')
        watcher = self.watch('zack')
        # No event is recorded by this.
        self.ok('rhythm', 'set', '--days', '5', '--team', 'Zuid', profile='zack')
        entry = watcher.wait_for(lambda e: e['clientNumber'] == number)
        self.assertEqual((entry['rhythmDays'], 'kind' in entry), (5, False))
        self.ok('rhythm', 'set', '--days', '0', '--team', 'Zuid', profile='zack')

    def test_what_passes_while_no_daemon_runs_is_told_after(self):
        watcher = self.watch('anna')
        number, due = self.due_in(1)
        watcher.wait_for(lambda e: e.get('words') == 'lang geleden' and e['clientNumber'] == number)
        self.service.kill()
        while datetime.datetime.now(datetime.timezone.utc) < due:
            time.sleep(0.05)
        self.service.start()
        watcher.wait_for(lambda e: e['clientNumber'] == number and 'lastContactAt' in e)
        watcher.stop()


class Relay:
    """A way to the daemon that can be cut, at once or when the next answer comes by."""

    def __init__(self, port, address='127.0.0.1'):
        self.port_of_daemon, self.ends = port, []
        self.loses_answer = False
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                far = socket.create_connection(('127.0.0.1', self.port_of_daemon))
                self.ends = [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if self.loses_answer and other is self.ends[0]:
                    self.loses_answer = False
                    self.cut()
                other.sendall(data)

    def cut(self):
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self):
        self.listener.close()
        self.cut()


class Lost(WatchTest):
    def test_a_connection_that_is_cut_is_resumed(self):
        relay = Relay(self.service.port)
        self.addCleanup(relay.close)
        self.service.profile('far', self.service.token('anna'), port=relay.port)
        number = self.new_client(at='3 days ago')
        watcher = self.watch('far')
        self.contact(number, 'voor')
        watcher.words('voor')
        seen = len(self.service.daemon.lines)
        relay.cut()
        self.service.daemon.wait_for('event=handshake_done .*resumed=1', seen)
        self.contact(number, 'na')
        watcher.words('na')
        self.assertEqual(watcher.all_words(), ['voor', 'na'])
        watcher.stop()

    def test_a_killed_daemon(self):
        self.second_daemon()
        number = self.new_client(at='3 days ago')
        watcher = self.watch('max')
        self.contact(number, 'voor')
        watcher.words('voor')
        self.service.kill()
        for i in range(5):
            self.contact(number, f'via de ander {i}', profile='anna2')
        watcher.wait_for(lambda line: 'the connection is lost' in line, watcher.said)
        self.service.start()
        self.contact(number, 'na')
        watcher.words('na')
        self.assertEqual(watcher.all_words(), ['voor'] + [f'via de ander {i}' for i in range(5)] + ['na'])
        watcher.stop()
        self.assertRegex(watcher.said[0], r'^traject watch: the connection is lost \(.*\); trying again$')
        self.assertEqual(watcher.said[1], 'traject watch: connected again')
        self.assertEqual(len(watcher.said), 3)

    def test_the_database_goes_and_comes_back(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch('anna')
        self.contact(number, 'voor')
        watcher.words('voor')
        seen = len(self.service.daemon.lines)
        self.service.cluster.stop()
        self.service.daemon.wait_for('event=listener_lost', seen)
        self.service.cluster.start()
        self.service.daemon.wait_for('event=database_ready', seen)
        self.contact(number, 'na')
        watcher.words('na')
        self.assertEqual(watcher.all_words(), ['voor', 'na'])
        watcher.stop()
        self.assertEqual(len(watcher.said), 1, 'the client noticed nothing')

    def test_the_listener_alone_goes_and_what_it_missed_is_told(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch('anna')
        seen = len(self.service.daemon.lines)
        run, end = self.transaction()
        run(self.recorded(number, 'gemist'))
        self.service.sql(f'select pg_terminate_backend({self.listener()})')
        end()
        self.service.daemon.wait_for('event=listener_ready', seen)
        watcher.words('gemist')
        watcher.stop()

    def test_a_later_run_goes_on_where_this_one_ended(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch('anna')
        self.contact(number, 'een')
        watcher.words('een')
        position = watcher.stop()
        for i in range(3):
            self.contact(number, f'tussen {i}')
        watcher = self.watch('anna', '--resume-after', position)
        self.contact(number, 'twee')
        watcher.words('twee')
        self.assertEqual(watcher.all_words(), ['tussen 0', 'tussen 1', 'tussen 2', 'twee'])
        # From one entry on, also in the middle.
        again = self.watch('anna', '--resume-after', watcher.entries[1]['position'])
        again.words('twee')
        self.assertEqual(again.all_words(), ['tussen 2', 'twee'])

    def run_watch(self, stdout, *options):
        process = subprocess.Popen([harness.TRAJECT, '--output', 'json', 'watch', *options], env=self.service.environment('anna'),
                                   stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def resume_after(self, process):
        return re.search(r'--resume-after (\S+)\n', process.communicate(timeout=harness.WAIT_SECONDS)[1])[1]

    def test_what_could_not_be_written_is_told_by_the_next_run(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch('anna')
        self.contact(number, 'geschreven')
        watcher.words('geschreven')
        before = watcher.stop()
        self.contact(number, 'niet geschreven')
        with open('/dev/full', 'w') as full:
            process = self.run_watch(full, '--resume-after', before)
        said = process.communicate(timeout=harness.WAIT_SECONDS)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn('the output could not be written: No space left on device\n', said)
        # No further than the one that was not written.
        watcher = self.watch('anna', '--resume-after', re.search(r'--resume-after (\S+)\n', said)[1])
        watcher.words('niet geschreven')
        self.assertEqual(watcher.all_words(), ['niet geschreven'])
        watcher.stop()

    def test_a_signal_ends_it_while_nobody_reads_what_it_writes(self):
        number = self.new_client(at='3 days ago')
        words = [f'{i}' + 'x' * 3000 for i in range(40)]
        for text in words:
            self.contact(number, text)
        reader, writer = os.pipe()
        process = self.run_watch(writer, '--resume-after', EVERYTHING)
        state = pathlib.Path(f'/proc/{process.pid}/stat')
        # It sleeps, and not for want of entries.
        while select.select([], [writer], [], 0)[1] or state.read_text().rpartition(')')[2].split()[0] != 'S':
            self.assertIsNone(process.poll())
        os.close(writer)
        process.send_signal(signal.SIGINT)
        position = self.resume_after(process)
        self.assertEqual(process.returncode, 0)
        with open(reader) as lines:
            # What it was writing may have been cut off.
            written = [json.loads(line) for line in lines.read().split('\n')[:-1]]
        self.assertEqual(position, written[-1]['position'])

    def test_it_ends_when_its_reader_goes_away(self):
        process = self.run_watch(subprocess.PIPE)
        number = self.new_client(at='3 days ago')
        self.contact(number, 'een')
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(harness.WAIT_SECONDS), 0)
        process.stderr.close()

    def test_a_stop_does_not_wait_for_who_is_gone_while_the_database_is_away(self):
        number = self.new_client(at='3 days ago')
        watching, asking = self.connect(), self.connect()
        self.begin(watching)
        psql = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--dbname', self.service.cluster.conninfo(self.service.database)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(psql.communicate)
        psql.stdin.write('begin; lock table traject.event in access exclusive mode;\n\\echo locked\n')
        psql.stdin.flush()
        psql.stdout.readline()
        asking.send('GetTimeline', pb.GetTimelineRequest(client_number=number))
        self.service.sql("select pg_notify('traject', municipality_id || ' 5') from traject.municipality where name = 'Veldstad'")
        while len(self.service.sql("select 1 from pg_stat_activity where usename = 'traject_daemon' and wait_event_type = 'Lock'")) < 2:
            pass
        for connection in (watching, asking):
            seen = len(self.service.daemon.lines)
            connection.socket.close()
            self.service.daemon.wait_for('event=connection_closed', seen)
        self.service.cluster.stop()
        self.service.daemon.wait_for('event=database_lost', seen)
        begun = time.monotonic()
        self.service.stop()
        self.assertLess(time.monotonic() - begun, 10)
        self.service.cluster.start()
        self.service.start()

    def test_an_end_before_anything_happened_can_be_resumed(self):
        number = self.new_client(at='3 days ago')
        _, entries = self.begin(self.connect())
        self.contact(number, 'intussen')
        watcher = self.watch('anna', '--resume-after', entries[-1].position)
        watcher.words('intussen')


class Wire(WatchTest):
    """What the interface says, as any client sees it."""

    def test_other_requests_go_on(self):
        number = self.new_client(at='3 days ago')
        c = self.connect()
        asked, _ = self.begin(c)
        told, answered = [], 0
        for i in range(20):
            c.send('RecordContact', pb.RecordContactRequest(client_number=number, channel=1, counterpart=1, reached=True,
                                                            words=f'n{i}'), None)
        while answered < 20 or len(told) < 20:
            response = c.receive()
            self.assertFalse(response.status.code, response)
            if response.id == asked:
                told += [e.words for e in pb.WatchReply.FromString(response.body).entries if e.words]
            else:
                answered += 1
        self.assertEqual(told, [f'n{i}' for i in range(20)])
        self.assertEqual(c.call('ListTeams', pb.ListTeamsRequest()).teams[0].team, 'Noord')

    def test_so_many_and_no_more(self):
        before = self.connect().call('GetStatus', pb.GetStatusRequest()).watchers
        c = self.connect('max')
        for _ in range(16):
            self.begin(c)
        c.send('Watch', pb.WatchRequest())
        refused = c.receive()
        self.assertEqual((pb.Code.Name(refused.status.code), refused.more), ('RESOURCE_EXHAUSTED', False))
        self.assertEqual(c.call('GetStatus', pb.GetStatusRequest()).watchers, before + 16)
        self.assertRegex(self.ok('status', profile='anna'), rf'watchers +{before + 16}\n')
        c.socket.close()
        while self.connect().call('GetStatus', pb.GetStatusRequest()).watchers > before:
            pass

    def test_a_peer_that_hangs_up_while_it_is_told(self):
        number = self.new_client(at='3 days ago')
        for _ in range(10):
            c = self.connect()
            for _ in range(5):
                c.send('Watch', pb.WatchRequest(resume_after=EVERYTHING))
            c.receive()
            c.socket.sendall(c.request('RecordContact', pb.RecordContactRequest(client_number=number, channel=1, counterpart=1),
                                       None))
            c.socket.close()
        self.connect().call('ListTeams', pb.ListTeamsRequest())

    def test_a_watcher_that_does_not_read_harms_nobody(self):
        total, number = 4000, self.new_client(at='3 days ago', profile='zoe')
        slow = self.connect('zoe', receive_buffer=4096)
        self.begin(slow)
        seen = len(self.service.daemon.lines)
        sealed = Sealing(self.service).seal(number, 'x' * 3900)
        self.service.sql(f"""do $$ begin perform session.enter('\\x{harness.digest(self.service.token('zoe'))}', null,
            '/traject.v1.Traject/RecordContact', null);
            for i in 1 .. {total} loop
                perform api.record_contact('{number}', 'email', 'client', true, null, {sealed});
            end loop; end $$""")
        # Others are told meanwhile.
        quick, other = self.watch('anna'), self.new_client(at='3 days ago')
        self.contact(other, 'en door')
        quick.words('en door')
        entries = [int(found[1]) for line in self.service.daemon.lines[seen:]
                   if (found := re.search(r'event=watch connection=\d+ entries=(\d+)', line))]
        self.assertLess(sum(entries), total // 2)
        told = []
        while len(told) < total:
            told += [e.event_id for e in pb.WatchReply.FromString(slow.receive().body).entries if len(e.words) == 3900]
        self.assertEqual(told, [int(row[0]) for row in self.service.sql(
            'select event_id from traject.event where octet_length(words) > 3900 order by recorded_in, event_id')])

    def test_a_transaction_that_is_held_open(self):
        number, other = self.new_client(at='3 days ago'), self.new_client(at='3 days ago')
        c = self.connect('max')
        asked, first = self.begin(c)
        run, end = self.transaction()
        run(self.recorded(number, 'vastgehouden'))
        for i in range(3):
            self.contact(other, f'later {i}')
        # Nothing can be told yet: who resumes now, here or on another connection, is told later.
        second = self.connect('max')
        _, entries = self.begin(second, resume_after=first[-1].position)
        self.assertEqual([e.words for e in entries if e.words], [])
        end()
        for connection in (c, second):
            told = []
            while len(told) < 4:
                told += [e for e in pb.WatchReply.FromString(connection.receive().body).entries if e.words]
            self.assertEqual([e.words for e in told], ['vastgehouden', 'later 0', 'later 1', 'later 2'])

    def test_what_another_transaction_held_back_is_told_when_that_ends(self):
        number = self.new_client(at='3 days ago')
        watcher = self.watch('anna')
        run, end = self.transaction()
        run('select pg_current_xact_id();')
        self.contact(number, 'wacht')
        # Until the listener has heard of it and asked what holds.
        while not self.service.sql(f"""select 1 from pg_stat_activity where pid = {self.listener()} and state = 'idle'
                and query_start > (select max(recorded_at) + interval '1 second' / 4 from traject.event)"""):
            pass
        self.assertEqual(watcher.all_words(), [])
        # It recorded nothing, so nothing is announced by its end.
        begun = time.monotonic()
        end()
        watcher.words('wacht')
        self.assertLess(time.monotonic() - begun, 10)

    def test_sigterm_does_not_wait_for_watchers(self):
        number = self.new_client(at='3 days ago')
        c, watcher = self.connect(), self.watch('anna')
        asked, first = self.begin(c)
        begun = time.monotonic()
        self.service.stop()
        self.assertLess(time.monotonic() - begun, 10)
        last = c.receive()
        self.assertEqual((last.id, pb.Code.Name(last.status.code), last.more), (asked, 'UNAVAILABLE', False))
        self.assertIn(f'resume_after {first[-1].position}', last.status.message)
        self.assertIsNone(c.receive())
        self.service.start()
        self.contact(number, 'weer')
        watcher.words('weer')
        watcher.stop()


class SharedTest(WatchTest):
    """Connections of one worker that watch the same: one of them asks for all."""

    def watching(self, profile, count=1, **fields):
        """So many connections, each with an id of its own for what it watches."""
        made = []
        for i in range(count):
            c = self.connect(profile)
            c.last_id = 100 * i + 7
            c.asked, _ = self.begin(c, **fields)
            c.told = []
            made.append(c)
        return made

    def hear(self, connections, words):
        """Each is told this next."""
        for c in connections:
            while not c.told:
                response = c.receive()
                self.assertTrue(response.more, response)
                if response.id != c.asked:
                    continue
                c.told = [e.words for e in pb.WatchReply.FromString(response.body).entries if e.words]
            self.assertEqual(c.told.pop(0), words)

    def looks(self, worker):
        (count,), = self.service.sql(f"""
            select count(*) from logbook.processing_log p
              join logbook.audit_log a using (municipality_id, operation_id)
              join traject.worker w using (municipality_id, worker_id)
             where p.name = '/traject.v1.Traject/Watch' and w.name = '{worker}'""")
        return int(count)

    @contextlib.contextmanager
    def while_it_is_asked_for(self, number, words):
        """Something was recorded, and what is asked because of that has no answer yet."""
        run, end = self.transaction()
        run(self.recorded(number, words))
        psql = subprocess.Popen(['psql', '--no-psqlrc', '--quiet', '--dbname', self.service.cluster.conninfo(self.service.database)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # Only who is told of an entry needs that table.
        psql.stdin.write('begin; lock table traject.guidance in access exclusive mode;\n\\echo locked\n')
        psql.stdin.flush()
        while not self.service.sql("select 1 from pg_locks where relation = 'traject.guidance'::regclass and mode = 'AccessExclusiveLock'"):
            pass
        end()
        psql.stdout.readline()
        while not self.service.sql("select 1 from pg_stat_activity where usename = 'traject_daemon' and wait_event_type = 'Lock'"):
            pass
        yield
        psql.communicate('commit;\n')

    def hang_up(self, connections):
        for c in connections:
            seen = len(self.service.daemon.lines)
            c.socket.close()
            self.service.daemon.wait_for('event=connection_closed', seen)


class Shared(SharedTest):
    def test_all_are_told_each_once(self):
        number, all_ = self.new_client(at='3 days ago'), self.watching('mia', 20)
        for i in range(5):
            looked = self.looks('mia')
            self.contact(number, f'n{i}')
            self.hear(all_, f'n{i}')
        # Those whose places in the stream were not the same at first have come together by now.
        self.assertLess(self.looks('mia') - looked, 10)

    def test_nobody_is_told_what_is_of_another_question_or_worker(self):
        number, berts = self.new_client(at='3 days ago'), self.new_client(at='3 days ago', profile='bert')
        self.contact(number, 'eerder')
        mia, max_ = self.watching('mia', 3), self.watching('max', 2, team='Noord')
        bert, one = self.watching('bert', 2), self.watching('mia', 2, client_number=berts)
        late, = self.watching('mia')
        self.contact(number, 'een')
        self.contact(berts, 'twee', profile='bert')
        for c in mia + max_ + [late]:
            self.hear([c], 'een')
        self.hear(mia + max_ + [late] + bert + one, 'twee')

    def test_they_wait_on_when_the_one_that_asks_goes(self):
        number = self.new_client(at='3 days ago')
        for gone in (slice(0, 1), slice(0, 5), slice(5, 6), slice(1, 6), slice(0, 6)):
            all_ = self.watching('mia', 6)
            self.contact(number, 'voor')
            self.hear(all_, 'voor')
            with self.while_it_is_asked_for(number, 'na'):
                self.hang_up(all_[gone])
                del all_[gone]
            self.hear(all_, 'na')
            self.hang_up(all_)
        before = self.connect('mia')
        while before.call('GetStatus', pb.GetStatusRequest()).watchers:
            pass

    def test_several_on_one_connection_end_with_its_token(self):
        self.service.script('worker add kort --name Kort --role member --team Noord\ntoken add kort --save-as kort')
        number, c, other = self.new_client(at='3 days ago'), self.connect('kort'), self.connect('kort')
        asked = [self.begin(c)[0] for _ in range(5)]
        begun, _ = self.begin(other)
        self.ok('token', 'revoke', self.rows('token', 'list', '--worker', 'kort')[0]['tokenId'])
        self.contact(number, 'te laat')
        for connection, ids in ((c, asked), (other, [begun])):
            ended = []
            while (last := connection.receive()):
                self.assertNotIn('te laat', [e.words for e in pb.WatchReply.FromString(last.body).entries])
                if not last.more:
                    self.assertEqual(pb.Code.Name(last.status.code), 'UNAUTHENTICATED')
                    ended.append(last.id)
            self.assertEqual(sorted(ended), ids)


class SharedInAQueue(SharedTest):
    """Of those who watch one at a time is asked for, one waits, and the others cannot be asked for yet."""
    options = {'database_connections': 1, 'requests_waiting': 2}

    def test_they_wait_on_when_the_one_that_is_to_ask_goes(self):
        number = self.new_client(at='3 days ago')
        for gone in (slice(0, 1), slice(0, 3), slice(3, 4), slice(0, 4)):
            groups = []
            for fields in {}, {'team': 'Noord'}, {'client_number': number}:
                groups.append(self.watching('mia', 4, **fields))
                # Another on the same connection goes with it.
                for c in groups[-1]:
                    self.begin(c, **fields)
            self.contact(number, 'voor')
            self.hear(sum(groups, []), 'voor')
            with self.while_it_is_asked_for(number, 'na'):
                for group in groups:
                    self.hang_up(group[gone])
                    del group[gone]
            self.hear(sum(groups, []), 'na')
            self.hang_up(sum(groups, []))


class Many(WatchTest):
    """Writers side by side, some of them slow, while somebody watches with one short connection after the other."""

    def write(self, number, random_, count):
        try:
            with Connection(self.service, self.service.token('anna')) as c:
                for i in range(count):
                    c.call('RecordContact', pb.RecordContactRequest(client_number=number, channel=1, counterpart=1, words=f'n{i}'))
        except BaseException as error:
            self.failures.append(error)

    def write_slowly(self, number, random_, count):
        """Transactions of several entries, begun in one order and ended in another."""
        try:
            for i in range(count):
                run, end = self.transaction()
                for _ in range(random_.randrange(1, 4)):
                    run(self.recorded(number, f's{i}'))
                    run(f'select pg_sleep({random_.random() / 50});')
                end()
        except BaseException as error:
            self.failures.append(error)

    def test_who_resumes_again_and_again_misses_nothing(self):
        print(f'SEED={SEED}', flush=True)
        random_ = random.Random(SEED)
        self.failures = []
        writers = [threading.Thread(target=work, args=(self.new_client(at='3 days ago'), random.Random(random_.random()), count))
                   for work, count in ((self.write, 150),) * 3 + ((self.write_slowly, 25),) * 4]
        c = self.connect('max')
        _, entries = self.begin(c, resume_after=EVERYTHING)
        while entries[-1].more:
            entries += pb.WatchReply.FromString(c.receive().body).entries
        told = [e for e in entries if e.client_number]
        for writer in writers:
            writer.start()
        position, last_turns = entries[-1].position, 0
        while last_turns < 2:
            # After the writers have ended, one more from the last place, and one to the end.
            last_turns += not any(writer.is_alive() for writer in writers)
            again = self.connect('max')
            _, entries = self.begin(again, resume_after=position)
            # Beside the stream, from a place in the past: the same again.
            if told:
                place = random_.randrange(len(told))
                beside = self.connect('max')
                _, past = self.begin(beside, resume_after=told[place].position)
                past = [e.position for e in past if e.client_number]
                known = [e.position for e in told[place + 1:place + 1 + len(past)]]
                self.assertEqual(past[:len(known)], known)
                beside.socket.close()
            again.socket.settimeout(0.5)
            for _ in range(random_.randrange(4) if last_turns == 0 else 0):
                try:
                    entries += pb.WatchReply.FromString(again.receive().body).entries
                except TimeoutError:
                    break
            while last_turns and entries[-1].more:
                entries += pb.WatchReply.FromString(again.receive().body).entries
            # Perhaps the last of what came was lost with the connection.
            entries = entries[:random_.randrange(1, len(entries) + 1)] if last_turns == 0 else entries
            told += [e for e in entries if e.client_number]
            position = entries[-1].position
            again.socket.close()
        self.assertEqual(self.failures, [])
        self.assertEqual([number_of(e) for e in told], self.stream())


def number_of(entry):
    return int(entry.position.split('.')[1])


if __name__ == '__main__':
    unittest.main()
