"""What no transaction can do to the record, not even its owner's: gaps, overlaps, two open ones, steps that are none."""
import unittest

from database import EMPLOYER, Conversation, Database, Refused, act_as_admin, literal, sealed

START, NOW = '2026-01-01 09:00+00', '2026-06-01 09:00+00'
PERIODS = {'stage_spell': ("'work_content'", 'stage'),
           'coach_assignment': ("(select team_id from traject.team_member m join traject.worker w using (municipality_id, "
                                "worker_id) where w.name = 'bert' and m.municipality_id = t.municipality_id), (select "
                                "worker_id from traject.worker w where w.name = 'bert' and w.municipality_id = "
                                "t.municipality_id)", 'team_id, coach_id'),
           'guidance': ("'coach'", 'party')}


class DatabaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.clients = 0

    def setUp(self):
        type(self).clients += 1
        self.number = f'C{self.clients}'
        self.trajectory = self.database.new_client(self.number, at=START)

    def refused(self, script, code, constraint=None):
        """The owner's transaction fails, for that reason, and changes nothing."""
        with self.assertRaises(Refused, msg=script) as caught:
            self.database.owner(script)
        self.assertEqual((caught.exception.code, caught.exception.constraint), (code, constraint), caught.exception)

    def handover(self, **values):
        """An insert of a handover, flagged unless said otherwise."""
        values = {'handover_id': "nextval('traject.event_event_id_seq')", 'last_step_at': literal(NOW), 'state_since': literal(NOW), **{name: literal(value) for name, value in values.items()}}
        return f"""insert into traject.handover (municipality_id, trajectory_id, employer_id, supervisor_id,
                                                 {', '.join(values)})
            select t.municipality_id, t.trajectory_id, p.employer_id, p.person_id, {', '.join(values.values())}
              from traject.trajectory t join traject.employer_person p using (municipality_id)
             where t.trajectory_id = {self.trajectory} and p.name = 'M. Visser'"""


class Periods(DatabaseTest):
    """Stage, coach and guidance: at every moment of a trajectory exactly one of each."""

    def add(self, table, period, trajectory=None):
        values, columns = PERIODS[table]
        return f"""insert into traject.{table} (municipality_id, trajectory_id, period, {columns})
            select t.municipality_id, t.trajectory_id, {literal(period)}, {values}
              from traject.trajectory t where t.trajectory_id = {trajectory or self.trajectory};"""

    def change(self, table, assignment, condition='true'):
        return f"update traject.{table} set {assignment} where trajectory_id = {self.trajectory} and {condition};"

    def each(self):
        for table in PERIODS:
            with self.subTest(table):
                yield table

    def test_two_at_once_are_refused(self):
        for table in self.each():
            self.refused(self.add(table, f'[{NOW},)'), '23514', 'trajectory_covered')
            self.refused(self.add(table, f'[{NOW},2026-06-01 09:00:00.000001+00)'), '23514', 'trajectory_covered')
            # Within the other, to its end, so that together they still begin and end where they should.
            self.database.owner(self.change(table, f"period = '[{START},{NOW})'") + self.add(table, f'[{NOW},)'))
            self.refused(self.change(table, f"period = '[{START},2026-06-01 09:00:00.000001+00)'", 'not upper_inf(period)'), '23514',
                         'trajectory_covered')
            self.refused(self.change(table, f"period = '[{START},)'", 'not upper_inf(period)'), '23514', 'trajectory_covered')

    def test_holes_are_refused_at_commit(self):
        for table in self.each():
            for assignment in (f"period = '[{START},{NOW})'", f"period = '[{NOW},)'"):
                self.refused(self.change(table, assignment), '23514', 'trajectory_covered')
            self.refused(f'delete from traject.{table} where trajectory_id = {self.trajectory}', '23514',
                         'trajectory_covered')
            # One microsecond between two.
            self.refused(self.change(table, f"period = '[{START},{NOW})'")
                         + self.add(table, '[2026-06-01 09:00:00.000001+00,)'), '23514', 'trajectory_covered')

    def test_periods_outside_the_trajectory_are_refused(self):
        for table in self.each():
            self.refused(self.add(table, f'[2025-12-31 09:00+00,{START})'), '23514', 'trajectory_covered')

    def test_empty_periods_are_refused(self):
        for table in self.each():
            self.refused(self.add(table, 'empty'), '23514', f'{table}_not_empty')

    def test_a_period_has_its_first_moment_and_not_its_last(self):
        for table in self.each():
            for period in f'({START},)', f'[{START},{NOW}]', '(,)':
                self.refused(self.change(table, f"period = '{period}'"), '23514', f'{table}_half_open')

    def test_a_boundary_may_move_when_all_stays_covered(self):
        for table in self.each():
            self.database.owner(self.change(table, f"period = '[{START},{NOW})'") + self.add(table, f'[{NOW},)'))
            earlier = '2026-03-01 09:00+00'
            self.database.owner(self.change(table, f"period = '[{START},{earlier})'", 'not upper_inf(period)')
                                + self.change(table, f"period = '[{earlier},)'", 'upper_inf(period)'))
            self.assertEqual(self.database.run(f'select lower(period) from traject.{table} where trajectory_id = '
                                               f'{self.trajectory} order by 1'),
                             [['2026-01-01 09:00:00+00'], ['2026-03-01 09:00:00+00']])

    def test_a_trajectory_and_its_periods_end_together(self):
        end = f"update traject.trajectory set ended_at = '{NOW}', outcome = 'employed' where trajectory_id = {self.trajectory};"
        closed = ''.join(self.change(table, f"period = '[{START},{NOW})'") for table in PERIODS)
        self.refused(end, '23514', 'trajectory_covered')
        self.refused(closed, '23514', 'trajectory_covered')
        self.database.owner(end + closed)
        for table in self.each():
            self.refused(self.add(table, f'[{NOW},2026-07-01 09:00+00)'), '23514', 'trajectory_covered')

    def test_a_trajectory_without_periods_is_refused(self):
        self.refused("""insert into traject.trajectory (municipality_id, client_id, ordinal, kind, started_at, ended_at, outcome)
            select municipality_id, client_id, 2, kind, '2025-01-01', '2025-02-01', 'other' from traject.trajectory
             where trajectory_id = """ + str(self.trajectory), '23514', 'trajectory_covered')

    def test_a_period_does_not_leave_its_trajectory(self):
        other = self.database.new_client(self.number + 'x', at=START)
        for table in PERIODS:
            self.refused(f'delete from traject.{table} where trajectory_id = {other};'
                         + self.change(table, f'trajectory_id = {other}'), '23514', 'trajectory_covered')


