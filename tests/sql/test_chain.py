"""The chain of each trajectory: held against one computed here, from what sql/schema/015_chain.sql says of it."""
import datetime
import decimal
import hashlib
import json
import re
import struct
import unittest

from database import EMPLOYER, Conversation, Database, Refused, literal, sealed

OUTSIDE = {'sequence', 'chained', 'recorded_in'}
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


def sent_numeric(text):
    """As PostgreSQL sends it: digits of four decimals each, the place of the first, the sign, decimals to be shown."""
    number = decimal.Decimal(text)
    scale = max(0, -number.as_tuple().exponent)
    whole, fraction = f'{abs(number):f}'.partition('.')[::2]
    whole = whole.lstrip('0')
    whole = '0' * (-len(whole) % 4) + whole
    fraction += '0' * (-len(fraction) % 4)
    digits = [int((whole + fraction)[at:at + 4]) for at in range(0, len(whole + fraction), 4)]
    weight = len(whole) // 4 - 1
    while digits and digits[0] == 0:
        digits, weight = digits[1:], weight - 1
    while digits and digits[-1] == 0:
        digits.pop()
    return struct.pack(f'!hhHH{len(digits)}h', len(digits), weight if digits else 0, 0x4000 if number < 0 else 0, scale, *digits)


def sent(kind, value):
    """A value of to_jsonb, in PostgreSQL's binary format."""
    if kind == 'boolean':
        return bytes([value])
    if kind == 'integer':
        return struct.pack('!i', value)
    if kind == 'bigint':
        return struct.pack('!q', value)
    if kind == 'bigint[]':
        return struct.pack('!iiIii', 1, 0, 20, len(value), 1) + b''.join(struct.pack('!iq', 8, item) for item in value)
    if kind == 'numeric':
        return sent_numeric(value)
    if kind == 'timestamp with time zone':
        return struct.pack('!q', (datetime.datetime.fromisoformat(value) - EPOCH) // datetime.timedelta(microseconds=1))
    if kind == 'bytea':
        return bytes.fromhex(value.removeprefix('\\x'))
    return value.encode()


def origin(trajectory):
    numbers = struct.pack('!qqq', *(trajectory[name] for name in ('municipality_id', 'trajectory_id', 'client_id')))
    return hashlib.sha256(numbers + bytes.fromhex(trajectory['key_id'].replace('-', ''))).digest()


def linked(previous, kinds, entry):
    encoded = b''
    for name in sorted(kinds, key=str.encode):
        if name not in OUTSIDE and entry[name] is not None:
            value = sent(kinds[name], entry[name])
            encoded += struct.pack('!i', len(name)) + name.encode() + struct.pack('!i', len(value)) + value
    return hashlib.sha256(previous + encoded).digest()


class ChainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.clients = 0

    def new_client(self, **more):
        type(self).clients += 1
        self.number = f'K{self.clients}'
        return self.database.new_client(self.number, **more)

    def ask(self, actor, function, /, **arguments):
        return self.database.as_worker(actor, function, client_number=self.number, **arguments)

    def contact(self, **more):
        return self.ask('anna', 'record_contact', channel='phone', counterpart='client', reached=True, **more)[0]['event_id']

    def refused(self, code, function, *arguments):
        with self.assertRaises(Refused, msg=arguments) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)

    def kinds(self):
        """The columns of an entry, each with its type."""
        return dict(self.database.run("""
            select a.attname, case t.typtype when 'e' then 'enum'
                                   else format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) end
              from pg_attribute a join pg_type t on t.oid = a.atttypid
             where a.attrelid = 'traject.event'::regclass and a.attnum > 0 and not a.attisdropped"""))

    def check_chains(self):
        """Computes every chain anew; returns how many entries there are."""
        kinds = self.kinds()
        rows = [json.loads(row[0], parse_float=decimal.Decimal) for row in self.database.run(
            'select to_jsonb(e) from traject.event e order by e.municipality_id, e.trajectory_id, e.event_id')]
        origins = {(row['municipality_id'], row['trajectory_id']): origin(row) for row in self.database.rows(
            'select y.*, c.key_id from traject.trajectory y join traject.client c using (municipality_id, client_id)')}
        ends = {}
        for row in rows:
            trajectory = row['municipality_id'], row['trajectory_id']
            sequence, chained = ends.get(trajectory) or (0, origins[trajectory])
            made = sequence + 1, linked(chained, kinds, row)
            self.assertEqual((row['sequence'], row['chained']), (made[0], '\\x' + made[1].hex()), row)
            ends[trajectory] = made
        heads = {(row['municipality_id'], row['trajectory_id']): (row['sequence'], bytes.fromhex(row['chained'][2:]))
                 for row in self.database.rows('select * from traject.chain_head')}
        self.assertEqual(heads, ends)
        return rows


