"""What must hold once everything runs again: each check gives the lines of what does not."""
import collections
import re
import time

import harness
import work
from wire import pb

# Of a message for people none of this is a part.
RAW = re.compile(r'\b(select|insert into|update \w+ set|delete from|relation|tuple|violates|syntax error|sqlstate|pg_\w+|errno|'
                 r'null value|duplicate key|current transaction|canceling|terminating|administrator command|server closed|'
                 r'no space left|could not \w+ file|out of memory)\b|\$\d|\n|[a-z]+\.[a-z]+\(|\.(c|sql):\d', re.IGNORECASE)
NEVER = {'UNKNOWN', 'DATA_LOSS', 'INTERNAL', 'UNIMPLEMENTED', 'UNAUTHENTICATED'}
MESSAGE_MAX = 400
PAGE = 1000
ASKED_ONCE_MORE = 200
PIPELINED, DEADLINE_MS = 50, 60000


def few(what, found):
    """One line about all that was found, which names some."""
    found = sorted(map(str, found))
    return [f'{len(found)} {what}: {", ".join(found[:5])}'] if found else []


def named(writes):
    return [f'{write.method} under {write.key} about client {write.case.number}' for write in writes]


def happened(journal):
    return [write for write in journal.writes if write.reply is not None]


def answered(connection, asked):
    """The replies, or refusals, to what is asked, pipelined: each a method, a message and for a write its key."""
    for begin in range(0, len(asked), PIPELINED):
        for one in asked[begin:begin + PIPELINED]:
            connection.send(*one, deadline_ms=DEADLINE_MS)
        for method, *_ in asked[begin:begin + PIPELINED]:
            try:
                yield connection.answer(method)
            except work.Refused as refused:
                yield refused


def settled(system, journal):
    return few('writes could not be settled', named(w for w in journal.writes if not w.settled))


def refusals(system, journal):
    return few('refusals are not for people', [f'{code} "{message}"' for code, message in journal.statuses
                                               if code in NEVER or RAW.search(message) or not 0 < len(message) <= MESSAGE_MAX])


def entries(system, journal):
    """The entries that are there are those of the writes that were acknowledged, and of no others."""
    ids, external = set(), set()
    for event_id, external_id in system.sql('select event_id, external_id from traject.event where external_id is not null '
                                            "or kind <> 'trajectory_started' or not exists (select from traject.trajectory t "
                                            'join traject.client c using (municipality_id, client_id) where t.trajectory_id = '
                                            "event.trajectory_id and c.client_number like 'I%')"):
        (external.add(external_id) if external_id else ids.add(int(event_id)))
    writes = happened(journal)
    expected = {w.reply.event_id: w for w in writes if hasattr(w.reply, 'event_id')}
    shared = [w for w in writes if hasattr(w.reply, 'event_id') and expected[w.reply.event_id] is not w]
    imported = {f'{w.key}-{i}': w for w in writes if w.step is work.IMPORT for i in range(work.IMPORTED)}
    clients = {row[0] for row in system.sql('select client_number from traject.client')}
    added = {w.case.number: w for w in writes if w.method in ('AddClient', 'ImportJourney')}
    lost = [w for there, of in ((ids, expected), (external, imported), (clients, added)) for known, w in of.items() if known not in there]
    double = [f'{what} {known}' for what, there, of in (('entry', ids, expected), ('imported entry', external, imported),
                                                        ('client', clients, added)) for known in there if known not in of]
    system.lost, system.doubled = len(lost), len(double)
    return (few('acknowledged writes are LOST', named(lost)) +
            few('things are there that no acknowledged write has made (DOUBLED, or refused and done)', double) +
            few('writes were answered with the entry of another one', named(shared)))