class OneAtATime(DatabaseTest):
    def test_a_second_open_trajectory_is_refused(self):
        again = f"""insert into traject.trajectory (municipality_id, client_id, ordinal, kind, started_at)
            select municipality_id, client_id, 2, kind, '{NOW}' from traject.trajectory where trajectory_id = {self.trajectory}"""
        self.refused(again, '23P01', 'trajectory_one_at_a_time')
        self.refused(again.replace(NOW, '2025-06-01 09:00+00'), '23P01', 'trajectory_one_at_a_time')
        self.refused(f"""insert into traject.trajectory_state
            select (jsonb_populate_record(s, jsonb_build_object('trajectory_id', (select max(trajectory_id)
                from traject.trajectory)))).* from traject.trajectory_state s where s.trajectory_id = {self.trajectory}""",
                     '23505', 'trajectory_state_pkey')
        other = self.database.new_client(self.number + 'x')
        self.refused(f"""update traject.trajectory_state s set client_id = o.client_id from traject.trajectory_state o
             where o.trajectory_id = {self.trajectory} and s.trajectory_id = {other}""", '23505', 'trajectory_state_one_open')

    def test_two_rhythms_of_the_same_are_refused(self):
        again = '''insert into traject.rhythm (municipality_id, team_id, stage, client_id, days, period)
            select municipality_id, {}, stage, client_id, 9, tstzrange(lower(period) - interval '1 day', {}) from traject.rhythm r
             where municipality_id = 1 and num_nonnulls(team_id, stage, client_id) = 0'''
        self.refused(again.format('team_id', "lower(period) + interval '1 microsecond'"), '23P01', 'rhythm_one_at_a_time')
        self.database.owner('begin; ' + again.format('team_id', 'lower(period)') + '; rollback')
        self.database.owner('begin; ' + again.format('(select min(team_id) from traject.team where municipality_id = 1)', 'null') + '; rollback')

    def test_a_second_of_the_same_moment_waits_and_is_refused(self):
        # It cannot see the first one before that is committed.
        add = f'''insert into traject.rhythm (municipality_id, client_id, days, period)
            select municipality_id, client_id, 9, '[{START},)' from traject.trajectory where trajectory_id = {self.trajectory}'''
        first, second = (Conversation(self.database, 'postgres') for _ in range(2))
        self.addCleanup(first.close)
        self.addCleanup(second.close)
        first.run('begin; ' + add)
        second.send(add)
        self.database.wait_for_lock()
        first.run('commit')
        with self.assertRaises(Refused) as caught:
            second.answer()
        self.assertEqual((caught.exception.code, caught.exception.constraint), ('23P01', 'rhythm_one_at_a_time'))

    def test_no_index_loses_rows(self):
        # Of a GiST index PostgreSQL can mark entries as dead whose rows are there (sql/schema/034_without_gist.sql).
        self.assertEqual(self.database.run('''select c.oid::regclass from pg_class c join pg_am a on a.oid = c.relam
            where a.amname in ('gist', 'spgist') and c.relnamespace::regnamespace::text !~ '^pg_' '''), [])

    def test_a_second_open_handover_is_refused(self):
        self.database.owner(self.handover())
        self.refused(self.handover(), '23505', 'handover_one_open')
        for state in ('withdrawn', 'declined'):
            self.database.owner(f"update traject.handover set state = '{state}' where trajectory_id = {self.trajectory} "
                                f"and state = 'flagged'; {self.handover()}")

    def test_a_number_is_one_clients(self):
        self.refused(f"""insert into traject.client (municipality_id, client_number, key_id)
            select municipality_id, client_number, key_id from traject.client where client_number = '{self.number}'""",
                     '23505', 'client_number_unique')
        # In another municipality it is another's.
        self.database.new_client(self.number, municipality='Oevermeer')


