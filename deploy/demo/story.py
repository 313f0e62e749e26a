"""One client's story: what happens when, and the lines that `traject run` reads of it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from people import manager


def pick(chance, weights):
    return chance.choices(list(weights), list(weights.values()))[0]


def workday(day):
    """That day, or the Monday after when it is in a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= 5 else 0)


def on_day(moment):
    return moment.date() if isinstance(moment, datetime) else moment


def word(value):
    """A value as a line of a script has it."""
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%d %H:%M}"
    text = str(value)
    return text if re.fullmatch(r"[\w.%-]+", text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command_line(profile, command, *words, **options):
    """--profile P COMMAND WORDS --option value ...; True is an option without a value, None no option, a list several."""
    parts = ["--profile", profile, command, *map(word, words)]
    for name, values in options.items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None:
                parts.append("--" + name.replace("_", "-"))
                parts += [] if value is True else [word(value)]
    return " ".join(parts)


@dataclass
class Happening:
    day: object  # a date, or the exact moment
    command: str
    words: tuple
    options: dict
    coach: str = None  # who is the coach from then on
    at: datetime = None  # once told: when, and by whom
    by: str = None


class Story:
    """What happens is collected in any order with add() and assign(), a day (or an exact moment) each, and told by
    tell() in order of days, each later than the one before. What was told wrong is amended after that."""

    def __init__(self, chance, number, name, team, coach, today):
        self.chance, self.number, self.team, self.coach, self.today = chance, number, team, coach, today
        self.yesterday = today - timedelta(days=1)
        self.lines = [command_line(coach, "client add", number, name=name)]
        self.coming, self.amended = [], []
        self.open = False

    def ago(self, days):
        return self.today - timedelta(days=days)

    def ahead(self, days):
        """A working day, about so many days ahead."""
        return workday(self.today + timedelta(days=days))

    def moment(self, day):
        """A time of day in working hours; in a weekend the Monday after, or the Friday before today."""
        day = workday(day)
        while day > self.yesterday or day.weekday() >= 5:
            day -= timedelta(days=1)
        return datetime.combine(day, time(self.chance.randint(9, 15), self.chance.choice(range(0, 60, 5))))

    def line(self, profile, command, *words, **options):
        self.lines.append(command_line(profile, command, self.number, *words, **options))

    def start(self, day, kind, stage="first-contact"):
        self.started = self.last = self.moment(day)
        self.kind, self.open = kind, True
        self.companion = None  # of the client's network, who is there at some contacts
        self.line(self.coach, "start", kind=kind, team=self.team, stage=stage, at=self.started)

    def add(self, day, command, *words, **options):
        self.coming.append(Happening(day, command, words, options))
        return self.coming[-1]

    def amend(self, happening, command, **options):
        """It is corrected or withdrawn, later."""
        self.amended.append((happening, command, options))

    def follow(self, steps, until, close=None):
        """The steps (day, command, words, options, whether something runs after it) of before `until`. What runs then
        stays so, or is closed that day by `close` (command, options)."""
        runs = False
        for day, command, positional, options, runs_on in steps:
            if on_day(day) >= until:
                break
            self.add(day, command, *positional, **options)
            runs = runs_on
        if runs and close:
            self.add(until, close[0], **close[1])

    def assign(self, day, coach, reason):
        self.coming.append(Happening(day, "assign", (coach,), {"reason": reason}, coach))

    def tell(self):
        for happening in sorted(self.coming, key=lambda happening: on_day(happening.day)):
            at = happening.day if isinstance(happening.day, datetime) else self.moment(happening.day)
            if at <= self.last:
                at = self.last + timedelta(minutes=self.chance.randint(5, 25))
            happening.by = manager(self.team) if happening.coach else self.coach
            happening.at = self.last = at
            self.line(happening.by, happening.command, *happening.words, **happening.options, at=at)
            self.coach = happening.coach or self.coach
        self.coming = []

    def amendments(self):
        """The lines that amend, each naming its entry by client and moment: the number is known once it is there."""
        return [command_line(h.by, f"{command} @{self.number}/{h.at:%Y-%m-%dT%H:%M}", **options)
                for h, command, options in self.amended]

    def end(self, day, outcome):
        at = max(self.last, self.moment(day)) + timedelta(minutes=45)
        self.line(self.coach, "end", outcome=outcome, at=at)
        self.open = False
