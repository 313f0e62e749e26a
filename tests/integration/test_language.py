"""Dutch and English: all that people read is translated, and each run speaks the language that the environment asks for."""
import gettext
import os
import re
import subprocess
import unittest

import harness

PO = harness.REPOSITORY / 'client/po'
CATALOGUE = os.path.join(os.path.dirname(harness.TRAJECT), 'locale/nl/LC_MESSAGES/traject.mo')
DUTCH = {'LC_ALL': 'nl_NL.UTF-8'}
ENGLISH = {'LC_ALL': 'en_GB.UTF-8'}

LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# Literals with words in them that nobody reads, or that are the same in every language.
NOT_READ = {
    'language.c': r'LC_|LANG|UTF-8',
    'complete.c': r'^(?:FILE|MAP|PATH)$',  # by which an option's argument is known
    'main.c': r'TRAJECT_PROFILE|NO_COLOR|^traject $',  # and the program's name before its version
    'document.c': r'^<meta|default-src|charset',  # HTML
    'file.c': r'XXXXXX$',
    'log_ocel.c': r'\\"name\\"|^(?:coached|done) by$',  # what those formats have: OCEL,
    'log_read_xes.c': r'^case:$',
    'log_writer.c': r'^moved to %s$',  # an activity in the log
    'log_writer.h': r'^urn:',
    'log_xes.c': r'^(?:%s)?<|^[a-z]+:',  # and XES
    'map.c': r'^[a-z]+:[a-z]+',
    'markup.c': r'[{}]|^<meta|default-src|charset',  # CSS and HTML
    'picture.c': r'^LANG$|^LC_|UTF-8',
    'picture_page.c': r'[{}]|^the client$',  # CSS; by which the server names one
    'picture_svg.c': r'=\\"|\\"/>$',  # SVG
    'report_page.c': r'[{}]|^<',
    'report_csv.c': r'^figure,since,until$',
    'report_svg.c': r'=\\"|\\"/>$|^url\(#',
    'when.c': r'\[A-Za-z\]|%4d-|^(?:in|over|om) $',  # what is typed
    'template.c': r'^a template names a field',  # of an assertion
    'screen_terminal.c': r'^TERM$',
    'sealed.c': r'^HKDF$|^SHA256$',
    'waiting.c': r'^XDG_STATE_HOME$|^HOME$',
    'report_csv.c': r'^figure,since,until',  # fields
    'session.c': r'^ with the same request_key$',  # cut off what the server says in English
}


def entries(text):
    """Each message of a .po as (context, msgid, plural, [msgstr], comments)."""
    def said(key, block):
        found = re.search(rf'^{re.escape(key)} ((?:".*"\n?)+)', block, re.MULTILINE)
        return found and ''.join(re.findall(r'"(.*)"', found[1]))
    for block in text.split('\n\n'):
        msgid = said('msgid', block)
        if msgid:
            strings = [said(key, block) for key in ('msgstr', 'msgstr[0]', 'msgstr[1]')]
            yield (said('msgctxt', block), msgid, said('msgid_plural', block), [s for s in strings if s is not None],
                   ' '.join(re.findall(r'^#[,:] (.*)$', block, re.MULTILINE)))


