"""The journey as a picture: in a terminal, as SVG, and as a page; what a client is shown of it; what it is like for who reads
it on paper, on a phone, or with a screen reader."""
import html.parser
import os
import re
import stat
import unittest
import xml.etree.ElementTree as ElementTree

from google.protobuf.timestamp_pb2 import Timestamp

import harness
from test_client_program import ESCAPE, OnTerminal
from wire import Connection, new_key, pb

SVG = '{http://www.w3.org/2000/svg}'
VOID = {'meta', 'br', 'hr', 'img', 'link', 'input'}
EVIL = '<script>alert(1)</script> ]]> & "x" \'y\' \x1b[31m\x07 \u202eabc\u2069 שלום \uffff --> &lt;'
STAGES = ('First contact', 'Starting work', 'Work content', 'Workplace guidance', 'Career development', 'Preconditions')
HANDOVER = (('flag', '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser'),
            ('prepare', '--talked-through', '--needs-shared', '--absence-discussed', '--fallback-agreed', '--second', 'K. de Wit'),
            ('accept',), ('complete',))


class Page(html.parser.HTMLParser):
    """A page whose elements all end where they should, with its text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.style = [], [], '', ''
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f'not ended: {self.open}')

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f'</{tag}> ends nothing')

    def handle_data(self, data):
        if 'style' in self.open:
            self.style += data
        else:
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class Drawing:
    """What an <svg> shows, as far as its rectangles and circles, in the order in which they are painted."""

    def __init__(self, text):
        self.root = ElementTree.fromstring(text)
        self.width, self.height = map(int, self.root.get('viewBox').split()[2:])
        self.texts, self.areas = [], []  # (x from, x to, y, size, colour, what is behind it, text); (box, colour)
        for element in self.root.iter():
            self.paint(element)

    def paint(self, element):
        number = lambda name: float(element.get(name, 0))
        tag, fill = element.tag.removeprefix(SVG), element.get('fill')
        if tag == 'rect' and element.get('width') == '100%':
            self.areas.append(((0, self.width, 0, self.height), fill))
        elif tag == 'rect' and 'x' in element.attrib:
            self.areas.append(((number('x'), number('x') + number('width'), number('y'), number('y') + number('height')), fill))
        elif tag == 'circle':
            x, y, r = number('cx'), number('cy'), number('r')
            self.areas.append(((x - r, x + r, y - r, y + r), fill))
        elif tag == 'text':
            size, x, y = number('font-size'), number('x'), number('y')
            wide = len(element.text) * size * 0.58
            start = x - wide * {'middle': 0.5, 'end': 1}.get(element.get('text-anchor'), 0)
            middle = (x if element.get('text-anchor') == 'middle' else start + wide / 2, y - size / 3)
            behind = [c for (left, right, top, bottom), c in self.areas if left <= middle[0] <= right and top <= middle[1] <= bottom][-1]
            self.texts.append((start, start + wide, y, size, fill, behind, element.text))

    def said(self):
        return [text for *_, text in self.texts]


class PictureTest(OnTerminal):
    files = 0

    def written(self, *arguments, profile='anna', **environment):
        """What the command writes for --svg and --html: the drawing of the first and the text of the second."""
        PictureTest.files += 1
        paths = [self.service.folder / f'picture-{PictureTest.files}.{form}' for form in ('svg', 'html')]
        printed = self.ok(*arguments, '--svg', paths[0], '--html', paths[1], profile=profile, **environment)
        self.assertEqual(printed.split(), [str(path) for path in paths])
        for path in paths:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        return tuple(path.read_text() for path in paths)

    def drawings(self, svg, page):
        """That of the file and those of the page, for a column and for a phone."""
        inline = re.findall(r'<svg.*?</svg>', page, re.DOTALL)
        self.assertEqual(len(inline), 2)
        return [Drawing(text) for text in (svg, *inline)]

    def journey(self):
        """One of everything, and of what is for the team alone."""
        number = self.new_client(at='200 days ago')
        def coach(*arguments, at):
            self.ok(*arguments, '--at', f'{at} days ago', profile='anna')
        coach('contact', number, '--channel', 'phone', '--words', 'woord voor het team', at=195)
        coach('contact', number, '--channel', 'office', '--words', 'woord voor de klant', '--for', 'client', at=180)
        coach('contact', number, '--channel', 'phone', '--no-answer', at=170)
        coach('contact', number, '--channel', 'email', '--with', 'employer', '--words', 'geheim', '--for', 'team', at=160)
        coach('move', number, 'work-content', '--reason', 'zo liep het', at=150)
        coach('precondition', 'missing', number, 'debts', at=149)
        for days, step in zip((140, 130, 120, 110), HANDOVER):
            coach('handover', step[0], number, *step[1:], at=days)
        coach('handover', 'return', number, '--reason', 'nieuwe taken', at=40)
        coach('move', number, 'first-contact', '--reason', 'opnieuw', '--for', 'team', at=20)
        return number


class InTheTerminal(PictureTest):
    def test_it_stands_above_the_entries_of_a_terminal_and_nowhere_else(self):
        number = self.journey()
        shown = self.terminal('timeline', number, NO_COLOR='1')
        lines = shown.splitlines()
        self.assertEqual(tuple(line[:20].strip() for line in lines[3:9]), STAGES)
        self.assertRegex(lines[3], '▶━+ .*▶━+›$')
        self.assertRegex(lines[5], '^Work content +(2|▶•)━+ +┊$')
        self.assertRegex(lines[9], r'^Who guides +──anna─+══Bakkerij De Zo.*›$')
        self.assertRegex(lines[10], '^Handover +F +P +A +C +R +┊$')
        self.assertRegex(lines[11], r'^Contact +░● +● *░+›$')
        self.assertRegex(lines[12], '^No answer +○')
        self.assertNotIn(ESCAPE, shown)
        entries = self.ok('timeline', number, profile='anna')
        self.assertNotIn('━', entries)
        self.assertIn('woord voor het team', entries)
        self.assertIn('woord voor het team', shown)
        self.assertIn('━', self.ok('timeline', number, '--picture', profile='anna'))
        for option in (['--picture'], ['--trajectory', '1']):
            run = self.refused('--output', 'json', 'timeline', number, *option, profile='anna', says='are about the picture', code=2)
            self.assertEqual(run.out, '')
        # Who asks for some of it, or for another form, is told that alone.
        for more in (['--kind', 'contact'], ['--stage', 'work-content'], ['--all'], ['--output', 'json'], ['--output', 'csv']):
            self.assertNotIn('━', self.terminal('timeline', number, *more), more)
        self.assertNotIn('━', self.terminal('timeline', number, width=30))
        self.assertIn(ESCAPE, self.terminal('timeline', number))

    def test_every_line_fits(self):
        number = self.journey()
        for width in (60, 80, 120, 180):
            for line in self.terminal('timeline', number, '--limit', '1', width=width, NO_COLOR='1').split('\nTrajectory 1\n')[0].splitlines():
                self.assertLessEqual(len(line), width)

    def test_a_terminal_that_is_not_utf_8_is_shown_ascii(self):
        number = self.journey()
        shown = self.ok('timeline', number, '--picture', '--limit', '1', profile='anna', LC_ALL='C').split('\nTrajectory 1\n')[0]
        self.assertTrue(shown.isascii())
        self.assertRegex(shown, '(?m)^First contact +>=+ .*>=+}$')

    def test_of_an_earlier_moment(self):
        number = self.journey()
        shown = self.terminal('timeline', number, '--as-of', '125 days ago', NO_COLOR='1')
        self.assertRegex(shown, '(?m)^Handover +F +P +┊$')
        self.assertIn('┊ then', shown)
        self.assertNotIn('═', shown)

    def test_of_another_trajectory(self):
        number = self.new_client(at='90 days ago')
        self.ok('end', number, '--outcome', 'other', '--at', '60 days ago', profile='anna')
        self.ok('start', number, '--kind', 'activation', '--stage', 'work-content', '--at', '30 days ago', profile='anna')
        self.assertIn('Trajectory 2: activation', self.ok('timeline', number, '--picture', profile='anna'))
        first = self.ok('timeline', number, '--trajectory', '1', profile='anna')
        self.assertRegex(first, r'(?m)^Trajectory 1: work experience, .* to [^t]*$')
        self.assertRegex(first, '(?m)^First contact +▶━+■$')
        self.refused('timeline', number, '--trajectory', '3', profile='anna', says='of trajectory 3 nothing is recorded that you may see')
        self.refused('timeline', number, '--trajectory', 'x', profile='anna', says='--trajectory is "x"; give a number from 1', code=2)

    def test_of_nothing(self):
        number = self.service.json('client', 'add', profile='anna')['clientNumber']
        self.assertEqual(self.terminal('timeline', number), 'Nothing is recorded that you asked for.\n')
        self.refused('timeline', number, '--picture', profile='anna', says='nothing is recorded to draw')


class Files(PictureTest):
    def test_are_new_and_whole_or_not_there(self):
        number = self.journey()
        path = self.service.folder / 'there.svg'
        path.write_text('mine')
        self.refused('timeline', number, '--svg', path, profile='anna', says='there.svg: is there already; give the name of a new file')
        self.assertEqual(path.read_text(), 'mine')
        self.refused('timeline', number, '--html', self.service.folder / 'no/such.html', profile='anna', says='such.html: No such file')
        # A disk that is full.
        before = sorted(os.listdir(self.service.folder))
        run = self.limited('timeline', number, '--html', self.service.folder / 'full.html')
        self.assertEqual((run.returncode, sorted(os.listdir(self.service.folder))), (1, before), run.stderr)
        self.assertIn('full.html: File too large', run.stderr)

    def limited(self, *arguments):
        """Runs the client with files of at most 8 KiB."""
        import subprocess
        return subprocess.run(['sh', '-c', "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", harness.TRAJECT, *map(str, arguments)],
                              env=self.service.environment('anna'), capture_output=True, text=True, cwd=self.service.folder)

    def test_what_comes_from_outside_is_no_markup(self):
        moment = Timestamp()
        moment.FromJsonString('2026-01-01T10:00:00Z')
        with Connection(self.service, self.service.token('anna')) as c:
            c.call('AddClient', pb.AddClientRequest(client_number='666', full_name=EVIL), new_key())
            c.call('StartTrajectory', pb.StartTrajectoryRequest(client_number='666', kind=pb.TRAJECTORY_KIND_ACTIVATION, words=EVIL,
                                                                occurred_at=moment), new_key())
            c.call('AddCareerEntry', pb.AddCareerEntryRequest(client_number='666', kind=pb.EVENT_KIND_WISH_VOICED, what=EVIL,
                                                              words=EVIL), new_key())
        for more in ([], ['--for', 'client']):
            svg, page = self.written('timeline', '666', *more)
            for text in (svg, page):
                self.assertNotRegex(text, '[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\uffff]')
                self.assertNotIn('<script', text)
            for drawing in self.drawings(svg, page):
                self.assertNotIn('script', {element.tag.removeprefix(SVG) for element in drawing.root.iter()})
            parsed = Page(page)
            self.assertFalse(parsed.all('script'))
            if not more:
                self.assertGreaterEqual(parsed.text.count('<script>alert(1)</script> ]]> & "x" \'y\'   [31m '.replace('   [', '  [')), 3)
            self.assertIn('שלום', parsed.text)

    def test_need_nothing_from_elsewhere(self):
        for text in self.written('timeline', self.journey()):
            references = re.findall(r'(?:href|src)=|url\([^)]*\)|@import|https?://[^" ]*', text)
            self.assertLessEqual(set(references), {'http://www.w3.org/2000/svg', 'url(#silence)', 'url(#page-silence)',
                                                   'url(#phone-silence)'})
            self.assertNotRegex(text, r'<[^>]* on\w+=')

    def test_the_page_can_be_read_by_everybody(self):
        svg, text = self.written('timeline', self.journey())
        page = Page(text)
        self.assertEqual([a.get('lang') for a in page.all('html')], ['en'])
        self.assertIn("default-src 'none'", page.all('meta')[1]['content'])
        self.assertIn('@page { size: A4', page.style)
        # One heading of the page, and none that skips a level.
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch('h[1-6]', tag)]
        self.assertEqual((levels[0], levels.count(1)), (1, 1))
        self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)
        identifiers = [attributes['id'] for _, attributes in page.tags if 'id' in attributes]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        for drawing in self.drawings(svg, text):
            self.assertEqual(drawing.root.get('role'), 'img')
            named = {e.get('id'): e.text for e in drawing.root.iter() if e.get('id')}
            title, description = (named[name] for name in drawing.root.get('aria-labelledby').split())
            self.assertTrue(title)
            # All that the picture shows is told in words too, there and below it.
            for told in ('Work content: ', 'Coach anna: ', 'Employer Bakkerij De Zon (M. Visser): ',
                         'Contacts: 2; attempts without answer: 1; contacts with others: 1.'):
                self.assertIn(told, description)
        self.assertIn('Work content: ', page.text)
        for entry in self.rows('timeline', page.text and re.search(r'client (\d+)', page.text)[1], profile='anna'):
            self.assertIn(f'#{entry["eventId"]}', page.text)

    def test_every_text_has_contrast_and_room(self):
        numbers = [self.journey(), self.new_client(at='1 days ago'), self.long()]
        for number in numbers:
            svg, page = self.written('timeline', number)
            for drawing in self.drawings(svg, page):
                self.assertGreater(len(drawing.texts), 12)
                for start, end, y, size, colour, behind, text in drawing.texts:
                    with self.subTest(number=number, width=drawing.width, text=text):
                        self.assertGreaterEqual(contrast(colour, behind), 4.5)
                        self.assertGreaterEqual(size, 9)
                        self.assertGreaterEqual(start, 0)
                        self.assertLessEqual(end, drawing.width + 2)
                        self.assertLessEqual(y, drawing.height)
                for i, (start, end, y, size, *_, text) in enumerate(drawing.texts):
                    for other in drawing.texts[:i]:
                        apart = other[1] <= start + 1 or end <= other[0] + 1 or abs(other[2] - y) >= min(size, other[3]) * 0.8
                        self.assertTrue(apart, f'{drawing.width}: "{text}" over "{other[-1]}"')

    def long(self):
        """Ten years, four hundred entries."""
        number = self.new_client(at='3650 days ago')
        lines = []
        for i in range(400):
            days, kind = 3640 - i * 9, i % 8
            if kind == 0 and i % 40 == 0:
                stage = ('work-content', 'career-development', 'first-contact')[i // 40 % 3]
                lines.append(f'move {number} {stage} --reason "zo liep het" --at "{days} days ago"')
            elif kind < 4:
                lines.append(f'contact {number} --channel phone --at "{days} days ago"' + (' --no-answer' if kind == 3 else ''))
            else:
                lines.append(f'career wish {number} "wens {i}" --at "{days} days ago"')
        self.service.script('\n'.join(lines), profile='anna')
        return number


class ForTheClient(PictureTest):
    def events(self, page):
        return {int(number) for number in re.findall(r'\(entry (\d+), by ', Page(page).text)}

    def test_shows_what_the_client_is_told_and_nothing_else(self):
        number = self.journey()
        self.ok('client', 'access', 'add', number, '--save-as', f'klant-{number}', profile='anna')
        klant = f'klant-{number}'
        self.ok('my', 'note', 'ik werk graag vroeg', profile=klant)
        own = self.rows('my', 'timeline', '--limit', '1000', profile=klant)
        told = self.rows('timeline', number, '--for', 'client', profile='anna')
        self.assertEqual(told, own)
        svg, page = self.written('timeline', number, '--for', 'client')
        self.assertEqual(self.events(page), {int(entry['eventId']) for entry in own})
        self.assertLess(len(own), len(self.rows('timeline', number, profile='anna')))
        # The client's own is the same, to the letter; but for a second in between, which can move a mark.
        self.assertTrue(any(self.written('my', 'timeline', profile=klant) == self.written('timeline', number, '--for', 'client')
                            for _ in range(5)))
        for text in (svg, page, self.ok('timeline', number, '--for', 'client', '--picture', profile='anna')):
            for secret in ('woord voor het team', 'geheim', 'nieuwe taken', 'opnieuw', 'debts', 'zo liep het'):
                self.assertNotIn(secret, text)
        for words in ('woord voor de klant', 'ik werk graag vroeg', ', by you)'):
            self.assertIn(words, page)
        self.assertNotIn('the client', Page(page).text)
        # The move that is not told is seen from what is told later: where a client is, is the client's to know.
        self.assertIn('First contact: ', Page(page).text.split('Work content: ')[1])

    def test_speaks_to_the_client(self):
        number = self.journey()
        svg, page = self.written('timeline', number, '--for', 'client')
        text = Page(page).text
        for said in ('Your way to work', 'This page is about you.', 'You had contact with Anna de Vries: office',
                     'Anna de Vries tried to reach you: phone', 'You went on to: work content', 'Who guides you'):
            self.assertIn(said, text)
        self.assertNotIn('the client', text)
        self.assertIn('You had contact with Anna de Vries', self.ok('timeline', number, '--for', 'client', profile='anna'))
        self.assertIn('Contact with you', Drawing(svg).said())
        # One for the team says so.
        self.assertIn('For the team', self.written('timeline', number)[1])

    def test_in_dutch(self):
        svg, page = self.written('timeline', self.journey(), '--for', 'client', LC_ALL='nl_NL.UTF-8')
        parsed = Page(page)
        self.assertEqual([a.get('lang') for a in parsed.all('html')], ['nl'])
        for said in ('Uw weg naar werk', 'U had contact met Anna de Vries: kantoor', 'Wie begeleidt'):
            self.assertIn(said, parsed.text)
        # Each step of the handover has a letter of its own.
        letters = [text for text in Drawing(svg).said() if len(text) == 1 and text.isalpha()]
        self.assertEqual(sorted(letters), sorted(2 * ['A', 'V', 'G', 'O', 'T']))

    def test_is_for_the_client_alone(self):
        number = self.journey()
        self.refused('timeline', number, '--for', 'employer', profile='anna', says='--for is "employer"; the journey is told as the client')
        self.refused('timeline', number, '--for', 'client', '--all', profile='anna', says='not told to the client as it was')
        self.ok('employer', 'access', 'add', 'Bakkerij De Zon', 'M. Visser', '--save-as', 'visser')
        self.ok('handover', 'flag', number, '--employer', 'Bakkerij De Zon', '--supervisor', 'M. Visser', profile='anna')
        self.assertTrue(self.ok('my', 'timeline', number, profile='visser'))
        self.refused('my', 'timeline', number, '--picture', profile='visser', says='employer')


if __name__ == '__main__':
    unittest.main()
