"""Writes the demo municipality: organisation.txt, workers.txt, caseload.txt and corrections.txt, for `traject run`.

Usage: demo.py FOLDER TODAY [SEED [CLIENTS]]     (TODAY as 2026-11-02)

The caseload is that of invented people over the two years before TODAY, and the same for the same arguments: one
journey told in full (example.py), clients for whom something comes up now (cases.py), and more as chance has it
(life.py, work.py). The corrections still name entries by client and moment; number.py puts their numbers there.
"""

import os
import random
import sys
from datetime import date, timedelta

import example
import words
from cases import CASES
from life import live
from people import LEFT, TEAMS, client_name, manager, organisation
from story import Story, command_line, pick

FIRST_NUMBER = 1001


def client_of_chance(chance, number, today):
    team = chance.choice(list(TEAMS))
    story = Story(chance, number, client_name(chance), team, chance.choice(TEAMS[team]), today)
    if chance.random() < 0.02:  # known, and nothing begun yet
        return story
    began = today - timedelta(days=min(730, int(chance.expovariate(1 / 220)) + 2))
    until = today
    if (today - began).days > 240 and chance.random() < 0.35:
        until = began + timedelta(days=chance.randint(150, (today - began).days - 5))
    live(story, began, pick(chance, words.KINDS), until)
    if until < today:
        story.end(until, pick(chance, words.OUTCOMES))
        if (today - until).days > 40 and chance.random() < 0.3:
            again = until + timedelta(days=chance.randint(14, (today - until).days - 20))
            live(story, again, pick(chance, words.KINDS), today)
    if story.open and chance.random() < 0.06:
        story.lines.append(command_line(manager(team), "rhythm set", client=number, days=chance.choice([7, 42, 56])))
    return story


def stories(today, seed, clients):
    chance = random.Random(seed)
    story = Story(chance, FIRST_NUMBER, "Samira Haverkamp", "Noord", "anna", today)
    example.live(story)
    yield story
    teams = {coach: team for team, coaches in TEAMS.items() for coach in coaches}
    for number, (coach, happens) in enumerate(CASES, FIRST_NUMBER + 1):
        story = Story(chance, number, client_name(chance), teams[coach], coach, today)
        happens(story)
        story.tell()
        yield story
    for number in range(FIRST_NUMBER + 1 + len(CASES), FIRST_NUMBER + clients):
        yield client_of_chance(chance, number, today)


def write(folder, name, lines):
    with open(os.path.join(folder, name + ".new"), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    os.replace(os.path.join(folder, name + ".new"), os.path.join(folder, name))


def main():
    folder, today = sys.argv[1], date.fromisoformat(sys.argv[2])
    seed, clients = [int(given) for given in sys.argv[3:]] + [1, 120][len(sys.argv) - 3:]
    lines, workers = organisation()
    told = list(stories(today, seed, clients))
    write(folder, "organisation.txt", lines)
    write(folder, "workers.txt", workers)
    write(folder, "caseload.txt", [
        "--profile noord-manager rhythm set --days 21 --team Noord",
        "--profile midden-manager rhythm set --days 14 --team Midden --stage first-contact",
        *(line for story in told for line in story.lines),
        # Whoever left cannot be named any more, so after all that names that person.
        command_line("admin", "employer person revoke", *LEFT)])
    write(folder, "corrections.txt", [line for story in told for line in story.amendments()])


main()
