#!/usr/bin/env python3
"""How PostgreSQL answers what people ask most, with 20,000 open trajectories and row security: names every scan of a
whole large table, and every scan that passes over many rows of others; ends with 1 when there is one. Run by hand:
    cmake -S . -B build && cmake --build build
    PYTHONPATH=tests/integration TRAJECT_REPOSITORY=$PWD TRAJECTD_PROGRAM=$PWD/build/daemon/trajectd \\
        TRAJECT_PROGRAM=$PWD/build/client/traject tests/bench/plans.py [--show]

--show prints all plans."""
import re
import subprocess
import sys

import caseload
import harness

LARGE = 20000
# Teams of 600, coaches of 60.
caseload.TEAM_SIZE, caseload.COACHES = 600, 10
LARGE_TABLES = ('event', 'trajectory', 'trajectory_state', 'stage_spell', 'coach_assignment', 'guidance', 'client', 'item', 'handover')
# A coach has 60 clients with ten items each; a team has ten coaches.
PASSED_OVER_MAX = {'c0a': 700, 'm0': 7000}
# From the sixth time on PostgreSQL may take one plan for all arguments.
TIMES = 7

CALLS = {
    'quiet': 'api.list_without_contact()',
    'quiet, second page': "api.list_without_contact(page_token => '1.{due}.5')",
    'quiet of the team': "api.list_without_contact(team => 'T0')",
    'quiet of a coach': "api.list_without_contact(coach => 'c0a')",
    'quiet, earlier': "api.list_without_contact(as_of => now() - interval '100 days')",
    'board': 'api.get_board()',
    'board of the team': "api.get_board(team => 'T0')",
    'timeline': "api.get_timeline('{number}', true)",
    'client show': "api.get_client('{number}')",
    'client show, earlier': "api.get_client('{number}', now() - interval '100 days')",
    'handovers due': 'api.list_handovers_due()',
    'handovers': 'api.list_handovers()',
    'client find': "api.find_clients('10003', query_tokens => '{{}}')",
    'coming up': 'api.list_coming_up()',
    'coming up, of a client': "api.list_coming_up(client_number => '{number}')",
    'items of a client': "api.list_items(false, false, client_number => '{number}')",
    'items past due': 'api.list_items(false, true)',
    'agreements past due': "api.list_items(false, true, kinds => '{{agreement}}', party => 'coach')",
    'bottlenecks': "api.list_items(false, false, kinds => '{{bottleneck}}')",
    'preconditions missing': "api.list_items(false, false, kinds => '{{precondition}}', states => '{{missing}}')",
    'supervisors left': 'api.list_supervisors_left()',
    'without career': 'api.list_without_career()',
    'motivation': 'api.list_motivation()',
    'bottleneck groups': 'api.list_bottleneck_groups()',
    'contact': "api.record_contact('{number}', 'phone', 'client', true)",
}


def plans(service, worker, call):
    """The plans of all statements of a call, the last of several times, as the daemon's role with that worker as actor."""
    method = ''.join(word.capitalize() for word in re.match(r'api\.(\w+)', call)[1].split('_'))
    enter = (f"do $$ begin perform session.enter('\\x{harness.digest(service.token(worker))}', null, "
             f"'/traject.v1.Traject/{method}', null); end $$;")
    script = enter + ''.join(f'select count(*) from {call.format(number=100000 + caseload.COACHES * (i + 1), due=1700000000000000)};\n'
                             for i in range(TIMES))
    done = subprocess.run(['psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname',
                           service.cluster.conninfo(service.database, 'traject_daemon')],
                          input='begin;\n' + script + 'rollback;\n', capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    return re.split(r'(?m)^LOG: ', done.stderr)[1:]


def main():
    service = caseload.new_service()
    found = 0
    try:
        caseload.fill(service, 0, LARGE)
        caseload.fill_items(service)
        caseload.give_tokens(service)
        settings = {'session_preload_libraries': 'auto_explain', 'auto_explain.log_min_duration': 0,
                    'auto_explain.log_nested_statements': 'on', 'auto_explain.log_analyze': 'on',
                    'client_min_messages': 'log'}
        for name, value in settings.items():
            service.sql(f'alter database {service.database} set {name} = {value!r}')
        for worker in ('c0a', 'm0'):
            for name, call in CALLS.items():
                texts = plans(service, worker, call)
                assert texts, 'auto_explain tells nothing'
                scans = sorted({scan for text in texts for scan in
                                re.findall(r'Seq Scan on (?:\w+\.)?(\w+)', text) if scan in LARGE_TABLES})
                passed = max(map(int, re.findall(r'Rows Removed by Filter: (\d+)', '\n'.join(texts))), default=0)
                found += bool(scans) or passed > PASSED_OVER_MAX[worker]
                slowest = max(float(ms) for ms in re.findall(r'duration: ([\d.]+) ms', '\n'.join(texts)))
                how = f'WHOLE TABLE: {", ".join(scans)}' if scans else f'by index, passing over {passed} rows'
                print(f'{worker:4} {name:22} {slowest:8.2f} ms  {how}')
                if '--show' in sys.argv:
                    print('\n'.join(texts))
    finally:
        service.close()
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
