"""A migrated database of a test's own, and who calls in it: psql as its owner, or as the daemon does for a worker."""
import csv
import functools
import hashlib
import io
import json
import pathlib
import re
import secrets
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from harness import MUNICIPALITIES, REPOSITORY, TRAJECTD, WAIT_SECONDS, Program, cluster, digest  # noqa: E402,F401

# Whole tables come as one field of JSON.
csv.field_size_limit(2 ** 30)

# coach anna and bert, member mia, manager max in Noord; coach zoe, manager zack in Zuid; manager bas and coach cor in
# both. For each municipality; with an employer that has three people.
WORKERS = {'anna': ('coach', ['Noord']), 'bert': ('coach', ['Noord']), 'mia': ('member', ['Noord']),
           'max': ('manager', ['Noord']), 'zoe': ('coach', ['Zuid']), 'zack': ('manager', ['Zuid']),
           'bas': ('manager', ['Noord', 'Zuid']), 'cor': ('coach', ['Noord', 'Zuid'])}
EMPLOYER, PEOPLE = 'Bakkerij De Zon', ['M. Visser', 'K. de Wit', 'J. Bos']


class Refused(Exception):
    """An error of PostgreSQL: its code, its message, and the constraint at fault."""

    def __init__(self, text):
        super().__init__(text)
        found = re.search(r'(?:ERROR|FATAL): +(\w{5}): (.*)', text)
        self.code, self.message = found.groups() if found else ('', text)
        named = re.search(r'^CONSTRAINT NAME: +(\S+)', text, re.MULTILINE)
        self.constraint = named and named[1]


def literal(value):
    """A value as SQL writes it."""
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return 'array[' + ', '.join(map(literal, value)) + ']'
    return "'" + str(value).replace("'", "''") + "'"


def token_of(municipality, worker):
    return hashlib.sha256(f'{municipality}/{worker}'.encode()).hexdigest()


def digest_of(municipality, worker):
    """What the database keeps of a worker's token."""
    return digest(MUNICIPALITIES[municipality] if worker == 'admin' else token_of(municipality, worker))


# What the daemon seals, by argument, and the tokens that it gives each: none, of the whole, or those of a name.
SEALED = {**dict.fromkeys(('words', 'reason', 'entry_reason', 'relation', 'may_be_told', 'what', 'approach', 'guidance',
                           'fitting_work', 'work_context', 'getting_ahead', 'being_of_value', 'aptitude'), 'nothing'),
          **dict.fromkeys(('by_whom', 'grouped_as'), 'label'), 'full_name': 'name'}
# Of a person of the network it is the name.
LABELLED = {('add_network_person', 'what'), ('correct_entry', 'what')}
# Workers are named in clear; and what is looked for comes as a token.
CLEAR = {('add_worker', 'full_name')}
LOOKED_FOR = {('list_items', 'by_whom'), ('list_items', 'grouped_as')}
# The key that all is sealed with in these tests, unless they say otherwise: nobody's.
KEY = '00' * 16
SEALED_FORM = re.compile(r'\\x01[0-9a-f]{96,}')


def label(text):
    """The token of a label, whatever its case."""
    return hashlib.sha256(b'l' + text.strip().casefold().encode()).hexdigest()[:16]


def word_tokens(text, beginnings=False):
    """The tokens of the words of a name, or of the beginnings that each is found by."""
    words = text.casefold().split()
    parts = [word[:end] for word in words for end in range(3, len(word))] if beginnings else []
    return [hashlib.sha256(b'w' + part.encode()).hexdigest()[:16] for part in parts + words]


def sealed(text, tokens='nothing', key=KEY):
    """The text in the form that the daemon seals it in, but readable; each time another, as there."""
    text = text.strip()
    if not text:
        return None
    made = {'nothing': [], 'label': [label(text)], 'name': [label(text), *word_tokens(text, True)]}[tokens]
    return (f"\\x01{key}{len(text):04x}{len(made):02x}{''.join(made)}{secrets.token_hex(12)}"
            f"{text.encode().hex()}{'00' * 16}")


def unsealed(value):
    """A value as it was before it was sealed, wherever in it that is."""
    if isinstance(value, list):
        return [unsealed(one) for one in value]
    if isinstance(value, dict):
        return {name: unsealed(one) for name, one in value.items()}
    if not isinstance(value, str) or not SEALED_FORM.fullmatch(value):
        return value
    bytes_ = bytes.fromhex(value[2:])
    return bytes_[20 + 8 * bytes_[19] + 12:-16].decode()


