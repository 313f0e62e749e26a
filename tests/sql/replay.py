"""A second opinion: what the plain facts of a trajectory mean, told one by one in the order they happened."""
from histories import CHECKLIST, DAY, PASSED_ON

# The state that each kind brings what runs into; kinds that are not here leave it as it is.
BRINGS = {
    'trial_placement_begun': 'running', 'trial_placement_ended': 'ended', 'probation_begun': 'running',
    'probation_ended': 'ended', 'contract_begun': 'running', 'contract_ended': 'ended', 'wage_value_measured': 'running',
    'scheme_applied': 'applied', 'scheme_granted': 'granted', 'scheme_refused': 'refused', 'scheme_ended': 'ended',
    'task_fitted': 'running', 'task_ended': 'ended', 'adaptation_agreed': 'agreed', 'adaptation_made': 'in_place',
    'adaptation_ended': 'ended', 'workplace_guidance_arranged': 'running', 'workplace_guidance_ended': 'ended',
    'wish_voiced': 'running', 'goal_set': 'running', 'training_begun': 'running', 'career_step_taken': 'achieved',
    'career_achieved': 'achieved', 'career_dropped': 'dropped', 'precondition_missing': 'missing',
    'precondition_in_hand': 'in_hand', 'precondition_met': 'met', 'motivation_talked': 'running', 'agreement_made': 'agreed',
    'agreement_kept': 'kept', 'agreement_not_kept': 'not_kept', 'bottleneck_raised': 'raised', 'bottleneck_put': 'put',
    'bottleneck_asked': 'put', 'bottleneck_answered': 'answered', 'bottleneck_closed': 'closed', 'network_person_added': 'running',
    'network_person_ended': 'ended', 'appointment_planned': 'planned', 'appointment_kept': 'kept',
    'appointment_not_shown_up': 'not_shown_up', 'appointment_cancelled': 'cancelled', 'absence_reported': 'reported',
    'absence_recovered': 'recovered', 'absence_ended': 'ended', 'dropout_reported': 'reported', 'dropout_resolved': 'resolved',
    'coach_assigned': 'running'}
OPEN = {'running', 'applied', 'granted', 'agreed', 'in_place', 'missing', 'in_hand', 'raised', 'put', 'answered',
        'planned', 'reported'}
DETAILS = ['what', 'employer', 'person', 'channel', 'counterpart', 'contract', 'hours', 'percentage', 'by_whom', 'scheme',
           'ending', 'guide', 'guidance_form', 'every_days', 'theme', 'factor', 'party', 'begins_at', 'due_at', 'grouped_as',
           'relation', 'may_be_told', 'record_read', 'introduced_to_client', 'agreements_passed_on', 'story_retold']
NEEDS = dict(zip(CHECKLIST, ['talked through with the client', 'guidance needs shared', 'absence and dropout discussed',
                             'fallback agreed']))
DONE = NEEDS | {'record_read': 'record read', 'introduced_to_client': 'introduced to the client',
                'agreements_passed_on': 'agreements passed on', 'story_retold': 'the story was told anew'}


def upcoming(moments, now):
    """The first that is still to come, else the last."""
    return min((at for at in moments if at >= now), default=max(moments, default=None))