class Handover(DatabaseTest):
    STATES = ('flagged', 'prepared', 'accepted', 'completed', 'returned', 'declined', 'withdrawn')
    OPEN = STATES[:3]
    # How each state is come to. More may be prepared after it is accepted; a new one may be flagged at any time.
    WAYS = {'flagged': [], 'prepared': ['flagged'], 'accepted': ['flagged', 'prepared'],
            'completed': ['flagged', 'prepared', 'accepted'], 'returned': ['flagged', 'prepared', 'accepted', 'completed'],
            'declined': ['flagged'], 'withdrawn': ['flagged']}
    STEPS = ({('flagged', 'prepared'), ('prepared', 'prepared'), ('prepared', 'accepted'), ('accepted', 'prepared'),
              ('accepted', 'completed'), ('completed', 'returned')}
             | {(state, end) for state in OPEN for end in ('declined', 'withdrawn')} | {(state, 'flagged') for state in STATES})
    CHECKLIST = {'talked_through_with_client': True, 'guidance_needs_shared': True, 'absence_and_dropout_discussed': True,
                 'fallback_agreed': True}

    def steps(self, steps, checklist=None, second_person='K. de Wit'):
        """Enters these steps, a day apart, and derives what follows from them; nothing of it stays."""
        script = ''
        for day, step in enumerate(steps, 1):
            values = {'reason': literal(sealed('x')) if step in ('declined', 'withdrawn', 'returned') else 'null', 'second_person_id': 'null'}
            if step == 'prepared':
                values.update({name: literal(value or None) for name, value in (checklist or self.CHECKLIST).items()})
            if step in ('prepared', 'accepted', 'completed') and second_person:
                values['second_person_id'] = (f"(select s.person_id from traject.employer_person s where s.name = "
                                              f"'{second_person}' and s.municipality_id = t.municipality_id)")
            script += f"""insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by,
                                                    employer_id, person_id, {', '.join(values)})
                select t.municipality_id, t.trajectory_id, 'handover_{step}', '2026-02-{day:02} 09:00+00', t.coach_id,
                       p.employer_id, p.person_id, {', '.join(values.values())}
                  from traject.trajectory_state t join traject.employer_person p using (municipality_id)
                 where t.trajectory_id = {self.trajectory} and p.name = 'M. Visser'; """
        return self.database.run(f"""begin; set role traject_owner; {script}
            {act_as_admin(f'select municipality_id from traject.trajectory where trajectory_id = {self.trajectory}')}
            do $$ begin perform internal.derive(t.municipality_id, t.trajectory_id)
                           from traject.trajectory t where t.trajectory_id = {self.trajectory}; end $$;
            select state from traject.handover where trajectory_id = {self.trajectory} order by handover_id; rollback;""")

    def test_only_the_steps_of_a_handover_are_taken(self):
        taken = set()
        for from_state, way in self.WAYS.items():
            for to_state in self.STATES:
                try:
                    self.steps([*way, from_state, to_state])
                    taken.add((from_state, to_state))
                except Refused as refused:
                    self.assertEqual(refused.code, 'TJ009', (from_state, to_state, refused))
        self.assertEqual(taken, self.STEPS)

    def test_a_handover_begins_as_flagged(self):
        for state in self.STATES[1:]:
            with self.assertRaises(Refused) as caught:
                self.steps([state])
            self.assertEqual(caught.exception.code, 'TJ009')

    def test_one_that_another_was_flagged_after_is_over(self):
        self.assertEqual(self.steps(['flagged', 'flagged']), [['withdrawn'], ['flagged']])
        self.assertEqual(self.steps(['flagged', 'prepared', 'accepted', 'completed', 'flagged']), [['returned'], ['flagged']])

    def test_it_completes_with_the_whole_checklist_only(self):
        whole = [*self.WAYS['completed'], 'completed']
        self.assertEqual(self.steps(whole), [['completed']])
        for name in self.CHECKLIST:
            with self.subTest(name), self.assertRaises(Refused) as caught:
                self.steps(whole, {**self.CHECKLIST, name: False})
            self.assertEqual(caught.exception.constraint, 'handover_checklist')
        with self.assertRaises(Refused) as caught:
            self.steps(whole, second_person=None)
        self.assertIn(caught.exception.constraint, ('handover_checklist', 'guidance_employer'))

    def test_the_second_person_is_somebody_else_of_the_same_employer(self):
        self.database.owner(self.handover())
        self.refused(f'update traject.handover set second_person_id = supervisor_id where trajectory_id = {self.trajectory}',
                     '23514', 'handover_second_person_differs')
        self.database.run(self.database.transaction('admin', 'add_employer', employer='Elders ' + self.number)
                          + self.database.transaction('admin', 'add_employer_person', employer='Elders ' + self.number,
                                                      person='X'), 'traject_daemon')
        self.refused(f"""update traject.handover set second_person_id = (select max(person_id) from traject.employer_person
                          where name = 'X') where trajectory_id = {self.trajectory}""",
                     '23503', 'handover_municipality_id_employer_id_second_person_id_fkey')

    def test_guidance_of_an_employer_names_its_people(self):
        employer = f"""(select employer_id from traject.employer e where e.name = '{EMPLOYER}'
                         and e.municipality_id = guidance.municipality_id)"""
        for assignment in ("party = 'employer'", f"employer_id = {employer}", f"party = 'employer', employer_id = {employer}"):
            self.refused(f'update traject.guidance set {assignment} where trajectory_id = {self.trajectory}', '23514',
                         'guidance_employer')