def act_as_admin(municipality):
    """The text of a statement that makes whoever has the owner's rights an admin of that municipality, given as SQL."""
    return (f"do $$ begin perform session.act(({municipality}), 0, 'admin', '{{}}'); end $$; ")


# What ends each batch of calls: the lines in the logs of whom they looked at.
LOG = 'do $$ begin perform session.log_looks(); end $$;'


class Database:
    def __init__(self, organisation=True, strict=False):
        """With an organisation of the workers above; and where not strict, one transaction may call functions of several
        methods."""
        self.cluster = cluster()
        self.name = 'sql_' + secrets.token_hex(6)
        self.cluster.copy_template(self.name)
        self.own_keys('disable')
        self.run('create schema test; grant usage, create on schema test to public')
        if not strict:
            self.any_method()
        if organisation:
            self.run(''.join(self.organisation(name) for name in MUNICIPALITIES), user='traject_daemon')

    def close(self):
        self.cluster.sql(f'drop database {self.name} with (force)')

    def own_keys(self, how):
        """Whether what is sealed must be so under the key of whom it is about: `enable` or `disable`."""
        self.run(f'alter table traject.event {how} trigger event_own_key; '
                 f'alter table traject.client {how} trigger client_own_key; '
                 f'alter table traject.erasure {how} trigger erasure_own_key')

    def any_method(self):
        self.run("create or replace function session.admitted(method text) returns bigint language sql as "
                 "'select session.acting()'")

    # ---- psql

    def psql(self, script, user='postgres', *options):
        return subprocess.run(['psql', '--no-psqlrc', '--quiet', '--csv', '--tuples-only', '--set', 'ON_ERROR_STOP=1',
                               '--set', 'VERBOSITY=verbose', *options, '--dbname', self.cluster.conninfo(self.name, user)],
                              input=script, capture_output=True, text=True,
                              env={'PATH': '/usr/bin:/bin', 'PGTZ': 'UTC', 'PGOPTIONS': '-c client_min_messages=warning'})

    def run(self, script, user='postgres'):
        """The rows of all that the script answers, each a list of texts."""
        done = self.psql(script, user)
        if done.returncode:
            raise Refused(done.stderr)
        return unsealed(list(csv.reader(io.StringIO(done.stdout))))

    def rows(self, query, user='postgres', before='', after=''):
        """The rows of a query, as dictionaries of JSON's types."""
        answer = self.run(f"begin; {before} select coalesce(json_agg(q), '[]') from ({query}) q; {after} commit;", user)
        return unsealed(json.loads(answer[-1][0]))

    def value(self, query):
        return self.run(query)[0][0]

    def owner(self, script):
        """As who owns the tables: nothing but constraints and triggers is in the way."""
        return self.run('set role traject_owner; begin; ' + script + '; commit;')

    def wait_for_lock(self):
        """Until somebody waits for another."""
        until = time.monotonic() + WAIT_SECONDS
        while self.value(f"""select count(*) from pg_stat_activity where datname = '{self.name}'
                                and wait_event_type = 'Lock'""") == '0':
            if time.monotonic() > until:
                raise AssertionError('nobody waits')

    # ---- calls, as the daemon makes them

    @staticmethod
    def enter(worker, municipality='Veldstad', method='ListTeams', key=None):
        """Who calls; with the key of somebody new: its number, the wrapped key, who that is."""
        digested = digest_of(municipality, worker)
        new_key = (key or secrets.token_hex(16)) + '00' * 68 + '01'
        return (f"do $$ begin perform set_config('traject.new_key', '{new_key}', true); "
                f"perform session.enter('\\x{digested}', null, '/traject.v1.Traject/{method}', null); end $$; ")

    @staticmethod
    def call(function, /, **arguments):
        """The text of a call of the API."""
        made = {name: argument(function, name, value) for name, value in arguments.items()}
        if function == 'find_clients':
            made['query_tokens'] = tokens(word_tokens(arguments['query']))
        return f"api.{function}({', '.join(f'{name} => {value}' for name, value in made.items())})"

    def transaction(self, actor, function, municipality='Veldstad', /, **arguments):
        """The text of a transaction of one call."""
        method = ''.join(part.capitalize() for part in function.split('_'))
        return (f"begin; {self.enter(actor, municipality, method)} "
                f"select * from {self.call(function, **arguments)}; {LOG} commit;\n")

    def as_worker(self, actor, function, municipality='Veldstad', /, **arguments):
        """The rows that a call answers."""
        method = ''.join(part.capitalize() for part in function.split('_'))
        return self.rows(f'select * from {self.call(function, **arguments)}', 'traject_daemon',
                         self.enter(actor, municipality, method), LOG)

    def as_daemon(self, worker, script, municipality='Veldstad'):
        """Anything at all in the daemon's database role, with that worker as the actor; nothing of it stays."""
        return self.run(f'begin; {self.enter(worker, municipality)} {script}; rollback;', 'traject_daemon')

    def acting(self, worker, script, municipality='Veldstad'):
        """Anything at all with the rights of the API's functions, that worker as the actor; nothing of it stays."""
        return self.run(f'begin; {self.enter(worker, municipality)} set local role traject_api; {script}; rollback;')

    # ---- a municipality's people, and clients

    def organisation(self, municipality):
        made = [('add_team', {'team': team}) for team in ('Noord', 'Zuid')]
        made += [('add_worker', {'worker': name, 'full_name': name.capitalize(), 'role': role, 'teams': teams})
                 for name, (role, teams) in WORKERS.items()]
        made += [('add_token', {'worker': name, 'token_sha256': '\\x' + digest(token_of(municipality, name))})
                 for name in WORKERS]
        made += [('add_employer', {'employer': EMPLOYER})]
        made += [('add_employer_person', {'employer': EMPLOYER, 'person': person}) for person in PEOPLE]
        return ''.join(self.transaction('admin', function, municipality, **arguments) for function, arguments in made)

    def new_client(self, number, coach='anna', team='Noord', at='2026-01-01 09:00+00', municipality='Veldstad', **more):
        """A client with an open trajectory; returns the trajectory's id."""
        self.run(self.transaction('bas', 'add_client', municipality, client_number=number)
                 + self.transaction('bas', 'start_trajectory', municipality, client_number=number,
                                    kind='work_experience', occurred_at=at, coach=coach, team=team, **more),
                 'traject_daemon')
        return int(self.value(f"""
            select s.trajectory_id from traject.trajectory_state s
              join traject.client c using (municipality_id, client_id) join traject.municipality m using (municipality_id)
             where c.client_number = {literal(number)} and m.name = {literal(municipality)} and s.open"""))


