"""Random histories of one trajectory: facts at distinct moments, and the calls of the API that record them."""
import datetime
import itertools

DAY = datetime.timedelta(days=1)
STAGES = ['first_contact', 'starting_work', 'work_content', 'workplace_guidance', 'career_development', 'preconditions']
EMPLOYERS = {'Bakkerij De Zon': ['M. Visser', 'K. de Wit', 'J. Bos'], 'Drukkerij Noord': ['A. Vos', 'B. Mol', 'C. Das']}
COACHES = [('anna', 'Noord'), ('bert', 'Noord'), ('cor', 'Noord'), ('cor', 'Zuid'), ('zoe', 'Zuid')]
WORDS = ['Rustig gesprek gehad.', 'Rooster besproken.', 'Wil graag meer uren.', "Belt 's middags."]
REASONS = ['zo liep het', 'op verzoek', 'het werk veranderde']
CHECKLIST = ['talked_through_with_client', 'guidance_needs_shared', 'absence_and_dropout_discussed', 'fallback_agreed']
PASSED_ON = ['record_read', 'introduced_to_client', 'agreements_passed_on']
CHOICES = {
    'channel': ['phone', 'email', 'office', 'workplace', 'video'],
    'counterpart': ['client', 'employer', 'network', 'partner'],
    'trajectory_kind': ['work_experience', 'activation', 'full_productivity'],
    'outcome': ['employed', 'education', 'moved_away'],
    'stage': STAGES,
    'initiator': ['employer', 'municipality', 'candidate'],
    'direction': ['vacancy_seeks_person', 'person_seeks_tasks'],
    'form': ['call_or_talk', 'meet_and_greet', 'day_along'],
    'scheme': ['no_risk_policy', 'loondispensatie', 'loonkostensubsidie'],
    'ending': ['employed', 'not_employed', 'expired', 'client_stopped'],
    'guide': ['coach', 'supervisor', 'colleague'],
    'guidance_form': ['half_day_along', 'look_in', 'calls'],
    'theme': ['debts', 'care', 'transport', 'housing'],
    'factor': ['approach', 'guidance', 'fitting_work', 'being_of_value'],
    'party': ['client', 'coach', 'employer'],
    'worker': ['anna', 'mia', 'cor'],
    'reached': [True, False],
    'hours': ['12', '24', '19.5', '32'],
    'by_whom': ['UWV', 'de wethouder', 'Vervoer Oost'],
    'relation': ['broer', 'moeder', 'buurvrouw'],
    'may_be_told': ['alle afspraken', 'alleen het rooster'],
    'grouped_as': ['geen bus', 'wachtlijst'],
    'reason': REASONS,
    'words': WORDS,
    'every_days': [1, 7, 14],
    'percentage': [0, 40, 65, 100],
}
# The methods of what begins something or stands on its own; other kinds are steps.
METHODS = {
    'trajectory_started': 'start_trajectory', 'stage_moved': 'move_stage', 'contact': 'record_contact',
    'coach_assigned': 'assign_coach', 'trajectory_ended': 'end_trajectory', 'handover_flagged': 'flag_handover',
    'handover_prepared': 'prepare_handover', 'handover_accepted': 'accept_handover', 'handover_declined': 'decline_handover',
    'handover_withdrawn': 'withdraw_handover', 'handover_completed': 'complete_handover',
    'handover_returned': 'return_handover', 'first_contact': 'record_first_contact', 'day_along': 'record_day_along',
    'trial_placement_begun': 'begin_trial_placement', 'probation_begun': 'begin_probation', 'contract_begun': 'begin_contract',
    'wage_value_measured': 'record_wage_value', 'scheme_applied': 'apply_for_scheme', 'task_fitted': 'fit_task',
    'adaptation_agreed': 'agree_adaptation', 'workplace_guidance_arranged': 'arrange_workplace_guidance',
    'supervisor_changed': 'change_supervisor', 'wish_voiced': 'add_career_entry', 'goal_set': 'add_career_entry',
    'career_step_taken': 'add_career_entry', 'training_begun': 'add_career_entry', 'precondition_missing': 'set_precondition',
    'precondition_in_hand': 'set_precondition', 'precondition_met': 'set_precondition', 'motivation_talked': 'record_motivation',
    'agreement_made': 'make_agreement', 'bottleneck_raised': 'raise_bottleneck', 'network_person_added': 'add_network_person',
    'appointment_planned': 'plan_appointment', 'absence_reported': 'report_absence', 'dropout_reported': 'report_dropout'}
