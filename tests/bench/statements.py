"""The statements that trajectd prepares, as PostgreSQL logs them when it does: whoever is compared with it sends these."""
import re


def by_column(sql):
    """Others read the columns of a row one by one, not as the record that the daemon takes it for."""
    columns = re.findall(r'r\."', sql.partition(' from api.')[0]) or ['done']
    return sql.replace(' select reply, ', ' select reply.*, ').replace('null::record', ', '.join(['null'] * len(columns)))


class Statements:
    def __init__(self, filled, trajectd):
        filled.cluster.sql('alter role traject_daemon set log_min_duration_statement = 0')
        before = len(filled.cluster.server.lines)
        trajectd.start()
        trajectd.stop()
        filled.cluster.sql('alter role traject_daemon reset log_min_duration_statement')
        found = re.findall(r'duration: [\d.]+ ms  parse (\w+): (.*)', '\n'.join(filled.cluster.server.lines[before:]))
        self.sql = {name: by_column(sql) for name, sql in found}
        missing = {'enter', 'subject_key', 'log_looks', 'call_GetTimeline'} - set(self.sql)
        if missing:
            raise AssertionError(f'PostgreSQL logged no such statement of the daemon: {missing}')

    def arguments(self, name):
        """The names of the parameters of a statement, in their order; those that a write adds to its call are without one."""
        numbered = {int(number): argument for argument, number in re.findall(r'"?(\w+)"? => \$(\d+)', self.sql[name])}
        return [numbered[number] for number in sorted(numbered)]

    def put(self, name, more=(), **values):
        """The statement with an expression in the place of each parameter, null where none is given."""
        given = [values.pop(argument, 'null') for argument in self.arguments(name)] + list(more)
        if values:
            raise AssertionError(f'{name} has no parameters that are called {", ".join(values)}')
        return re.sub(r'\$(\d+)', lambda found: given[int(found[1]) - 1], self.sql[name])

    def enter(self, token, method, key='null'):
        """Says who calls."""
        return self.put('enter', token_sha256=token, request_key=key, method=f"'{FULL_NAME}{method}'", body_sha256=BODY_DIGEST,
                        waited_ms='0')

    def call(self, method, key='null', **values):
        """`key` is that of a write."""
        return self.put(f'call_{method}', [key, f"'{FULL_NAME}{method}'", BODY_DIGEST], **values)

    def at_end(self):
        """Of a transaction, before it commits: the lines of the logs."""
        return self.sql['log_looks']


FULL_NAME = '/traject.v1.Traject/'
BODY_DIGEST = "'\\x" + 32 * '5a' + "'"
