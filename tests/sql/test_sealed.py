"""Names and words as the daemon seals them: what the tables refuse, whose key it must be, and who gets which key."""
import secrets
import unittest

from database import KEY, Conversation, Database, Refused, act_as_admin, digest_of, label, literal, sealed

START = '2026-01-01 09:00+00'
# The columns of what is sealed, by table: the domain of each, and how many characters it may have.
COLUMNS = {
    'event': {'words': ('sealed', 4000), 'reason': ('sealed', 1000), 'correction_reason': ('sealed', 1000),
              'what': ('sealed', 500), 'by_whom': ('sealed_label', 100), 'grouped_as': ('sealed_label', 100),
              'relation': ('sealed', 100), 'may_be_told': ('sealed', 500)},
    'client': {'full_name': ('sealed_name', 100)},
    'erasure': {'reason': ('sealed', 1000)},
    # What follows from entries has theirs.
    'stage_spell': {'reason': ('sealed', None)},
    'item': {'what': ('sealed', None), 'by_whom': ('sealed_label', None), 'grouped_as': ('sealed_label', None),
             'relation': ('sealed', None), 'may_be_told': ('sealed', None)}}
TOKENS = {'sealed': 'nothing', 'sealed_label': 'label', 'sealed_name': 'name'}


def form(version=1, characters=1, given=0, counted=None, text='78'):
    """A sealed form, or nearly one: that says it has `counted` tokens, and has those `given`."""
    return (f"\\x{version:02x}{KEY}{characters:04x}{given if counted is None else counted:02x}"
            f"{'11' * 8 * given}{'00' * 12}{text}{'00' * 16}")


class SealedTest(unittest.TestCase):
    """Clients V1 of anna, V2 of zoe and V3 in Veldstad, V1 in Oevermeer, each with a key; and entries with all that is
    sealed."""

    @classmethod
    def setUpClass(cls):
        cls.database = database = Database()
        cls.addClassCleanup(database.close)
        database.own_keys('enable')
        cls.owner = Conversation(database, 'postgres')
        cls.addClassCleanup(cls.owner.close)
        cls.keys = {}
        for number, coach, team, municipality in (('V1', 'anna', 'Noord', 'Veldstad'), ('V2', 'zoe', 'Zuid', 'Veldstad'),
                                                  ('V1', 'anna', 'Noord', 'Oevermeer')):
            cls.add(number, coach, team, municipality)
        cls.entries = {number: cls.enter(number) for number in ('V1', 'V2')}
        # One who never had a trajectory, for whom erasure is asked.
        database.as_worker('bas', 'request_erasure', client_number='V3', reason=sealed('op verzoek', key=cls.add('V3')))

    @classmethod
    def add(cls, number, coach=None, team=None, municipality='Veldstad', full_name=None, key=None):
        """A client with a key, which is returned; with a coach, with a trajectory too."""
        key = key or secrets.token_hex(16)
        name = full_name and sealed(full_name, 'name', key)
        database = cls.database
        database.run(f"begin; {database.enter('bas', municipality, 'AddClient', key)} select * from "
                     f"{database.call('add_client', client_number=number, full_name=name)}; commit;", 'traject_daemon')
        if coach:
            database.as_worker('bas', 'start_trajectory', municipality, client_number=number, kind='activation', coach=coach,
                               team=team, occurred_at=START)
        return cls.keys.setdefault((municipality, number), key)

    @classmethod
    def enter(cls, number):
        """An entry with each column of words of that client: by column its number."""
        def words(text, tokens='nothing'):
            return sealed(text, tokens, cls.keys['Veldstad', number])

        def make(function, **arguments):
            return cls.database.as_worker('bas', function, **{'client_number': number, **arguments})[0]['event_id']
        contact = make('record_contact', channel='phone', counterpart='client', reached=True, words=words('gebeld'))
        made = {'words': contact}
        made['reason'] = make('move_stage', stage='work_content', reason=words('meteen door'))
        made['correction_reason'] = cls.database.as_worker(
            'bas', 'correct_entry', event_id=contact, reason=words('vergissing'), words=words('gemaild'))[0]['event_id']
        made['what'] = made['by_whom'] = make('make_agreement', party='network', what=words('belt'), due_at='2090-01-01',
                                              by_whom=words('Ria', 'label'))
        made['grouped_as'] = make('raise_bottleneck', what=words('geen bus'), grouped_as=words('vervoer', 'label'))
        made['relation'] = made['may_be_told'] = make('add_network_person', what=words('Ria', 'label'), relation=words('zus'),
                                                      may_be_told=words('alles'))
        return made

    def again(self, column, value, number='V1'):
        """The text of an insert of the entry that has this column once more, with that value."""
        more = {'event_id': "nextval('traject.event_event_id_seq')", 'sequence': 'null', 'chained': 'null',
                column: literal(value) + '::text'}
        if column == 'correction_reason':
            # An entry is corrected once.
            more |= dict.fromkeys(('supersedes', 'entry_id'), str(self.entries[number]['what']))
        changes = ', '.join(f"'{name}', {one}" for name, one in more.items())
        return (f"insert into traject.event select (jsonb_populate_record(e, jsonb_build_object({changes}))).* "
                f"from traject.event e where e.event_id = {self.entries[number][column]}")

    def refused(self, code, constraint, run, *arguments, **named):
        with self.assertRaises(Refused, msg=arguments) as caught:
            run(*arguments, **named)
        self.assertEqual((caught.exception.code, caught.exception.constraint), (code, constraint), caught.exception)
        return caught.exception

    def attempt(self, script):
        """As who owns the tables; nothing of it stays."""
        self.owner.run(f'begin; set local role traject_owner; {act_as_admin(0)} {script}; set constraints all immediate; rollback;')

    def acting(self, worker, query, municipality='Veldstad'):
        """The rows of a query in the daemon's role, as they are: bytes as hexadecimal digits."""
        return self.database.as_daemon(worker, query, municipality)


