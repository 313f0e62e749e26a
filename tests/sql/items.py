"""Whatever runs on a client's path: a second opinion of its rules, and what the tests of it share."""
import datetime
import unittest

from database import EMPLOYER, PEOPLE, Database, Refused, literal

START = datetime.datetime(2026, 2, 1, 9, tzinfo=datetime.timezone.utc)
OTHER = 'Garage Noord'


def day(number):
    """A moment, so many days after the start of the trajectories here."""
    return (START + datetime.timedelta(days=number)).isoformat()


# ---------------------------------------------------------------- a second opinion of the rules

# Of each kind of item: what an entry leads to, after each state; None is before it began.
LIFE = {
    'trial_placement': {None: {'trial_placement_begun': 'running'},
                        'running': {'trial_placement_extended': 'running', 'trial_placement_ended': 'ended'}},
    'probation': {None: {'probation_begun': 'running'}, 'running': {'probation_ended': 'ended'}},
    'contract': {None: {'contract_begun': 'running'}, 'running': {'contract_changed': 'running', 'contract_ended': 'ended'}},
    'wage_value': {None: {'wage_value_measured': 'running'}, 'running': {'wage_value_measured': 'running'}},
    'scheme': {None: {'scheme_applied': 'applied'},
               'applied': {'scheme_granted': 'granted', 'scheme_refused': 'refused', 'scheme_ended': 'ended'},
               'granted': {'scheme_ended': 'ended'}},
    'task': {None: {'task_fitted': 'running'}, 'running': {'task_changed': 'running', 'task_ended': 'ended'}},
    'adaptation': {None: {'adaptation_agreed': 'agreed'},
                   'agreed': {'adaptation_made': 'in_place', 'adaptation_changed': 'agreed', 'adaptation_ended': 'ended'},
                   'in_place': {'adaptation_changed': 'in_place', 'adaptation_ended': 'ended'}},
    'workplace_guidance': {None: {'workplace_guidance_arranged': 'running'},
                           'running': {'workplace_guidance_changed': 'running', 'workplace_guidance_ended': 'ended'}},
    **{kind: {None: {begins: 'running'},
              'running': {'career_changed': 'running', 'career_achieved': 'achieved', 'career_dropped': 'dropped'}}
       for kind, begins in (('wish', 'wish_voiced'), ('goal', 'goal_set'), ('training', 'training_begun'))},
    'career_step': {None: {'career_step_taken': 'achieved'}},
    'precondition': {state: {f'precondition_{to}': to for to in ('missing', 'in_hand', 'met')}
                     for state in (None, 'missing', 'in_hand', 'met')},
    'motivation': {None: {'motivation_talked': 'running'}, 'running': {'motivation_talked': 'running'}},
    'agreement': {None: {'agreement_made': 'agreed'},
                  'agreed': {'agreement_changed': 'agreed', 'agreement_kept': 'kept', 'agreement_not_kept': 'not_kept'}},
    'bottleneck': {None: {'bottleneck_raised': 'raised'},
                   'raised': {'bottleneck_put': 'put', 'bottleneck_grouped': 'raised', 'bottleneck_closed': 'closed'},
                   'put': {'bottleneck_put': 'put', 'bottleneck_asked': 'put', 'bottleneck_answered': 'answered',
                           'bottleneck_grouped': 'put', 'bottleneck_closed': 'closed'},
                   'answered': {'bottleneck_put': 'put', 'bottleneck_grouped': 'answered', 'bottleneck_closed': 'closed'}},
    'network_person': {None: {'network_person_added': 'running'},
                       'running': {'network_person_changed': 'running', 'network_person_ended': 'ended'}},
    'appointment': {None: {'appointment_planned': 'planned'},
                    'planned': {'appointment_moved': 'planned', 'appointment_kept': 'kept',
                                'appointment_not_shown_up': 'not_shown_up', 'appointment_cancelled': 'cancelled'}},
    'absence': {None: {'absence_reported': 'reported'},
                'reported': {'absence_changed': 'reported', 'absence_recovered': 'recovered', 'absence_ended': 'ended'}},
    'dropout': {None: {'dropout_reported': 'reported'}, 'reported': {'dropout_resolved': 'resolved'}},
    'coach_handover': {None: {'coach_assigned': 'running'}, 'running': {'coach_handover_prepared': 'running'}},
}
# What a client alone begins (test_own.py).
CORRECTION = {None: {'correction_asked': 'raised'},
              'raised': {'correction_made': 'met', 'correction_declined': 'refused'}}
