"""The figures, as a manager asks for them."""
import unittest

from harness import ServiceTest

FIGURES = ['stages', 'times', 'paths', 'handovers', 'contact', 'silence', 'coaches', 'agreements']


class Figures(ServiceTest):
    """Anna has six clients in Noord, of whom five work, are in contact and were handed over; Zoë has two in Zuid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.script(''.join(
            f'client add {number}\nstart {number} --kind activation --at "100 days ago"\n'
            + (f'move {number} starting-work --at "60 days ago"\ncontact {number} --channel phone --at "1 day ago"\n'
               f'handover flag {number} --employer "Bakkerij De Zon" --supervisor "M. Visser" --at "50 days ago"\n'
               f'handover prepare {number} --talked-through --needs-shared --absence-discussed --fallback-agreed '
               f'--second "K. de Wit" --at "45 days ago"\nhandover accept {number} --at "44 days ago"\n'
               f'handover complete {number} --at "40 days ago"\n'
               if number < 206 else '') for number in range(201, 207)), profile='anna')
        cls.service.script(''.join(f'client add {number}\nstart {number} --kind activation\n' for number in (301, 302)),
                           profile='zoe')

    def figure(self, name, *options, profile='max'):
        return self.rows('figures', name, *options, profile=profile)

    def test_each_figure_is_shown(self):
        for name in FIGURES:
            with self.subTest(name):
                self.ok('figures', name, profile='max')
                self.ok('figures', name, '--output', 'csv', profile='max')
                self.refused('figures', name, profile='anna', says='not for the role coach')
                self.refused('figures', name, '--team', 'Zuid', profile='max', says='not one of yours')
                self.assertIn('Example:\n  traject figures ' + name, self.ok('figures', name, '--help'))

    def test_a_table_says_what_is_known_and_what_is_withheld(self):
        text = self.ok('figures', 'contact', profile='max')
        self.assertRegex(text, r'(?m)^TEAM +ON +COACH +CLIENTS +WITHIN RHYTHM +SHARE$')
        self.assertRegex(text.splitlines()[-2], r'Noord .* the team +6 +5 +83%$')
        self.assertRegex(text.splitlines()[-1], r'Noord .* anna +6 +5 +83%$')
        # One who does not work would be told apart, so all are told together.
        self.assertRegex(self.ok('figures', 'times', profile='max').splitlines()[1],
                         r'^Noord +first contact +6 +6 +1 +40 days +100 days$')
        self.assertRegex(self.ok('figures', 'stages', profile='max').splitlines()[-1], r'together, being few +6$')
        self.assertRegex(self.ok('figures', 'coaches', profile='zack').splitlines()[-1], r'Zuid +together, being few +fewer than 5$')
        self.assertRegex(self.ok('figures', 'handovers', profile='max'),
                         r'FIRST WORK TO COMPLETION, MEDIAN +9 IN 10 UP TO +NOBODY GUIDED\nNoord .* 20 days +20 days +0\n')
        # That nobody was without a guide is said also of few.
        self.assertRegex(self.ok('figures', 'handovers', profile='zack').splitlines()[-1], r'^Zuid +fewer than 5 +0$')

    def test_the_clients_behind_a_figure(self):
        def numbers(*options, profile='max', **how):
            return self.numbers('figures', 'clients', *options, profile=profile, **how)
        self.assertEqual(numbers('contact', '--coach', 'anna'), [str(number) for number in range(201, 207)])
        self.assertEqual(numbers('stages', '--stage', 'starting-work', '--team', 'Noord'), ['201', '202', '203', '204', '205'])
        self.assertEqual(numbers('paths', '--path', 'first contact'), ['206'])
        self.assertEqual(numbers('coaches', '--withheld', profile='zack'), ['301', '302'])
        self.assertRegex(self.ok('figures', 'clients', 'contact', profile='max'), r'\n201 .* 1 day +within\n')
        # The rows of one client are told apart.
        times = self.ok('figures', 'clients', 'times', profile='max')
        self.assertRegex(times, r'\n201 .* anna +first contact .*\n201 .* anna +starting work ')
        self.assertRegex(self.ok('figures', 'clients', 'paths', profile='max'), r'\n201 .* first contact > starting work ')
        self.assertRegex(self.ok('figures', 'clients', 'coaches', profile='max'), r'\n201 .* 1 coach ')
        # A month ends as in the Netherlands, so that its date is the moment there.
        row = [row for row in self.figure('stages')][0]
        day = self.ok('figures', 'stages', profile='max', TZ='Europe/Amsterdam').splitlines()[1].split()[1:4]
        month = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split().index(day[1]) + 1
        self.assertEqual(len(numbers('stages', '--at', f'{day[2]}-{month:02}-{int(day[0]):02}', TZ='Europe/Amsterdam')),
                         row['clients'])
        self.refused('figures', 'clients', 'stages', '--party', 'coach', profile='max', says='--party does not belong|party does not')
        self.refused('figures', 'clients', 'stages', '--stage', 'walking', profile='max', says='stage', code=2)


if __name__ == '__main__':
    unittest.main()