class Forms(SealedTest):
    def test_these_are_the_columns(self):
        rows = self.database.run("""
            select c.relname, a.attname, t.typname from pg_attribute a join pg_class c on c.oid = a.attrelid
              join pg_type t on t.oid = a.atttypid
             where c.relkind in ('r', 'p') and t.typnamespace = 'traject'::regnamespace and t.typname like 'sealed%'
               and not a.attisdropped order by 1, 2""")
        self.assertEqual(rows, sorted([table, column, domain] for table, columns in COLUMNS.items()
                                      for column, (domain, _) in columns.items()))
        # No text is left but names of the organisation, what the log of an import says, and numbers.
        self.assertEqual(self.database.run("""
            select table_name, column_name from information_schema.columns
             where table_schema = 'traject' and data_type in ('text', 'character varying')
               and table_name in ('client', 'event', 'item', 'stage_spell', 'person_key', 'handover', 'trajectory')
             order by 1, 2"""), [['client', 'client_number'], ['event', 'activity'], ['event', 'external_id']])

    def test_what_is_not_sealed_is_refused_in_each_column(self):
        never = {'plain text': '\\x' + 'Ria belt morgen terug, en anders bel ik zelf nog even.'.encode().hex(),
                 'waiting text': '\\x00' + ('vertrouwelijk' * 6).encode().hex(), 'nothing at all': '\\x',
                 'another version': form(version=2), 'no text': form(text=''), 'cut off': form()[:-2],
                 'no characters': form(characters=0), 'fewer tokens than it says': form(given=1, counted=2)}
        for table, columns in COLUMNS.items():
            for column, (domain, _) in columns.items():
                wrong = {**never, **{'sealed_label': {'no token': form(), 'two tokens': form(given=2)},
                                     'sealed_name': {'no token': form()}, 'sealed': {}}[domain]}
                for why, value in wrong.items():
                    with self.subTest(table=table, column=column, why=why):
                        self.refused('23514', f'{domain}_form', self.attempt, self.again(column, value)
                                     if table == 'event' else f'update traject.{table} set {column} = {literal(value)}')
        for domain, given in (('sealed', 0), ('sealed', 1), ('sealed_label', 1), ('sealed_name', 1), ('sealed_name', 40)):
            self.database.run(f"select {literal(form(given=given))}::traject.{domain}")

    def test_the_length_is_the_count_of_characters(self):
        for table, columns in COLUMNS.items():
            for column, (domain, most) in columns.items():
                if most is None:
                    continue
                key = self.keys['Veldstad', 'V3' if table == 'erasure' else 'V1']
                for length in (most, most + 1):
                    # Two bytes each; or few, of which it is said that they are many.
                    for value in (sealed('é' * length, TOKENS[domain], key),
                                  form(characters=length, given=int(domain != 'sealed')).replace(KEY, key, 1)):
                        script = self.again(column, value) if table == 'event' else (
                            f"update traject.{table} t set {column} = {literal(value)} from traject.client c "
                            f"where c.key_id = '{key}' and t.client_id = c.client_id")
                        with self.subTest(table=table, column=column, length=length):
                            if length > most:
                                self.refused('TJ003' if table == 'event' else '23514', f'{table}_{column}_length', self.attempt, script)
                            else:
                                self.attempt(script)

    def test_what_is_looked_for_is_a_token(self):
        for value in ('\\x' + '11' * 7, '\\x' + '11' * 9, '\\x', '\\x' + b'vervoer'.hex()):
            self.refused('23514', 'label_token_length', self.database.run, f'select {literal(value)}::traject.label_token')
        self.database.run(f"select {literal(chr(92) + 'x' + label('vervoer'))}::traject.label_token")

    def test_somebody_of_the_network_has_a_name_to_be_known_by(self):
        key = self.keys['Veldstad', 'V1']
        script = self.again('relation', sealed('zus', key=key)).replace(
            "'relation'", f"'what', {literal(sealed('Ria', key=key))}, 'relation'")
        self.refused('23514', 'event_network_name', self.attempt, script)


