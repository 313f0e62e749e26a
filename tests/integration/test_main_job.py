"""The main job, as people do it with traject: the organisation, the path, the handover, the three answers."""
import datetime
import stat
import unittest

from harness import ServiceTest, moment


class Organisation(ServiceTest):
    organisation = False

    def test_an_admin_sets_up_a_municipality(self):
        self.ok('team', 'add', 'Noord')
        self.ok('worker', 'add', 'anna', '--name', 'Anna de Vries', '--role', 'coach', '--team', 'Noord')
        self.ok('employer', 'add', 'Bakkerij De Zon')
        self.ok('employer', 'person', 'add', 'Bakkerij De Zon', 'M. Visser', '--function', 'supervisor')
        self.assertEqual(self.rows('team', 'list'), [{'team': 'Noord', 'workers': 1}])
        self.assertEqual([w for w in self.rows('worker', 'list') if w['worker'] == 'anna'],
                         [{'worker': 'anna', 'fullName': 'Anna de Vries', 'role': 'ROLE_COACH', 'teams': ['Noord']}])
        self.assertEqual(self.rows('employer', 'list'), [{'employer': 'Bakkerij De Zon', 'people': 1}])
        self.assertEqual(self.rows('employer', 'person', 'list'),
                         [{'employer': 'Bakkerij De Zon', 'person': 'M. Visser', 'function': 'supervisor'}])

        printed = self.ok('token', 'add', 'anna', '--label', 'laptop', '--save-as', 'anna')
        path = self.service.folder / 'traject/anna.conf'
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        token = self.service.token('anna')
        self.assertNotIn(token, printed)
        self.assertEqual(self.service.sql('select count(*) from session.token t '
                                          f"where encode(t.token_sha256, 'hex') = '{token}'"), [['0']])
        self.assertRegex(self.ok('status', profile='anna'), r'^You are Anna de Vries \(anna\), coach, of Veldstad')

        self.refused('team', 'add', 'Noord', says='there is a team of that name already')
        self.refused('worker', 'add', 'x', '--name', 'X', '--role', 'coach', '--team', 'Nord',
                     says=r'no team called Nord; did you mean Noord\?')
        self.refused('team', 'add', 'Oost', profile='anna', says='is not for the role coach')

    def test_a_revoked_token_opens_nothing(self):
        self.ok('worker', 'add', 'tijdelijk', '--name', 'T. Ijdelijk', '--role', 'coach')
        self.ok('token', 'add', 'tijdelijk', '--save-as', 'tijdelijk')
        self.ok('token', 'add', 'tijdelijk', '--save-as', 'tijdelijk2')
        first = self.rows('token', 'list', '--worker', 'tijdelijk')[0]['tokenId']
        self.ok('token', 'revoke', first)
        self.refused('status', profile='tijdelijk', says='unknown, expired or revoked')
        self.ok('status', profile='tijdelijk2')
        self.ok('worker', 'revoke', 'tijdelijk')
        self.refused('status', profile='tijdelijk2', says='unknown, expired or revoked')

    def test_a_token_that_cannot_be_kept_is_not_made(self):
        self.ok('worker', 'add', 'kees', '--name', 'Kees', '--role', 'coach')
        self.ok('token', 'add', 'kees', '--save-as', 'kees')
        before = self.service.token('kees')
        self.refused('token', 'add', 'kees', '--save-as', 'kees', code=2, says='File exists')
        self.assertEqual(self.service.token('kees'), before)
        self.assertEqual(len(self.rows('token', 'list', '--worker', 'kees')), 1)

    def test_the_last_token_of_an_admin_stays(self):
        mine = [t['tokenId'] for t in self.rows('token', 'list') if t['worker'] == 'admin']
        self.assertEqual(len(mine), 1)
        self.refused('token', 'revoke', mine[0], says='the last one of an admin')
        self.ok('status')


