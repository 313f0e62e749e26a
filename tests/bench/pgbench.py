"""pgbench with the daemon's own statements: what a program gets that talks to PostgreSQL by itself.

It cannot seal words, and it cannot make a UUID: words about each client stand ready in bench.sealed_words, looked up by the
statement that records them, where the daemon asks for the person's key; and the key of a write is made of a number."""
import glob
import math
import pathlib
import shutil
import subprocess
import tempfile
import time

import measure
import work

BATCH = 32  # requests that go out together in a pipeline

# Once for each connection: whom it acts as. Then for each request: about whom, and under which key.
ACTOR = '''\\if :{actors}_ready = 0
select '\\x' || encode(token_sha256, 'hex') as {actors}_token, municipality_id as {actors}_municipality,
       first_number as {actors}_first, first_number + listed - 1 as {actors}_last, team as {actors}_team
  from bench.actor where list = '{actors}' and place = :client_id % (select count(*) from bench.actor where list = '{actors}') \\gset
\\set {actors}_ready 1
\\endif
'''
# The same for each place in a batch.
ACTORS_OF_BATCH = '''\\if :{actors}_ready = 0
select {columns}
  from {tables}
 where {conditions} \\gset
\\set {actors}_ready 1
\\endif
'''


ANY_STAGE = f'(array{list(work.STAGES)}::traject.stage[])[:stage::integer]'