class OwnKey(SealedTest):
    def test_words_are_sealed_under_the_key_of_whom_they_are_about(self):
        for column, (domain, _) in COLUMNS['event'].items():
            keys = {whose: self.keys[whose] for whose in (('Veldstad', 'V2'), ('Oevermeer', 'V1'))} | {'nobody': KEY}
            for whose, key in keys.items():
                with self.subTest(column, whose=whose):
                    value = sealed('van een ander', TOKENS[domain], key)
                    self.refused('40001', 'event_own_key', self.attempt, self.again(column, value))
            self.attempt(self.again(column, sealed('eigen', TOKENS[domain], self.keys['Veldstad', 'V1'])))

    def test_nor_does_a_call_bring_them_in(self):
        before = self.database.value('select count(*) from traject.event')
        call = {'client_number': 'V1', 'channel': 'phone', 'counterpart': 'client', 'reached': True}
        told = self.refused('40001', 'event_own_key', self.database.as_worker, 'anna', 'record_contact', **call,
                            words=sealed('x', key=self.keys['Veldstad', 'V2']))
        self.assertIn('ask again', told.message)
        self.refused('40001', 'event_own_key', self.database.as_worker, 'bas', 'correct_entry',
                     event_id=self.entries['V1']['what'], due_at='2091-01-01', reason=sealed('x', key=KEY))
        self.assertEqual(self.database.value('select count(*) from traject.event'), before)
        # Without words there is nothing to seal.
        self.database.as_worker('anna', 'record_contact', **call)

    def test_a_name_is_sealed_under_the_key_of_whose_it_is(self):
        other = self.keys['Veldstad', 'V2']
        mine = secrets.token_hex(16)
        script = (f"begin; {self.database.enter('anna', 'Veldstad', 'AddClient', mine)} select * from "
                  f"{self.database.call('add_client', client_number='N1', full_name=sealed('Jan', 'name', other))}; commit;")
        self.refused('40001', 'client_own_key', self.database.run, script, 'traject_daemon')
        self.add('N1', key=mine, full_name='Jan')
        rename = 'update traject.client set full_name = {} where client_number = {}'
        self.refused('40001', 'client_own_key', self.attempt, rename.format(literal(sealed('Piet', 'name', other)), "'N1'"))
        self.database.owner(rename.format(literal(sealed('Piet', 'name', mine)), "'N1'"))

    def test_a_key_is_one_persons(self):
        key = self.keys['Veldstad', 'V1']
        client = """insert into traject.client (municipality_id, client_number, key_id)
                    select municipality_id, 'N2', {} from traject.municipality where name = 'Veldstad'"""
        self.refused('23505', 'client_key_unique', self.attempt, client.format(f"'{key}'"))
        self.refused('23503', 'client_municipality_id_key_id_fkey', self.attempt, client.format(f"'{KEY}'"))
        self.refused('23514', 'client_has_key', self.attempt, client.format('null'))
        # Another municipality's is no key here.
        other = self.keys['Oevermeer', 'V1']
        self.refused('23503', 'client_municipality_id_key_id_fkey', self.attempt, client.format(f"'{other}'"))
        self.refused('23503', 'client_municipality_id_key_id_fkey', self.attempt,
                     f"delete from traject.person_key where key_id = '{key}'")


