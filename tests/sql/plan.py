"""The plans of the statements of a script, nested ones too, and which of their scans could reach rows of several
municipalities."""
import json
import re
from typing import NamedTuple

# Of the plan of each statement, told when it ends; with every column under the name of its table.
SETTINGS = {'session_preload_libraries': 'auto_explain', 'auto_explain.log_min_duration': 0,
            'auto_explain.log_nested_statements': 'on', 'auto_explain.log_format': 'json', 'auto_explain.log_verbose': 'on',
            'auto_explain.log_level': 'notice'}
BEFORE = 'set client_min_messages = notice;\n\\set SHOW_CONTEXT always\n'

TOLD = re.compile(r'^NOTICE:  \w{5}: duration: [\d.]+ ms  plan:\n(\{\n.*?^\})\n(.*?)^LOCATION: [^\n]*\n', re.MULTILINE | re.DOTALL)
WITHIN = re.compile(r'^(?:CONTEXT:  )?(?:PL/pgSQL function ([\w.]+)(?:\(.*\))? line (\d+)|SQL function "(\w+)")', re.MULTILINE)


class Statement(NamedTuple):
    """A statement: the function that it stands in ('' for none), from which line of that on, its text and its plan."""
    function: str
    line: int
    text: str
    plan: dict


def statements(told):
    """The statements that psql's standard error tells of; of those that are alike, one."""
    alike = set()
    for plan, context in TOLD.findall(told):
        within = WITHIN.search(context)
        function, line = (within[1] or within[3], int(within[2] or 0)) if within else ('', 0)
        alike.add((re.sub(r'"(Startup Cost|Total Cost|Plan Rows|Plan Width)": [\d.]+,\s*', '', plan), function, line))
    for plan, function, line in alike:
        explained = json.loads(plan)
        yield Statement(function, line, explained['Query Text'], explained['Plan'])


# ---- conditions, as EXPLAIN writes them: with parentheses around all that is in another

def levels(condition):
    """The places in it outside of quotes, each with how many parentheses are open after it."""
    depth, quote = 0, ''
    for place, letter in enumerate(condition):
        if quote:
            quote = '' if letter == quote else quote
        elif letter in '\'"':
            quote = letter
        else:
            depth += (letter in '([') - (letter in ')]')
            yield place, depth


def bare(condition):
    """Without the parentheses around the whole of it."""
    while condition.startswith('(') and next(place for place, depth in levels(condition) if not depth) == len(condition) - 1:
        condition = condition[1:-1]
    return condition


def split(condition, by):
    """The parts of a condition that stand beside each other with that word between."""
    condition, parts, start = bare(condition), [], 0
    for place, depth in levels(condition):
        if not depth and condition.startswith(by, place):
            parts.append(condition[start:place])
            start = place + len(by)
    return [bare(part) for part in (*parts, condition[start:])]


def holds(condition, column, to):
    """Whether rows that meet the condition have in that column something that `to` says yes to."""
    either = split(condition, ' OR ')
    if len(either) > 1:
        return all(holds(part, column, to) for part in either)
    both = split(condition, ' AND ')
    if len(both) > 1:
        return any(holds(part, column, to) for part in both)
    sides = split(condition, ' = ')
    return (len(sides) == 2 and column in sides and not sides[1].startswith(('ANY (', 'ALL ('))
            and to(sides[sides[0] == column]))


def columns(expression):
    """The columns in an expression, each as its table's name there and its own."""
    plain = re.sub(r"'(?:[^']|'')*'", '', expression)
    plain = re.sub(r'::[\w.]+|\b\w+\.\w+\(', '', plain)
    return re.findall(r'("[^"]+"|\b[a-z_]\w*)(?:\.\*\))?\.(\w+)', plain)


# ---- plans

# Rows of a municipality that come from no table.
GIVEN = ('Function Scan', 'Values Scan', 'Named Tuplestore Scan')


def nodes(plan):
    yield plan
    for child in plan.get('Plans', ()):
        yield from nodes(child)