class Chain(ChainTest):
    def test_is_what_its_definition_says(self):
        self.new_client(municipality='Oevermeer')
        self.new_client()
        self.ask('anna', 'add_network_person', what='Zus Ünal', relation='zus', may_be_told='afspraken')
        self.ask('anna', 'add_network_person', what='Broer', relation='broer', may_be_told='alles')
        contact = self.contact(words="Gesprek: 'rooster' — \\ ünïcode €", network_people=['broer', 'Zus Ünal'])
        self.database.as_worker('anna', 'correct_entry', event_id=contact, reason='verkeerd', words='anders')
        self.ask('anna', 'plan_appointment', channel='office', counterpart='client', network_people=['Broer'],
                 due_at='2027-01-01 10:00:00.123456+00')
        for hours in '36', '0.5', '32.25':
            self.ask('anna', 'begin_contract', employer=EMPLOYER, contract='permanent', hours=hours)
        self.ask('anna', 'record_wage_value', percentage=0, by_whom='UWV', due_at='2027-01-01')
        self.ask('anna', 'move_stage', stage='work_content', reason='over')
        self.ask('anna', 'flag_handover', employer=EMPLOYER, supervisor='M. Visser')
        self.ask('anna', 'prepare_handover', talked_through_with_client=True, guidance_needs_shared=False,
                 absence_and_dropout_discussed=True, fallback_agreed=True, second_person='K. de Wit')
        self.ask('max', 'assign_coach', coach='bert')
        self.ask('max', 'set_rhythm', days=11)
        self.database.as_worker('admin', 'revoke_employer_person', employer=EMPLOYER, person='M. Visser')
        wrong = self.ask('max', 'record_contact', channel='email', counterpart='client', reached=False)[0]['event_id']
        self.database.as_worker('max', 'withdraw_entry', event_id=wrong, reason='dubbel')
        rows = self.check_chains()
        for kind in ('contact', 'entry_withdrawn', 'rhythm_set', 'supervisor_left', 'contract_begun', 'handover_prepared'):
            self.assertIn(kind, {row['kind'] for row in rows})
        # A correction tells the same people as what it corrects.
        told = {row['event_id']: row['network_people'] for row in self.ask('max', 'get_timeline', newest_first=True,
                                                                           with_superseded=True)}
        self.assertEqual(told[contact], ['Zus Ünal', 'Broer'])
        self.assertEqual([row['included'] for row in rows if contact in (row['event_id'], row['entry_id'])],
                         [rows[[row['event_id'] for row in rows].index(contact)]['included']] * 2)

    def test_an_imported_case(self):
        entries = ', '.join(f"row('{self.id()}{n}', timestamptz '2026-01-01' + interval '{n} hours', null, 'Bellen', {stage}, "
                            f"'phone', 'client', true, {literal(sealed(f'woorden {n}'))})" for n, stage in
                            enumerate(['null', "'work_content'", "'first_contact'", 'null'] * 5))
        self.database.run(f"""begin; {self.database.enter('max', method='ImportJourney')}
            select * from api.import_journey('LOG1', 'activation', 'anna', 'Noord', {literal(sealed('log'))}, ended_at => '2026-03-01',
                                             entries => array[{entries}]::api.import_entry[]); commit""", 'traject_daemon')
        self.assertGreater(len(self.check_chains()), 20)

    def test_covers_every_column(self):
        """Who adds a column to traject.event in a migration calls traject.define_canonical at its end."""
        source = self.database.value("select prosrc from pg_proc where proname = 'canonical'")
        details, brief, whole = (set(re.findall(r'entry\.(\w+)', part)) for part in re.split(r'\breturn\b', source))
        self.assertEqual(whole, set(self.kinds()) - OUTSIDE)
        # Those that the brief form leaves out are those that it asks for first.
        self.assertEqual((brief | details, brief & details), (whole, set()))

    def test_a_column_to_come(self):
        self.new_client()
        self.contact(words='ervoor')
        before = self.check_chains()
        self.database.owner("alter table traject.event add column note text, add column aantal integer;"
                            "call traject.define_canonical()")
        self.addCleanup(self.database.owner, 'alter table traject.event drop column note, drop column aantal;'
                                             'call traject.define_canonical()')
        # What was there stands as it did, and what is entered there is chained.
        self.assertEqual(len(self.check_chains()), len(before))
        self.database.owner(f"""insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by,
            activity, note, aantal) select municipality_id, trajectory_id, 'activity', now(), recorded_by, 'x', 'noot', 7
            from traject.event where event_id = {before[-1]['event_id']}""")
        after = self.check_chains()
        self.assertEqual(len(after), len(before) + 1)
        self.database.run(f"""begin; set local session_replication_role = replica;
            delete from traject.event where note is not null; update traject.chain_head set sequence = {before[-1]['sequence']},
            chained = '{before[-1]['chained']}' where trajectory_id = {before[-1]['trajectory_id']}; commit""")
        with self.assertRaises(Refused) as caught:
            self.database.owner('alter table traject.event add column place point; call traject.define_canonical()')
        self.assertIn('column (place) of a type that has no canonical form', caught.exception.message)

    def test_a_log_is_chained_together(self):
        def add(*ids):
            call = self.database.call('import_journey', client_number='L', kind='activation', coach='anna', team='Noord', reason='x')
            rows = ', '.join(f"('{name}', '2026-02-{name} 09:00+00', null, 'log', null, 'phone', null, null, null)" for name in ids)
            self.database.run(f"begin; {self.database.enter('max', method='ImportJourney')} "
                              f"select * from {call[:-1]}, entries => array[{rows}]::api.import_entry[]); commit", 'traject_daemon')
        add('10', '11', '13')
        add('10', '12', '14')
        self.database.as_worker('anna', 'move_stage', client_number='L', stage='starting_work')
        add('15')
        rows = self.check_chains()
        self.assertEqual([row['sequence'] for row in rows if row['trajectory_id'] == rows[-1]['trajectory_id']], [*range(1, 9)])

    def test_the_trigger_is_the_last(self):
        self.assertEqual(self.database.run("""
            select tgname from pg_trigger
             where tgrelid = 'traject.event'::regclass and not tgisinternal
               and tgtype & 7 = 7 -- for each row, before, insert
             order by tgname collate "C" desc limit 1"""), [['written_to_chain']])

    def test_no_other_trigger_changes_an_entry(self):
        """internal.append chains entries before any trigger sees them."""
        self.assertEqual(self.database.run(r"""
            select distinct p.proname
              from pg_trigger t
              join pg_proc p on p.oid = t.tgfoid
             where t.tgrelid = 'traject.event'::regclass and not t.tgisinternal and t.tgtype & 7 = 7
               and p.prosrc ~* '\mnew\M(\.\w+)?\s*:?=[^=]|\minto\s+(strict\s+)?([^;]*,\s*)?new\M|returning\M[^;]*\minto\s[^;]*\mnew\.'"""),
            [['chain']])

    def test_the_caller_has_no_say_in_it(self):
        trajectory = self.new_client()
        last = self.contact()
        self.assertEqual(self.database.acting('anna', f"""
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity, sequence, chained)
            values (session.municipality_id(), {trajectory}, 'activity', now(), session.worker_id(), 'x', 99, '\\x00')
            returning sequence = (select sequence + 1 from traject.event where event_id = {last}), length(chained)"""),
            [['t', '32']])

    def test_the_daemon_does_not_write_heads(self):
        for table in 'chain_head', 'signed_head', 'signed_head_trajectory':
            for script in (f'update traject.{table} set municipality_id = 1', f'delete from traject.{table}',
                           f'insert into traject.{table} select * from traject.{table}'):
                with self.subTest(script):
                    self.refused('42501', self.database.acting, 'bas', script)
        for script in ('call traject.chain_anew()', 'call traject.define_canonical()', 'select * from traject.signed_head'):
            self.refused('42501', self.database.acting, 'bas', script)
        # The auditor reads all of it, and writes heads alone; nobody takes one back.
        for script in ('update traject.event set words = null', 'insert into traject.event select * from traject.event',
                       'delete from traject.signed_head', 'select full_name from traject.client'):
            self.refused('42501', self.database.run, script, 'traject_auditor')
        self.assertEqual(self.database.run('select count(*) > 0 from traject.event', 'traject_auditor'), [['t']])
        self.refused('TJ009', self.database.owner, 'delete from traject.signed_head')

    def test_two_writers_of_one_trajectory(self):
        trajectory = self.new_client()
        last = self.contact()

        def insert(activity):
            return f"""insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity)
                select municipality_id, {trajectory}, 'activity', now(), recorded_by, '{activity}' from traject.event
                 where event_id = {last}"""
        for end, count in ('commit', 2), ('rollback', 1):
            with self.subTest(end):
                first, second = Conversation(self.database, 'postgres'), Conversation(self.database, 'postgres')
                self.addCleanup(first.close)
                self.addCleanup(second.close)
                before = len(self.check_chains())
                first.run(f"begin; {insert('first')}")
                second.send(insert('second'))
                self.database.run("""do $$ begin
                    while not exists (select from pg_locks where not granted) loop
                        if clock_timestamp() > now() + interval '10 s' then raise exception 'the second does not wait'; end if;
                        perform pg_sleep(0.01);
                    end loop; end $$;""")
                first.run(end)
                second.answer()
                self.assertEqual(len(self.check_chains()), before + count)


