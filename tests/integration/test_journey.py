"""One made-up client, from first contact through the return of guidance to a second placement, as people type it."""
import json
import re
import shlex
import unittest

from harness import ServiceTest, moment

PLACES = '''
employer person add "Bakkerij De Zon" "J. Bos" --function HR
employer add "Tuinderij Groen"
employer person add "Tuinderij Groen" "L. Smit"
employer person add "Tuinderij Groen" "P. Kok"
'''
ZON = '--employer "Bakkerij De Zon"'

# Who types what; `{n}` is the client.
FIRST_PLACEMENT = f'''
anna start {{n}} --kind work-experience --at "300 days ago" --words "Aangemeld door het wijkteam."
anna contact {{n}} --channel office --at "298 days ago" --words "Wil weer onder de mensen."
anna network add {{n}} Samira --relation sister --may-be-told "alle afspraken" --at "298 days ago"
anna contact {{n}} --channel home --network samira --at "290 days ago" --words "Samira was erbij."
anna precondition missing {{n}} transport --at "290 days ago" --words "De bus rijdt niet voor 7 uur."
anna precondition in-hand {{n}} debts --at "290 days ago"
anna motivation talk {{n}} --at "285 days ago" --channel phone --being-of-value "Ik wil dat ze op me rekenen." --approach "Niet over me heen praten."
anna bottleneck raise {{n}} "geen bus voor 7 uur" --group "bus industrieterrein" --at "284 days ago"
anna bottleneck put {{n}} --with "wethouder verkeer" --ask-again "250 days ago" --at "283 days ago"
anna first-contact {{n}} --by candidate --direction person-seeks-tasks --form meet-and-greet {ZON} --person "M. Visser" --at "280 days ago"
anna day-along {{n}} {ZON} --person "M. Visser" --at "275 days ago"
anna move {{n}} starting-work --at "270 days ago"
anna trial start {{n}} {ZON} --person "M. Visser" --at "270 days ago"
anna wage-value {{n}} --percentage 60 --by UWV --at "240 days ago"
anna scheme apply {{n}} loonkostensubsidie {ZON} --at "235 days ago"
anna scheme grant {{n}} --at "220 days ago"
anna trial extend {{n}} --until "200 days ago" --reason "nog inwerken" --at "211 days ago"
anna trial end {{n}} --ending employed --at "201 days ago"
anna contract start {{n}} {ZON} --kind temporary --hours 19,5 --until "in 10 days" --at "200 days ago"
anna probation start {{n}} {ZON} --until "170 days ago" --at "200 days ago"
anna probation end {{n}} --ending passed --at "170 days ago"
anna move {{n}} work-content --at "190 days ago"
anna task fit {{n}} "inpakken, geen kassa" {ZON} --at "190 days ago"
anna adaptation agree {{n}} "vaste pauze om 10 uur" {ZON} --by "180 days ago" --at "189 days ago"
anna adaptation made {{n}} --at "182 days ago"
anna move {{n}} workplace-guidance --at "180 days ago"
anna guidance arrange {{n}} --guide coach --form look-in --every 7 {ZON} --at "180 days ago"
anna contact {{n}} --channel workplace --at "173 days ago" --words "Wekelijks bezoek."
anna agreement make {{n}} "maakt het rooster twee weken vooruit" --party employer --name "M. Visser" --by "150 days ago" --at "173 days ago"
anna agreement kept {{n}} --at "150 days ago"
anna agreement make {{n}} "belt over de reiskosten" --party coach --by "140 days ago" --at "150 days ago"
anna bottleneck ask {{n}} --words "Staat op de agenda." --at "150 days ago"
anna bottleneck answer {{n}} --words "Er komt een busje." --at "120 days ago"
anna bottleneck close {{n}} --at "119 days ago"
anna precondition met {{n}} transport --at "119 days ago"
anna agreement not-kept {{n}} --at "130 days ago" --reason "het nummer was er niet"
anna handover flag {{n}} {ZON} --supervisor "M. Visser" --at "140 days ago" --planned "110 days ago"
anna handover prepare {{n}} --talked-through --needs-shared --at "130 days ago"
anna handover prepare {{n}} --absence-discussed --fallback-agreed --second "K. de Wit" --at "125 days ago"
anna handover accept {{n}} --at "120 days ago"
anna handover complete {{n}} --at "110 days ago"
anna guidance change {{n}} --guide supervisor --every 14 --at "110 days ago"
anna move {{n}} career-development --at "100 days ago"
anna career wish {{n}} "zelf bestellingen aannemen" --at "100 days ago"
anna career training {{n}} "cursus hygiëne" --by "in 20 days" --at "60 days ago"
anna appointment plan {{n}} --on "80 days ago" --channel office --network Samira --at "90 days ago"
anna appointment kept {{n}} --at "80 days ago" --words "Gaat goed op het werk."
anna appointment plan {{n}} --on "50 days ago" --channel phone --at "60 days ago"
anna appointment no-show {{n}} --at "50 days ago"
anna absence report {{n}} --back "40 days ago" --at "46 days ago"
max assign {{n}} bert --reason "dichter bij de werkplek" --at "45 days ago"
bert coach checklist {{n}} --record-read --introduced --story-retold --at "44 days ago"
bert absence recovered {{n}} --at "41 days ago"
'''
SECOND_PLACEMENT = f'''
bert supervisor change {{n}} --supervisor "K. de Wit" --second "J. Bos" --at "30 days ago"
bert dropout report {{n}} --reason "de bakkerij gaat een uur eerder open" {ZON} --at "20 days ago"
'''
RETURN = f'''
bert contact {{n}} --channel phone --at "20 days ago" --words "Wil iets anders zoeken."
bert handover return {{n}} --reason "het werk begint te vroeg" --at "19 days ago"
bert dropout resolve {{n}} --at "15 days ago"
bert contract end {{n}} --ending client-stopped --at "15 days ago"
bert move {{n}} first-contact --reason "opnieuw beginnen bij een tuinderij" --at "15 days ago"
bert first-contact {{n}} --by municipality --direction vacancy-seeks-person --form job-interview --employer "Tuinderij Groen" --at "12 days ago"
bert move {{n}} starting-work --at "10 days ago"
bert trial start {{n}} --employer "Tuinderij Groen" --person "L. Smit" --at "10 days ago"
bert appointment plan {{n}} --on "in 3 days" --channel workplace
bert agreement make {{n}} "neemt werkschoenen mee" --party client --by "in 1 day"
'''

