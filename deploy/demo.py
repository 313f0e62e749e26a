"""Writes the demo municipality: organisation.txt, workers.txt and caseload.txt, for `traject run`.

Usage: demo.py FOLDER TODAY [SEED]     (TODAY as 2026-11-02)

The caseload is that of invented people over the two years before TODAY, and the same for the same TODAY
and SEED: every kind of trajectory, returns, silences, calls that nobody answers, handovers in every
state, changes of coach.
"""

import os
import random
import sys
from datetime import date, datetime, time, timedelta

TEAMS = {
    "Noord": ["anna", "bert", "chantal"],
    "Midden": ["driss", "els", "femke"],
    "Zuid": ["gerrit", "hanan", "ivo"],
}
WORKERS = {
    "anna": "Anna de Vries", "bert": "Bert Hoekstra", "chantal": "Chantal Wijngaarden",
    "driss": "Driss el Amrani", "els": "Els van Dijk", "femke": "Femke Postma",
    "gerrit": "Gerrit Mulder", "hanan": "Hanan Yılmaz", "ivo": "Ivo Brouwer",
}
MEMBERS = {"noord-team": ("Noor Bosman", "Noord"), "zuid-team": ("Zeynep Kok", "Zuid")}
EMPLOYERS = {
    "Bakkerij De Zon": ["M. Visser", "K. de Wit"],
    "Groenbedrijf Het Wad": ["J. Dijkstra", "S. Veenstra", "A. Bos"],
    "Kringloop Rondom": ["L. Peters", "D. Smit"],
    "Zorgcentrum De Linde": ["C. Jansen", "R. Willems", "H. Kuipers"],
    "Metaal Noorderhoek": ["P. Schouten", "G. Vos"],
    "Distributie Eemhaven": ["W. Meijer", "B. Kaya", "T. Prins"],
    "Restaurant Ons Genoegen": ["E. Blom", "F. Hendriks"],
    "Fietsenmakerij Wielrijk": ["O. van Leeuwen", "N. Bakker"],
}
FIRST_NAMES = """Aafke Abdel Agnes Ali Amina Anouk Ayşe Bas Bilal Carla Cemil Corrie Daan Dirk Dunya Eefje Emre Esra
    Fatima Floor Frank Gijs Greetje Hamza Hanna Henk Ilse Ineke Ivana Jaap Janneke Jeroen Joke Karim Kees Khadija Lars
    Leila Lotte Maarten Marga Marieke Mehmet Mila Mohammed Nadia Niels Noor Olga Omar Petra Piet Ramona Rashid Rik
    Ruben Saïda Sanne Sjoerd Sofie Teun Thea Tomasz Ursula Vera Wesley Wim Xandra Yara Youssef Zoë""".split()
LAST_NAMES = """Aalbers|Achterberg|van den Akker|Bakker|Başaran|el Bouazzaoui|Boersma|ten Brink|de Bruin|Çelik|Cornelissen
    |Dekker|van Dongen|Driessen|Elzinga|Engel|Faber|Gerritsen|de Graaf|Haddad|Haverkamp|van der Heide|Hofman|Huisman
    |Ibrahim|Jacobs|de Jong|Kamps|Kessler|Kowalski|Kramer|Kuiper|de Lange|van der Linden|Loos|Maas|Mertens|Mulder
    |Nijhuis|Okafor|Osinga|Özdemir|Peeters|van der Ploeg|Postma|Rahmani|Reitsma|de Ruiter|Sanders|Schipper|Sietsma
    |Smeets|Tahiri|Terpstra|Tuinstra|van Veen|Verbeek|Visser|de Vos|van Wijk|Wolters|Zandstra|Zwart""".replace(
    "\n", "").split("|")
KINDS = {"reintegration-own-job": 1, "reintegration-other-job": 1, "reintegration-other-employer": 2,
         "work-experience": 5, "reduced-wage-value": 6, "full-productivity": 3, "activation": 4}
OUTCOMES = {"employed": 6, "volunteer-work": 2, "education": 2, "other-support": 2, "moved-away": 1,
            "client-stopped": 1}