class Verified(ChainTest):
    """`traject verify`: what a superuser did behind the record's back, of which the first entry is named."""

    def setUp(self):
        self.trajectory = self.new_client()
        self.events = [row['event_id'] for row in self.ask('anna', 'get_timeline', newest_first=False)]
        self.events += [self.contact(words=f'woorden {n}') for n in range(4)]

    def verified(self, misfit, event):
        answered, = self.ask('anna', 'verify_timeline')
        self.assertEqual((answered['misfit'], answered['event_id']), (misfit, event))
        return answered

    def tamper(self, script):
        self.database.run(f'begin; set local session_replication_role = replica; {script}; commit')

    def test_all_is_well(self):
        answered = self.verified(None, None)
        self.assertEqual((answered['trajectory'], answered['entries']), (1, 5))
        self.assertEqual('\\x' + answered['head'], self.database.value(
            f'select chained from traject.event where event_id = {self.events[-1]}'))
        for actor in 'zoe', 'admin':
            with self.assertRaises(Refused):
                self.ask(actor, 'verify_timeline')

    def test_each_column(self):
        """One after the other, and each put back."""
        others = {'boolean': 'not coalesce({0}, false)', 'integer': 'coalesce({0}, 0) + 1', 'bigint': 'coalesce({0}, 0) + 1',
                  'bigint[]': "coalesce({0}, '{{}}') || 1::bigint", 'numeric': 'coalesce({0}, 0) + 1',
                  'timestamp with time zone': "coalesce({0}, '2026-01-01') + interval '1 us'",
                  'text': "coalesce({0}, '') || 'x'",
                  # Words are of a form that even a superuser keeps to; the chain itself is not.
                  'bytea': "coalesce(set_byte({0}, octet_length({0}) - 1, 255 - get_byte({0}, octet_length({0}) - 1)), "
                           + literal(sealed('x', 'label')) + ')',
                  'enum': 'coalesce((enum_range({0}, null))[2], enum_first({0}))'}
        for name, kind in self.kinds().items():
            if name in ('municipality_id', 'event_id', 'trajectory_id', 'sequence', 'recorded_in'):
                continue
            with self.subTest(name):
                where = f'where event_id = {self.events[2]}'
                constraints = self.database.run("""select conname from pg_constraint
                    where conrelid = 'traject.event'::regclass and contype = 'c'""")
                drop = ''.join(f'alter table traject.event drop constraint "{row[0]}";' for row in constraints)
                answered = self.database.run(f"""begin; set local session_replication_role = replica; {drop}
                    update traject.event set {name} = {others[kind].format(name)} {where};
                    select v.misfit, v.event_id from internal.verified((select municipality_id from traject.event {where}),
                                                                       {self.trajectory}) v; rollback""")
                self.assertEqual(answered, [['changed', str(self.events[2])]])
        self.verified(None, None)

    def test_removed(self):
        for event, says in ((self.events[2], ('missing', self.events[3])), (self.events[0], ('missing', self.events[1]))):
            self.tamper(f'delete from traject.event where event_id = {event}')
            self.verified(*says)

    def test_the_last_removed(self):
        self.tamper(f'delete from traject.event where event_id = {self.events[-1]}')
        self.verified('missing', None)
        # With the head made to fit nobody knows but who has signed it.
        self.tamper(f"""update traject.chain_head h set sequence = e.sequence, chained = e.chained from traject.event e
            where e.event_id = {self.events[-2]} and h.trajectory_id = e.trajectory_id""")
        self.verified(None, None)

    def test_reordered(self):
        for a, b in (1, 2), (0, 3):
            a, b = self.events[a], self.events[b]
            script = f"""update traject.event e set sequence = o.sequence from traject.event o
                where e.event_id in ({a}, {b}) and o.event_id in ({a}, {b}) and e.event_id <> o.event_id"""
            self.tamper(script)
            self.verified('out_of_order', b)
            self.tamper(script)
            self.verified(None, None)

    def test_inserted(self):
        insert = """insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, activity, sequence,
                chained) select municipality_id, trajectory_id, 'activity', occurred_at, recorded_by, 'erbij', {}, chained
            from traject.event where event_id = {} returning event_id"""

        def inserted(script):
            return int(self.database.run(f'begin; set local session_replication_role = replica; {script}; commit')[0][0])
        added = inserted(insert.format(3, self.events[2]))
        self.verified('inserted', added)
        self.tamper(f'delete from traject.event where event_id = {added}')
        added = inserted(insert.format(6, self.events[4]))
        self.verified('inserted', added)
        self.tamper(f'delete from traject.event where event_id = {added}')
        # With those after it moved up.
        self.tamper(f'update traject.event set sequence = sequence + 1 where trajectory_id = {self.trajectory} and sequence > 2')
        added = inserted(insert.format(3, self.events[2]))
        self.verified('out_of_order', added)

    def test_the_head(self):
        where = f'where trajectory_id = {self.trajectory}'
        for change, says in (("chained = sha256('')", ('changed', self.events[-1])), ('sequence = 4', ('changed', self.events[-2])),
                             (f'(sequence, chained) = (select sequence, chained from traject.event where event_id = '
                              f'{self.events[-2]})', ('inserted', self.events[-1])),
                             ('sequence = 6', ('missing', None))):
            self.tamper(f'create table traject.kept as select * from traject.chain_head {where};'
                        f'update traject.chain_head set {change} {where}')
            self.verified(*says)
            self.tamper(f'delete from traject.chain_head {where}; insert into traject.chain_head select * from traject.kept;'
                        'drop table traject.kept')
        self.tamper(f'delete from traject.chain_head {where}')
        self.verified('missing', None)

    def test_given_to_another_client(self):
        # From now on the client that is asked about is the other one.
        other = self.new_client()
        swap = f"""drop trigger if exists trajectory_one_at_a_time on traject.trajectory;
            alter table traject.trajectory drop constraint if exists trajectory_ordinal_unique;
            update traject.trajectory y set client_id = o.client_id from traject.trajectory o
            where y.trajectory_id in ({other}, {self.trajectory}) and o.trajectory_id in ({other}, {self.trajectory})
              and y.trajectory_id <> o.trajectory_id"""
        self.tamper(swap)
        self.verified('changed', self.events[0])
        self.tamper(swap)
        self.verified(None, None)
        # The same with all that a client is, but for the number by which it is found.
        keys = f'''update traject.client c set key_id = o.key_id from traject.trajectory y
            join traject.trajectory z on z.trajectory_id in ({other}, {self.trajectory}) and z.trajectory_id <> y.trajectory_id
            join traject.client o on o.client_id = z.client_id
            where y.trajectory_id in ({other}, {self.trajectory}) and c.client_id = y.client_id'''
        self.tamper('alter table traject.client drop constraint client_key_unique; ' + keys)
        self.assertEqual([row['misfit'] for row in self.ask('anna', 'verify_timeline')], ['changed'])

    def test_made_anew_after_it_was_signed(self):
        self.tamper(f"""insert into traject.signed_head_trajectory (municipality_id, head_id, trajectory_id, sequence, chained)
            select municipality_id, 1, trajectory_id, sequence, chained from traject.event where event_id = {self.events[3]}""")
        self.verified(None, None)
        self.tamper(f"update traject.event set words = {literal(sealed('anders'))} where event_id = {self.events[1]}; "
                    'alter table traject.signed_head_trajectory disable trigger all; call traject.chain_anew()')
        self.verified('signed_otherwise', self.events[3])
        self.tamper(f'delete from traject.event where event_id >= {self.events[3]}; call traject.chain_anew()')
        self.verified('missing', None)


if __name__ == '__main__':
    unittest.main()
