"""The report for a manager: its figures, in each of its forms, are those of the API to the last digit, and what is drawn agrees
with them; what it looks like to who reads it on paper, on a phone, or with a screen reader; and that it tells of nobody."""
import calendar
import csv
import datetime
import io
import json
import os
import random
import re
import secrets
import shutil
import stat
import unittest
import xml.etree.ElementTree as ElementTree
import zoneinfo

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

import harness
from test_picture import Page, contrast
from wire import Connection, pb

SVG = '{http://www.w3.org/2000/svg}'
AMSTERDAM = zoneinfo.ZoneInfo('Europe/Amsterdam')
EVIL = '<script>alert(1)</script> & "x" ]]> \u202eabc\u2069 שלום &lt;'
MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()
STAGES = ['first contact', 'starting work', 'work content', 'workplace guidance', 'career development', 'preconditions']
TOGETHER = 'together, being few'
FEW = 'fewer than 5'
# The figures of the report: which method answers them, and whether they are of the ends of months.
FIGURES = {'stages': ('GetStageFigures', True), 'times': ('GetStageTimes', False), 'contact': ('GetContactFigures', True),
           'silence': ('GetSilenceFigures', True), 'handovers': ('GetHandoverFigures', False),
           'coaches': ('GetCoachFigures', False)}
COACHES = {'anna': 22, 'bert': 12, 'zoe': 12, 'evi': 3}  # and how many clients each begins with
NOW = datetime.datetime.now(datetime.timezone.utc)