# Of these a client has one at a time; of the others another may begin beside it.
ONE_AT_A_TIME = {'trial_placement', 'probation', 'absence', 'dropout'}
# The entries that begin something: the method, and arguments that are enough.
BEGINS = {
    'trial_placement_begun': ('begin_trial_placement', {'employer': EMPLOYER}),
    'probation_begun': ('begin_probation', {'employer': EMPLOYER, 'due_at': day(60)}),
    'contract_begun': ('begin_contract', {'employer': EMPLOYER, 'contract': 'temporary', 'hours': '24', 'due_at': day(200)}),
    'wage_value_measured': ('record_wage_value', {'by_whom': 'Dariuz', 'percentage': 60}),
    'scheme_applied': ('apply_for_scheme', {'scheme': 'no_risk_policy'}),
    'task_fitted': ('fit_task', {'what': 'brood inpakken'}),
    'adaptation_agreed': ('agree_adaptation', {'what': 'een verstelbare tafel'}),
    'workplace_guidance_arranged': ('arrange_workplace_guidance', {'guide': 'colleague', 'guidance_form': 'on_the_floor'}),
    'wish_voiced': ('add_career_entry', {'kind': 'wish_voiced', 'what': 'een rijbewijs'}),
    'goal_set': ('add_career_entry', {'kind': 'goal_set', 'what': 'vaste baan'}),
    'career_step_taken': ('add_career_entry', {'kind': 'career_step_taken', 'what': 'bediende zelf de kassa'}),
    'training_begun': ('add_career_entry', {'kind': 'training_begun', 'what': 'heftruck'}),
    **{f'precondition_{state}': ('set_precondition', {'theme': 'debts', 'state': state}) for state in ('missing', 'in_hand', 'met')},
    'motivation_talked': ('record_motivation', {'guidance': 'Iemand die meekijkt.'}),
    'agreement_made': ('make_agreement', {'party': 'client', 'what': 'belt de huisarts', 'due_at': day(20)}),
    'bottleneck_raised': ('raise_bottleneck', {'what': 'geen bus na zessen'}),
    'network_person_added': ('add_network_person', {'what': 'Ria', 'relation': 'zus', 'may_be_told': 'alle afspraken'}),
    'appointment_planned': ('plan_appointment', {'channel': 'office', 'counterpart': 'client', 'due_at': day(9)}),
    'absence_reported': ('report_absence', {}),
    'dropout_reported': ('report_dropout', {'reason': 'de opdracht liep af'}),
    'coach_assigned': ('assign_coach', {'coach': 'bert'}),
}

# The entries that carry on or end: the details of record_step that each needs, and those that it may have besides.
STEPS = {
    'trial_placement_extended': ('due_at', 'reason'), 'trial_placement_ended': ('ending', 'reason'),
    'probation_ended': ('ending', 'reason'),
    'contract_changed': ('', 'hours due_at contract reason'), 'contract_ended': ('ending', 'reason'),
    'scheme_granted': ('', 'begins_at due_at'), 'scheme_refused': ('reason', ''), 'scheme_ended': ('', 'reason'),
    'task_changed': ('what', 'reason'), 'task_ended': ('', 'reason'),
    'adaptation_made': ('', ''), 'adaptation_changed': ('', 'what due_at reason'), 'adaptation_ended': ('', 'reason'),
    'workplace_guidance_changed': ('', 'guide guidance_form every_days employer reason'), 'workplace_guidance_ended': ('', 'reason'),
    'career_changed': ('', 'what due_at reason'), 'career_achieved': ('', ''), 'career_dropped': ('', 'reason'),
    'agreement_changed': ('', 'what party due_at by_whom reason'), 'agreement_kept': ('', ''), 'agreement_not_kept': ('', 'reason'),
    'bottleneck_put': ('by_whom', 'due_at'), 'bottleneck_asked': ('', 'due_at'), 'bottleneck_answered': ('words', 'due_at'),
    'bottleneck_grouped': ('grouped_as', ''), 'bottleneck_closed': ('', 'reason'),
    'network_person_changed': ('', 'relation may_be_told reason'), 'network_person_ended': ('', 'reason'),
    'appointment_moved': ('due_at', 'channel reason'), 'appointment_kept': ('', 'channel'),
    'appointment_not_shown_up': ('', 'channel'), 'appointment_cancelled': ('', 'reason'),
    'absence_changed': ('', 'due_at reason'), 'absence_recovered': ('', ''), 'absence_ended': ('reason', ''),
    'dropout_resolved': ('', 'reason'),
    'coach_handover_prepared': ('', 'record_read introduced_to_client agreements_passed_on story_retold'),
}
# One of each detail of record_step. Of what changes something, the first that it may have is given too.
AHEAD = '2090-01-01 09:00+00'
DETAILS = {'reason': 'zo liep het', 'what': 'iets anders', 'begins_at': day(10), 'due_at': AHEAD, 'hours': '32',
           'contract': 'permanent', 'ending': 'other', 'by_whom': 'de wethouder', 'grouped_as': 'vervoer', 'relation': 'broer',
           'may_be_told': 'niets', 'party': 'employer', 'guide': 'coach', 'guidance_form': 'calls', 'every_days': 7,
           'employer': EMPLOYER, 'channel': 'phone', 'record_read': True, 'introduced_to_client': True, 'agreements_passed_on': True,
           'story_retold': True}
CHANGES = [kind for kind in STEPS if kind.endswith('_changed')] + ['coach_handover_prepared']