def keys(system, journal):
    """The request keys that are kept are those of the acknowledged writes."""
    kept = {row[0] for row in system.sql('select request_key from session.request')} - system.earlier_keys
    known = {w.key: w for w in happened(journal)}
    return (few('request keys of acknowledged writes are not kept', known.keys() - kept) +
            few('request keys are kept of what was not acknowledged', kept - set(known)) +
            few('request keys are kept of frames that never came whole', kept & set(system.never_whole)))


def asked_once_more(system, journal):
    """The same key gets the same answer, and changes nothing."""
    wrong, before = [], system.sql('select count(*) from traject.event')
    writes = happened(journal)
    for profile in system.profiles:
        of_it = [w for w in writes if w.case.writer.profile == profile]
        with work.connect(system, profile) as connection:
            again = system.chance.sample(of_it, min(len(of_it), ASKED_ONCE_MORE))
            answers = answered(connection, [(write.method, write.message, write.key) for write in again])
            wrong += [write for write, answer in zip(again, answers) if answer != write.reply]
    more = [] if system.sql('select count(*) from traject.event') == before else ['asking the same again has recorded entries (DOUBLED)']
    return more + few('writes were answered otherwise when asked once more', named(wrong))


def words(system, journal):
    """Clients read each name and each text that was acknowledged, once."""
    found = collections.Counter()
    for profile in system.profiles:
        with work.connect(system, profile) as connection:
            numbers = {w.case.number for w in happened(journal) if w.case.writer.profile == profile}
            # No case ever has more than a page holds. What is refused is then missed.
            asked = [ask for number in numbers for ask in (
                ('GetClient', pb.GetClientRequest(client_number=number)),
                ('GetTimeline', pb.GetTimelineRequest(client_number=number, with_superseded=True, page_size=PAGE)))]
            for reply in answered(connection, asked):
                if isinstance(reply, pb.GetClientReply):
                    found[reply.full_name] += 1
                elif isinstance(reply, pb.GetTimelineReply):
                    for entry in reply.entries:
                        found.update({entry.words, entry.reason, entry.correction_reason})
    expected = {f'{work.SECRET} {w.key}{part}': w for w in happened(journal)
                for part in ('', *(f'-{i}' for i in range(work.IMPORTED) if w.step is work.IMPORT))}
    return (few('acknowledged writes cannot be read', named(w for text, w in expected.items() if not found[text])) +
            few('acknowledged writes are read more than once (DOUBLED)', named(w for text, w in expected.items() if found[text] > 1)) +
            few('texts are read that no acknowledged write has made',
                [text for text in found if text.startswith(work.SECRET) and text not in expected]))


def looks(system, journal):
    """The logs have each read that showed somebody, and each write once, however often it was asked."""
    logged = {row[0] for row in system.sql("select distinct encode(uuid_send(trace_id), 'hex') from logbook.processing_log "
                                           'where status_code = 1')}
    not_audited = system.sql('select operation_id from logbook.processing_log p left join logbook.audit_log a '
                           'using (municipality_id, operation_id) where a.operation_id is null and p.data_subject_id is not null')
    times = {w: sum(trace in logged for trace in w.traces) for w in happened(journal)}
    return (few('reads are not in the processing log', [trace for trace in journal.looks if trace not in logged]) +
            few('acknowledged writes are not in the processing log', named(w for w, count in times.items() if not count)) +
            few('writes are in the processing log more than once (DOUBLED)', named(w for w, count in times.items() if count > 1)) +
            few('lines of the processing log are not in the audit log', [row[0] for row in not_audited]))