STAGES = ["first-contact", "starting-work", "work-content", "workplace-guidance", "career-development"]
DAYS_IN = {"first-contact": (14, 70), "starting-work": (30, 80), "work-content": (30, 120),
           "workplace-guidance": (60, 240), "career-development": (60, 300), "preconditions": (14, 60)}
CHANNELS = {"phone": 9, "office": 4, "workplace": 4, "message": 3, "email": 2, "video": 1, "home": 1, "letter": 1}
TALKS = [
    "Het werk bevalt, de reistijd is wel lang.", "Wil graag meer uren; volgende keer bespreken.",
    "Vertelt dat de collega's hem goed opvangen.", "Rooster doorgenomen, woensdag blijft vrij.",
    "Wat is nodig om op tijd te komen? Fiets gerepareerd, dat helpt.", "Zoekt nog opvang voor de maandag.",
    "Trots op de eerste maand.", "Samen gekeken naar taken die beter passen.", "Loopt warm voor de heftruckcursus.",
    "Broer is mee geweest, dat gaf rust.", "Afgesproken: belt zelf op vrijdag.", "Brief van de schuldhulp besproken.",
    "Proefplaatsing loopt af op de 15e, gesprek gepland.", "Voelt zich gehoord door de werkbegeleider.",
    "Wil de volgende keer liever bellen dan langskomen.",
]
EMPLOYER_TALKS = ["Werkgever is tevreden over de inzet.", "Vraag over verzuim beantwoord.",
                  "Taken anders verdeeld, gaat beter.", "Leidinggevende wil weten wie te bellen bij uitval."]
BACK_REASONS = ["de werkplek is gesloten", "het werk paste niet, samen opnieuw begonnen", "langdurig ziek geweest",
                "contract niet verlengd, nieuwe start"]
SKIP_REASONS = ["kon direct beginnen bij de werkgever", "taken lagen al vast", "had al een plek via het netwerk"]
ASSIGN_REASONS = ["vorige coach werkt in een ander team", "dichter bij de werkplek", "op verzoek van de klant",
                  "coach met verlof"]
FLAG_WORDS = ["Werkt zelfstandig, werkgever kan het overnemen.", "Collega begeleidt in de praktijk al."]
DECLINE_REASONS = ["nu geen tijd voor begeleiding", "eerst een tweede begeleider zoeken"]
WITHDRAW_REASONS = ["de klant wil nog even wachten", "werkgever reorganiseert"]
RETURN_REASONS = ["de leidinggevende is vertrokken", "uitval, coach kijkt weer mee", "werkgever vraagt hulp terug"]
TO_EMPLOYER = {"open": 3, "flagged": 3, "prepared": 3, "accepted": 3, "completed": 8, "returned": 3, "declined": 2,
               "withdrawn": 2}