HELPERS = """
    -- Makes the calls one after another, with the item that the first began; answers its number.
    create or replace function test.walk(calls text[]) returns bigint language plpgsql as $$
    declare call text; answer record; item bigint;
    begin
        foreach call in array calls loop
            execute 'select * from ' || replace(call, '{item}', coalesce(item::text, '')) into answer;
            item := coalesce(item, answer.event_id);
        end loop;
        return item;
    end $$;
    -- Makes the call and undoes it: answers the item it was of and the state it led to, or the refusal.
    create or replace function test.attempt(call text, item bigint) returns json language plpgsql as $$
    declare answer record; code text; message text; field text; named text;
    begin
        execute 'select * from ' || replace(call, '{item}', coalesce(item::text, '')) into answer;
        raise exception using errcode = 'TT000', message = (
            select json_build_object('item', i.item_id, 'state', i.state) from traject.event e
              join traject.item i on i.municipality_id = e.municipality_id and i.item_id = e.item_id
             where e.event_id = answer.event_id)::text;
    exception when others then
        get stacked diagnostics code = returned_sqlstate, message = message_text, field = column_name, named = constraint_name;
        return case when code = 'TT000' then message::json
                    else json_build_object('code', code, 'message', message, 'field', field, 'constraint', named) end;
    end $$;
"""


def enough(kind):
    """Details of record_step that are enough for an entry of that kind."""
    needs, may = (names.split() for names in STEPS[kind])
    given = needs + (may[:1] if kind in CHANGES else [])
    return {name: DETAILS.get(name, 'gezegd is gezegd') for name in given}


def call(kind, number, **more):
    """The text of the call that makes an entry of that kind."""
    if kind in BEGINS:
        function, arguments = BEGINS[kind]
        # What begins now has its term ahead.
        ahead = {'due_at': AHEAD} if kind in ('trial_placement_begun', 'probation_begun', 'contract_begun') and \
            'occurred_at' not in more else {}
        return Database.call(function, client_number=number, **{**arguments, **ahead, **more})
    given = {'client_number': number, 'kind': kind, **enough(kind), **more}
    return Database.call('record_step', **{'item_id': 0, **given}).replace('item_id => 0', 'item_id => {item}')


def route(item, state):
    """The shortest row of entries that leads to that state, by the table above."""
    ways = [((), None)]
    for way, at in ways:
        if at == state:
            return list(way)
        ways += [((*way, kind), to) for kind, to in LIFE[item].get(at, {}).items() if to != at]
    raise AssertionError(f'no way to {state} of {item}')


class ItemsTest(unittest.TestCase):
    database, ready, clients = None, [], 0

    @classmethod
    def setUpClass(cls):
        # One for all classes here: what a test does is to clients of its own.
        if not ItemsTest.database:
            ItemsTest.database = database = Database()
            unittest.addModuleCleanup(database.close)
            database.run(database.transaction('admin', 'add_employer', employer=OTHER)
                         + database.transaction('admin', 'add_employer_person', employer=OTHER, person='Joop'), 'traject_daemon')

    @classmethod
    def client(cls, coach='anna', team='Noord'):
        """The number of a client with an open trajectory; anna's are made by the dozen."""
        if (coach, team) != ('anna', 'Noord') or not ItemsTest.ready:
            made = [f'I{ItemsTest.clients + place}' for place in range(24 if coach == 'anna' else 1)]
            ItemsTest.clients += len(made)
            cls.database.run(''.join(
                cls.database.transaction('bas', 'add_client', client_number=number)
                + cls.database.transaction('bas', 'start_trajectory', client_number=number, kind='work_experience', coach=coach,
                                           team=team, occurred_at=day(0)) for number in made), 'traject_daemon')
            if coach != 'anna':
                return made[0]
            ItemsTest.ready = made
        return ItemsTest.ready.pop()

    def step(self, number, kind, actor='bas', **details):
        return self.database.as_worker(actor, 'record_step', client_number=number, kind=kind, **details)[0]

    def begin(self, number, kind, actor='bas', **more):
        function, arguments = BEGINS[kind]
        return self.database.as_worker(actor, function, client_number=number, **{**arguments, **more})[0]['event_id']

    def items(self, number, actor='bas', **more):
        return self.database.as_worker(actor, 'list_items',
                                       **{'client_number': number, 'with_ended': False, 'overdue': False, **more})

    def refused(self, code, field, says, function, actor='bas', **arguments):
        """The call is refused with that code, about that field, in words like those."""
        with self.assertRaises(Refused, msg=(function, arguments)) as caught:
            self.database.as_worker(actor, function, **arguments)
        self.assertEqual(caught.exception.code, code, caught.exception)
        words = caught.exception.message
        if caught.exception.constraint:
            words = self.database.value(f"""
                select coalesce(obj_description(oid, 'pg_constraint'), '') from pg_constraint
                 where conname = '{caught.exception.constraint}'
                union all select obj_description(oid, 'pg_class') from pg_class where relname = '{caught.exception.constraint}'""")
        self.assertRegex(words, says)
        if field:
            self.assertIn(f'COLUMN NAME:  {field}\n', str(caught.exception))