def rebuild(system, journal):
    different, checked, token = [], 0, None
    with work.connect(system, 'admin') as connection:
        while token != '':
            page = connection.call('RebuildState', pb.RebuildStateRequest(page_size=PAGE // 10, page_token=token))
            different += page.different
            checked += page.checked
            token = page.next_page_token
    if checked < len({w.case for w in happened(journal) if w.method in ('StartTrajectory', 'ImportJourney')}):
        different.append(f'only {checked} were found')
    return few('trajectories differ from what follows from their entries', different)


def chains(system, journal):
    """Also against the heads that were signed while things broke; PostgreSQL may have been away each time."""
    problems = []
    for command in ('verify', 'sign', 'verify')[0 if system.signer.heads else 1:]:
        done = system.audit(command)
        if done.returncode:
            problems.append(f'trajectd {command} ended with {done.returncode}: {done.stdout}{done.stderr}')
    return problems


def constraints(system, journal):
    """All of them hold, asked anew; and the indexes have what the tables have."""
    problems = []
    for what, query in (
            ('a constraint does not hold', """do $$
                declare held record;
                begin
                    for held in select c.oid, c.conrelid::regclass as relation, c.conname
                                  from pg_constraint c join pg_namespace n on n.oid = c.connamespace
                                 where n.nspname in ('traject', 'session', 'logbook') and c.contype in ('c', 'f') and c.conrelid <> 0 loop
                        update pg_constraint set convalidated = false where oid = held.oid;
                        execute format('alter table %s validate constraint %I', held.relation, held.conname);
                    end loop;
                end $$"""),
            ('an index does not have what its table has', """create extension amcheck;
                select bt_index_check(c.oid, true) from pg_index i join pg_class c on c.oid = i.indexrelid
                  join pg_namespace n on n.oid = c.relnamespace join pg_am m on m.oid = c.relam
                 where m.amname = 'btree' and c.relkind = 'i' and n.nspname in ('traject', 'session', 'logbook')""")):
        try:
            system.sql(query)
        except AssertionError as error:
            problems.append(f'{what}: {error}')
    return problems


def watched(system, journal):
    """Who watched was told everything, once."""
    watcher = system.watcher
    expected = {w.reply.event_id: w for w in happened(journal)
                if hasattr(w.reply, 'event_id') and w.case.writer.profile in system.watched_profiles}
    until = time.monotonic() + harness.WAIT_SECONDS
    while not expected.keys() <= set(watcher.told) and time.monotonic() < until:
        time.sleep(.1)
    twice = [event_id for event_id, times in collections.Counter(watcher.told).items() if times > 1]
    return (few('entries were not told to who watches', named(expected[event_id] for event_id in expected.keys() - set(watcher.told))) +
            few('entries were told twice to who watches', twice))


def files(system, journal):
    """Once nobody is connected, the daemon has no more open than before anybody was."""
    until = time.monotonic() + harness.WAIT_SECONDS
    while system.files_at_first and system.open_files() > system.files_at_first:
        if time.monotonic() > until:
            return [f'the daemon has {system.open_files()} files open, and had {system.files_at_first} before anybody was connected']
        time.sleep(.5)
    return []


def daemon_logs(system, journal):
    lines = system.daemon.lines()
    return (few('lines of the daemon are a sanitizer\'s', [line for line in lines if harness.SANITIZER_REPORT.search(line)]) +
            few('lines of the daemon are not logfmt', [line for line in lines if not harness.LOG_LINE.fullmatch(line)]) +
            few('lines of logs hold what people wrote', [line for line in lines + system.postgres.lines() if work.SECRET in line]))


def ends(system, journal):
    """How the programs ended that did so by themselves."""
    problems = []
    for code, lines in system.daemon.ends:
        log = '\n'.join(lines)
        if not (code in (0, -9, -15) or 'event=start_failed' in log or (code == -6 and 'event=out_of_memory' in log)):
            problems.append(f'trajectd ended with {code}: ' + ' | '.join(lines[-5:]))
    crashed = re.compile(r'was terminated by signal (4|7|8|11):|TRAP:')
    return problems + few('processes of PostgreSQL crashed', [line for line in system.postgres.lines() if crashed.search(line)])


# While everything runs, in this order; and when the daemon and PostgreSQL have ended.
RUNNING = settled, watched, entries, keys, words, looks, asked_once_more, rebuild, chains, constraints, files
ENDED = refusals, daemon_logs, ends
