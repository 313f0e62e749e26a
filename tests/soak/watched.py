"""What is looked at between two slices of a soak: of the daemon, of PostgreSQL's processes, and of each table and index."""
import os
import pathlib
import time

# Until the daemon has closed what its clients have left.
CLOSING_SECONDS = 10


def anonymous_kib(pid):
    """Memory that is the process's own; counted page by page, where /proc/PID/status may lag by some hundred KiB."""
    for line in pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
        if line.startswith('Anonymous:'):
            return int(line.split()[1])
    raise AssertionError(f'/proc/{pid}/smaps_rollup does not say what is anonymous')


def files(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def files_left(pid, expected):
    """How many files are open once all clients have gone: as many as expected, or what is left after a while."""
    until = time.monotonic() + CLOSING_SECONDS
    while files(pid) > expected and time.monotonic() < until:
        time.sleep(.1)
    return files(pid)


# Of the daemon's connections to PostgreSQL.
BACKENDS = "select pid from pg_stat_activity where usename = 'traject_daemon' order by pid"

RELATIONS = '''
    select c.oid::regclass, coalesce(i.indrelid, c.oid)::regclass, pg_relation_size(c.oid)
      from pg_class c
      left join pg_index i on i.indexrelid = c.oid
     where c.relnamespace in ('traject'::regnamespace, 'session'::regnamespace, 'logbook'::regnamespace)
       and c.relkind in ('r', 'i') and pg_relation_size(c.oid) > 0
     order by 1
'''


class Sizes:
    """Of every table and index: bytes, and of every table the rows that are alive and dead."""

    def __init__(self, cluster):
        rows = cluster.sql(RELATIONS)
        self.table_of = {name: table for name, table, _ in rows}
        self.bytes = {name: int(size) for name, _, size in rows}
        self.live = {table: int(cluster.sql(f'select count(*) from {table}')[0][0]) for table in set(self.table_of.values())}
        self.dead = {name: int(dead) for name, dead in cluster.sql('select relid::regclass, n_dead_tup from pg_stat_all_tables')}

    def each(self, name):
        """Bytes for each live row of its table."""
        return self.bytes[name] / max(1, self.live[self.table_of[name]])


class Sample:
    """At rest, after so many requests."""

    def __init__(self, requests, cluster, pid, files_expected):
        self.requests = requests
        self.files = files_left(pid, files_expected)
        self.memory = anonymous_kib(pid)
        backends = [int(backend) for backend, in cluster.sql(BACKENDS)]
        self.connections = len(backends)
        self.backend_memory = max(map(anonymous_kib, backends))
        (wal, wal_kept), = cluster.sql("""select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'), sum(size)
                                            from pg_ls_waldir()""")
        self.wal, self.wal_kept = int(wal), int(wal_kept)