STORY = '''Trajectory started: work experience, in stage first contact; coach anna, team Noord
Aangemeld door het wijkteam.
Contact with the client: office
Involved at the client's wish: Samira, sister; may be told: alle afspraken
Contact with the client: home, with Samira
Precondition missing: transport
Precondition in hand: debts
Talked about what matters to the client: approach (phone)
Niet over me heen praten.
Talked about what matters to the client: being of value
Bottleneck: geen bus voor 7 uur (bus industrieterrein)
Bottleneck put with wethouder verkeer: geen bus voor 7 uur
First contact with Bakkerij De Zon (M. Visser): meet and greet, person seeks tasks
A day along at Bakkerij De Zon with M. Visser
Stage: starting work (from first contact)
Trial placement at Bakkerij De Zon with M. Visser, planned until
Wage value measured by UWV: 60%; holds until
Scheme applied for: loonkostensubsidie, for Bakkerij De Zon
Scheme granted: loonkostensubsidie
Trial placement at Bakkerij De Zon extended until
Trial placement at Bakkerij De Zon ended: employed
Contract at Bakkerij De Zon: temporary, 19.5 hours a week, until
Probation at Bakkerij De Zon until
Stage: work content (from starting work)
Task fitted to the client: inpakken, geen kassa (Bakkerij De Zon)
Adaptation agreed: vaste pauze om 10 uur (Bakkerij De Zon), in place by
Adaptation in place: vaste pauze om 10 uur
Stage: workplace guidance (from work content)
Guidance at the workplace, by the coach: look in, every 7 days, at Bakkerij De Zon
Contact with the client: workplace
Agreement, by the employer (M. Visser): maakt het rooster twee weken vooruit, before
Probation at Bakkerij De Zon ended: passed
Agreement kept by the employer: maakt het rooster twee weken vooruit
Agreement, by the coach: belt over de reiskosten, before
Asked again about the bottleneck: geen bus voor 7 uur
Handover flagged: to Bakkerij De Zon (M. Visser), to move
Agreement not kept by the coach: belt over de reiskosten
Handover prepared: to Bakkerij De Zon (M. Visser): talked through with the client, guidance needs shared
Handover prepared: to Bakkerij De Zon (M. Visser), second person K. de Wit: absence and dropout discussed
Answer on the bottleneck: geen bus voor 7 uur
Handover accepted: by M. Visser of Bakkerij De Zon
Bottleneck closed: geen bus voor 7 uur
Precondition met: transport
The employer guides: Bakkerij De Zon (M. Visser, second person K. de Wit)
Guidance at the workplace changed, by the supervisor, every 14 days
Stage: career development (from workplace guidance)
Wish: zelf bestellingen aannemen
Appointment with the client for
Appointment kept with the client: office
Training: cursus hygiëne, until
Appointment with the client that did not take place: phone
Absence reported; expected back
Coach: bert, team Noord
dichter bij de werkplek
Handover between coaches: record read, introduced to the client, the story was told anew
Back at work after absence
At Bakkerij De Zon: supervisor K. de Wit, second person J. Bos
Work stopped before it was meant to, at Bakkerij De Zon
de bakkerij gaat een uur eerder open
The coach guides: handed back by Bakkerij De Zon
After work stopped: settled what comes next
Contract at Bakkerij De Zon ended: client stopped
Stage: first contact (from career development)
opnieuw beginnen bij een tuinderij
First contact with Tuinderij Groen: job interview, vacancy seeks person
Stage: starting work (from first contact)
Trial placement at Tuinderij Groen with L. Smit, planned until
M. Visser is no longer at Bakkerij De Zon: somebody else has to take that place
Appointment with the client for
Agreement, by the client: neemt werkschoenen mee, before'''


class JourneyTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.script(PLACES)

    def typed(self, script, number):
        """Each line by who types it; what each answers."""
        return [self.ok(*words[1:], profile=words[0]) for words in
                (shlex.split(line.format(n=number)) for line in script.strip().splitlines())]

    def numbered(self, text, number, profile='anna'):
        """The number of the client's entry that says so."""
        found = re.search(re.escape(text) + r'.*?#(\d+)', ' '.join(self.ok(
            'timeline', number, '--limit', '200', profile=profile).split()))
        self.assertIsNotNone(found, text)
        return found[1]


class WholeJourney(JourneyTest):
    def test_the_timeline_tells_the_story(self):
        number = self.service.json('client', 'add', '--name', 'Fatima Bakker', profile='anna')['clientNumber']
        self.typed(FIRST_PLACEMENT, number)
        shown = self.show(number, profile='max')
        self.assertEqual((shown['stage'], shown['guidedBy'], shown['coach'], shown['coaches'], shown['storiesRetold']),
                         ('STAGE_CAREER_DEVELOPMENT', 'PARTY_EMPLOYER', 'bert', 2, 1))
        self.assertEqual(shown['unansweredAttempts'], 1, 'nobody came to the last appointment')
        self.assertEqual(shown['lastContactAt'][:10], moment(80)[:10], 'the appointment that was kept')

        # Who guides leaves: flagged at once, for every client guided by that person.
        self.assertEqual(self.rows('supervisor', 'left', profile='bert'), [])
        self.assertEqual(self.ok('employer', 'person', 'revoke', 'Bakkerij De Zon', 'M. Visser'),
                         'The person has left. 1 client is concerned, and flagged; the coach sees which with: '
                         'traject supervisor left\n')
        left = self.rows('supervisor', 'left', profile='max')
        self.assertEqual([(row['clientNumber'], row['person'], row['role'], row['remaining']) for row in left],
                         [(number, 'M. Visser', 'PERSON_ROLE_GUIDES', 'K. de Wit')])
        self.assertTrue(self.show(number, profile='max')['supervisorLeft'])
        self.assertIn(f'traject supervisor change {number}', self.ok('client', 'show', number, profile='bert'))
        self.assertIn('COMING_UP_KIND_SUPERVISOR_LEFT',
                      [row['kind'] for row in self.rows('coming-up', profile='bert')])
        self.typed(SECOND_PLACEMENT, number)
        shown = self.show(number, profile='max')
        self.assertFalse(shown.get('supervisorLeft'))
        self.assertEqual((shown['supervisor'], shown['secondPerson'], shown['guidedBy']),
                         ('K. de Wit', 'J. Bos', 'PARTY_EMPLOYER'))

        self.assertEqual((shown['placement'], shown['placementEmployer']), ('ITEM_KIND_CONTRACT', 'Bakkerij De Zon'))

        # Work stopped while the employer guides: that guidance returns is proposed, and done by people.
        self.assertTrue(shown['returnProposed'])
        self.assertIn('COMING_UP_KIND_RETURN_PROPOSED',
                      [row['kind'] for row in self.rows('coming-up', profile='bert')])
        self.typed(RETURN, number)
        shown = self.show(number, profile='max')
        self.assertFalse(shown.get('returnProposed'))
        self.assertEqual((shown['stage'], shown['guidedBy'], shown['handoverState']),
                         ('STAGE_STARTING_WORK', 'PARTY_COACH', 'HANDOVER_STATE_RETURNED'))

        self.assertEqual((shown['placement'], shown['placementEmployer']), ('ITEM_KIND_TRIAL_PLACEMENT', 'Tuinderij Groen'))
        self.assertIn('trial placement at Tuinderij Groen, until', self.ok('client', 'show', number, profile='bert'))
        told = ' '.join(self.ok('timeline', number, '--oldest-first', '--limit', '200', profile='bert').split())
        place = 0
        for line in STORY.splitlines():
            found = told.find(line, place)
            self.assertGreaterEqual(found, 0, f'{line!r} is missing, or out of order, after: {told[max(0, place - 200):place]}')
            place = found + len(line)
        kinds = {row['kind'] for row in self.rows('running', number, profile='bert')}
        self.assertLessEqual({'ITEM_KIND_' + kind for kind in (
            'TRIAL_PLACEMENT', 'WAGE_VALUE', 'SCHEME', 'TASK', 'ADAPTATION', 'WORKPLACE_GUIDANCE', 'WISH', 'TRAINING',
            'PRECONDITION', 'MOTIVATION', 'AGREEMENT', 'NETWORK_PERSON', 'APPOINTMENT', 'COACH_HANDOVER')}, kinds)
        self.assertEqual(self.service.json('coming-up', number, profile='bert')['entries'],
                         self.rows('coming-up', profile='bert'), 'the coach has no other client')
        coming = [(row['kind'].removeprefix('COMING_UP_KIND_'), row.get('days', 0)) for row in
                  self.rows('coming-up', '--days', '21', profile='bert')]
        self.assertEqual(coming[0][0], 'COACH_HANDOVER', 'open for longest')
        self.assertEqual([kind for kind, _ in coming], ['COACH_HANDOVER', 'AGREEMENT', 'APPOINTMENT', 'CONTACT', 'TRAINING'])
        self.assertRegex(self.ok('rebuild'), '; 0 differ')

        # What was asked of a moment is answered as of then.
        then = self.show(number, '--as-of', moment(105), profile='bert')
        self.assertEqual((then['guidedBy'], then['stage'], then['coach'], then['supervisor']),
                         ('PARTY_EMPLOYER', 'STAGE_WORKPLACE_GUIDANCE', 'anna', 'M. Visser'))
        self.assertEqual(self.show(number, '--as-of', moment(43), profile='bert')['absentSince'][:10], moment(46)[:10])