def name(node):
    """As the conditions of the plan name what it scans."""
    alias = node.get('Alias', '')
    return alias if re.fullmatch('[a-z_][a-z_0-9]*', alias) else f'"{alias}"'


def table(node):
    return f"{node['Schema']}.{node['Relation Name']}"


class Plan:
    """What a plan reads and writes, and which of it is sure to be of one municipality. `places` has each table with a
    column municipality_id, and the place of that; `known` are those in which what is found is of one anyway."""

    def __init__(self, plan, places, known=()):
        self.nodes, self.places = list(nodes(plan)), places
        self.parts = {node['Subplan Name']: node for node in self.nodes if 'Subplan Name' in node}
        # Their columns may have any name.
        self.subqueries = {name(node) for node in self.nodes if node['Node Type'] == 'Subquery Scan'}
        self.written = [node for node in self.nodes if node['Node Type'] == 'ModifyTable']
        self.scanned = [node for node in self.nodes if 'Relation Name' in node and node['Node Type'] != 'ModifyTable']
        self.tables = {table(node) for node in self.scanned}
        self.changed = {table(node) for node in self.written}
        self.one = {name(node) for node in self.scanned if table(node) in known}
        # What is sure of one makes more sure.
        while more := {name(node) for node in self.nodes if name(node) not in self.one and self.is_of_one(node)}:
            self.one |= more

    def is_of_one(self, node):
        """Whether the rows that a node scans, puts together or adds are of one municipality."""
        if node['Node Type'] == 'ModifyTable':
            return node['Operation'] == 'Insert' and table(node) in self.places and self.is_one(self.added(node))
        if 'Relation Name' in node:
            return self.is_held(node, self.is_one)
        if node['Node Type'] == 'Subquery Scan':
            return self.all_of_one(node['Plans'][0])
        if node['Node Type'] == 'CTE Scan':
            return self.all_of_one(self.parts[f"CTE {node['CTE Name']}"])
        return False

    def all_of_one(self, plan):
        """Whether all rows with a municipality that a part of the plan is made of are of one."""
        bearing = [node for node in nodes(plan) if 'Relation Name' in node and table(node) in self.places
                   or node['Node Type'] in (*GIVEN, 'CTE Scan') and f'{name(node)}.municipality_id' in node.get('Output', ())]
        return bool(bearing) and all(name(node) in self.one for node in bearing)

    def is_held(self, node, to):
        """Whether the conditions of a scan itself let only rows through whose municipality `to` says yes to."""
        return any(holds(node[kind], f'{name(node)}.municipality_id', to)
                   for kind in ('Index Cond', 'Recheck Cond', 'Filter') if kind in node)

    def is_one(self, expression):
        """Whether it is one municipality: of no row, or of rows that are of one."""
        return 'SubPlan' not in expression and all(
            of in self.one and (column == 'municipality_id' or of in self.subqueries) for of, column in columns(expression))

    def added(self, node):
        """The municipality of the rows that an insert adds, as an expression."""
        return next(child['Output'][self.places[table(node)] - 1] for child in node['Plans']
                    if child['Parent Relationship'] == 'Outer')

    def crossing(self):
        """Of the tables with municipalities each scan that is not held to one, and each insert of rows that are not sure
        to be; whether at least each row is held to the municipality of another one, and by what."""
        for node in self.scanned:
            if table(node) in self.places and name(node) not in self.one:
                by_row = self.is_held(node, lambda to: [column for _, column in columns(to)] == ['municipality_id'])
                yield table(node), by_row, {kind: text for kind, text in node.items() if kind.endswith(('Cond', 'Filter'))}
        given = {name(node) for node in self.nodes if node['Node Type'] in GIVEN}
        for node in self.written:
            # Rows that the statement is given are added where they say.
            if (node['Operation'] == 'Insert' and table(node) in self.places and name(node) not in self.one
                    and not {of for of, _ in columns(self.added(node))} <= given):
                yield table(node), True, self.added(node)