def tokens(made):
    return literal(['\\x' + one for one in made]) + '::bytea[]'


def argument(function, name, value):
    """An argument of a call as SQL writes it. What is sealed already stays as it is."""
    if value is None or (function, name) in CLEAR:
        return literal(value)
    if name == 'network_people':
        return tokens(map(label, value))
    if (function, name) in LOOKED_FOR:
        return literal('\\x' + label(value))
    if name in SEALED and not SEALED_FORM.fullmatch(value):
        return literal(sealed(value, 'label' if (function, name) in LABELLED else SEALED[name]))
    return literal(value)


class Conversation:
    """A psql that stays open, for calls of which the next depends on the answer."""

    def __init__(self, database, user='traject_daemon'):
        self.database = database
        self.process = subprocess.Popen(
            ['psql', '--no-psqlrc', '--quiet', '--csv', '--tuples-only', '--set', 'VERBOSITY=verbose', '--dbname',
             database.cluster.conninfo(database.name, user)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={'PATH': '/usr/bin:/bin', 'PGTZ': 'UTC',
                                           'PGOPTIONS': '-c client_min_messages=warning'})

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def send(self, script):
        self.process.stdin.write(script + ';\n\\echo -- done\n')
        self.process.stdin.flush()

    def answer(self):
        """The rows of what was sent, each a list of texts."""
        lines = []
        for line in self.process.stdout:
            if line == '-- done\n':
                break
            lines.append(line)
        text = ''.join(lines)
        if re.search(r'^(psql:\S+: )?(ERROR|FATAL): ', text, re.MULTILINE):
            raise Refused(text)
        return unsealed(list(csv.reader(io.StringIO(text))))

    def run(self, script):
        self.send(script)
        return self.answer()

    def call(self, actor, function, /, **arguments):
        """The rows that a call answers, in a transaction of its own."""
        return self.run(self.database.transaction(actor, function, **arguments))


@functools.cache
def municipality_id(database, name):
    return int(database.value(f"select municipality_id from traject.municipality where name = {literal(name)}"))