def month_start(moment, back=0):
    """When the month of that moment began in the Netherlands, or one so many months before."""
    local = moment.astimezone(AMSTERDAM)
    months = local.year * 12 + local.month - 1 - back
    return datetime.datetime(months // 12, months % 12 + 1, 1, tzinfo=AMSTERDAM)


def name_of(month):
    return f'{month.year}-{month.month:02}'


# ---------------------------------------------------------------- a caseload with history

def story(random_, number, coach):
    """Commands about a client, in the order in which they happened."""
    def at(days_ago):
        return f'--at "{(NOW - datetime.timedelta(days=days_ago)).strftime("%Y-%m-%d %H:%M")}"'
    begin = random_.uniform(20, 420)
    steps = [(begin, f'start {number} --kind work-experience --coach {coach} {at(begin)}')]
    end = random_.uniform(1, begin / 3) if random_.random() < 0.15 else 0
    stage, day = 0, begin
    while (day := day - random_.uniform(15, 90)) > end + 1:
        to = 1 if stage == 0 and random_.random() < 0.6 else random_.choice([s for s in range(6) if s != stage])
        reason = '' if to == stage + 1 else ' --reason "zo ging het"'
        steps.append((day, f'move {number} {STAGES[to].replace(" ", "-")}{reason} {at(day)}'))
        stage = to
    every = random_.choice([12, 18, 30, 60])
    day = begin
    while (day := day - random_.uniform(0.3, 1.7) * every) > end + 1:
        answer = ' --no-answer' if random_.random() < 0.2 else ''
        steps.append((day, f'contact {number} --channel phone{answer} {at(day)}'))
    work = [day for day, line in steps if line.startswith('move') and 'starting-work' in line]
    if work and work[0] > end + 12 and random_.random() < 0.8:
        days = sorted((random_.uniform(end + 1, work[0]) for _ in range(4)), reverse=True)
        lines = [f'handover flag {number} --employer "Bakkerij De Zon" --supervisor "M. Visser"',
                 f'handover prepare {number} --talked-through --needs-shared --absence-discussed --fallback-agreed --second "K. de Wit"',
                 f'handover accept {number}', f'handover complete {number}']
        steps += [(day, f'{line} {at(day)}') for day, line in zip(days, lines)]
    elif coach == 'anna' and begin > 60 and random_.random() < 0.7:
        day = random_.uniform(end + 1, begin - 1)
        steps.append((day, f'assign {number} bert --reason "dichterbij" {at(day)}'))
    if end:
        steps.append((end, f'end {number} --outcome employed {at(end)}'))
    return [line for _, line in sorted(steps, key=lambda step: -step[0])]


# ---------------------------------------------------------------- what the forms show, read back

class Tables(Page):
    """The tables of a page, by the caption of their figure: of each the texts of its cells, row by row."""

    def __init__(self, text):
        self.tables, self.cell = {}, None
        super().__init__(text)

    def handle_starttag(self, tag, attributes):
        super().handle_starttag(tag, attributes)
        if tag == 'tr':
            self.tables[self.caption].append([])
        elif tag in ('th', 'td', 'figcaption'):
            self.cell = ''
            self.scope = dict(attributes).get('scope')
        elif tag == 'table':
            self.tables[self.caption] = []

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        if tag == 'figcaption':
            self.caption = self.cell
        elif tag in ('th', 'td'):
            self.tables[self.caption][-1].append(self.cell)
        if tag in ('th', 'td', 'figcaption'):
            self.cell = None

    def handle_data(self, data):
        super().handle_data(data)
        if self.cell is not None:
            self.cell += data


def text_tables(text):
    """The tables of the text by their captions: of each its heading and rows: a label, the cells, and what stands behind them."""
    tables = {}
    for block in text.split('\n\n'):
        lines = block.split('\n')
        at = next((i for i, line in enumerate(lines) if i and re.match(r'(End of|Stage|Coach|Team|Coaches)  ', line)), None)
        if at is None:
            continue
        heading = re.split(' {2,}', lines[at])
        # Columns that are headed by signs have a legend between.
        legend = dict(re.findall(r'(?:^|(?<=  ))([1-9*]) (\S+(?: \S+)*)', '\n'.join(lines[1:at]), re.MULTILINE))
        rows = [(cells[0], cells[1:len(heading)], ''.join(cells[len(heading):])) for cells in
                (re.split(' {2,}', line) for line in lines[at + 1:] if line)]
        caption = [line for line in lines[:at] if not re.match('[1-9*] ', line)]
        tables[' '.join(' '.join(caption).split())] = [legend.get(word, word) for word in heading], rows, {name: sign for sign, name in legend.items()}
    return tables


class Drawing:
    """A plot: its marks by the row and the column that they tell, and where 0 and the last tick are."""

    def __init__(self, element):
        self.root = element
        self.title = element.find(SVG + 'title').text
        self.prefix = element.find(SVG + 'title').get('id').removesuffix('title')
        self.marks = {}  # what is told of it: (x from, x to)
        for group in element.iter(SVG + 'g'):
            rect, path = group.find(SVG + 'rect'), group.find(SVG + 'path')
            if rect is not None:
                box = int(rect.get('x')), int(rect.get('x')) + int(rect.get('width'))
            else:
                box = tuple(map(int, re.match(r'M(\d+) \d+H(\d+)', path.get('d')).groups()))
            self.marks[group.find(SVG + 'title').text] = box
        texts = [text for text in element.iter(SVG + 'text')]
        axis = [text for text in texts if re.fullmatch(r'\d+', text.text) and text.get('text-anchor') == 'middle' and text.get('font-size') == '13']
        self.zero, self.last = ((int(text.get('x')), int(text.text)) for text in (axis[0], axis[-1]))

    def length(self, value):
        return value * (self.last[0] - self.zero[0]) / self.last[1]


# ---------------------------------------------------------------- what they should show

def label(at):
    """Of a moment: the month that ended then, or the day."""
    moment = at.ToDatetime(datetime.timezone.utc)
    local = moment.astimezone(AMSTERDAM)
    if (local.day, local.hour, local.minute) == (1, 0, 0):
        local -= datetime.timedelta(hours=1)
        return f'{MONTHS[local.month - 1]} {local.year}'
    return f'{moment.day} {MONTHS[moment.month - 1]} {moment.year}'


def present(figure, *names):
    return [str(getattr(figure, name)) + '%' * (name == 'percent') if figure.HasField(name) else '–' for name in names]


def tame(name):
    return re.sub('[\u202a-\u202e\u2066-\u2069]', '', name)


def stage_name(figure):
    return STAGES[figure.stage - 1] if figure.HasField('stage') else TOGETHER


def silence_name(figure):
    if not figure.HasField('days_min'):
        return TOGETHER
    return f'{figure.days_min} to {figure.days_max} days' if figure.HasField('days_max') else f'{figure.days_min} days or more'


def is_whole(figure):
    return not figure.HasField('coach') and not (figure.withheld and figure.HasField('clients'))


def expected(report):
    """What the tables should hold, computed from the answers of the API: by caption the heading and the rows."""
    tables = {}

    def add(team, caption, heading, row, few=False):
        found = tables.setdefault(f'{tame(team)}: {caption}' if team else caption, [heading])
        found.append([row[0], FEW, *(cell for cell in row[1:] if cell != '–')] if few else row)
    for figures, caption, name, key in ((report.stages, 'Clients by stage', stage_name, 'stage'),
                                        (report.silence, 'Clients past the rhythm, by how long', silence_name, 'days_min')):
        parts = sorted({(getattr(figure, key) if figure.HasField(key) else 10 ** 6, name(figure)) for figure in figures})
        for team, at in dict.fromkeys((figure.team, figure.at.ToJsonString()) for figure in report.stages) if figures else ():
            of = {name(figure): figure for figure in figures if (figure.team, figure.at.ToJsonString()) == (team, at)}
            moment = Timestamp()
            moment.FromJsonString(at)
            add(team, caption, ['End of', *(part for _, part in parts)],
                [label(moment), *(present(of[part], 'clients')[0] if part in of else '–' for _, part in parts)],
                any(not figure.HasField('clients') for figure in of.values()))
    for figure in report.times:
        add(figure.team, 'Days in a stage: median, and what 9 in 10 stay under',
            ['Stage', 'clients', 'times', 'still there', 'median', '9 in 10'],
            [stage_name(figure), *present(figure, 'clients', 'spells', 'running', 'median_days', 'p90_days')],
            not figure.HasField('clients'))
    for figure in report.contact:
        row = present(figure, 'clients', 'within', 'percent')
        if is_whole(figure):
            add(figure.team, 'Clients reached within the agreed rhythm, month by month', ['End of', 'clients', 'within', 'share'],
                [label(figure.at), *row], not figure.HasField('clients'))
        elif figure.at.ToJsonString() == max(other.at.ToJsonString() for other in report.contact if other.team == figure.team):
            add(figure.team, 'Clients reached within the agreed rhythm, by coach, at the end of the period',
                ['Coach', 'clients', 'within', 'share'], [figure.coach if figure.HasField('coach') else TOGETHER, *row])
    for figure in report.handovers:
        few = not figure.HasField('clients')
        add('', 'Days from first work to a completed handover: median, and what 9 in 10 stay under',
            ['Team', 'clients', 'median', '9 in 10', 'nobody guided'],
            [tame(figure.team), *present(figure, 'clients', 'median_days', 'p90_days'), str(figure.gaps_in_guidance)], few)
        add('', 'What became of the handovers',
            ['Team', 'flagged', 'accepted', 'declined', 'withdrawn', 'completed', 'returned'],
            [tame(figure.team), *present(figure, 'flagged', 'accepted', 'declined', 'withdrawn', 'completed', 'returned')], few)
    for figure in report.coaches:
        number = figure.coaches
        add(figure.team, 'Clients by the number of coaches they had', ['Coaches', 'clients', 'story told anew'],
            [(f'{number} coach' + 'es' * (number != 1)) if figure.HasField('coaches') else TOGETHER,
             *present(figure, 'clients', 'stories_retold')], not figure.HasField('clients'))
    # Of what there is no number a sentence says so, and parts of which a chart has nothing are left out.
    told = {caption: table for caption, table in tables.items() if any(cell[0].isdigit() for row in table[1:] for cell in row[1:])}
    for caption, table in told.items():
        if is_stacked(table[0]):
            kept = [0, *(i for i in range(1, len(table[0])) if any(FEW not in row and row[i][0].isdigit() for row in table[1:]))]
            told[caption] = [row if FEW in row else [row[i] for i in kept] for row in table]
    return told, tables.keys() - told.keys()


def is_stacked(heading):
    return heading[0] == 'End of' and heading[-1] != 'share'


def drawn_cells(table):
    """The numbers of a table that its plot shows too: label of the row, name of the column, number."""
    heading, *rows = table
    return [(row[0], name, cell) for row in rows if FEW not in row
            for name, cell in list(zip(heading, row))[1:] if cell != '–'
            and (is_stacked(heading) or name in ('share', 'median', '9 in 10', 'flagged') or (name == 'clients' and heading[0] == 'Coaches'))]


# ---------------------------------------------------------------- the tests

class ReportTest(harness.ServiceTest):
    files = 0

    def report(self, *options, profile='leo', **environment):
        """The report as JSON, read by protobuf's own."""
        return json_format.Parse(self.ok('report', *options, '--output', 'json', profile=profile, **environment), pb.Report())

    def page(self, *options, profile='leo', **environment):
        ReportTest.files += 1
        path = self.service.folder / f'report-{ReportTest.files}.html'
        self.assertEqual(self.ok('report', *options, '--html', path, profile=profile, **environment).split(), [str(path)])
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        if os.environ.get('REPORTS'):  # to look at them
            shutil.copy(path, os.environ['REPORTS'])
        return path.read_text()


class Reports(ReportTest):
    """Two teams, one of few people with a name that would like to be markup, and fourteen months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seed = int(os.environ.get('SEED', secrets.randbelow(2 ** 32)))
        print(f'SEED={seed}', flush=True)
        random_ = random.Random(seed)
        evil = EVIL.replace('"', '\\"')
        cls.service.script(f'team add "{evil}"\nworker add evi --name "Evi" --role coach --team "{evil}"\n'
                           'worker add leo --name "Leo" --role manager --team Noord --team Zuid --team '
                           f'"{evil}"\n' + ''.join(f'token add {name} --save-as {name}\n' for name in ('evi', 'leo')))
        number = 2000
        for coach, clients in COACHES.items():
            lines = []
            for _ in range(clients):
                number += 1
                lines += [f'client add {number} --name "Fatima Bakker"', *story(random_, number, coach)]
            cls.service.script('\n'.join(lines) + '\n', profile='leo')

    def api(self, report):
        """The API's answers to what the report asked."""
        with Connection(self.service, self.service.token('leo')) as connection:
            for figure, (method, of_months) in FIGURES.items():
                fields = {'since': report.months_since if of_months else report.since, 'until': report.until}
                if report.HasField('team'):
                    fields['team'] = report.team
                yield figure, connection.call(method, getattr(pb, method + 'Request')(**fields)).figures

    def test_the_figures_are_those_of_the_api(self):
        for options in ((), ('--month', name_of(month_start(NOW, 3))), ('--month', name_of(month_start(NOW))),
                        ('--team', 'Noord'), ('--since', '2025-01-01', '--until', (NOW - datetime.timedelta(days=9)).strftime('%Y-%m-%d'))):
            with self.subTest(options):
                report = self.report(*options)
                rows = list(csv.DictReader(io.StringIO(self.ok('report', *options, '--output', 'csv', profile='leo'), newline='')))
                for figure, answer in self.api(report):
                    self.assertEqual(list(getattr(report, figure)), list(answer), figure)
                    self.assertTrue(answer, figure)
                    of = [row for row in rows if row['figure'] == figure]
                    self.assertEqual(len(of), len(answer))
                    if name_of(month_start(NOW)) not in options:  # whose end is another now
                        self.same_as_csv(of, answer)

    def same_as_csv(self, rows, figures):
        for row, figure in zip(rows, figures):
            fields = json.loads(json_format.MessageToJson(figure, preserving_proto_field_name=True))
            for name, cell in row.items():
                if name in ('figure', 'since', 'until') or (name == 'withheld' and cell == 'false'):
                    continue
                value = fields.get(name, '0' if name == 'gaps_in_guidance' and row['figure'] == 'handovers' else '')
                said = str(value).lower() if isinstance(value, bool) else str(value)
                self.assertEqual(cell, said.removeprefix('STAGE_').lower() if name == 'stage' else said, (name, row))

    def test_the_page_shows_those_figures(self):
        for options in ((), ('--team', 'Zuid'), ('--month', name_of(month_start(NOW, 2))), ('--since', '2025-01-01')):
            with self.subTest(options):
                report, page = self.report(*options), self.page(*options)
                tables = Tables(page).tables
                self.assertEqual(tables, expected(report)[0])
                self.assertEqual(page.count('There is no number to tell'), len(expected(report)[1]))
                self.assertGreater(len(tables), 3)
                drawings = [Drawing(ElementTree.fromstring(text)) for text in re.findall(r'<svg.*?</svg>', page, re.DOTALL)]
                self.assertEqual([drawing.title for drawing in drawings], [caption for caption, table in tables.items() if drawn_cells(table)])
                for drawing in drawings:
                    self.drawn_as_told(drawing, tables[drawing.title])

    def drawn_as_told(self, drawing, table):
        marks, sums = dict(drawing.marks), {}
        for label_, name, cell in drawn_cells(table):
            begin, end = marks.pop(f'{label_}: {name} {cell}')
            before = sums.get(label_, 0) if is_stacked(table[0]) else 0
            sums[label_] = before + int(cell.rstrip('%'))
            self.assertAlmostEqual(end - drawing.zero[0], drawing.length(sums[label_]), delta=0.51)
            if name != '9 in 10':  # which goes on from the bar
                self.assertAlmostEqual(begin - drawing.zero[0], drawing.length(before), delta=0.51)
        self.assertFalse(marks)

    def test_the_text_shows_those_figures(self):
        for options, ascii_ in ((('--team', 'Noord'), False), ((), True)):
            text = self.ok('report', *options, profile='leo', **({'LC_ALL': 'POSIX'} if ascii_ else {}))
            self.assertFalse([line for line in text.splitlines() if len(line) > 80])
            report = self.report(*options)
            if not ascii_:
                self.assertRegex(text, '█')
            else:
                # What is drawn; names and sentences stay as they are.
                self.assertNotRegex(text, '[█░─]')
                self.assertRegex(text, r'(?m) #+\.*$')
            told = text_tables(text)
            for caption, (heading, *rows) in expected(report)[0].items():
                with self.subTest(caption):
                    found_heading, found, signs = told[' '.join(caption.split())]
                    self.assertEqual(found_heading, heading)
                    for row, (name, cells, rest) in zip(rows, found, strict=True):
                        self.assertEqual(row[0] if len(row[0]) <= 26 else row[0][:25], name.rstrip('….'))
                        if FEW in row:
                            self.assertEqual(rest, FEW)
                        else:
                            self.assertEqual([cell.replace('–', '-') if ascii_ else cell for cell in row[1:]], cells)
                    self.bars_as_told(signs, heading, rows, [rest for _, _, rest in found])

    def bars_as_told(self, signs, heading, rows, bars):
        """The longest bar tells the scale, which all follow to within half a sign."""
        if not is_stacked(heading):
            return
        full = {row[0]: sum(int(cell) for cell in row[1:] if cell.isdigit()) for row in rows if FEW not in row}
        most = max(full.values(), default=0)
        longest = max((len(bar) for bar in bars if bar != FEW), default=0)
        for row, bar in zip(rows, bars):
            if FEW not in row and most:
                self.assertAlmostEqual(len(bar), full[row[0]] * longest / most, delta=1)
                for name, cell in list(zip(heading, row))[1:]:
                    sign = signs[name]
                    self.assertAlmostEqual(bar.count(sign), (int(cell) if cell.isdigit() else 0) * longest / most, delta=1.01)

    def test_a_month_is_that_of_the_netherlands(self):
        for back in (1, 2, 8):
            month = month_start(NOW, back)
            report = self.report('--month', name_of(month)) if back > 1 else self.report()
            self.assertEqual(report.since.ToDatetime(datetime.timezone.utc), month)
            self.assertEqual(report.until.ToDatetime(datetime.timezone.utc), month_start(NOW, back - 1))
            self.assertEqual(report.months_since.ToDatetime(datetime.timezone.utc), month_start(NOW, back + 11))
            for zone in ('UTC', 'Europe/Amsterdam', 'Pacific/Auckland'):
                text = self.ok('report', '--month', name_of(month), profile='leo', TZ=zone)
                named = f'{MONTHS[month.month - 1]} {month.year}'
                self.assertTrue(text.startswith(f'Report of {calendar.month_name[month.month]} {month.year}\n'), text[:200])
                last = month_start(NOW, back - 1) - datetime.timedelta(days=1)
                self.assertIn(f'Period 1 {named} up to and including {last.day} {named}; month by month from 1 ', ' '.join(text.split()))
        # What is asked of the running month is up to one moment, of the server's.
        report = self.report('--month', name_of(month_start(NOW)))
        self.assertRegex(self.ok('report', '--month', name_of(month_start(NOW)), profile='leo'), r'^Report of \w{3,9} \d{4} so far\n')
        latest = {figure.at.ToJsonString() for figures in (report.stages, report.contact, report.silence) for figure in figures
                  if figure.at.ToDatetime(datetime.timezone.utc) > month_start(NOW)}
        self.assertEqual(latest, {report.until.ToJsonString()})

    def test_it_tells_of_nobody(self):
        for text in (self.ok('report', profile='leo'), self.ok('report', '--output', 'json', profile='leo'),
                     self.ok('report', '--output', 'csv', profile='leo'), self.page()):
            self.assertNotRegex(text, 'Fatima|Bakker|zo ging het')
            self.assertNotRegex(text, r'\b20(0[1-9]|[1-3]\d)(?!-)\b(?<!20\d\d)')
        report = self.report()
        for figures in (report.stages, report.times, report.silence, report.coaches, report.contact, report.handovers):
            self.assertFalse([figure for figure in figures if figure.HasField('clients') and 0 < figure.clients < 5])
        few = [figure for figure in report.stages if figure.team == EVIL]
        self.assertTrue(few)
        self.assertFalse([figure for figure in few if figure.HasField('clients')])

    def test_the_page_needs_nothing_and_can_be_read_by_all(self):
        page = self.page()
        parsed = Page(page)
        self.assertEqual(parsed.all('html'), [{'lang': 'en'}])
        self.assertNotRegex(page, r'<script|<link|<img|src=|href=|@import|url\((?!#)')
        self.assertIn(tame(EVIL), parsed.text)
        self.assertNotIn('\u202e', page)
        self.assertIn('@media print', parsed.style)
        ids = [attributes['id'] for _, attributes in parsed.tags if 'id' in attributes]
        self.assertEqual(len(ids), len(set(ids)))
        for reference in re.findall(r'url\(#(.*?)\)', page) + ' '.join(re.findall(r'aria-labelledby="(.*?)"', page)).split():
            self.assertIn(reference, ids)
        drawings = re.findall(r'<svg.*?</svg>', page, re.DOTALL)
        self.assertEqual(len(drawings), sum(bool(drawn_cells(table)) for table in Tables(page).tables.values()))
        for text in drawings:
            root = ElementTree.fromstring(text)
            self.assertEqual(root.get('role'), 'img')
            self.assertTrue(root.find(SVG + 'desc').text)
            painted = {}
            for element in root.iter():
                if element.tag == SVG + 'rect' and 'x' in element.attrib:
                    box = tuple(int(element.get(name)) for name in ('x', 'y', 'width', 'height'))
                    painted[box] = element.get('fill')
                elif element.tag == SVG + 'text':
                    x, y = int(element.get('x')), int(element.get('y')) - 4
                    wide = len(element.text) * int(element.get('font-size')) * 0.5
                    start = x - wide * {'middle': 0.5, 'end': 1}.get(element.get('text-anchor'), 0)
                    self.assertGreaterEqual(start, -1, element.text)
                    self.assertLessEqual(start + wide, 401, element.text)
                    behind = next((fill for (left, top, w, h), fill in painted.items()
                                   if left <= x <= left + w and top <= y <= top + h and w and element.get('text-anchor') == 'middle'), '#ffffff')
                    self.assertGreaterEqual(contrast(element.get('fill'), '#cccccc' if behind.startswith('url') else behind), 4.5)

    def test_one_month_and_many(self):
        yesterday = (NOW - datetime.timedelta(days=1)).strftime('%Y-%m-%d')
        for since, moments in (('2 days ago', 1), ((NOW - datetime.timedelta(days=720)).strftime('%Y-%m-%d'), 14)):
            options = ('--since', since, '--until', yesterday, '--team', 'Noord')
            report, page = self.report(*options), self.page(*options)
            self.assertGreaterEqual(len({figure.at.ToJsonString() for figure in report.stages}), min(moments, 12))
            self.assertEqual(Tables(page).tables, expected(report)[0])

    def test_in_dutch(self):
        dutch = {'LC_ALL': 'nl_NL.UTF-8'}
        page, english = self.page(**dutch), self.page()
        self.assertEqual(Page(page).all('html'), [{'lang': 'nl'}])
        self.assertRegex(page, 'eerste contact|starten met werken|werkinhoud')
        numbers = [[[cell for cell in row[1:] if re.fullmatch(r'\d+%?|–', cell)] for row in table[1:]] for table in Tables(page).tables.values()]
        self.assertEqual(numbers, [[[cell for cell in row[1:] if re.fullmatch(r'\d+%?|–', cell)] for row in table[1:]]
                                   for table in Tables(english).tables.values()])
        text = self.ok('report', profile='leo', **dutch)
        self.assertFalse([line for line in text.splitlines() if len(line) > 80])

    def test_what_cannot_be_asked_is_said(self):
        def refused(*options, says, code=2, profile='leo'):
            self.refused('report', *options, says=says, code=code, profile=profile)
        for month in ('2026-13', '2026-00', '2026-1', '2026', 'november', '2026-11-01', '1999-12', '-026-11', ''):
            refused('--month', month, says=f'--month is "{month}"; give a month as 2026-11')
        refused('--month', '2999-01', says='--month is "2999-01", which has not begun')
        refused('--month', '2026-01', '--since', '2026-01-01', says='give --month, or --since and --until')
        refused('--until', '2099-01-01', says='--until is .* up to now', code=1)
        refused('--team', 'Oost', says='no team called', code=1)
        refused('--team', 'Zuid', says='not one of yours', code=1, profile='max')
        for profile in ('anna', 'mia'):
            refused(says='not for the role', code=1, profile=profile)
        path = self.service.folder / 'there.html'
        path.write_text('mine')
        refused('--html', path, says='is there already', code=1)
        self.assertEqual(path.read_text(), 'mine')


class TeamThatEnded(ReportTest):
    def test_up_to_now_also_when_the_last_team_has_nobody_any_more(self):
        self.service.script('worker add leo --name "Leo" --role manager --team Noord --team Zuid\ntoken add leo --save-as leo\n')
        for coach, number, end in ('anna', 3000, False), ('zoe', 4000, True):
            self.service.script(''.join(f'client add {n} --name "Fatima Bakker"\nstart {n} --kind activation --coach {coach} --at "200 days ago"\n'
                                        + (f'end {n} --outcome employed --at "100 days ago"\n' if end else '')
                                        for n in range(number, number + 6)), profile='leo')
        report = self.report('--since', '150 days ago')
        self.assertEqual({figure.team for figure in report.stages}, {'Noord', 'Zuid'})
        self.assertEqual(report.stages[-1].team, 'Zuid')
        self.assertLess(abs(report.until.ToDatetime(datetime.timezone.utc) - datetime.datetime.now(datetime.timezone.utc)),
                        datetime.timedelta(minutes=10))


class Empty(ReportTest):
    def test_of_nobody_there_are_no_figures(self):
        self.assertIn('There was no open trajectory.', self.ok('report', profile='max'))
        page = self.page(profile='max')
        self.assertEqual(len(re.findall(r'<p>(There was no open trajectory|Nobody was past the agreed rhythm)\.</p>', page)), 6)
        self.assertNotIn('<svg', page)
        report = self.report(profile='max')
        self.assertEqual((len(report.stages), report.municipality), (0, 'Veldstad'))
        self.assertEqual(len(self.ok('report', '--output', 'csv', profile='max').splitlines()), 1)
        self.report('--month', name_of(month_start(NOW)), profile='max')


if __name__ == '__main__':
    unittest.main()