class Keys(SealedTest):
    def subject(self, worker, municipality='Veldstad', number=None, event=None):
        """The keys that a call about them would be sealed with: hexadecimal digits, and how long each is wrapped."""
        return self.acting(worker, "select replace(key_id::text, '-', ''), octet_length(wrapped) from session.subject_key("
                           f"'\\x{digest_of(municipality, worker)}', null, client_number => {literal(number)}, event_id => {literal(event)})", municipality)

    def test_only_keys_that_fit_say_how_names_are_found(self):
        def fit(index, masters):
            return self.database.run(f"select * from session.fit_keys('\\x{index * 8}', '\\x{masters}')", 'traject_daemon')[0]
        known = self.database.value('select encode(substring(min(wrapped::text)::bytea for 8), $$hex$$) from traject.person_key')
        self.database.run('delete from session.index_key')
        # What is refused leaves nothing behind that would keep the right keys out.
        self.assertEqual(fit('11', '22' * 8), ['t', 'f', known, 'f'])
        self.assertEqual(fit('33', '22' * 8 + known), ['t', 't', '', 'f'])
        self.assertEqual(fit('11', known)[0], 'f')
        self.assertEqual(fit('33', known), ['t', 't', '', 'f'])
        self.database.run(f"insert into traject.retired_master (master_id) values ('\\x{known}')")
        self.addCleanup(self.database.run, 'delete from traject.retired_master')
        self.assertEqual((fit('33', known)[3], fit('33', '22' * 8 + known)[3]), ('t', 'f'))

    def test_nobody_reads_a_key_of_another_municipality(self):
        home, abroad = self.keys['Veldstad', 'V1'], self.keys['Oevermeer', 'V1']
        for worker in ('anna', 'mia', 'max', 'bas', 'admin'):
            for municipality, seen, hidden in (('Veldstad', home, abroad), ('Oevermeer', abroad, home)):
                self.assertTrue(self.handed_out(hidden, seen, worker=worker, municipality=municipality).startswith(seen))
                self.assertEqual(self.handed_out(hidden, worker=worker, municipality=municipality), '')
        # Nor without saying who asks, nor without leaving a line.
        self.refused('TJ016', None, self.database.run, f"select session.look('{{}}', '{{}}', array['{home}'::uuid])", 'traject_daemon')
        self.refused('42501', None, self.acting, 'bas', 'select key_id from traject.person_key')

    def test_the_daemon_changes_and_destroys_no_key(self):
        for script in ('update traject.person_key set wrapped = wrapped', 'update traject.person_key set wrapped = null, '
                       'erased_at = now()', 'update traject.person_key set key_id = key_id', 'delete from traject.person_key',
                       'truncate traject.person_key', 'alter table traject.person_key disable row level security',
                       f"""insert into traject.person_key (municipality_id, key_id, wrapped, data_subject_id)
                           select session.municipality_id() + 1, '{secrets.token_hex(16)}', wrapped, data_subject_id
                             from traject.person_key limit 1"""):
            for worker in ('anna', 'bas', 'admin'):
                with self.subTest(script, worker=worker):
                    self.refused('42501', None, self.acting, worker, script)

    def test_the_key_is_that_of_the_client_or_of_whom_the_entry_is_about(self):
        first, second = ([self.keys['Veldstad', number], '68'] for number in ('V1', 'V2'))
        # Whoever asks: whether that one may add to the record is decided by what comes after.
        for worker in ('anna', 'zoe', 'bas', 'admin'):
            for number, key in zip(('V1', 'V2'), (first, second)):
                with self.subTest(worker, number=number):
                    self.assertEqual(self.subject(worker, number=number), [key])
                    for event in set(self.entries[number].values()):
                        self.assertEqual(self.subject(worker, event=event), [key])
        self.assertEqual(self.subject('bas'), [])
        self.assertEqual(self.subject('bas', number='none'), [])
        self.assertEqual(self.subject('bas', event=0), [])
        # The number is another's in another municipality, and the entry is of nobody there.
        self.assertEqual(self.subject('bas', 'Oevermeer', number='V1'), [[self.keys['Oevermeer', 'V1'], '68']])
        self.assertEqual(self.subject('bas', 'Oevermeer', event=self.entries['V1']['what']), [])

    def handed_out(self, *keys, worker='bas', municipality='Veldstad'):
        """What the daemon is given to open the reply with, as hexadecimal digits."""
        return self.acting(worker, f"select '=' || coalesce(encode(session.look('{{}}', '{{}}', {literal(keys)}::uuid[]), 'hex'), '')",
                           municipality)[0][0][1:]

    def test_keys_are_handed_out_by_their_ids(self):
        wrapped = secrets.token_hex(68)
        key, other = self.add('K1'), self.keys['Veldstad', 'V1']
        self.database.owner(f"update traject.person_key set wrapped = '\\x{wrapped}' where key_id = '{key}'")
        self.assertEqual(self.handed_out(key), key + wrapped)
        # There it is no key.
        self.assertEqual(self.handed_out(key, municipality='Oevermeer'), '')
        both = ''.join(sorted([key + wrapped, other + '00' * 68]))
        self.assertEqual([self.handed_out(key, other), self.handed_out(other, key, KEY, key)], [both, both])
        self.database.owner(f"update traject.person_key set wrapped = null, erased_at = now() where key_id = '{key}'")
        both = ''.join(sorted([key + '00' * 68, other + '00' * 68]))
        self.assertEqual([self.handed_out(key), self.handed_out(key, other), self.handed_out()], [key + '00' * 68, both, ''])
        self.assertEqual(self.acting('bas', "select key_id, wrapped is null from session.subject_key("
                                            f"'\\x{digest_of('Veldstad', 'bas')}', null, 'K1', null)")[0][1], 't')

    def test_what_a_key_must_be(self):
        def make(wrapped, erased='null', subject="'\\x01'", key=None):
            return f"""insert into traject.person_key (municipality_id, key_id, wrapped, erased_at, data_subject_id)
                select municipality_id, '{key or secrets.token_hex(16)}', {wrapped}, {erased}, {subject}
                  from traject.municipality where name = 'Veldstad'"""

        def bytes_(count):
            return "'\\x" + '00' * count + "'"
        for count in (0, 67, 69):
            self.refused('23514', 'person_key_wrapped_length', self.attempt, make(bytes_(count)))
        self.refused('23514', 'person_key_erased', self.attempt, make('null'))
        self.refused('23514', 'person_key_erased', self.attempt, make(bytes_(68), 'now()'))
        self.refused('23502', None, self.attempt, make(bytes_(68), subject='null'))
        self.refused('23505', 'person_key_pkey', self.attempt, make(bytes_(68), key=self.keys['Veldstad', 'V1']))
        self.refused('23514', 'person_key_erased', self.attempt,
                     f"update traject.person_key set wrapped = null where key_id = '{self.keys['Veldstad', 'V1']}'")
        # Another municipality may have one of the same number.
        self.database.owner(make(bytes_(68), key=self.keys['Oevermeer', 'V1']))
        self.database.owner(make('null', 'now()'))