def pick(chance, weights):
    return chance.choices(list(weights), list(weights.values()))[0]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Story:
    """One client's life, told in order; every line is a command with the moment it happened."""

    def __init__(self, chance, number, name, team, coach, yesterday):
        self.chance, self.number, self.team, self.coach = chance, number, team, coach
        self.yesterday = yesterday
        self.manager = team.lower() + "-manager"
        self.lines = [f"--profile {coach} client add {number} --name {quoted(name)}"]
        self.stage, self.last_move, self.open = None, None, False

    def moment(self, day):
        """A time of day in working hours; on a weekend the Monday after, or the Friday before today."""
        if day.weekday() >= 5:
            day += timedelta(days=7 - day.weekday())
        while day > self.yesterday or day.weekday() >= 5:
            day -= timedelta(days=1)
        return datetime.combine(day, time(self.chance.randint(9, 16), self.chance.choice(range(0, 60, 5))))

    def tell(self, at, command, by=None):
        self.lines.append(f'--profile {by or self.coach} {command} --at "{at:%Y-%m-%d %H:%M}"')

    def start(self, day, kind, stage="first-contact"):
        self.started = self.moment(day)
        self.stage, self.last_move, self.open = stage, self.started, True
        self.handover = None
        self.tell(self.started, f"start {self.number} --kind {kind} --team {self.team} --stage {stage}")

    def move(self, at, stage, reason=None):
        self.tell(at, f"move {self.number} {stage}" + (f" --reason {quoted(reason)}" if reason else ""))
        self.stage, self.last_move = stage, at

    def contact(self, at, reached=True, counterpart="client"):
        words = self.chance.choice(TALKS if counterpart == "client" else EMPLOYER_TALKS)
        channel = pick(self.chance, CHANNELS) if reached else self.chance.choice(["phone", "phone", "message"])
        self.tell(at, f"contact {self.number} --channel {channel} --with {counterpart}"
                  + (f" --words {quoted(words)}" if reached else " --no-answer"))

    def assign(self, at, coach):
        self.tell(at, f"assign {self.number} {coach} --reason {quoted(self.chance.choice(ASSIGN_REASONS))}", self.manager)
        self.coach = coach

    def hand_over(self, steps, employer, supervisor, second, planned):
        """`steps` are (state, moment); the way to the last of them."""
        for state, at in steps:
            if state == "flagged":
                self.tell(at, f"handover flag {self.number} --employer {quoted(employer)} --supervisor {quoted(supervisor)}"
                          f" --planned {planned} --words {quoted(self.chance.choice(FLAG_WORDS))}")
            elif state == "prepared":
                whole = steps[-1][0] not in ("prepared",)
                checks = ["--talked-through", "--needs-shared", "--absence-discussed", "--fallback-agreed"]
                done = checks if whole else self.chance.sample(checks, self.chance.randint(1, 3))
                also = f" --second {quoted(second)}" if whole else ""
                self.tell(at, f"handover prepare {self.number} {' '.join(done)}{also}")
            elif state == "accepted":
                self.tell(at, f"handover accept {self.number}")
            elif state == "completed":
                self.tell(at, f"handover complete {self.number}")
            else:
                command, reasons = {"returned": ("return", RETURN_REASONS), "declined": ("decline", DECLINE_REASONS),
                                    "withdrawn": ("withdraw", WITHDRAW_REASONS)}[state]
                self.tell(at, f"handover {command} {self.number} --reason {quoted(self.chance.choice(reasons))}")
        self.handover = steps[-1][0]

    def end(self, at, outcome):
        self.tell(at, f"end {self.number} --outcome {outcome}")
        self.open = False