class TheCatalogue(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.template = subprocess.run([PO / 'extract'], capture_output=True, text=True, check=True).stdout
        cls.dutch = (PO / 'nl.po').read_text()

    def test_has_all_there_is(self):
        there = {(context, msgid) for context, msgid, _, strings, comments in entries(self.dutch)
                 if all(strings) and 'fuzzy' not in comments}
        wanted = {(context, msgid) for context, msgid, *_ in entries(self.template)}
        self.assertGreater(len(wanted), 1500)
        self.assertEqual(wanted - there, set(), 'is not translated')
        self.assertEqual(there - wanted, set(), 'is said by nobody any more')

    def test_holds_to_the_placeholders(self):
        for _, msgid, plural, strings, _ in entries(self.dutch):
            for string in strings:
                with self.subTest(msgid):
                    self.assertEqual(sorted(re.findall(r'\{\w+\+?\}', string)), sorted(re.findall(r'\{\w+\+?\}', msgid)))
                    conversions = re.findall(r'%(?!%)', msgid)
                    for number in re.findall(r'%(\d+)\$s', string):
                        self.assertLessEqual(int(number), len(conversions))
                    if '$' not in string and not msgid.startswith('%Y'):
                        self.assertEqual(*(re.findall(r'%[-+0-9.*]*(?:ll|z)?[sduof]', text) for text in (string, msgid)))
                    # Where one ends the line the other does.
                    self.assertEqual(string.endswith('\\n'), msgid.endswith('\\n'))

    def test_names_the_field_first(self):
        """So that the client can put the option's name in its place."""
        fields = {name for name in re.findall(r'(\w+) = \d+;', (harness.REPOSITORY / 'proto/traject.proto').read_text())}
        for _, msgid, _, strings, comments in entries(self.dutch):
            first = msgid.split(' ')[0]
            if re.search('sql/|daemon/', comments) and first in fields and re.match(r'\w+ (is|has|holds) ', msgid):
                self.assertEqual(strings[0].split(' ')[0], first, msgid)

    def test_has_one_word_for_each_value_that_is_typed(self):
        words = {}
        for _, msgid, _, strings, _ in entries(self.dutch):
            if re.fullmatch(r'[A-Z]+(_[A-Z]+)+', msgid):
                words[msgid] = strings[0]
        text = (harness.REPOSITORY / 'proto/traject.proto').read_text()
        for enum in re.finditer(r'^enum (\w+) \{(.*?)^\}', text, re.DOTALL | re.MULTILINE):
            with self.subTest(enum[1]):
                dutch = [words[name] for name in re.findall(r'^ *([A-Z0-9_]+) =', enum[2], re.MULTILINE) if name in words]
                self.assertEqual(sorted(dutch), sorted(set(dutch)))

    def test_every_text_in_the_client_is_marked(self):
        """A literal with two words or a heading's capitals stands in _(), N_() or ngettext(), or is a command's name, what is
        typed as an example, fields that are preset, or one of NOT_READ."""
        sources = {path.name: re.sub(r'/\*.*?\*/', ' ', path.read_text(), flags=re.DOTALL)
                   for path in sorted((harness.REPOSITORY / 'client').glob('*.[ch]'))}
        names = set()
        for text in sources.values():
            names |= set(re.findall(r'(?:\.name = |(?:ITEM_STEP|ITEM_LIST|OWN_STEP|CAREER|PRECONDITION)\()"([a-z -]+)"', text))
        self.assertGreater(len(names), 150)
        missed = []
        for name, text in sources.items():
            for literal in self.unmarked(text):
                plain = re.sub(r'\\[nr"0-9]+|%[-+0-9.*]*(?:ll|z)?[a-z]|\{\w+\+?\}|<[^>]*>|^traject(?: [a-z ]+| %s)?: ', ' ', literal)
                if not re.search(r'[A-Za-z]{2,}[^A-Za-z]* [^A-Za-z]*[A-Za-z]{2,}|[A-Z]{3,}|^[a-z]{2,}[ ,;:]', plain):
                    continue
                typed = literal in names or any(literal.startswith(f'traject {command}') and ': ' not in literal.split('\\"')[0]
                                                for command in names)
                preset = all('=' in word for word in literal.split())
                if not typed and not preset and not re.search(NOT_READ.get(name, r'^$'), literal):
                    missed.append(f'client/{name}: "{literal}"')
        self.assertEqual(missed, [], '\n'.join(missed))

    @staticmethod
    def unmarked(text):
        """The literals of a source outside of calls that mark them, those side by side as one."""
        text = re.sub(r'^#include.*$', '', text, flags=re.MULTILINE)
        marked = re.sub(r'\b(?:N_|_|ngettext)\((?:\s*"(?:[^"\\\n]|\\.)*"\s*,?)+', ' ; ', text)
        for group in re.finditer(rf'{LITERAL.pattern}(?:\s*{LITERAL.pattern})*', marked):
            yield ''.join(part[1:-1] for part in LITERAL.findall(group[0]))


class TheClient(harness.ServiceTest):
    def case(self):
        return self.new_client()

    def both(self, *command, profile='anna'):
        """What it says in Dutch and in English."""
        runs = [self.service.traject(*command, profile=profile, **language) for language in (DUTCH, ENGLISH)]
        self.assertEqual(runs[0].code, runs[1].code)
        return [run.out + run.err for run in runs]

    def test_speaks_the_language_of_the_environment(self):
        for dutch, environment in ((True, {'LC_ALL': 'nl_NL.UTF-8'}), (True, {'LC_ALL': '', 'LANG': 'nl_NL.UTF-8'}),
                                   (True, {'LC_ALL': '', 'LANG': 'nl_BE'}), (True, {'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'nl'}),
                                   (True, {'LC_ALL': '', 'LC_MESSAGES': 'nl_NL.UTF-8', 'LANG': 'en_GB.UTF-8'}),
                                   (False, {'LC_ALL': 'C.UTF-8'}), (False, {'LC_ALL': 'en_GB.UTF-8'}), (False, {'LC_ALL': ''}),
                                   (False, {'LC_ALL': 'nl_NL.UTF-8', 'LANGUAGE': 'en'}), (False, {'LC_ALL': 'none at all'})):
            with self.subTest(environment):
                said = self.service.traject('quite', **environment).err
                self.assertIn('er is geen opdracht' if dutch else 'there is no command', said)

    def test_says_the_same_in_both(self):
        number = self.case()
        for command, dutch, english in (
                (['contact', number, '--channel', 'phone', '--at', 'yesterday 16:30'],
                 'Het contact is vastgelegd. Het volgende contact is uiterlijk over 3 weken', 'The contact is recorded. The next'),
                (['client', 'show', number], r'Fase +eerste contact, sinds 4 weken geleden \((ma|di|wo|do|vr|za|zo) \d+ \w+\.? \d{4} ',
                 r'Where +first contact, since 4 weeks ago \((Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w{3} \d{4} '),
                (['timeline', number], 'Contact met klant: telefoon — anna', 'Contact with the client: phone — anna'),
                (['quiet', '--as-of', '20 days ago'], '^Zoals het was op [a-z]{2} .*; "geleden" telt', '^As it was on [A-Z].*; "ago" counts'),
                (['board'], r'(?s)KLANT +IN FASE SINDS.*eerste contact \(\d+\)', r'(?s)CLIENT +IN STAGE SINCE.*first contact \(\d+\)'),
                (['coming-up', '--days', '90'], r'over \d weken .* contact ', r'in \d weeks .* contact '),
                (['help'], 'De week van een coach:', "A coach's week:"),
                (['help', 'contact'], '(?s)Gebruik: traject contact KLANTNUMMER.*telefoon, e-mail', '(?s)Usage: .*phone, email')):
            with self.subTest(command):
                said = self.both(*command)
                self.assertRegex(said[0], dutch)
                self.assertRegex(said[1], english)

    def test_refuses_in_both(self):
        number = self.case()
        for command, dutch, english in (
                (['quiet', '--coach', 'ana'], r'er is geen medewerker die ana heet; bedoel je anna\?$', 'no worker called ana; did'),
                (['client', 'show', 'X9'], 'er is geen klant met nummer X9 onder wie je mag zien', 'no client with number X9'),
                (['move', number, 'first-contact'], r'is al in de fase eerste contact, sinds \d\d-\d\d-\d{4} \d\d:\d\d$',
                 r'is in stage first contact already, since \d{4}-\d\d-\d\d \d\d:\d\d UTC'),
                (['move', number, 'work-content'], 'de stap van eerste contact naar werkinhoud slaat een fase over',
                 'the move from first contact to work content skips a stage'),
                (['agreement', 'kept', number], f'klant {number} heeft dit niet open: afspraak', f'client {number} has no open agreement'),
                (['career', 'achieved', number], ': wens, doel of scholing;', 'has no open wish, goal or training;'),
                (['handover', 'complete', number], 'geen overdracht waarbij dit kan', 'has no handover to complete; flag'),
                (['contact', number, '--channel', 'phone', '--at', 'tomorrow'], '--at is .*, en dat ligt in de toekomst',
                 '--at is .*, which lies in the future'),
                (['contact', number, '--channel', 'fone'], '"fone" is geen van telefoon, ', '"fone" is none of phone, '),
                (['contact', number], '--channel ontbreekt', '--channel is missing'),
                (['worker', 'list', '--team', 'Oost'], 'er is geen team dat Oost heet', 'no team called Oost'),
                (['setting', 'set', 'glass-hours', '3'], 'SetSetting is niet voor de rol coach', 'SetSetting is not for the role coach'),
                (['wage-value', number, '--percentage', '101', '--by', 'UWV'], 'percentage is 0 tot 100', 'percentage is 0 to 100'),
                (['contract', 'start', number, '--kind', 'temporary'], 'ontbreekt', 'is missing'),
                (['client', 'find', 'x' * 200], 'tekens; geef er hoogstens', 'characters; give at most')):
            with self.subTest(command):
                said = self.both(*command)
                self.assertRegex(said[0], dutch)
                self.assertRegex(said[1], english)
        # The name of a field is none of the words that the server says.
        figure = self.both('figures', 'clients', 'stages', '--path', 'x', profile='max')
        self.assertRegex(figure[0], '^traject: --path hoort niet bij het cijfer stages; laat het weg')
        self.assertRegex(figure[1], '^traject: --path does not belong to the figure stages; leave it out')
        # What triggers of the schema refuse.
        erase = self.both('client', 'erase', number, '--reason', 'x', profile='max')
        self.assertRegex(erase[0], f'het traject van klant {number} is niet geëindigd; beëindig het eerst: traject end {number}$')
        self.assertRegex(erase[1], f'the trajectory of client {number} has not ended; end it first: traject end {number}$')
        step = self.both('guidance', 'arrange', number, '--guide', 'coach', '--form', 'calls', '--person', 'X')
        self.assertRegex(step[0], '--employer ontbreekt')
        self.assertRegex(step[1], 'employer is missing')
        admin = self.both('team', 'revoke', 'Noord', profile='admin')
        self.assertRegex(admin[0], 'nog .*open traject')
        self.assertRegex(admin[1], 'open traject.* still there')

    def test_takes_dutch_words_whatever_it_speaks(self):
        number = self.case()
        for language in DUTCH, ENGLISH:
            for words in (['move', number, 'Starten met werken'], ['contact', number, '--channel', 'e-mail', '--with', 'netwerk'],
                          ['contact', number, '--channel', 'telefoon', '--at', 'vandaag 00:01'],
                          ['agreement', 'make', number, 'belt', '--party', 'klant', '--by', 'over 2 weken'],
                          ['precondition', 'missing', number, 'vervoer', '--look-again', 'maandag'],
                          ['move', number, 'eerste-contact', '--reason', 'terug']):
                with self.subTest(words=words, language=language):
                    self.ok(*words, profile='anna', **language)
        rows = self.service.ok('--output', 'json', 'timeline', number, '--kind', 'contact', profile='anna', **DUTCH)
        self.assertIn('"channel": "CHANNEL_EMAIL"', rows)

    def test_what_programs_read_stays_as_it_is(self):
        number = self.case()
        for output in 'json', 'csv':
            for command in (['timeline', number], ['board'], ['client', 'show', number], ['worker', 'list']):
                said = [self.service.ok('--output', output, *command, profile='anna', **language) for language in (DUTCH, ENGLISH)]
                self.assertEqual(*said)

    def test_writes_the_copy_for_the_client_in_its_language(self):
        number = self.case()
        for language, lang, heading in (DUTCH, 'nl', 'Alles wat is vastgelegd'), (ENGLISH, 'en', 'All that was recorded'):
            path = self.service.folder / f'{number}-{lang}.html'
            self.service.ok('client', 'export', number, '--to', path, profile='anna', **language)
            document = path.read_text()
            self.assertIn(f'<html lang="{lang}">', document)
            self.assertIn(heading, document)

    def test_no_format_of_a_server_is_trusted(self):
        """What a name holds is shown as it is, in whatever language."""
        for name in '%s%n%n', '%1$s %99$s', '{team}':
            for said in self.both('quiet', '--coach', name):
                self.assertIn(f' {name}', said)

    def test_the_program_has_its_catalogue(self):
        with open(CATALOGUE, 'rb') as file:
            self.assertEqual(gettext.GNUTranslations(file).gettext('today'), 'vandaag')


if __name__ == '__main__':
    unittest.main()
