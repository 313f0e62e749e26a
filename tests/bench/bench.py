#!/usr/bin/env python3
"""Figures of one run on this machine, as ratios of one another: what pipelining brings, what a list costs as the record
grows, how fast a log goes in. Run by hand, with a build without sanitizers:

    cmake -S . -B build-bench && cmake --build build-bench
    TRAJECTD_PROGRAM=$PWD/build-bench/daemon/trajectd TRAJECT_PROGRAM=$PWD/build-bench/client/traject tests/bench/bench.py
"""
import os
import platform
import statistics
import time

import caseload
import harness
from wire import Connection, pb

SMALL, LARGE = 1000, 20000
WRITES_ALONE, WRITES_PIPELINED, ON_THE_WAY = 500, 4000, 100
READS = 300
CASES, EVENTS_OF_A_CASE = 1000, 6

MAP = '''
columns { case = "case" event = "event" moment = "at" activity = "activity" team = "team" coach = "coach" }
kind = "activation" reason = "as in the log"
activity "Call" { channel = "phone" }
activity "Work" { stage = "starting-work" }
activity "*" { }
'''


def machine():
    with open('/proc/cpuinfo') as file:
        model = next((line.split(':')[1].strip() for line in file if line.startswith('model name')), platform.machine())
    with open('/proc/meminfo') as file:
        memory = int(file.readline().split()[1]) // 1024
    return f'{os.cpu_count()} x {model}, {memory} MiB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}'


def contacts(connection, count):
    """That many requests, as bytes, for the clients of the first team in turn."""
    return [connection.request('RecordContact', pb.RecordContactRequest(
        client_number=str(100000 + i % caseload.TEAM_SIZE), channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
        reached=True, words='Belt morgen terug.'), None) for i in range(count)]


def writes_per_second(service, count, on_the_way):
    with Connection(service, service.token('m0')) as connection:
        requests = contacts(connection, count)
        began = time.perf_counter()
        for at in range(0, count, on_the_way):
            group = requests[at:at + on_the_way]
            connection.socket.sendall(b''.join(group))
            for _ in group:
                connection.answer('RecordContact')
        return count / (time.perf_counter() - began)


def quiet_ms(service, worker, **arguments):
    """The median time of one list of 50."""
    times = []
    with Connection(service, service.token(worker)) as connection:
        for _ in range(READS):
            began = time.perf_counter()
            reply = connection.call('ListWithoutContact', pb.ListWithoutContactRequest(page_size=50, **arguments), '')
            times.append(time.perf_counter() - began)
    assert len(reply.clients) > 5, len(reply.clients)
    return statistics.median(times) * 1000


def import_per_second(service):
    log = ['case,event,at,activity,team,coach']
    for case in range(CASES):
        for event, activity in enumerate(('Call', 'Note', 'Work', 'Call', 'Note', 'Call')):
            log.append(f'L{case},L{case}-{event},2026-01-{event + 1:02} 10:00,{activity},T0,c0a')
    (service.folder / 'log.csv').write_text('\n'.join(log) + '\n')
    (service.folder / 'log.map').write_text(MAP)
    began = time.perf_counter()
    service.ok('import', 'log.csv', '--map', 'log.map', profile='m0')
    return CASES * EVENTS_OF_A_CASE / (time.perf_counter() - began)


def main():
    service = caseload.new_service()
    try:
        print(machine())
        print(f'trajectd {harness.TRAJECTD}, PostgreSQL with fsync on, {service.options.get("database_connections", 4)} connections')
        caseload.fill(service, 0, SMALL)
        caseload.give_tokens(service)
        small = {worker: quiet_ms(service, worker) for worker in ('m0', 'c0a')}
        caseload.fill(service, SMALL, LARGE)
        for worker, who in (('m0', "the team's manager"), ('c0a', 'a coach')):
            large = quiet_ms(service, worker)
            print(f'quiet for {who}: {small[worker]:.2f} ms at {SMALL} clients, {large:.2f} ms at {LARGE}: '
                  f'x {large / small[worker]:.2f}')
        alone = writes_per_second(service, WRITES_ALONE, 1)
        pipelined = writes_per_second(service, WRITES_PIPELINED, ON_THE_WAY)
        print(f'contacts: {alone:.0f}/s one at a time, {pipelined:.0f}/s with {ON_THE_WAY} on the way: x {pipelined / alone:.1f}')
        imported = import_per_second(service)
        print(f'import: {imported:.0f} events/s: x {imported / alone:.1f} of contacts one at a time')
    finally:
        service.close()


if __name__ == '__main__':
    main()