class Events(DatabaseTest):
    def test_the_owner_changes_no_event_either(self):
        for script in (f'update traject.event set words = null where trajectory_id = {self.trajectory}',
                       f'delete from traject.event where trajectory_id = {self.trajectory}',
                       'truncate traject.event',
                       # Also when no row is touched.
                       'delete from traject.event where false'):
            with self.subTest(script), self.assertRaises(Refused) as caught:
                self.database.owner(script)
            # PostgreSQL refuses to empty a table that others refer to before any trigger is asked.
            self.assertEqual(caught.exception.code, '0A000' if 'truncate' in script else 'TJ009')

    def test_an_event_has_what_belongs_to_its_kind(self):
        def add(**values):
            values = {'kind': 'contact', 'channel': 'phone', 'counterpart': 'client', 'reached': True, **values}
            return f"""insert into traject.event (municipality_id, trajectory_id, occurred_at, recorded_by,
                                                  {', '.join(values)})
                select municipality_id, trajectory_id, '{NOW}', coach_id, {', '.join(map(literal, values.values()))}
                  from traject.trajectory_state where trajectory_id = {self.trajectory}"""
        bare = {'channel': None, 'counterpart': None, 'reached': None}
        self.database.owner(add())
        for constraint, values in [
                ('event_contact', {'reached': None}), ('event_contact', {'channel': None}),
                ('event_plain', {'kind': 'activity', 'activity': 'x'}), ('event_plain', {'what': sealed('x')}),
                ('event_plain', {'due_at': NOW}), ('event_stage', {**bare, 'kind': 'stage_moved'}),
                ('event_stage', {'stage': 'work_content'}), ('event_correction', {'correction_reason': sealed('x')}),
                ('event_started', {'trajectory_kind': 'activation'}), ('event_ended', {'outcome': 'other'}),
                ('event_assigned', {**bare, 'kind': 'coach_assigned'}),
                ('event_handover', {**bare, 'kind': 'handover_flagged'}),
                ('event_activity', {**bare, 'kind': 'activity'}), ('sealed_form', {'words': ''})]:
            with self.subTest(constraint, **values):
                self.refused(add(**values), '23514', constraint)
        self.refused(add(words=sealed('x' * 4001)), 'TJ003', 'event_words_length')


if __name__ == '__main__':
    unittest.main()