class Corrections(JourneyTest):
    def test_what_was_entered_wrong_is_corrected_and_stays_readable(self):
        number = self.new_client(at='60 days ago')
        self.ok('move', number, 'starting-work', '--at', '50 days ago', profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--at', '10 days ago', '--words', 'Verkeerde klant.', profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--at', '30 days ago', '--words', 'Belde.', profile='anna')
        self.ok('move', number, 'work-content', '--at', '20 days ago', profile='anna')
        before = self.show(number)
        entry = self.numbered('Stage: starting work', number)

        # Only who made it, or a manager; with a reason; something must change; in a way that can be.
        self.refused('correct', entry, '--at', '40 days ago', '--reason', 'x', profile='mia', says='made by anna; ask them, or a manager')
        self.refused('correct', entry, '--at', '40 days ago', profile='anna', code=2, says='--reason is missing')
        self.refused('correct', entry, '--reason', 'x', profile='anna', says='nothing of entry .* would change')
        self.refused('correct', entry, '--at', '10 days ago', '--reason', 'x', profile='anna',
                     says='the move to starting work at .* would come after work content, and so go back without a reason; '
                          f'correct entry {entry} with one first|would come after')
        self.refused('correct', entry, '--percentage', '5', '--reason', 'x', profile='anna', says='.')
        self.refused('correct', '999999', '--at', 'now', '--reason', 'x', profile='anna', says='no entry 999999')

        self.ok('correct', entry, '--at', '40 days ago', '--reason', 'het was later', profile='anna')
        self.assertEqual(self.show(number, '--as-of', 'now')['stageSince'], before['stageSince'])
        listed = self.rows('timeline', number, '--kind', 'stage-moved', '--oldest-first', profile='anna')
        self.assertEqual([row['occurredAt'][:10] for row in listed], [moment(40)[:10], moment(20)[:10]])
        self.assertEqual(listed[0]['correctionReason'], 'het was later')
        both = self.rows('timeline', number, '--kind', 'stage-moved', '--oldest-first', '--all', profile='anna')
        self.assertEqual([row['occurredAt'][:10] for row in both], [moment(50)[:10], moment(40)[:10], moment(20)[:10]])
        self.assertEqual((both[0]['supersededBy'], both[1]['supersedes']), (both[1]['eventId'], both[0]['eventId']))
        self.assertIn('[corrected]', self.ok('timeline', number, '--all', profile='anna'))
        self.assertIn(f'in place of entry {entry}: het was later', ' '.join(self.ok('timeline', number, profile='anna').split()))
        self.refused('correct', entry, '--at', '41 days ago', '--reason', 'x', profile='anna',
                     says=f'entry {entry} was corrected already, by entry .*; correct that one')
        # What was told of a moment before the correction stays what it was.
        self.assertEqual(self.show(number, '--as-of', moment(45))['stage'], 'STAGE_STARTING_WORK')
        self.assertEqual(self.show(number, '--as-of', moment(45), '--known-at', 'in 1 minute')['stage'], 'STAGE_FIRST_CONTACT')

        # A withdrawn contact was none: the state is that of the one before.
        wrong = self.numbered('Contact with the client', number)
        self.ok('withdraw', wrong, '--reason', 'ging over een ander', profile='max')
        self.assertEqual(self.show(number)['lastContactAt'][:10], moment(30)[:10])
        self.assertNotIn('Verkeerde klant', self.ok('timeline', number, profile='anna'))
        self.assertIn('Verkeerde klant', self.ok('timeline', number, '--all', profile='anna'))
        whole = ' '.join(self.ok('timeline', number, '--all', profile='anna').split())
        self.assertIn('[withdrawn]', whole)
        self.assertRegex(whole, rf'Entry {wrong} withdrawn: contact — max #\d+ ging over een ander ')
        # Who made it stays told, beside who corrected it.
        right = self.numbered('Contact with the client', number)
        self.ok('correct', right, '--channel', 'video', '--reason', 'was met beeld', profile='max')
        self.assertRegex(' '.join(self.ok('timeline', number, profile='anna').split()),
                         rf'Contact with the client: video — anna #\d+, corrected by max Belde. in place of entry {right}: was met beeld')
        self.refused('withdraw', self.numbered('Trajectory started', number), '--reason', 'x', profile='anna',
                     says='a trajectory keeps its start')
        self.assertRegex(self.ok('rebuild'), '; 0 differ')
        # As a program reads it; what differs is told and makes the exit code, until it is made right.
        self.assertNotIn('different', self.service.json('rebuild'))
        self.service.sql("""begin; set local session_replication_role = 'replica';
                            update traject.trajectory set started_at = '2024-01-01'; commit""")
        run = self.service.traject('--output', 'json', 'rebuild')
        told = json.loads(run.out)
        self.assertEqual((run.code, len(told['different'])), (1, told['checked']))
        self.assertEqual(self.service.json('rebuild', '--repair')['different'], told['different'])
        self.assertIn('; 0 differ.', self.ok('rebuild'))

    def test_what_happened_last_week_is_entered_today(self):
        number = self.new_client(at='60 days ago')
        self.ok('move', number, 'work-content', '--reason', 'kon direct beginnen', '--at', '20 days ago', profile='anna')
        self.ok('move', number, 'starting-work', '--at', '30 days ago', profile='anna')
        self.assertEqual([(m['fromStage'], m['stage']) for m in
                          self.rows('timeline', number, '--kind', 'stage-moved', '--oldest-first', profile='anna')],
                         [('STAGE_FIRST_CONTACT', 'STAGE_STARTING_WORK'), ('STAGE_STARTING_WORK', 'STAGE_WORK_CONTENT')])
        # What belongs to a trajectory that has ended is entered there.
        self.ok('end', number, '--outcome', 'employed', '--at', '5 days ago', profile='anna')
        self.ok('contact', number, '--channel', 'phone', '--at', '6 days ago', '--words', 'Bedankt.', profile='anna')
        self.refused('contact', number, '--channel', 'phone', '--at', '4 days ago', profile='anna', says='has no open trajectory')
        # The end was wrong: withdrawn, and all goes on.
        self.ok('withdraw', self.numbered('Trajectory ended', number), '--reason', 'toch niet', profile='anna')
        shown = self.show(number, profile='max')
        self.assertEqual((shown['stage'], shown['lastContactAt'][:10]), ('STAGE_WORK_CONTENT', moment(6)[:10]))
        self.assertNotIn('endedAt', shown)
        self.assertRegex(self.ok('rebuild'), '; 0 differ')


