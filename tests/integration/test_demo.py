"""The demo municipality of deploy/up: all of it goes in, and every list of the client has something to show."""
import datetime
import re
import shlex
import subprocess
import sys
import unittest

import harness
from test_watch import Watcher

COMING_UP = {'CONTACT', 'HANDOVER', 'SUPERVISOR_LEFT', 'RETURN_PROPOSED', 'TRIAL_PLACEMENT', 'PROBATION', 'CONTRACT',
             'WAGE_VALUE', 'SCHEME', 'ADAPTATION', 'WISH', 'GOAL', 'TRAINING', 'PRECONDITION', 'AGREEMENT', 'BOTTLENECK',
             'APPOINTMENT', 'ABSENCE', 'COACH_HANDOVER', 'DROPOUT'}
TEAMS = 'noord', 'midden', 'zuid'


class Demo(harness.ServiceTest):
    organisation = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = datetime.datetime.now(datetime.timezone.utc).date()
        cls.write('demo')
        cls.service.ok('run', cls.service.folder / 'demo/organisation.txt')
        for worker in cls.lines('demo', 'workers'):
            cls.service.ok('token', 'add', worker, '--save-as', worker)
        # The whole of it: the first line that is refused stops it, and says which and why.
        cls.service.ok('run', cls.service.folder / 'demo/caseload.txt')
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/number.py', cls.service.folder / 'demo',
                        harness.TRAJECT], env=cls.service.environment(), check=True)
        cls.service.ok('run', cls.service.folder / 'demo/corrections.txt')
        cls.service.ok('employer', 'access', 'add', 'Bakkerij De Zon', 'M. Visser', '--save-as', 'visser')
        cls.service.ok('client', 'access', 'add', '1001', '--save-as', 'samira', profile='bert')

    @classmethod
    def write(cls, name):
        folder = cls.service.folder / name
        folder.mkdir()
        subprocess.run([sys.executable, '-B', harness.REPOSITORY / 'deploy/demo/demo.py', folder, str(cls.today), '1', '45'],
                       check=True)

    @classmethod
    def lines(cls, name, file):
        return (cls.service.folder / name / f'{file}.txt').read_text().splitlines()

    def of_managers(self, *arguments):
        """The rows of all teams."""
        return [row for team in TEAMS for row in self.rows(*arguments, profile=f'{team}-manager')]

    def test_is_the_same_for_the_same_day_and_seed(self):
        self.write('again')
        for file in 'organisation', 'workers', 'caseload':  # and the corrections, but for the numbers
            self.assertEqual(self.lines('demo', file), self.lines('again', file))

    def test_every_kind_comes_up(self):
        kinds = {row['kind'].removeprefix('COMING_UP_KIND_') for row in self.of_managers('coming-up', '--limit', '1000')}
        self.assertEqual(kinds, COMING_UP)

    def test_a_coach_has_a_week_of_many_kinds(self):
        kinds = {row['kind'] for row in self.rows('coming-up', profile='anna')}
        self.assertGreaterEqual(len(kinds), 8, kinds)

    def test_every_list_has_something_to_show(self):
        for command in ('quiet', 'board', 'handover list', 'handover due', 'supervisor left', 'trial list',
                        'contract list', 'scheme list', 'task list', 'adaptation list', 'guidance list',
                        'career list', 'career without --for 90', 'precondition list --state missing',
                        'precondition list --state in-hand', 'motivation list --for 60',
                        'agreement list --overdue', 'agreement list --overdue --party coach', 'bottleneck list',
                        'bottleneck groups', 'network list', 'appointment list', 'appointment list --overdue',
                        'absence list', 'dropout list', 'coach handovers', 'rhythm list'):
            with self.subTest(command):
                self.assertTrue(self.rows(*command.split(), profile='noord-manager'))

    def test_the_clients_that_up_names_have_something_to_show(self):
        self.assertGreaterEqual(len(self.rows('running', '1004', profile='anna')), 3)
        self.assertTrue([row for row in self.rows('motivation', 'list', '1007', profile='anna') if 'words' in row])

    def test_the_commands_of_the_readme_run_as_they_stand(self):
        text = ''.join((harness.REPOSITORY / name).read_text() for name in ('README.md', 'deploy/README.md'))
        ran, profile = set(), None
        for block in re.findall(r'^```sh\n(.*?)^```', text, re.MULTILINE | re.DOTALL):
            for line in block.replace('\\\n', ' ').splitlines():
                words = shlex.split(line, comments=True)
                if words[0] == 'export':
                    profile = re.fullmatch('TRAJECT_PROFILE=(.*)', words[1])[1]
                elif words[:2] == ['traject', 'watch']:
                    watcher = Watcher(self.service, profile, *words[2:], output='text')
                    self.ok('contact', '1001', '--channel', 'email', '--words', 'voor wie meekijkt', profile=profile)
                    watcher.wait_for(lambda told: 'voor wie meekijkt' in told)
                    watcher.stop()
                    ran.add((profile, 'watch'))
                elif words[0] in ('traject', '.traject/traject'):
                    with self.subTest(line):
                        self.ok(*words[1:], profile=profile)
                    ran.add((profile, words[1]))
        self.assertLessEqual({(None, '--profile'), ('bert', 'agreement'), ('bert', 'watch'), ('noord-manager', 'figures')}, ran)

    def test_supervisor_and_client_see_what_is_theirs(self):
        self.assertIn('1001', self.numbers('my', 'clients', profile='visser'))
        for profile in 'visser', 'samira':
            items = self.rows('my', 'items', '1001', '--ended', profile=profile)
            self.assertIn('zet het rooster op papier', [item.get('what') for item in items])
            self.assertIn('ITEM_KIND_APPOINTMENT', [item['kind'] for item in items])
        told = self.ok('my', 'journey', profile='samira')
        self.assertIn('Bert Hoekstra', told)
        self.assertIn('Vertelt dat ze op haar brood wachten.', told)
        # Said to nobody, and so to the team.
        for profile in 'visser', 'samira':
            self.assertNotIn('De leidinggevende is tevreden', self.ok('my', 'timeline', '1001', profile=profile))

    def test_outcomes_of_every_sort_happen(self):
        for command, states in (('agreement', {'AGREED', 'KEPT', 'NOT_KEPT'}),
                                ('precondition', {'MISSING', 'IN_HAND', 'MET'}),
                                ('appointment', {'PLANNED', 'KEPT', 'NOT_SHOWN_UP'}), ('scheme', {'GRANTED', 'APPLIED'}),
                                ('trial', {'RUNNING', 'ENDED'}), ('coach', {'RUNNING', 'COMPLETED'})):
            with self.subTest(command):
                listed = 'coach handovers' if command == 'coach' else f'{command} list'
                found = {row['state'].removeprefix('ITEM_STATE_')
                         for row in self.of_managers(*listed.split(), '--ended', '--limit', '1000')}
                self.assertLessEqual(states, found)

    def test_somebody_long_silent_has_an_appointment(self):
        self.assertTrue([row for row in self.rows('quiet', profile='noord-manager') if 'nextAppointmentAt' in row])

    def test_a_bottleneck_concerns_several_clients(self):
        self.assertGreaterEqual(self.rows('bottleneck', 'groups', profile='noord-manager')[0]['clients'], 2)

    def test_a_story_was_told_anew(self):
        told = [row for row in self.rows('client', 'find', '10', '--limit', '100', profile='noord-manager')
                if self.show(row['clientNumber'], profile='noord-manager').get('storiesRetold')]
        self.assertTrue(told)

    def test_what_follows_from_the_timelines_is_what_is_stored(self):
        self.assertIn('; 0 differ.', self.ok('rebuild'))

    def test_the_example_tells_a_whole_journey(self):
        entries = self.rows('timeline', '1001', '--limit', '200', profile='noord-manager')
        kinds = [row['kind'].removeprefix('EVENT_KIND_') for row in reversed(entries)]
        story = ('TRAJECTORY_STARTED', 'NETWORK_PERSON_ADDED', 'FIRST_CONTACT', 'DAY_ALONG', 'TRIAL_PLACEMENT_BEGUN',
                 'CONTRACT_BEGUN', 'COACH_ASSIGNED', 'HANDOVER_FLAGGED', 'HANDOVER_COMPLETED', 'CAREER_ACHIEVED',
                 'DROPOUT_REPORTED', 'HANDOVER_RETURNED', 'FIRST_CONTACT', 'TRIAL_PLACEMENT_BEGUN', 'CONTRACT_BEGUN',
                 'APPOINTMENT_PLANNED')
        place = 0
        for kind in story:
            self.assertIn(kind, kinds[place:], f'after {kinds[:place]}')
            place = kinds.index(kind, place) + 1
        contract = next(row for row in entries if row['kind'] == 'EVENT_KIND_CONTRACT_BEGUN' and 'supersededBy' not in row)
        self.assertEqual((contract['hours'], contract['correctionReason']), ('24', 'in het contract staat 24 uur'))
        shown = self.rows('timeline', '1001', '--all', '--limit', '200', profile='noord-manager')
        self.assertTrue([row for row in shown if row.get('withdrawn')])


if __name__ == '__main__':
    unittest.main()