class NewClients(SealedTest):
    def count(self):
        return self.database.value('select count(*) from traject.person_key')

    def test_a_number_that_somebody_has_whom_the_caller_does_not_see(self):
        before = self.count()
        for worker, number in (('anna', 'V2'), ('bert', 'V1'), ('anna', 'V1')):
            with self.assertRaises(Refused) as caught:
                self.database.as_worker(worker, 'add_client', client_number=number)
            self.assertEqual((caught.exception.code, caught.exception.message),
                             ('TJ006', 'there is a client with that number already; give another number, or none for the '
                                       'next free one'))
        # A case of a log is of nobody whom the caller does not see either.
        log = {'kind': 'activation', 'coach': 'anna', 'team': 'Noord', 'reason': 'uit het logboek', 'started_at': START}
        with self.assertRaises(Refused) as caught:
            self.database.as_worker('max', 'import_journey', client_number='V2', **log)
        self.assertEqual(caught.exception.code, 'TJ005')
        # And no key is left of who did not come.
        self.assertEqual(self.count(), before)

    def test_somebody_new_of_a_log_has_the_key_of_the_call(self):
        key = secrets.token_hex(16)
        words = [sealed(text, key=key) for text in ('uit het logboek', 'Belde zelf.')]
        entries = (f"array[row('l1', '2026-02-01', null, 'log', null, 'phone', 'client', true, {literal(words[1])})]"
                   '::api.import_entry[]')
        call = self.database.call('import_journey', client_number='L1', kind='activation', coach='anna', team='Noord',
                                  reason=words[0], started_at=START, full_name=sealed('Jan Jansen', 'name', key))
        self.database.run(f"begin; {self.database.enter('max', 'Veldstad', 'ImportJourney', key)} "
                          f"select * from {call[:-1]}, entries => {entries}); commit;", 'traject_daemon')
        self.assertEqual(self.acting('max', "select replace(key_id::text, '-', '') from session.subject_key("
                                            f"'\\x{digest_of('Veldstad', 'max')}', null, 'L1', null)"), [[key]])
        told = self.database.as_worker('max', 'get_timeline', client_number='L1', newest_first=False)
        self.assertIn('Belde zelf.', [entry['words'] for entry in told])

    def test_the_next_free_number(self):
        self.database.owner("update traject.municipality set next_client_number = 501 where name = 'Veldstad'")
        self.add('501', 'zoe', 'Zuid')
        self.add('502', 'zoe', 'Zuid')
        before = int(self.count())
        self.assertEqual(self.database.as_worker('anna', 'add_client'), [{'client_number': '503'}])
        self.assertEqual(int(self.count()), before + 1)

    def test_without_a_key_nobody_is_new(self):
        for number in ('V1', 'X1'):
            with self.assertRaises(Refused) as caught:
                self.database.run(f"begin; {self.database.enter('anna', 'Veldstad', 'AddClient')} "
                                  "do $$ begin perform set_config('traject.new_key', '', true); end $$; "
                                  f"select * from {self.database.call('add_client', client_number=number)}; commit;",
                                  'traject_daemon')
            self.assertEqual(caught.exception.code, 'TJ006')