class Replay:
    def __init__(self, facts, rhythm_days=28):
        self.spells, self.coaches, self.guides, self.handovers, self.items, self.timeline = [], [], [], [], {}, []
        self.contact, self.attempts, self.ended = None, [], {}
        facts = sorted(facts, key=lambda fact: fact['at'])
        for fact in facts:
            self.tell(fact)
        # Each entry of what runs says what that is about.
        for fact, line in zip(facts, self.timeline):
            for name in ('what', 'scheme', 'party') if 'item' in fact else ():
                if line[name] is None:
                    line[name] = self.items[fact['item']][name]
        self.rhythm_days = rhythm_days

    # ---- one thing that happened

    def tell(self, fact):
        kind, at = fact['kind'], fact['at']
        before = self.spells[-1]['stage'] if self.spells else None
        if kind == 'trajectory_started':
            self.started = fact
            self.spells.append({'since': at, 'until': None, 'stage': fact['stage'], 'from_stage': None, 'reason': None})
            self.coaches.append({'since': at, 'until': None, 'team': fact['team'], 'coach': fact['coach']})
            self.guide(at, 'coach')
        elif kind == 'stage_moved':
            self.next(self.spells, at, {'stage': fact['stage'], 'from_stage': before, 'reason': fact.get('reason')})
        elif kind == 'coach_assigned':
            self.next(self.coaches, at, {'team': fact['team'], 'coach': fact['coach']})
        elif kind.startswith('handover_') or kind == 'supervisor_changed':
            self.step(fact)
        elif kind == 'trajectory_ended':
            self.end(fact)
        if 'item' in fact:
            self.carry(fact)
        if fact.get('counterpart') == 'client' and 'reached' in fact:
            if fact['reached']:
                self.contact, self.attempts = at, []
            else:
                self.attempts.append(at)
        self.timeline.append(self.line(fact, before))

    @staticmethod
    def next(periods, at, values):
        periods[-1]['until'] = at
        periods.append({'since': at, 'until': None, **values})

    def guide(self, at, party, employer=None, person=None, second=None):
        values = {'party': party, 'employer': employer, 'person': person, 'second_person': second}
        if not self.guides:
            self.guides.append({'since': at, 'until': None, **values})
        elif {name: self.guides[-1][name] for name in values} != values:
            self.next(self.guides, at, values)

    def step(self, fact):
        kind, at = fact['kind'], fact['at']
        if kind == 'handover_flagged':
            self.handovers.append({'state': 'flagged', 'state_since': at, 'employer': fact['employer'],
                                   'supervisor': fact['person'], 'second_person': None, 'planned_at': None,
                                   **{name: False for name in CHECKLIST}})
        handover = self.handovers[-1]
        handover['last_step_at'] = at
        handover['planned_at'] = fact.get('due_at', handover['planned_at'])
        handover['second_person'] = fact.get('second_person', handover['second_person'])
        handover.update({name: True for name in CHECKLIST if fact.get(name)})
        if kind == 'supervisor_changed':
            handover['supervisor'] = fact.get('person', handover['supervisor'])
        else:
            state = kind.removeprefix('handover_')
            # More may be prepared of what is accepted already.
            if state != handover['state'] and (handover['state'], state) != ('accepted', 'prepared'):
                handover.update(state=state, state_since=at)
        if handover['state'] == 'completed':
            self.guide(at, 'employer', handover['employer'], handover['supervisor'], handover['second_person'])
        else:
            self.guide(at, 'coach')

    def end(self, fact):
        self.ended = fact
        for periods in (self.spells, self.coaches, self.guides):
            periods[-1]['until'] = fact['at']
        for handover in self.handovers:
            if handover['state'] in ('flagged', 'prepared', 'accepted'):
                handover.update(state='withdrawn', state_since=fact['at'])

    def carry(self, fact):
        at, state = fact['at'], BRINGS.get(fact['kind'])
        if fact['item'] not in self.items:
            self.items[fact['item']] = {'kind': fact['item'].split('/')[0], 'opened_at': at, 'state': None, 'worker': None,
                                        **{name: None for name in DETAILS}}
        item = self.items[fact['item']]
        if state and state != item['state']:
            item.update(state=state, state_since=at)
        item['changed_at'] = at
        # A new state has its own term or none.
        if state in OPEN or state == 'met':
            item['due_at'] = None
        item.update({name: fact[name] for name in DETAILS if name in fact})
        if fact['kind'] == 'coach_assigned':
            item['worker'] = fact['coach']
        if item['kind'] == 'coach_handover' and item['state'] == 'running' and all(item[name] for name in PASSED_ON):
            item.update(state='completed', state_since=at)

    # ---- what the timeline shows

    def line(self, fact, before):
        names = ['kind', 'at', 'words', 'reason', 'channel', 'counterpart', 'reached', 'what', 'trajectory_kind', 'outcome',
                 'initiator', 'direction', 'form', 'contract', 'hours', 'percentage', 'by_whom', 'scheme', 'ending', 'guide',
                 'guidance_form', 'every_days', 'factor', 'party', 'begins_at', 'due_at', 'grouped_as', 'relation',
                 'may_be_told', 'team']
        return {name: fact.get(name) for name in names} | {
            'stage': self.spells[-1]['stage'], 'from_stage': before if fact['kind'] == 'stage_moved' else None,
            'worker': fact.get('coach', fact.get('worker')), 'network_people': sorted(fact.get('network_people', [])),
            'checklist': [words for name, words in DONE.items() if fact.get(name)]}

    # ---- what is stored

    def tables(self):
        items = []
        for item in self.items.values():
            due = item['due_at'] if item['contract'] != 'permanent' else None
            items.append(item | {'open': item['state'] in OPEN, 'due_at': due})
        trajectory = {'kind': self.started['trajectory_kind'], 'started_at': self.started['at'],
                      'ended_at': self.ended.get('at'), 'outcome': self.ended.get('outcome')}
        return {'stage_spell': self.spells, 'coach_assignment': self.coaches, 'guidance': self.guides,
                'handover': self.handovers, 'item': items, 'trajectory': [trajectory], 'state': [self.state()]}

    def state(self):
        since_first = [spell for spell in self.spells]
        while any(spell['stage'] == 'first_contact' for spell in since_first):
            since_first.pop(0)
        working = [spell['since'] for spell in since_first if spell['stage'] != 'preconditions']
        spell, coach, guide = self.spells[-1], self.coaches[-1], self.guides[-1]
        return {'open': not self.ended, 'started_at': self.started['at'], 'stage': spell['stage'],
                'stage_since': spell['since'], 'working_since': working[0] if working else None, 'team': coach['team'],
                'coach': coach['coach'], 'coach_since': coach['since'], 'guided_by': guide['party'],
                'guided_since': guide['since'], 'employer': guide['employer'], 'last_contact_at': self.contact,
                'last_attempt_at': max(self.attempts, default=None), 'unanswered_attempts': len(self.attempts),
                'rhythm_days': self.rhythm_days,
                'due_at': self.contact + self.rhythm_days * DAY if self.contact else self.started['at']}

    # ---- what is answered

    def client(self, now):
        state, last = self.state(), self.handovers[-1] if self.handovers else {}
        open_handover = last.get('state') in ('flagged', 'prepared', 'accepted')
        needs = [words for name, words in NEEDS.items() if not last.get(name)] + (
            [] if last.get('second_person') else ['a second person at the employer'])
        running = [item for item in self.items.values() if item['state'] in OPEN and not self.ended]

        def first(kind, name):
            return min((item[name] for item in running if item['kind'] == kind), default=None)
        return {name: state[name] for name in (
            'started_at', 'stage', 'stage_since', 'team', 'coach', 'coach_since', 'guided_by', 'guided_since',
            'last_contact_at', 'last_attempt_at', 'unanswered_attempts', 'rhythm_days')} | {
            'trajectory_kind': self.started['trajectory_kind'], 'ended_at': self.ended.get('at'),
            'outcome': self.ended.get('outcome'), 'employer': last.get('employer'), 'supervisor': last.get('supervisor'),
            'second_person': last.get('second_person'), 'handover_state': last.get('state'),
            'handover_since': last.get('state_since'), 'handover_planned_at': last['planned_at'] if open_handover else None,
            'contact_due_at': None if self.ended else state['due_at'], 'trajectories': 1,
            'handover_needs': ', '.join(needs) if open_handover and needs else None,
            'coaches': len({coach['coach'] for coach in self.coaches}),
            'stories_retold': sum(bool(item['story_retold']) for item in self.items.values()),
            'next_appointment_at': upcoming([item['due_at'] for item in running if item['kind'] == 'appointment'], now),
            'absent_since': first('absence', 'opened_at'),
            'supervisor_left': False,
            'return_proposed': state['guided_by'] == 'employer' and any(
                item['kind'] == 'dropout' and item['opened_at'] >= state['guided_since'] for item in running),
            **self.placement(running, now)}

    @staticmethod
    def placement(running, now):
        """Where the client works: what runs and was begun last."""
        def began(item):
            return item['begins_at'] or item['opened_at']
        works = [item for item in running if item['kind'] in ('contract', 'trial_placement') and began(item) <= now]
        last = max(works, key=began, default={'kind': None, 'employer': None, 'due_at': None, 'contract': None})
        due = last['due_at'] if last['contract'] != 'permanent' else None
        return {'placement': last['kind'], 'placement_employer': last['employer'], 'placement_due_at': due}

    def quiet(self, now):
        """The row of the list of those without contact, or none."""
        state = self.state()
        if self.ended or state['due_at'] >= now:
            return []
        appointments = [item['due_at'] for item in self.items.values() if item['kind'] == 'appointment'
                        and item['state'] == 'planned' and item['counterpart'] == 'client']
        return [{name: state[name] for name in (
            'team', 'coach', 'stage', 'guided_by', 'employer', 'last_contact_at', 'unanswered_attempts', 'last_attempt_at',
            'rhythm_days', 'due_at')} | {'overdue_days': (now - state['due_at']) // DAY,
                                         'next_appointment_at': upcoming(appointments, now)}]