# What correct_entry can change, by the name it has there.
CORRECTABLE = {'at': 'occurred_at', 'reason': 'entry_reason'} | {name: name for name in (
    'words', 'stage', 'channel', 'counterpart', 'reached', 'worker', 'trajectory_kind', 'outcome', 'what', 'begins_at',
    'due_at', 'hours', 'percentage', 'by_whom', 'scheme', 'ending', 'initiator', 'direction', 'form', 'party', 'relation',
    'may_be_told', 'grouped_as')}


def call(fact, number, item):
    """The method that records a fact, and its arguments; `item` is the number of what it carries on."""
    given = {name: value for name, value in fact.items()
             if value is not None and name not in ('kind', 'at', 'item', 'family')}
    kind, function = fact['kind'], METHODS.get(fact['kind'], 'record_step')
    names = {'handover_flagged': {'person': 'supervisor', 'due_at': 'planned_at'}, 'handover_prepared': {'due_at': 'planned_at'},
             'handover_accepted': {'person': 'accepted_by'}, 'supervisor_changed': {'person': 'supervisor'},
             'trajectory_started': {'trajectory_kind': 'kind'}}.get(kind, {})
    arguments = {names.get(name, name): value for name, value in given.items()}
    if kind.startswith('handover_') and kind != 'handover_flagged' or kind == 'supervisor_changed':
        arguments.pop('employer', None)
    if function == 'prepare_handover':
        arguments |= {name: arguments.get(name, False) for name in CHECKLIST}
    if function == 'add_career_entry':
        arguments['kind'] = kind
    if function == 'set_precondition':
        arguments['state'] = kind.removeprefix('precondition_')
    if function == 'record_motivation':
        arguments[arguments.pop('factor')] = arguments.pop('words')
        arguments = {name: value for name, value in arguments.items() if name not in ('counterpart', 'reached')}
    if function == 'record_step':
        arguments = {name: value for name, value in arguments.items() if name not in ('counterpart', 'reached')}
        arguments |= {'kind': kind, 'item_id': item}
    return function, {'client_number': number, 'occurred_at': fact['at'], **arguments}