class Pgbench:
    def __init__(self, filled, statements):
        self.filled, self.statements = filled, statements
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='pgbench-'))
        self.program = self.newest('pgbench')

    @staticmethod
    def newest(name):
        return sorted(glob.glob(f'/usr/lib/postgresql/*/bin/{name}'), key=lambda path: int(path.split('/')[4]))[-1]

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- scripts ----

    def statement(self, name, actors, place=''):
        """Who calls and the call of a request, as two statements; with the variables of a place in a batch."""
        of = work.WORKS[name]
        token, number = f':{actors}_token{place}', f':number{place}::text'
        key = f"lpad(to_hex(:key{place}::bigint), 32, '0')" if of.writes else 'null'
        words = (f'(select words from bench.sealed_words where municipality_id = :{actors}_municipality{place}::bigint'
                 f' and client_number = {number})')
        stand_for = {work.NUMBER: number, work.WORDS: words, work.STAGE: ANY_STAGE, work.TEAM: f':{actors}_team{place}'}
        values = {argument: stand_for.get(value, value) for argument, value in of.values.items()}
        return self.statements.enter(token, of.method, key), self.statements.call(of.method, key, **values)

    def choose(self, name, actors, place=''):
        return (f'\\set number{place} random(:{actors}_first{place}, :{actors}_last{place})\n'
                + (f'\\set key{place} random(1, 9000000000000000000)\n' if work.WORKS[name].writes else ''))

    def script(self, name, actors=None, pipeline=False):
        """One request a transaction; `pipeline` in one round trip."""
        actors = actors or work.WORKS[name].actors
        text = ACTOR.format(actors=actors)
        enter, call = self.statement(name, actors)
        if name == 'move':
            return text + self.moves(enter, call)
        text += self.choose(name, actors) + '\\startpipeline\n' * pipeline
        return text + ';\n'.join(['begin', enter, call, self.statements.at_end(), 'commit']) + ';\n' + '\\endpipeline\n' * pipeline

    def moves(self, enter, call):
        """A connection goes through its clients in turn: first each of them leaves the stages that it moves between, then
        there and back."""
        first = call.replace(ANY_STAGE,
                             "(select case s.stage when 'first_contact' then 'preconditions' else 'first_contact' end::traject.stage"
                             " from bench.stage s where s.municipality_id = :writers_municipality::bigint and s.client_number = :number::text)")
        if first == call:
            raise AssertionError('the statement of a move has no stage')
        return ('\\set listed :writers_last - :writers_first + 1\n\\set number :writers_first + :moves % :listed\n'
                '\\set pass :moves / :listed\n\\set stage 1 + :pass % 2\n\\set moves :moves + 1\n'
                '\\set key random(1, 9000000000000000000)\n'
                f'begin;\n{enter};\n\\if :pass = 0\n{first};\n\\else\n{call};\n\\endif\n{self.statements.at_end()};\ncommit;\n')

    def batch(self, name, transactions):
        """BATCH requests in a pipeline, each of another actor: as one transaction, which is what the daemon makes of
        them, or each in its own."""
        actors = work.WORKS[name].actors
        places = range(BATCH)
        columns = ', '.join(f"'\\x' || encode(a{p}.token_sha256, 'hex') as {actors}_token{p}, a{p}.municipality_id as {actors}_municipality{p},"
                            f' a{p}.first_number as {actors}_first{p}, a{p}.first_number + a{p}.listed - 1 as {actors}_last{p}, a{p}.team as {actors}_team{p}' for p in places)
        count = f"(select count(*) from bench.actor where list = '{actors}')"
        text = ACTORS_OF_BATCH.format(
            actors=actors, columns=columns, tables=', '.join(f'bench.actor a{p}' for p in places),
            conditions=' and '.join(f"a{p}.list = '{actors}' and a{p}.place = ({BATCH} * :client_id + {p}) % {count}" for p in places))
        requests = [';\n'.join(self.statement(name, actors, str(p))) + ';\n' for p in places]
        text += ''.join(self.choose(name, actors, str(p)) for p in places) + '\\startpipeline\n'
        if transactions:
            text += ''.join(f'begin;\n{request}{self.statements.at_end()};\ncommit;\n' for request in requests)
        else:
            text += ''.join(requests) + self.statements.at_end() + ';\n'
        return text + '\\endpipeline\n'

    def scripts(self, name, pipeline=False):
        """With their weights."""
        if name == 'mix':
            return [(self.script(one, 'writers'), share) for one, share in work.mix().items()]
        return [(self.script(name, pipeline=pipeline), 1)]

    # ---- runs ----

    def run(self, scripts, connections, seconds, warmup, fronts=(), conninfo=None, mode='prepared', batch=1):
        """Scripts with their weights."""
        arguments = []
        for place, (text, weight) in enumerate(scripts):
            path = self.folder / f'{place}.sql'
            path.write_text(text)
            arguments += ['-f', f'{path}@{weight}']
        for name in ('readers', 'writers', 'managers'):
            arguments += ['-D', f'{name}_ready=0']
        prefix = self.folder / 'log'
        process = subprocess.Popen(
            [self.program, '--no-vacuum', '-M', mode, '-c', str(connections), '-j', '2', '-T', str(warmup + seconds + 1), *arguments,
             '-D', 'moves=0', '-D', 'ready=0', '--log', '--log-prefix', prefix, conninfo or self.filled.cluster.conninfo('traject', 'traject_daemon')],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(warmup)
        window = measure.Window(self.filled.cluster.server.process.pid, fronts)
        time.sleep(seconds)
        window.end()
        _, errors = process.communicate()
        if process.returncode or 'ERROR' in errors:
            raise AssertionError(f'pgbench: {errors[-3000:]}')
        return self.read(prefix, window, batch)

    def read(self, prefix, window, batch):
        took = []
        for path in glob.glob(f'{prefix}.*'):
            with open(path) as lines:
                for line in lines:
                    _, _, microseconds, _, second, microsecond, *_ = line.split()
                    if microseconds == 'failed':
                        raise AssertionError('pgbench: a transaction met a deadlock or the like; fill more clients')
                    if window.began <= int(second) + int(microsecond) / 1e6 <= window.ended:
                        took.append(int(microseconds))
            pathlib.Path(path).unlink()
        if not took:
            return window.figures(0, math.nan, math.nan, math.nan)
        took.sort()
        return window.figures(len(took) * batch / window.seconds, measure.percentile(took, .5), measure.percentile(took, .99),
                              measure.percentile(took, .999))
