"""The statements that trajectd prepares, as PostgreSQL logs them when it does: whoever is compared with it sends these."""
import re


class Statements:
    def __init__(self, filled, trajectd):
        filled.cluster.sql('alter role traject_daemon set log_min_duration_statement = 0')
        before = len(filled.cluster.server.lines)
        trajectd.start()
        trajectd.stop()
        filled.cluster.sql('alter role traject_daemon reset log_min_duration_statement')
        found = re.findall(r'duration: [\d.]+ ms  parse (\w+): (.*)', '\n'.join(filled.cluster.server.lines[before:]))
        self.sql = dict(found)
        missing = {'enter', 'subject_key', 'call_GetTimeline'} - set(self.sql)
        if missing:
            raise AssertionError(f'PostgreSQL logged no such statement of the daemon: {missing}')

    def arguments(self, method):
        """The names of the parameters of a call, in their order; those that a write adds are without a name."""
        numbered = {int(number): name for name, number in re.findall(r'"(\w+)" => \$(\d+)', self.sql[f'call_{method}'])}
        return [numbered[number] for number in sorted(numbered)]

    def call(self, method, key=None, **values):
        """The statement of a call with an expression in the place of each argument, null where none is given; `key` is
        that of a write."""
        full_name = f'/traject.v1.Traject/{method}'
        given = [values.pop(name, 'null') for name in self.arguments(method)] + [key, f"'{full_name}'", BODY_DIGEST]
        if values:
            raise AssertionError(f'{method} has no such arguments: {", ".join(values)}')
        return put(self.sql[f'call_{method}'], given)

    def enter(self, token, method, key='null'):
        """The statement that says who calls: token, request key, method, digest of the body, waited, trace, party, certificate."""
        return put(self.sql['enter'], [token, key, f"'/traject.v1.Traject/{method}'", BODY_DIGEST, '0', 'null', 'null', 'null'])


BODY_DIGEST = "'\\x" + 32 * '5a' + "'"


def put(sql, given):
    return re.sub(r'\$(\d+)', lambda found: given[int(found[1]) - 1], sql)