class Items(JourneyTest):
    def test_the_one_meant_is_found_or_asked_for(self):
        number = self.new_client(at='60 days ago')
        self.refused('agreement', 'kept', number, profile='anna', says=f'client {number} has no open agreement')
        for what in ('belt de bus', 'leest de brief'):
            self.ok('agreement', 'make', number, what, '--party', 'client', '--by', 'in 2 days', profile='anna')
        self.refused('agreement', 'kept', number, profile='anna',
                     says=rf'client {number} has 2 open; name one by its number: \d+ \(20.*\), \d+ \(20.*\); the list of what runs for the client tells what each is')
        second = self.rows('agreement', 'list', number, profile='anna')[1]['itemId']
        self.ok('agreement', 'kept', number, '--item', second, profile='anna')
        self.assertEqual([row['what'] for row in self.rows('agreement', 'list', number, profile='anna')], ['belt de bus'])
        self.refused('agreement', 'kept', number, '--item', second, profile='anna', says='does not fit: at that moment it was kept, and it follows on agreed')
        self.refused('agreement', 'make', number, 'x', '--party', 'client', profile='anna', says='(--by|due_at) is missing')
        self.refused('trial', 'extend', number, '--until', 'in 3 weeks', profile='anna', says='has no open trial placement')
        self.refused('contract', 'start', number, '--employer', 'Bakkerij De Zon', '--kind', 'permanent', '--hours', '24',
                     '--until', 'in 1 week', profile='anna', says='a permanent one has none')
        self.refused('contract', 'start', number, '--employer', 'Bakkerij De Zon', '--kind', 'permanent', '--hours', 'veel',
                     profile='anna', says=r'--hours is "veel"; give hours a week, like 24 or 19\.5')
        self.refused('contact', number, '--channel', 'phone', '--network', 'Samira', profile='anna',
                     says='nobody of the name in place 1 was in the network of this client')

    def test_terms_are_the_municipalitys(self):
        number = self.new_client(at='60 days ago')
        self.refused('setting', 'set', 'trial-placement-months', '3', profile='max', says='is not for the role manager')
        self.refused('setting', 'set', 'trial-placement-months', '13', says='at most 12 months')
        self.ok('setting', 'set', 'trial-placement-months', '3')
        self.addCleanup(self.ok, 'setting', 'set', 'trial-placement-months', '2')
        self.ok('trial', 'start', number, '--employer', 'Bakkerij De Zon', '--at', '2026-10-15 09:00', profile='anna')
        self.assertEqual(self.rows('trial', 'list', number, profile='anna')[0]['dueAt'], '2027-01-15T09:00:00Z')
        self.refused('trial', 'start', number, '--employer', 'Bakkerij De Zon', profile='anna',
                     says='trial placement .* runs since .*; end that one first')

    def test_a_planned_contact_is_none_yet(self):
        number = self.new_client(at='60 days ago')
        self.ok('appointment', 'plan', number, '--on', 'in 2 days', '--channel', 'office', profile='anna')
        quiet = [row for row in self.rows('quiet', profile='anna') if row['clientNumber'] == number][0]
        self.assertNotIn('lastContactAt', quiet)
        self.assertEqual(quiet['nextAppointmentAt'][:10], moment(-2)[:10])
        self.ok('appointment', 'kept', number, profile='anna')
        self.assertEqual([row for row in self.rows('quiet', profile='anna') if row['clientNumber'] == number], [])

    def test_a_coach_sees_own_clients_items_only(self):
        number = self.new_client(at='60 days ago')
        self.ok('bottleneck', 'raise', number, 'geen bus', '--group', 'bus', profile='anna')
        for words in (['bottleneck', 'list'], ['bottleneck', 'groups'], ['coming-up']):
            self.assertEqual([row for row in self.rows(*words, profile='zoe')], [], words)
        self.refused('bottleneck', 'list', number, profile='zoe', says='no client with number')
        self.refused('bottleneck', 'close', number, profile='zoe', says='no client with number')
        self.refused('coming-up', '--coach', 'anna', profile='bert', says='a coach sees own clients')
        self.assertEqual([row['clientNumbers'] for row in self.rows('bottleneck', 'groups', profile='max')], [[number]])


if __name__ == '__main__':
    unittest.main()