class History:
    """The facts of one trajectory, as they happened."""

    def __init__(self, random_, now, size=1.0):
        self.random, self.now, self.facts = random_, now, []
        self.keys = itertools.count()
        self.start = now - DAY * random_.uniform(60, 400)
        self.last = now - DAY * random_.uniform(1, 20)
        coach, team = random_.choice(COACHES)
        self.add(self.start, 'trajectory_started', family='start', coach=coach, team=team, stage=random_.choice(STAGES[:3]),
                 trajectory_kind=self.one('trajectory_kind'), words=self.maybe('words'))
        self.path()
        self.coaches()
        self.handovers()
        self.network()
        for _ in range(round(size * 8)):
            self.contact()
        for begin in random_.sample(self.ITEMS, round(size * 8)):
            begin(self)
        if random_.random() < 0.3:
            self.add(self.last + DAY / 2, 'trajectory_ended', family='end', outcome=self.one('outcome'),
                     words=self.maybe('words'))
        self.facts.sort(key=lambda fact: fact['at'])
        assert len({fact['at'] for fact in self.facts}) == len(self.facts)

    # ---- choices

    def one(self, name):
        return self.random.choice(CHOICES[name])

    def maybe(self, name, chance=0.5):
        return self.one(name) if self.random.random() < chance else None

    def moment(self):
        return self.start + (self.last - self.start) * self.random.uniform(0.001, 0.999)

    def moments(self, most):
        """Up to so many moments, in order; at least one."""
        return sorted(self.moment() for _ in range(self.random.randrange(1, most + 1)))

    def ahead(self, at):
        return at + DAY * self.random.uniform(30, 90)

    def employer(self, chance=1.0):
        """An employer and one of its people, or neither."""
        if self.random.random() >= chance:
            return {}
        employer = self.random.choice(list(EMPLOYERS))
        return {'employer': employer, 'person': self.random.choice(EMPLOYERS[employer])}

    def company(self, chance=0.5):
        return {'employer': self.random.choice(list(EMPLOYERS))} if self.random.random() < chance else {}

    def add(self, at, kind, **details):
        fact = {'kind': kind, 'at': at, **{name: value for name, value in details.items() if value is not None}}
        fact.setdefault('family', fact.get('item', kind))
        self.facts.append(fact)
        return fact

    def key(self, kind):
        return f'{kind}/{next(self.keys)}'

    # ---- path, coaches, guidance

    def path(self):
        stage = self.facts[0]['stage']
        for at in self.moments(7):
            to = self.random.choice([other for other in STAGES if other != stage])
            forward = STAGES.index(to) == STAGES.index(stage) + 1
            self.add(at, 'stage_moved', family='path', stage=to, words=self.maybe('words', 0.3),
                     reason=self.maybe('reason', 0.3) if forward else self.one('reason'))
            stage = to

    def coaches(self):
        present = self.facts[0]['coach'], self.facts[0]['team']
        for at in self.moments(4)[1:]:
            coach, team = self.random.choice([pair for pair in COACHES if pair != present])
            item = self.key('coach_handover') if coach != present[0] else None
            self.add(at, 'coach_assigned', family='coach', item=item, coach=coach, team=team, reason=self.maybe('reason'))
            present = coach, team
            for step in sorted(at + (self.last - at) * self.random.uniform(0.001, 0.9) for _ in range(self.random.randrange(4))):
                done = {name: True for name in PASSED_ON + ['story_retold'] if self.random.random() < 0.6}
                if item and done:
                    self.add(step, 'coach_handover_prepared', family='coach', item=item, **done)

    def handovers(self):
        state, done, supervisor, second, employer = 'none', set(), None, None, None
        for at in self.moments(12):
            if state in ('flagged', 'prepared', 'accepted', 'completed') and self.random.random() < 0.2:
                free = [person for person in EMPLOYERS[employer] if person not in (supervisor, second)]
                both = self.random.random()
                if both < 0.5 or second is None:
                    supervisor = self.random.choice(free)
                    self.add(at, 'supervisor_changed', family='handover', employer=employer, person=supervisor,
                             reason=self.maybe('reason'))
                elif both < 0.8:
                    second = self.random.choice(free)
                    self.add(at, 'supervisor_changed', family='handover', employer=employer, second_person=second)
                else:
                    supervisor, second = second, supervisor
                    self.add(at, 'supervisor_changed', family='handover', employer=employer, person=supervisor,
                             second_person=second)
            elif state in ('none', 'over'):
                place = self.employer()
                employer, supervisor, second, done = place['employer'], place['person'], None, set()
                planned = self.ahead(at) if self.random.random() < 0.5 else None
                self.add(at, 'handover_flagged', family='handover', **place, due_at=planned, words=self.maybe('words', 0.3))
                state = 'flagged'
            elif state == 'completed':
                self.add(at, 'handover_returned', family='handover', employer=employer, reason=self.one('reason'))
                state = 'over'
            elif self.random.random() < 0.1:
                ended = self.random.choice(['declined', 'withdrawn'])
                self.add(at, f'handover_{ended}', family='handover', employer=employer, reason=self.one('reason'))
                state = 'over'
            elif state == 'accepted' and len(done) == 4 and second:
                self.add(at, 'handover_completed', family='handover', employer=employer, words=self.maybe('words', 0.3))
                state = 'completed'
            elif state == 'prepared' and self.random.random() < 0.5:
                self.add(at, 'handover_accepted', family='handover', employer=employer,
                         person=self.random.choice(EMPLOYERS[employer]))
                state = 'accepted'
            else:
                now_done = {name for name in CHECKLIST if self.random.random() < 0.7} or {'fallback_agreed'}
                done |= now_done
                named = None
                if second is None or self.random.random() < 0.2:
                    named = second = self.random.choice([p for p in EMPLOYERS[employer] if p not in (supervisor, second)])
                self.add(at, 'handover_prepared', family='handover', employer=employer, second_person=named,
                         **{name: True for name in now_done},
                         due_at=self.ahead(at) if self.random.random() < 0.3 else None)
                state = 'accepted' if state == 'accepted' else 'prepared'

    # ---- contacts and the network

    def network(self):
        """People of the network, some of whom leave it; one of the same name may come later."""
        self.people = []
        for name in self.random.sample(['Piet', 'Sanne', 'Oom Jan'], self.random.randrange(3)):
            marks = sorted(self.moment() for _ in range(6))
            turns = [marks[:3], marks[3:]] if self.random.random() < 0.4 else [marks[:2]]
            for place, (added, *changes) in enumerate(turns):
                item = self.key('network_person')
                ends = place + 1 < len(turns) or self.random.random() < 0.5
                self.add(added, 'network_person_added', family='network', item=item, what=name, relation=self.one('relation'),
                         may_be_told=self.one('may_be_told'))
                if len(changes) > 1:
                    self.add(changes[0], 'network_person_changed', family='network', item=item,
                             **{name: self.one(name) for name in self.random.choice([['relation'], ['may_be_told']])})
                if ends:
                    self.add(changes[-1], 'network_person_ended', family='network', item=item, reason=self.maybe('reason'))
                self.people.append((name, added, changes[-1] if ends else self.now))

    def there(self, at):
        names = [name for name, since, until in self.people if since < at < until and self.random.random() < 0.5]
        return {'network_people': names, 'family': 'network'} if names else {}

    def contact(self):
        at = self.moment()
        self.add(at, 'contact', channel=self.one('channel'), counterpart=self.random.choice(['client', 'client', 'employer']),
                 reached=self.one('reached'), words=self.maybe('words'), worker=self.maybe('worker', 0.3), **self.there(at))

    # ---- what runs

    def life(self, kind, begin, steps=(), ends=()):
        """An item: how it begins, up to a few of the steps, and one of the ends or none; each a function of the moment."""
        item = self.key(kind)
        at, *rest = self.moments(5)
        self.add(at, begin[0], item=item, words=self.maybe('words', 0.3), **begin[1](at))
        for step in rest[:-1] if ends else rest:
            if steps:
                name, details = self.random.choice(steps)
                self.add(step, name, **{'words': self.maybe('words', 0.2), 'item': item} | details(step))
        if ends and rest:
            name, details = self.random.choice(ends)
            self.add(rest[-1], name, **{'words': self.maybe('words', 0.2), 'item': item} | details(rest[-1]))

    def one_at_a_time(self, kind, begin, step, ends):
        """One after the other, each ended before the next."""
        marks = self.moments(7)
        while marks:
            part, marks = marks[:3], marks[3:]
            item = self.key(kind)
            for place, at in enumerate(part):
                name, details = begin if place == 0 else self.random.choice(ends) if place == len(part) - 1 else step
                if place == len(part) - 1 and place > 0 and not marks and self.random.random() < 0.5:
                    continue
                self.add(at, name, family=kind, item=item, words=self.maybe('words', 0.2), **details(at))

    def trial_placement(self):
        self.one_at_a_time('trial_placement', ('trial_placement_begun', lambda at: {
            **self.employer(), 'due_at': self.ahead(at), 'begins_at': self.random.choice([None, at + DAY])}),
            ('trial_placement_extended', lambda at: {'due_at': self.ahead(at) + 100 * DAY, 'reason': self.maybe('reason')}),
            [('trial_placement_ended', lambda at: {'ending': self.one('ending'), 'reason': self.maybe('reason')})])

    def probation(self):
        begin = ('probation_begun', lambda at: {**self.company(1), 'due_at': self.ahead(at)})
        end = ('probation_ended', lambda at: {'ending': self.one('ending')})
        self.life('probation', begin, (), [end])

    def contract(self):
        temporary = self.random.random() < 0.6
        steps = [('contract_changed', lambda at: {'hours': self.one('hours'), 'reason': self.maybe('reason')})]
        if temporary:
            steps += [('contract_changed', lambda at: {'due_at': self.ahead(at) + 200 * DAY}),
                      ('contract_changed', lambda at: {'contract': 'permanent'})]
        self.life('contract', ('contract_begun', lambda at: {
            **self.company(1), 'hours': self.one('hours'), 'contract': 'temporary' if temporary else 'permanent',
            'begins_at': self.random.choice([None, at + DAY]), 'due_at': self.ahead(at) if temporary else None}),
            steps, [('contract_ended', lambda at: {'ending': self.one('ending')})])

    def wage_value(self):
        for at in self.moments(3):
            self.add(at, 'wage_value_measured', item='wage_value', percentage=self.one('percentage'),
                     by_whom=self.one('by_whom'), due_at=at + 365 * DAY, **self.company())

    def scheme(self):
        other = self.random.random() < 0.2
        begin = ('scheme_applied', lambda at: {'scheme': 'other' if other else self.one('scheme'),
                                              'what': 'een potje' if other else None, **self.company()})
        if self.random.random() < 0.5:
            item = self.key('scheme')
            at, *rest = self.moments(3)
            self.add(at, begin[0], item=item, **begin[1](at))
            for kind, step in zip(('scheme_granted', 'scheme_ended'), rest):
                self.add(step, kind, item=item, due_at=self.ahead(step) if kind == 'scheme_granted' else None)
        else:
            self.life('scheme', begin, (), [('scheme_refused', lambda at: {'reason': self.one('reason')}),
                                            ('scheme_ended', lambda at: {'reason': self.maybe('reason')})])

    def task(self):
        self.life('task', ('task_fitted', lambda at: {'what': 'vakken vullen', **self.company()}),
                  [('task_changed', lambda at: {'what': 'inpakken', 'reason': self.maybe('reason')})],
                  [('task_ended', lambda at: {'reason': self.maybe('reason')})])

    def adaptation(self):
        item = self.key('adaptation')
        kinds = iter(['adaptation_agreed', 'adaptation_changed', 'adaptation_made', 'adaptation_changed', 'adaptation_ended'])
        for at in self.moments(5):
            kind = next(kinds)
            self.add(at, kind, item=item, **{
                'adaptation_agreed': {'what': 'een stoel', **self.company(), 'due_at': self.ahead(at)},
                'adaptation_changed': self.random.choice([{'what': 'een betere stoel'}, {'due_at': self.ahead(at)}])}
                .get(kind, {}))

    def workplace_guidance(self):
        self.life('workplace_guidance', ('workplace_guidance_arranged', lambda at: {
            'guide': self.one('guide'), 'guidance_form': self.one('guidance_form'), 'every_days': self.maybe('every_days'),
            **self.employer(0.5)}),
            [('workplace_guidance_changed', lambda at, n=name: {n: self.one(n)})
             for name in ('guide', 'guidance_form', 'every_days')],
            [('workplace_guidance_ended', lambda at: {'reason': self.maybe('reason')})])

    def career(self):
        kind, begin = self.random.choice([('wish', 'wish_voiced'), ('goal', 'goal_set'), ('training', 'training_begun')])
        self.life(kind, (begin, lambda at: {'what': 'heftruck rijden', 'due_at': self.random.choice([None, self.ahead(at)])}),
                  [('career_changed', lambda at: self.random.choice([{'what': 'kraan rijden'}, {'due_at': self.ahead(at)}]))],
                  [('career_achieved', lambda at: {}), ('career_dropped', lambda at: {'reason': self.maybe('reason')})])
        self.life('career_step', ('career_step_taken', lambda at: {'what': 'een cursus afgerond'}))

    def precondition(self):
        for at in self.moments(6):
            theme, kind = self.one('theme'), self.random.choice(['missing', 'in_hand', 'met'])
            self.add(at, f'precondition_{kind}', item=f'precondition/{theme}', theme=theme, words=self.maybe('words'),
                     due_at=self.ahead(at) if kind != 'met' and self.random.random() < 0.5 else None)

    def motivation(self):
        for at in self.moments(5):
            factor, channel = self.one('factor'), self.maybe('channel', 0.4)
            self.add(at, 'motivation_talked', item=f'motivation/{factor}', factor=factor, words=self.one('words'),
                     **({'channel': channel, 'counterpart': 'client', 'reached': True} if channel else {}))

    def agreement(self):
        self.life('agreement', ('agreement_made', lambda at: {
            'what': 'belt de werkgever', 'party': self.one('party'), 'due_at': self.ahead(at), 'by_whom': self.maybe('by_whom')}),
            [('agreement_changed', lambda at: self.random.choice([
                {'what': 'schrijft de werkgever'}, {'due_at': self.ahead(at)}, {'party': self.one('party')},
                {'by_whom': self.one('by_whom'), 'reason': self.one('reason')}]))],
            [('agreement_kept', lambda at: {}), ('agreement_not_kept', lambda at: {'reason': self.maybe('reason')})])

    def bottleneck(self):
        item, state = self.key('bottleneck'), 'none'
        for at in self.moments(7):
            details = {'grouped_as': self.one('grouped_as')}
            if state == 'none':
                kind, state = 'bottleneck_raised', 'raised'
                details = {'what': 'geen bus', 'grouped_as': self.maybe('grouped_as')}
            else:
                kind = self.random.choice({'raised': ['put', 'grouped'], 'put': ['put', 'asked', 'answered', 'grouped'],
                                           'answered': ['put', 'grouped', 'closed'], 'closed': [None]}[state])
                if kind is None:
                    break
                if kind in ('put', 'answered', 'closed'):
                    state = kind
                details = {'put': {'by_whom': self.one('by_whom'), 'due_at': self.ahead(at)},
                           'asked': {'due_at': self.random.choice([None, self.ahead(at)])},
                           'answered': {'words': self.one('words')}, 'grouped': details,
                           'closed': {'reason': self.maybe('reason')}}[kind]
                kind = f'bottleneck_{kind}'
            self.add(at, kind, item=item, **details)

    def appointment(self):
        counterpart = self.random.choice(['client', 'client', 'employer'])
        item = self.key('appointment')
        at, *rest = self.moments(4)
        place = self.employer(0.3)
        self.add(at, 'appointment_planned', item=item, due_at=self.ahead(at), channel=self.one('channel'),
                 counterpart=counterpart, **place, **self.there(at))
        for step in rest[:-1]:
            self.add(step, 'appointment_moved', item=item, due_at=self.ahead(step), channel=self.maybe('channel'))
        if rest:
            kind = self.random.choice(['kept', 'not_shown_up', 'cancelled'])
            self.add(rest[-1], f'appointment_{kind}', item=item,
                     **({'reason': self.maybe('reason')} if kind == 'cancelled' else
                        {'channel': self.one('channel'), 'counterpart': counterpart, 'reached': kind == 'kept'}))

    def absence(self):
        self.one_at_a_time('absence', ('absence_reported', lambda at: {'due_at': self.ahead(at), **self.company()}),
                           ('absence_changed', lambda at: {'due_at': self.ahead(at)}),
                           [('absence_recovered', lambda at: {}), ('absence_ended', lambda at: {'reason': self.one('reason')})])

    def dropout(self):
        self.life('dropout', ('dropout_reported', lambda at: {'reason': self.one('reason'), **self.company()}), (),
                  [('dropout_resolved', lambda at: {'reason': self.maybe('reason')})])

    def first_steps(self):
        at = self.moment()
        self.add(at, 'first_contact', initiator=self.one('initiator'), direction=self.one('direction'), form=self.one('form'),
                 **self.employer(0.5), words=self.maybe('words'))
        self.add(self.moment(), 'day_along', **self.employer(), words=self.maybe('words'))

    ITEMS = [trial_placement, probation, contract, wage_value, scheme, task, adaptation, workplace_guidance, career,
             precondition, motivation, agreement, bottleneck, appointment, absence, dropout, first_steps]

    # ---- mistakes

    def wrong(self, fact):
        """The fact as somebody enters it wrong, in what correct_entry can put right; or None."""
        never = {'appointment_kept': {'reached', 'counterpart'}, 'appointment_not_shown_up': {'reached', 'counterpart'},
                 'motivation_talked': {'reached', 'counterpart'}, 'appointment_planned': {'counterpart'},
                 'scheme_applied': {'scheme'} if fact.get('scheme') == 'other' else set()}.get(fact['kind'], set())
        names = [name for name in fact if name in CORRECTABLE and name not in never]
        changed = dict(fact)
        for name in self.random.sample(names, min(len(names), self.random.choice([1, 1, 2]))):
            changed[name] = self.other(fact, name)
        return changed

    def other(self, fact, name):
        if name == 'at':
            if fact['kind'] == 'trajectory_started':
                return fact['at'] - DAY * self.random.uniform(0.1, 5)
            if fact['kind'] == 'trajectory_ended':
                return fact['at'] + DAY * self.random.uniform(0.01, 0.3)
            return self.moment()
        if name in ('begins_at', 'due_at'):
            return fact[name] + (DAY if name == 'due_at' else -DAY / 2)
        if name == 'what':
            return fact['what'] + ' (vergissing)'
        return self.random.choice([value for value in CHOICES[name] if value != fact[name]])

    def extra(self):
        """Something that did not happen."""
        at = self.moment()
        return self.random.choice([
            lambda: {'kind': 'contact', 'channel': 'phone', 'counterpart': 'client', 'reached': self.one('reached')},
            lambda: {'kind': 'stage_moved', 'stage': self.one('stage'), 'reason': 'niet gebeurd', 'family': 'path'},
            lambda: {'kind': 'agreement_made', 'what': 'niets', 'party': 'coach', 'due_at': self.ahead(at)},
            lambda: {'kind': 'day_along', **self.employer()},
            lambda: {'kind': 'precondition_missing', 'theme': self.one('theme'), 'family': 'precondition'},
            lambda: {'kind': 'coach_assigned', **dict(zip(('coach', 'team'), self.random.choice(COACHES))), 'family': 'coach'},
            lambda: {'kind': 'motivation_talked', 'factor': self.one('factor'), 'words': 'niet gezegd', 'channel': 'phone'},
        ])() | {'at': at}