class Found(SealedTest):
    def found(self, query, worker='bas'):
        return [row['client_number'] for row in self.database.as_worker(worker, 'find_clients', query=query)]

    def test_by_words_of_the_name_or_their_beginnings(self):
        for number, name in (('F1', 'Jan Jansen'), ('F2', 'Janneke de Wit'), ('F3', 'Li Jansen')):
            self.add(number, full_name=name)
        self.add('F4')
        for query, numbers in {'jan': ['F1', 'F2', 'F3'], 'JANS': ['F1', 'F3'], 'jan jansen': ['F1', 'F3'], 'janneke': ['F2'],
                               'wit jann': ['F2'], 'li': ['F3'], 'li wit': [], 'ja': [], 'ansen': [], 'jansens': [],
                               'F': ['F1', 'F2', 'F3', 'F4'], 'f3': ['F3']}.items():
            self.assertEqual(self.found(query), numbers, query)
        self.assertEqual([row['full_name'] for row in self.database.as_worker('bas', 'find_clients', query='li')], ['Li Jansen'])

    def test_of_those_the_caller_may_see(self):
        self.add('F5', 'zoe', 'Zuid', full_name='Mohamed Bakker')
        self.assertEqual([self.found('bakker', worker) for worker in ('zoe', 'anna', 'max', 'zack')], [['F5'], [], [], ['F5']])

    def test_labels_of_different_people_are_one(self):
        opened = 0
        for number, group, whom in (('B1', 'taal', 'UWV'), ('B2', 'Taal', 'de wethouder'), ('B3', 'TAAL', 'uwv'), ('B4', 'ov', 'UWV')):
            key, opened = self.add(number, 'anna', 'Noord'), opened + 1
            call = {'client_number': number, 'occurred_at': f'2026-02-0{opened} 09:00+00'}
            self.database.as_worker('anna', 'raise_bottleneck', **call, what=sealed('vast', key=key),
                                    grouped_as=sealed(group, 'label', key))
            self.database.as_worker('anna', 'record_step', client_number=number, kind='bottleneck_put',
                                    by_whom=sealed(whom, 'label', key))
        groups = [(row['grouped_as'], row['clients'], row['by_whom'], row['client_numbers'])
                  for row in self.database.as_worker('anna', 'list_bottleneck_groups') if row['grouped_as'] != 'vervoer']
        # As the first wrote it, who comes first in the order in which they began.
        self.assertEqual(groups, [('taal', 3, ['UWV', 'de wethouder'], ['B1', 'B2', 'B3']), ('ov', 1, ['UWV'], ['B4'])])
        listed = {'with_ended': False, 'overdue': False, 'kinds': '{bottleneck}'}
        for by, numbers in (({'grouped_as': 'tAAl'}, ['B1', 'B2', 'B3']), ({'by_whom': 'uwv'}, ['B1', 'B3', 'B4']),
                            ({'by_whom': 'UWV', 'grouped_as': 'ov'}, ['B4']), ({'grouped_as': 'ta'}, [])):
            rows = self.database.as_worker('anna', 'list_items', **listed, **by)
            self.assertEqual(sorted(row['client_number'] for row in rows), numbers, by)

    def test_what_is_sealed_is_not_compared(self):
        # The same words once more are a correction: nobody here can tell that they are the same.
        event, key = self.entries['V1']['what'], self.keys['Veldstad', 'V1']
        self.database.as_worker('bas', 'correct_entry', event_id=event, reason=sealed('zie boven', key=key),
                                what=sealed('belt', 'label', key))
        told = {row['event_id']: row for row in self.database.as_worker(
            'bas', 'get_timeline', client_number='V1', newest_first=False, with_superseded=True)}
        self.assertEqual((told[event]['what'], told[told[event]['superseded_by']]['what']), ('belt', 'belt'))
        self.entries['V1'] |= dict.fromkeys(('what', 'by_whom'), told[event]['superseded_by'])


if __name__ == '__main__':
    unittest.main()