class Path(ServiceTest):
    def test_a_path_goes_on_back_and_past_a_stage(self):
        number = self.new_client(at='30 days ago')
        self.ok('move', number, 'starting-work', '--at', '20 days ago', profile='anna')
        self.refused('move', number, 'first-contact', '--at', '15 days ago', profile='anna',
                     says=r'goes back and needs a reason; add one')
        self.refused('move', number, 'workplace-guidance', '--at', '15 days ago', profile='anna',
                     says=r'skips a stage and needs a reason; add one')
        self.refused('move', number, 'starting-work', profile='anna', says='is in stage starting work already')
        self.ok('move', number, 'first-contact', '--at', '15 days ago', '--reason', 'de werkplek sloot', profile='anna')
        self.ok('move', number, 'work-content', '--at', '10 days ago', '--reason', 'proefplaatsing elders', profile='anna')
        shown = self.show(number)
        self.assertEqual(shown['stage'], 'STAGE_WORK_CONTENT')
        self.assertEqual(shown['version'], '4')
        moves = self.rows('timeline', number, '--kind', 'stage-moved', '--oldest-first', profile='anna')
        self.assertEqual([(m['fromStage'], m['stage'], m.get('reason')) for m in moves],
                         [('STAGE_FIRST_CONTACT', 'STAGE_STARTING_WORK', None),
                          ('STAGE_STARTING_WORK', 'STAGE_FIRST_CONTACT', 'de werkplek sloot'),
                          ('STAGE_FIRST_CONTACT', 'STAGE_WORK_CONTENT', 'proefplaatsing elders')])
        # The refused moves left nothing behind, and the periods meet.
        spells = self.service.sql(f"select s.stage, lower(s.period) = lag(upper(s.period)) over (order by s.period) "
                                  f"from traject.stage_spell s join traject.trajectory t using (trajectory_id) "
                                  f"join traject.client c using (client_id) where c.client_number = '{number}' order by s.period")
        self.assertEqual(spells, [['first_contact', ''], ['starting_work', 't'], ['first_contact', 't'],
                                  ['work_content', 't']])

    def test_an_earlier_moment_can_be_asked_for(self):
        number = self.new_client(at=moment(30))
        self.ok('move', number, 'starting-work', '--at', moment(20), profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--at', moment(18), profile='anna')
        self.ok('move', number, 'work-content', '--at', moment(10), profile='anna')
        then = self.show(number, '--as-of', moment(15))
        self.assertEqual((then['stage'], then['lastContactAt'][:10]), ('STAGE_STARTING_WORK', moment(18)[:10]))
        before = self.show(number, '--as-of', moment(19))
        self.assertNotIn('lastContactAt', before)
        self.assertNotIn('startedAt', self.show(number, '--as-of', moment(31)))
        self.assertEqual(len(self.rows('timeline', number, '--as-of', moment(15), profile='anna')), 3)

    def test_moments_have_limits(self):
        number = self.new_client(at='30 days ago')
        self.refused('contact', number, '--channel', 'phone', '--at', '31 days ago', profile='anna',
                     says=r'--at is .*; give a moment from .* on')
        self.refused('contact', number, '--channel', 'phone', '--at', 'in 10 minutes', profile='anna',
                     says=r'which lies in the future; give a moment up to now')
        self.ok('contact', number, '--channel', 'phone', '--at', 'in 4 minutes', profile='anna')
        other = self.service.json('client', 'add', profile='anna')['clientNumber']
        self.refused('start', other, '--kind', 'activation', '--at', '1999-12-31', profile='anna',
                     says='give a moment from 2000-01-01 00:00 UTC on')

    def test_only_reaching_the_client_counts(self):
        number = self.new_client(at='50 days ago')
        self.ok('contact', number, '--channel', 'phone', '--at', '40 days ago', '--words', 'Belt over het rooster.',
                profile='anna')
        self.assertRegex(self.ok('contact', number, '--channel', 'phone', '--no-answer', '--at', '20 days ago', profile='anna'),
                         '^The attempt is recorded; it is no contact. The next contact is due ')
        self.ok('contact', number, '--channel', 'email', '--no-answer', '--at', '10 days ago', profile='anna')
        self.ok('contact', number, '--channel', 'workplace', '--with', 'employer', '--at', '5 days ago', profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--with', 'network', '--at', '4 days ago', profile='anna')
        shown = self.show(number)
        self.assertEqual(shown['lastContactAt'][:10], moment(40)[:10])
        self.assertEqual(shown['contactDueAt'][:10], moment(12)[:10])
        self.assertEqual((shown['unansweredAttempts'], shown['lastAttemptAt'][:10]), (2, moment(10)[:10]))
        # A contact entered later, of before the attempts, leaves those that came after it.
        self.ok('contact', number, '--channel', 'office', '--at', '15 days ago', profile='anna')
        shown = self.show(number)
        self.assertEqual((shown['lastContactAt'][:10], shown['unansweredAttempts']), (moment(15)[:10], 1))
        # One of before the last contact changes neither.
        self.ok('contact', number, '--channel', 'office', '--at', '30 days ago', profile='anna')
        self.assertEqual(self.show(number)['lastContactAt'][:10], moment(15)[:10])
        self.ok('contact', number, '--channel', 'office', profile='anna')
        self.assertNotIn('unansweredAttempts', {k: v for k, v in self.show(number).items() if v})

    def test_a_trajectory_ends_and_another_starts(self):
        number = self.new_client(at='30 days ago')
        self.refused('start', number, '--kind', 'activation', profile='anna', says='has an open trajectory already')
        self.refused('end', number, '--outcome', 'employed', '--at', '40 days ago', profile='anna', says='give a moment from')
        self.ok('end', number, '--outcome', 'employed', '--at', '10 days ago', profile='anna')
        self.refused('contact', number, '--channel', 'phone', profile='anna', says='has no open trajectory')
        self.assertEqual(self.show(number)['outcome'], 'OUTCOME_EMPLOYED')
        self.assertNotIn(number, self.numbers('board', profile='anna'))
        self.assertNotIn(number, self.numbers('quiet', profile='anna'))
        self.refused('start', number, '--kind', 'activation', '--at', '20 days ago', profile='anna',
                     says='one trajectory at a time')
        self.ok('start', number, '--kind', 'activation', '--at', '5 days ago', profile='anna')
        shown = self.show(number)
        self.assertEqual((shown['trajectories'], shown['trajectoryKind']), (2, 'TRAJECTORY_KIND_ACTIVATION'))
        self.assertEqual([e['trajectory'] for e in self.rows('timeline', number, '--oldest-first', profile='anna')], [1, 1, 2])

    def test_a_version_that_somebody_changed_is_refused(self):
        number = self.new_client()
        version = self.show(number)['version']
        self.ok('contact', number, '--channel', 'phone', '--expect', version, profile='anna')
        self.refused('contact', number, '--channel', 'phone', '--expect', version, profile='anna',
                     says=r'at version 2, not 1: somebody changed it')

    def test_the_manager_assigns_another_coach(self):
        number = self.new_client()
        self.refused('assign', number, 'bert', profile='anna', says='is not for the role coach')
        self.refused('assign', number, 'anna', profile='max', says='is the coach of client .* already')
        self.refused('assign', number, 'zoe', '--team', 'Zuid', profile='max', says='not one of yours')
        self.refused('assign', number, 'bret', profile='max', says=r'did you mean bert\?')
        self.ok('assign', number, 'bert', '--reason', 'dichter bij de werkplek', '--at', '10 days ago', profile='max')
        self.refused('client', 'show', number, profile='anna', says='no client with number')
        shown = self.show(number, profile='bert')
        self.assertEqual((shown['coach'], shown['coachSince'][:10]), ('bert', moment(10)[:10]))
        self.assertEqual(self.show(number, '--as-of', moment(15), profile='bert')['coach'], 'anna')
        self.refused('worker', 'revoke', 'bert', says='still there')

    def test_the_most_specific_rhythm_wins(self):
        number = self.new_client(at='40 days ago', stage='work-content')

        def days():
            shown = self.show(number)
            due = datetime.datetime.fromisoformat(shown['contactDueAt'])
            last = datetime.datetime.fromisoformat(shown['lastContactAt'])
            self.assertEqual((due - last).days, shown['rhythmDays'])
            return shown['rhythmDays']

        def rhythm(*options):
            self.ok('rhythm', 'set', *options, profile='max' if {'--team', '--client'} & set(options) else 'admin')
            return days()
        self.ok('contact', number, '--channel', 'phone', '--at', '35 days ago', profile='anna')
        self.assertEqual(days(), 28)
        self.assertEqual(rhythm('--days', '27'), 27)
        self.assertEqual(rhythm('--days', '26', '--team', 'Noord'), 26)
        self.assertEqual(rhythm('--days', '25', '--stage', 'work-content'), 25)
        self.assertEqual(rhythm('--days', '24', '--stage', 'work-content', '--team', 'Noord'), 24)
        self.assertEqual(rhythm('--days', '23', '--client', number), 23)
        # A less specific one changes nothing now, and the more specific ones come away one by one.
        self.assertEqual(rhythm('--days', '20', '--team', 'Noord'), 23)
        self.assertEqual(rhythm('--remove', '--client', number), 24)
        self.assertEqual(rhythm('--remove', '--stage', 'work-content', '--team', 'Noord'), 25)
        self.assertEqual(rhythm('--remove', '--stage', 'work-content'), 20)
        self.assertEqual(rhythm('--remove', '--team', 'Noord'), 27)
        self.ok('move', number, 'workplace-guidance', profile='anna')
        self.assertEqual(rhythm('--days', '7', '--stage', 'workplace-guidance'), 7)
        self.ok('rhythm', 'set', '--remove', '--stage', 'workplace-guidance', profile='admin')
        self.assertEqual(rhythm('--days', '28'), 28)
        self.refused('rhythm', 'set', '--remove', profile='admin', says='the municipality needs a rhythm')
        self.refused('rhythm', 'set', '--team', 'Noord', profile='max', says='days is missing')
        self.refused('rhythm', 'set', '--days', '9', profile='max', says='set by an admin')
        self.refused('rhythm', 'set', '--days', '366', profile='max', says=r'days is 366; give 0 to 365')
        self.refused('rhythm', 'set', '--days', '9', '--team', 'Zuid', profile='max', says='not one of yours')
        self.refused('rhythm', 'set', '--days', '9', profile='anna', says='is not for the role coach')


class Timeline(ServiceTest):
    def test_order_pages_and_filters(self):
        number = self.new_client(at='60 days ago')
        # Entered in another order than they happened.
        for day in (10, 30, 20, 50, 40):
            self.ok('contact', number, '--channel', 'phone', '--at', f'{day} days ago', '--words', f'dag {day}', profile='anna')
        self.ok('move', number, 'starting-work', '--at', '25 days ago', profile='anna')
        happened = ['dag 10', 'dag 20', '', 'dag 30', 'dag 40', 'dag 50', '']

        def words(*options):
            return [e.get('words', '') for e in self.rows('timeline', number, *options, profile='anna')]
        self.assertEqual(words(), happened)
        self.assertEqual(words('--oldest-first'), happened[::-1])
        self.assertEqual(words('--limit', '3'), happened[:3])
        self.assertEqual(words('--limit', '3', '--oldest-first'), happened[::-1][:3])
        self.assertEqual(words('--kind', 'contact'), ['dag 10', 'dag 20', 'dag 30', 'dag 40', 'dag 50'])
        self.assertEqual(words('--kind', 'contact', '--kind', 'stage-moved', '--limit', '3'), happened[:3])
        # A contact belongs to the stage at its moment, not to that at the moment of entering.
        self.assertEqual(words('--kind', 'contact', '--stage', 'first-contact'), ['dag 30', 'dag 40', 'dag 50'])
        self.ok('contact', number, '--channel', 'phone', '--at', '22 days ago', '--words', 'dag 22', profile='anna')
        self.assertEqual(words('--kind', 'contact', '--stage', 'starting-work'), ['dag 10', 'dag 20', 'dag 22'])
        self.assertEqual(words('--as-of', moment(28)), ['dag 30', 'dag 40', 'dag 50', ''])
        self.assertIn('There are more; see them with --limit.', self.ok('timeline', number, '--limit', '2', profile='anna'))
        count = len(self.rows('timeline', number, profile='anna'))
        self.assertNotIn('There are more', self.ok('timeline', number, '--limit', str(count), profile='anna'))
        self.assertIn('There are more', self.ok('timeline', number, '--limit', str(count - 1), profile='anna'))
        self.assertNotIn('There are more', self.ok('timeline', number, profile='anna'))

    def test_pages_join_without_loss(self):
        number = self.new_client(at='60 days ago')
        # All at one moment, so that only the event's number tells them apart; more than the largest page.
        self.service.script('\n'.join(f'contact {number} --channel phone --at {moment(9)[:10]}T10:00:00Z --words n{i}'
                                      for i in range(1100)), profile='anna')
        words = [e['words'] for e in self.rows('timeline', number, '--kind', 'contact', '--limit', '2000', '--oldest-first',
                                               profile='anna')]
        self.assertEqual(words, [f'n{i}' for i in range(1100)])


class Handover(ServiceTest):
    def flag(self, number, *options, **how):
        return self.ok('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', *options,
                       profile='anna', **how)

    def test_guidance_moves_when_it_is_complete_and_comes_back(self):
        number = self.new_client(at='90 days ago')
        self.refused('handover', 'prepare', number, '--talked-through', profile='anna', says='flag one first')
        self.refused('handover', 'flag', number, '--employer', 'Bakkerij De Zom', '--supervisor', 'M. Visser', profile='anna',
                     says=r'did you mean Bakkerij De Zon\?')
        self.flag(number, '--at', '40 days ago', '--planned', 'in 3 weeks')
        self.refused('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'K. de Wit', profile='anna',
                     says='has an open handover already')
        self.refused('handover', 'accept', number, profile='anna', says='is flagged since .*; to accept it must be prepared')
        self.refused('handover', 'complete', number, profile='anna', says='to complete it must be accepted')
        self.ok('handover', 'prepare', number, '--talked-through', '--at', '35 days ago', profile='anna')
        self.refused('handover', 'prepare', number, '--second', 'M. Visser', profile='anna', says='somebody else than the supervisor')
        self.ok('handover', 'prepare', number, '--needs-shared', '--absence-discussed', '--at', '33 days ago', profile='anna')
        self.ok('handover', 'accept', number, '--at', '32 days ago', profile='anna')
        self.refused('handover', 'complete', number, '--at', '31 days ago', profile='anna',
                     says='still needs: fallback agreed, a second person at the employer')
        self.assertEqual(self.show(number, profile='anna')['handoverNeeds'], 'fallback agreed, a second person at the employer')
        self.assertIn('still needed: fallback agreed, a second person at the employer',
                      self.ok('client', 'show', number, profile='anna'))
        self.assertEqual(self.show(number)['guidedBy'], 'PARTY_COACH')
        self.ok('handover', 'prepare', number, '--fallback-agreed', '--second', 'K. de Wit', '--at', '31 days ago', profile='anna')
        # Preparing more is no step back, and makes what waits no younger.
        listed, shown = self.rows('handover', 'list', profile='anna')[0], self.show(number)
        self.assertEqual((listed['state'], listed['ageDays']), ('HANDOVER_STATE_ACCEPTED', 32))
        self.assertEqual((shown['handoverState'], shown['handoverSince']), (listed['state'], listed['stateSince']))
        self.assertNotIn('handoverNeeds', shown)
        self.refused('handover', 'complete', number, '--at', '32 days ago', profile='anna', says='still needs: fallback agreed')
        self.refused('handover', 'prepare', number, profile='anna', says='nothing was prepared')
        earlier = self.show(number, '--as-of', moment(34))
        self.assertEqual(earlier['handoverState'], 'HANDOVER_STATE_PREPARED')
        self.assertIn('needs shared', earlier['handoverNeeds'], 'what it still needed then')
        self.ok('handover', 'complete', number, '--at', '30 days ago', profile='anna')

        shown = self.show(number)
        self.assertEqual((shown['guidedBy'], shown['employer'], shown['supervisor'], shown['secondPerson']),
                         ('PARTY_EMPLOYER', 'Bakkerij De Zon', 'M. Visser', 'K. de Wit'))
        self.assertNotIn('handoverNeeds', shown)
        self.assertEqual(shown['guidedSince'][:10], moment(30)[:10])
        self.assertEqual(self.show(number, '--as-of', moment(31))['guidedBy'], 'PARTY_COACH')
        card = [c for c in self.rows('board', profile='anna') if c['clientNumber'] == number][0]
        self.assertEqual((card['guidedBy'], card['employer']), ('PARTY_EMPLOYER', 'Bakkerij De Zon'))
        self.assertEqual(self.rows('employer', 'list')[0].get('guides', 0), 0, 'an admin sees no case content')
        self.assertEqual(self.rows('employer', 'list', profile='anna')[0]['guides'], 1)
        # Contact with the client stays due while the employer guides.
        self.assertIn(number, self.numbers('quiet', profile='anna'))
        self.refused('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', profile='anna',
                     says='return guidance first')
        self.refused('employer', 'revoke', 'Bakkerij De Zon', says='still there')

        self.refused('handover', 'return', number, '--reason', 'te vroeg', '--at', '35 days ago', profile='anna',
                     says='is prepared since .*; to return it must be completed')
        self.refused('handover', 'return', number, profile='anna', code=2, says='--reason is missing')
        self.ok('handover', 'return', number, '--reason', 'de begeleider vertrok', '--at', '10 days ago', profile='anna')
        self.assertEqual(self.show(number)['guidedBy'], 'PARTY_COACH')
        self.assertEqual(self.show(number, '--as-of', moment(20))['guidedBy'], 'PARTY_EMPLOYER')
        kinds = [e['kind'][11:] for e in self.rows('timeline', number, '--oldest-first', profile='anna')]
        self.refused('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', '--at',
                     '20 days ago', profile='anna', says='the employer guides client .* since .*; return guidance first')
        self.refused('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', '--planned',
                     'yesterday', profile='anna', says='--planned is .*; give a moment from')
        self.assertEqual(kinds, ['TRAJECTORY_STARTED', 'HANDOVER_FLAGGED', 'HANDOVER_PREPARED', 'HANDOVER_PREPARED',
                                 'HANDOVER_ACCEPTED', 'HANDOVER_PREPARED', 'HANDOVER_COMPLETED', 'HANDOVER_RETURNED'])

    def test_declined_and_withdrawn_leave_guidance_with_the_coach(self):
        number = self.new_client(at='30 days ago')
        for step, state in (('decline', 'DECLINED'), ('withdraw', 'WITHDRAWN')):
            self.flag(number)
            self.ok('handover', step, number, '--reason', 'niet nu', profile='anna')
            shown = self.show(number)
            self.assertEqual((shown['guidedBy'], shown['handoverState']), ('PARTY_COACH', f'HANDOVER_STATE_{state}'))
            self.assertNotIn(number, self.numbers('handover', 'list', profile='anna'))
            self.assertIn(number, self.numbers('handover', 'list', '--state', step + ('n' if step == 'withdraw' else 'd'), profile='anna'))
            self.refused('handover', 'accept', number, profile='anna', says=f'is {state.lower()} since')

    def test_an_open_handover_ends_with_the_trajectory(self):
        number = self.new_client(at='30 days ago')
        self.flag(number, '--at', '20 days ago')
        self.ok('end', number, '--outcome', 'moved-away', profile='anna')
        self.assertEqual(self.show(number)['handoverState'], 'HANDOVER_STATE_WITHDRAWN')
        self.assertIn(number, self.numbers('handover', 'list', '--state', 'withdrawn', profile='anna'))

    def test_lists_of_what_is_open_and_what_is_due(self):
        long = self.new_client(at='200 days ago')
        self.ok('move', long, 'starting-work', '--at', '150 days ago', profile='anna')
        self.ok('move', long, 'work-content', '--at', '100 days ago', profile='anna')
        short = self.new_client(at='200 days ago', profile='bert')
        self.ok('move', short, 'starting-work', '--at', '70 days ago', profile='bert')
        again = self.new_client(at='200 days ago')
        self.ok('move', again, 'starting-work', '--at', '150 days ago', profile='anna')
        self.ok('move', again, 'first-contact', '--at', '80 days ago', '--reason', 'begint opnieuw', profile='anna')
        self.ok('move', again, 'starting-work', '--at', '30 days ago', profile='anna')
        due = [n for n in self.numbers('handover', 'due', profile='max') if n in (long, short, again)]
        self.assertEqual(due, [long, short], 'longest working first; who began anew works for 30 days')
        self.assertEqual([r['workingDays'] for r in self.rows('handover', 'due', profile='max')
                          if r['clientNumber'] in (long, short)], [150, 70])
        self.assertNotIn(short, self.numbers('handover', 'due', '--working', '100', profile='max'))
        self.assertIn(again, self.numbers('handover', 'due', '--working', '20', profile='max'))
        self.assertNotIn(short, self.numbers('handover', 'due', profile='anna'))
        self.assertEqual([n for n in self.numbers('handover', 'due', '--coach', 'bert', profile='max')], [short])

        self.flag(long, '--at', '20 days ago')
        self.assertNotIn(long, self.numbers('handover', 'due', profile='max'))
        row = [r for r in self.rows('handover', 'list', profile='max') if r['clientNumber'] == long][0]
        self.assertEqual((row['state'], row['ageDays'], row['employer']), ('HANDOVER_STATE_FLAGGED', 20, 'Bakkerij De Zon'))
        self.assertIn(long, self.numbers('handover', 'list', '--older-than', '20', profile='max'))
        self.assertNotIn(long, self.numbers('handover', 'list', '--older-than', '21', profile='max'))
        self.assertEqual(self.numbers('handover', 'list', '--coach', 'bert', profile='max'), [])
        self.ok('handover', 'decline', long, '--reason', 'geen tijd', profile='anna')
        row = [r for r in self.rows('handover', 'due', profile='max') if r['clientNumber'] == long][0]
        self.assertEqual(row['lastHandoverState'], 'HANDOVER_STATE_DECLINED')


class Quiet(ServiceTest):
    """One service with just these clients, so that whole lists can be compared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.script('\n'.join(f'client add {n} --name "{name} Bakker"' for n, name in
                                     (('101', 'Fatima'), ('102', 'Jan'), ('103', 'Noor'), ('104', 'Piet'), ('105', 'Ali'), ('106', 'Eva'))),
                           profile='anna')
        for coach, number, started in (('anna', '101', 100), ('anna', '102', 90), ('anna', '103', 80), ('bert', '104', 70),
                                       ('bert', '105', 60), ('zoe', '106', 50)):
            cls.service.ok('start', number, '--kind', 'activation', '--at', moment(started), profile=coach)
        cls.service.script(f'''
            contact 101 --channel phone --at "{moment(40)}"
            contact 102 --channel phone --at "{moment(60)}"
            contact 102 --channel phone --no-answer --at "{moment(3)}"
            contact 103 --channel phone --at "{moment(10)}"
            ''', profile='anna')
        cls.service.script(f'''
            contact 104 --channel phone --no-answer --at "{moment(65)}"
            contact 104 --channel workplace --with employer --at "{moment(2)}"
            ''', profile='bert')

    def test_never_reached_on_top_then_longest_past_due(self):
        rows = self.rows('quiet', profile='max')
        self.assertEqual([r['clientNumber'] for r in rows], ['104', '105', '102', '101'])
        self.assertEqual([r['overdueDays'] for r in rows], [70, 60, 32, 12])
        self.assertEqual([r.get('unansweredAttempts', 0) for r in rows], [1, 0, 1, 0])
        self.assertNotIn('lastContactAt', rows[0])

    def test_each_sees_the_own_share(self):
        self.assertEqual(self.numbers('quiet', profile='anna'), ['102', '101'])
        self.assertEqual(self.numbers('quiet', profile='bert'), ['104', '105'])
        self.assertEqual(self.numbers('quiet', profile='mia'), ['104', '105', '102', '101'])
        self.assertEqual(self.numbers('quiet', profile='zack'), ['106'])
        self.assertEqual(self.numbers('quiet', '--coach', 'anna', profile='max'), ['102', '101'])
        self.assertEqual(self.numbers('quiet', '--limit', '3', profile='max'), ['104', '105', '102'])

    def test_as_it_was(self):
        # 50 days ago 101 was never reached, 102 ten days before, and 106 had not started.
        self.assertEqual(self.numbers('quiet', '--as-of', moment(50), profile='max'), ['101', '103', '104', '105'])
        rows = self.rows('quiet', '--as-of', moment(31), profile='max')
        self.assertEqual([(r['clientNumber'], r['overdueDays']) for r in rows],
                         [('103', 49), ('104', 39), ('105', 29), ('102', 1)])
        self.assertEqual(self.numbers('quiet', '--as-of', moment(101), profile='max'), [])
        # What the list says of the last contact counts from the same day as the days past due.
        shown = self.ok('quiet', '--as-of', moment(31), profile='max')
        self.assertRegex(shown, r'^As it was on .*; "ago" counts back from then\.\n')
        self.assertRegex(shown, r'102 .*4 weeks ago')
        self.assertRegex(self.ok('quiet', profile='max'), r'102 .*8 weeks ago')

    def test_a_moment_of_no_one_is_refused(self):
        for when in ('9999-01-01', '1999-12-31', moment(-400)):
            self.refused('quiet', '--as-of', when, profile='max', says=r'--as-of is .*; give a moment from 2000-01-01')
            self.refused('client', 'show', '101', '--as-of', when, profile='max', says='up to one year ahead')
            self.refused('timeline', '101', '--as-of', when, profile='max', says='up to one year ahead')
        self.assertIn('101', self.numbers('quiet', '--as-of', moment(-300), profile='max'))

    def test_the_board_says_where_everybody_is_and_who_guides(self):
        cards = self.rows('board', profile='max')
        self.assertEqual([c['clientNumber'] for c in cards], ['101', '102', '103', '104', '105'])
        self.assertEqual({c['guidedBy'] for c in cards}, {'PARTY_COACH'})
        text = self.ok('board', profile='max')
        self.assertRegex(text, r'\nfirst contact \(5\)\n101 +Fatima Bakker .* anna +coach ')
        self.assertEqual([c['clientNumber'] for c in self.rows('board', '--coach', 'bert', profile='max')], ['104', '105'])
        self.assertEqual(self.rows('board', '--stage', 'work-content', profile='max'), [])

    def test_who_may_see_a_client(self):
        for profile in ('bert', 'zoe', 'zack'):
            self.refused('client', 'show', '101', profile=profile, says=r'no client with number 101')
            self.refused('timeline', '101', profile=profile, says=r'no client with number 101')
            self.refused('contact', '101', '--channel', 'phone', profile=profile, says=r'no client with number 101')
            self.assertEqual(self.rows('client', 'find', 'Fatima', profile=profile), [])
        for profile in ('anna', 'mia', 'max'):
            self.assertEqual(self.numbers('client', 'find', 'fatima', profile=profile), ['101'])
        # No number that is near is suggested, not of the caller's own clients either: it is another person's file.
        self.assertEqual(self.service.traject('client', 'show', '107', profile='bert').err,
                         'traject: no client with number 107 among those you may see; ask the manager when it should be there\n')

    def test_an_admin_sees_no_case_content(self):
        for command in (['client', 'show', '101'], ['timeline', '101'], ['quiet'], ['board'], ['client', 'find', 'a'],
                        ['handover', 'list'], ['contact', '101', '--channel', 'phone'], ['client', 'add']):
            self.refused(*command, says='is not for the role admin')
        self.assertEqual([w.get('clients', 0) for w in self.rows('worker', 'list')], [0] * 7)

    def test_another_municipality_sees_nothing(self):
        self.assertEqual(self.rows('team', 'list', profile='other'), [])
        self.assertEqual([w['worker'] for w in self.rows('worker', 'list', profile='other')], ['admin'])
        self.service.script('team add Noord\nworker add anna --name "Een ander" --role manager --team Noord\n'
                            'token add anna --save-as other-anna', profile='other')
        self.assertEqual(self.rows('quiet', profile='other-anna'), [])
        self.assertEqual(self.rows('client', 'find', '10', profile='other-anna'), [])
        self.refused('client', 'show', '101', profile='other-anna', says='no client with number 101')
        # The same number is free there.
        self.ok('client', 'add', '101', profile='other-anna')
        self.refused('client', 'add', '101', profile='anna', says='there is a client with that number already')


if __name__ == '__main__':
    unittest.main()