def live(story, day, kind, until):
    """A trajectory from `day` to `until`: stages, contacts, perhaps a handover, as chance has it."""
    chance = story.chance
    story.start(day, kind)
    happenings = []  # (day, function of a moment)
    silent_from = until
    if chance.random() < 0.14 and (until - day).days > 90:
        silent_from = until - timedelta(days=chance.randint(40, min(260, (until - day).days - 30)))
    # Some of those who began of late were never reached, and are where they began.
    begun = (until - day).days > 60 or chance.random() > 0.2

    # The path.
    at, stage = day, "first-contact"
    stays = []
    while begun:
        at += timedelta(days=chance.randint(*DAYS_IN[stage]))
        if at >= until:
            break
        place = STAGES.index(stage) if stage in STAGES else 1
        dice = chance.random()
        if stage == "preconditions":
            to, reason = chance.choice(STAGES[1:4]), "randvoorwaarden geregeld"
        elif dice < 0.10 and place > 0:
            to, reason = STAGES[chance.randint(0, place - 1)], chance.choice(BACK_REASONS)
        elif dice < 0.17 and place < 3:
            to, reason = STAGES[place + 2], chance.choice(SKIP_REASONS)
        elif dice < 0.25:
            to, reason = "preconditions", "eerst de randvoorwaarden regelen"
        elif place < 4:
            to, reason = STAGES[place + 1], None
        else:
            break
        if to == "preconditions" and stage == "career-development":
            reason = None
        happenings.append((at, lambda m, to=to, reason=reason: story.move(m, to, reason)))
        stays.append((at, to))
        stage = to

    # Contacts, and calls that nobody answers.
    at = day + timedelta(days=chance.randint(1, 12))
    rhythm = chance.choice([14, 21, 21, 28])
    while begun and at < silent_from:
        if chance.random() < 0.15:
            for attempt in range(chance.randint(1, 2)):
                happenings.append((at + timedelta(days=2 * attempt), lambda m: story.contact(m, reached=False)))
            at += timedelta(days=4)
        if at < silent_from:
            whom = "client" if chance.random() < 0.9 else chance.choice(["employer", "network"])
            happenings.append((at, lambda m, whom=whom: story.contact(m, counterpart=whom)))
        at += timedelta(days=int(rhythm * chance.uniform(0.5, 1.15)))
    if not begun or silent_from < until:
        for _ in range(chance.randint(0, 3)):
            late = silent_from if begun else day
            attempt = late + timedelta(days=chance.randint(5, max(6, (until - late).days)))
            if attempt < until:
                happenings.append((attempt, lambda m: story.contact(m, reached=False)))

    # Another coach.
    if chance.random() < 0.15 and (until - day).days > 120:
        change = day + timedelta(days=chance.randint(60, (until - day).days - 20))
        other = chance.choice([c for c in TEAMS[story.team] if c != story.coach])
        happenings.append((change, lambda m: story.assign(m, other)))

    # The handover, from some weeks of working on.
    working = next((when for when, where in stays if where in STAGES[2:]), None)
    if working and (until - working).days > 45 and chance.random() < 0.75:
        state = pick(chance, TO_EMPLOYER)
        way = {"declined": ["flagged", "prepared", "declined"], "withdrawn": ["flagged", "withdrawn"],
               "returned": ["flagged", "prepared", "accepted", "completed", "returned"], "open": []}.get(state)
        if way is None:
            order = ["flagged", "prepared", "accepted", "completed"]
            way = order[:order.index(state) + 1]
        # What is open is of late; what is over may be long ago.
        span = (until - working).days
        if state in ("flagged", "prepared", "accepted"):
            first = max(working + timedelta(days=20), until - timedelta(days=chance.randint(10, 60)))
        else:
            first = working + timedelta(days=chance.randint(20, max(21, span // 2)))
        gap = max(1, min(21, (until - first).days // (len(way) + 1)))
        employer = chance.choice(list(EMPLOYERS))
        supervisor, second = chance.sample(EMPLOYERS[employer], 2)
        planned = (until + timedelta(days=chance.randint(-5, 40)) if state in ("flagged", "prepared", "accepted")
                   else first + timedelta(days=gap * 3))
        days = [first + timedelta(days=gap * n) for n in range(len(way))]
        if way and days[-1] < until:
            moments = []

            def step(m, n):
                moments.append((way[n], m))
                if n == len(way) - 1:
                    story.hand_over(moments, employer, supervisor, second, planned)

            for n, when in enumerate(days):
                happenings.append((when, lambda m, n=n: step(m, n)))

    tell(story, happenings)


def tell(story, happenings):
    """In order of days, each later than the one before."""
    last = story.started
    for day, happen in sorted(happenings, key=lambda h: h[0]):
        at = story.moment(day)
        if at <= last:
            at = last + timedelta(minutes=story.chance.randint(10, 90))
        if at.date() > story.yesterday:
            continue
        last = at
        happen(at)
    story.last = last


def showcase(story, today):
    """The first client's journey, with all that a journey can have."""
    def ago(days):
        return today - timedelta(days=days)

    story.start(ago(400), "reduced-wage-value")
    employer, supervisor, second = "Groenbedrijf Het Wad", "J. Dijkstra", "S. Veenstra"
    steps = []

    def hand_over(state, last=False):
        def happen(m):
            steps.append((state, m))
            if last:
                story.hand_over(steps, employer, supervisor, second, ago(90))
        return happen

    tell(story, [
        (ago(395), lambda m: story.contact(m)),
        (ago(371), lambda m: story.contact(m, reached=False)),
        (ago(369), lambda m: story.contact(m)),
        (ago(350), lambda m: story.move(m, "starting-work")),
        (ago(348), lambda m: story.contact(m, counterpart="employer")),
        (ago(330), lambda m: story.contact(m)),
        (ago(301), lambda m: story.move(m, "first-contact", "de werkplek is gesloten")),
        (ago(296), lambda m: story.contact(m, counterpart="network")),
        (ago(270), lambda m: story.assign(m, "bert")),
        (ago(268), lambda m: story.contact(m)),
        (ago(250), lambda m: story.move(m, "work-content", "kon direct beginnen bij de werkgever")),
        (ago(240), lambda m: story.contact(m)),
        (ago(200), lambda m: story.contact(m)),
        (ago(180), lambda m: story.move(m, "workplace-guidance")),
        (ago(160), hand_over("flagged")),
        (ago(140), hand_over("prepared")),
        (ago(120), hand_over("accepted")),
        (ago(92), hand_over("completed", last=True)),
        (ago(75), lambda m: story.contact(m)),
        (ago(52), lambda m: story.contact(m, reached=False)),
        (ago(40), lambda m: story.contact(m, reached=False)),
    ])


def organisation():
    lines = [f"team add {team}" for team in TEAMS]
    workers = {}
    for team, coaches in TEAMS.items():
        for coach in coaches:
            lines.append(f"worker add {coach} --name {quoted(WORKERS[coach])} --role coach --team {team}")
            workers[coach] = team
        manager = team.lower() + "-manager"
        lines.append(f"worker add {manager} --name {quoted('Teamleider ' + team)} --role manager --team {team}")
        workers[manager] = team
    for member, (name, team) in MEMBERS.items():
        lines.append(f"worker add {member} --name {quoted(name)} --role member --team {team}")
        workers[member] = team
    for employer, people in EMPLOYERS.items():
        lines.append(f"employer add {quoted(employer)}")
        for n, person in enumerate(people):
            lines.append(f"employer person add {quoted(employer)} {quoted(person)} --function "
                         + ("leidinggevende", "werkbegeleider", "collega")[n])
    return lines, workers


def caseload(today, seed):
    chance = random.Random(seed)
    yesterday = today - timedelta(days=1)
    lines = ["--profile noord-manager rhythm set --days 21 --team Noord",
             "--profile midden-manager rhythm set --days 14 --team Midden --stage first-contact"]
    first = Story(chance, 1001, "Samira Haverkamp", "Noord", "anna", yesterday)
    showcase(first, today)
    lines += first.lines
    for number in range(1002, 1301):
        team = chance.choice(list(TEAMS))
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES).strip()}"
        story = Story(chance, number, name, team, chance.choice(TEAMS[team]), yesterday)
        if chance.random() < 0.02:  # known, and nothing begun yet
            lines += story.lines
            continue
        began = today - timedelta(days=min(730, int(chance.expovariate(1 / 260)) + 2))
        until = today
        over = (today - began).days > 240 and chance.random() < 0.35
        if over:
            until = began + timedelta(days=chance.randint(150, (today - began).days - 5))
        live(story, began, pick(chance, KINDS), until)
        if over:
            story.end(max(story.last, story.moment(until)) + timedelta(hours=1), pick(chance, OUTCOMES))
            if chance.random() < 0.3 and (today - until).days > 40:
                again = until + timedelta(days=chance.randint(14, (today - until).days - 20))
                live(story, again, pick(chance, KINDS), today)
        if story.open and chance.random() < 0.06:
            story.lines.append(f"--profile {story.manager} rhythm set --client {number} --days {chance.choice([7, 42, 56])}")
        lines += story.lines
    return lines


def write(folder, name, lines):
    with open(os.path.join(folder, name + ".new"), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    os.replace(os.path.join(folder, name + ".new"), os.path.join(folder, name))


def main():
    folder, today = sys.argv[1], date.fromisoformat(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    lines, workers = organisation()
    write(folder, "organisation.txt", lines)
    write(folder, "workers.txt", list(workers))
    write(folder, "caseload.txt", caseload(today, seed))


main()
