"""A trajectory as chance has it: the path, the contacts, the coach, and what else comes along with somebody's life."""

from datetime import datetime, time, timedelta

import words
from people import TEAMS
from story import on_day, pick, workday
from work import work


def live(story, began, kind, until):
    """From `began` to `until`, which is today, or the day that it ends."""
    chance = story.chance
    story.start(began, kind)
    days = (until - began).days
    # Some of those who began of late were never reached, and are where they began.
    begun = days > 60 or chance.random() > 0.2
    silent_from = until
    if days > 90 and chance.random() < 0.14:
        silent_from = until - timedelta(days=chance.randint(40, min(260, days - 30)))

    stays = path(story, began, until) if begun else [(began, "first-contact")]
    if begun:
        network(story, began, days)
        contacts(story, began, silent_from)
        agreements(story, began, until)
        preconditions(story, stays, until)
        bottleneck(story, began, until)
    if not begun or silent_from < until:
        attempts(story, silent_from if begun else began, until)
    if until == story.today and begun:
        next_appointment(story, silent_from)
    if days > 120 and chance.random() < 0.15:
        another_coach(story, began + timedelta(days=chance.randint(60, days - 20)), until)
    work(story, stays, until)
    story.tell()


def path(story, began, until):
    """The stages, (day, stage) each; onwards mostly, and back, past one or to the preconditions now and then."""
    chance = story.chance
    at, stage = began, "first-contact"
    stays = [(at, stage)]
    while True:
        at += timedelta(days=chance.randint(*words.DAYS_IN[stage]))
        place = words.STAGES.index(stage) if stage in words.STAGES else 1
        dice = chance.random()
        reason = None
        if stage == "preconditions":
            to, reason = chance.choice(words.STAGES[1:4]), "randvoorwaarden geregeld"
        elif dice < 0.10 and place > 0:
            to = words.STAGES[chance.randint(0, place - 1)]
            reason = chance.choice(words.BACK_REASONS if to != "first-contact" else words.RESTART_REASONS)
        elif dice < 0.17 and place < 3:
            to, reason = words.STAGES[place + 2], chance.choice(words.SKIP_REASONS)
        elif dice < 0.25:
            to, reason = "preconditions", "eerst de randvoorwaarden regelen"
        elif place < 4:
            to = words.STAGES[place + 1]
        else:
            return stays
        if at >= until:
            return stays
        story.add(at, "move", to, reason=reason)
        stays.append((at, to))
        stage = to


def network(story, began, days):
    if days > 30 and story.chance.random() < 0.15:
        name, relation, may_be_told = story.chance.choice(words.NETWORK)
        story.add(began + timedelta(days=4), "network add", name, relation=relation, may_be_told=may_be_told)
        story.companion = name
        if days > 120 and story.chance.random() < 0.4:
            story.add(began + timedelta(days=90), "network change", may_be_told="alleen de tijden",
                      reason="op verzoek van de klant")


def contact(story, day):
    """The client is reached: in a talk, in one about what motivates, or at an appointment."""
    chance = story.chance
    dice = chance.random()
    companion = story.companion if chance.random() < 0.5 and (day - on_day(story.started)).days > 10 else None
    if dice < 0.18:
        touched = {factor: chance.choice(words.MOTIVATION[factor])
                   for factor in chance.sample(list(words.MOTIVATION), chance.choice([1, 1, 2, 3]))}
        story.add(day, "motivation talk", **{f.replace("-", "_"): said for f, said in touched.items()},
                  channel=pick(chance, words.TALK_CHANNELS))
    elif dice < 0.28 and (day - on_day(story.started)).days > 10:
        moment = datetime.combine(workday(day), time(chance.randint(9, 15), chance.choice([0, 30])))
        if moment.date() > story.yesterday:
            return
        planned = day - timedelta(days=4)
        first = datetime.combine(workday(moment + timedelta(days=2)), moment.time()) if dice < 0.20 else moment
        story.add(planned, "appointment plan", on=first,
                  channel=chance.choice(["office", "workplace", "phone"]), network=companion)
        if dice < 0.20:
            story.add(planned + timedelta(days=1), "appointment move", to=moment, reason="kwam beter uit")
        if dice > 0.27:
            story.add(moment, "appointment no-show")
        elif dice > 0.26:
            story.add(planned + timedelta(days=1), "appointment cancel", reason="coach verhinderd, gebeld in plaats daarvan")
            story.add(planned + timedelta(days=1), "contact", channel="phone", words=chance.choice(words.TALKS))
        else:
            story.add(moment, "appointment kept", words=chance.choice(words.TALKS))
    else:
        channel = pick(chance, words.TALK_CHANNELS if companion else words.CHANNELS)
        story.add(day, "contact", channel=channel, words=chance.choice(words.TALKS),
                  network=companion)


def contacts(story, began, until):
    chance = story.chance
    rhythm = chance.choice([14, 21, 21, 28])
    day = began + timedelta(days=chance.randint(1, 12))
    while day < until:
        if chance.random() < 0.12:
            attempts(story, day - timedelta(days=4), day)
        if chance.random() < 0.9:
            contact(story, day)
        else:
            story.add(day, "contact", channel="phone", **{"with": chance.choice(["employer", "network"])},
                      words=chance.choice(words.EMPLOYER_TALKS))
        day += timedelta(days=max(7, int(rhythm * chance.uniform(0.6, 1.2))))


def attempts(story, after, until):
    """Calls that nobody answers."""
    for _ in range(story.chance.randint(1, 3)):
        day = after + timedelta(days=story.chance.randint(1, max(2, (until - after).days)))
        if on_day(story.started) <= day < until:
            story.add(day, "contact", channel=story.chance.choice(["phone", "phone", "message"]), no_answer=True)


def next_appointment(story, silent_from):
    """One that is still to come, for some, also of those not reached for long."""
    chance = story.chance
    if chance.random() < (0.3 if silent_from == story.today else 0.4):
        moment = datetime.combine(story.ahead(chance.randint(1, 16)), time(chance.randint(9, 15), 30))
        story.add(story.yesterday, "appointment plan", on=moment, network=story.companion,
                  channel=chance.choice(["office", "workplace", "phone", "home"]))


def another_coach(story, day, until):
    chance = story.chance
    story.assign(day, chance.choice([coach for coach in TEAMS[story.team] if coach != story.coach]),
                 chance.choice(words.ASSIGN_REASONS))
    retold = True if chance.random() < 0.3 else None
    steps = [(day + timedelta(days=3), "coach checklist", (), {"record_read": True, "story_retold": retold}, True)]
    if day < story.ago(90) or chance.random() < 0.5:
        steps.append((day + timedelta(days=12), "coach checklist", (),
                      {"introduced": True, "agreements_passed": True}, False))
    story.follow(steps, until)


def agreements(story, began, until):
    """One after the other, so that each step belongs to the one that is open; the last may stay open."""
    chance = story.chance
    day = began + timedelta(days=chance.randint(8, 40))
    while day < until:
        party, what = chance.choice(words.AGREEMENTS)
        by = workday(day + timedelta(days=chance.randint(7, 28)))
        steps = [(day, "agreement make", (what,),
                  {"party": party, "name": words.AGREEMENT_NAMES.get(party), "by": by}, True)]
        if chance.random() < 0.1:
            by = workday(by + timedelta(days=14))
            steps.append((by - timedelta(days=16), "agreement change", (), {"by": by, "reason": "meer tijd nodig"}, True))
        if chance.random() < 0.15:
            steps.append((by + timedelta(days=1), "agreement not-kept", (), {"reason": words.NOT_KEPT[party]}, False))
        elif by < story.ago(21) or chance.random() < 0.5:
            steps.append((by, "agreement kept", (), {}, False))
        story.follow(steps, until)
        if by + timedelta(days=1) >= until or steps[-1][-1]:
            return
        day = by + timedelta(days=chance.randint(30, 120))


def preconditions(story, stays, until):
    """Missing when the path goes there and met when it goes on; and now and then beside the path."""
    chance = story.chance
    spells = [(day, after[0] if after else None)
              for (day, stage), after in zip(stays, [*stays[1:], None]) if stage == "preconditions"]
    if not spells and chance.random() < 0.2:
        spells = [(stays[0][0] + timedelta(days=chance.randint(5, 60)), None)]
    for day, met in spells:
        theme, missing, in_hand, done = chance.choice(words.PRECONDITIONS)
        again = workday(day + timedelta(days=21))
        steps = [(day, "precondition missing", (theme,), {"words": missing, "look_again": again}, False)]
        if met or day < story.ago(60) or chance.random() < 0.7:
            steps.append((day + timedelta(days=6), "precondition in-hand", (theme,),
                          {"words": in_hand, "look_again": workday(day + timedelta(days=48))}, False))
        if met or day < story.ago(90) or chance.random() < 0.6:
            steps.append((met or day + timedelta(days=chance.randint(25, 60)), "precondition met", (theme,),
                          {"words": done}, False))
        story.follow(steps, until)


def bottleneck(story, began, until):
    chance = story.chance
    if chance.random() < 0.88:
        return
    what, group, who, answer = chance.choice(words.BOTTLENECKS)
    day = began + timedelta(days=chance.randint(10, max(11, (until - began).days - 5)))
    known = chance.random() < 0.7
    steps = [(day, "bottleneck raise", (what,), {"group": group if known else None}, True),
             *([] if known else [(day + timedelta(days=2), "bottleneck group", (), {"group": group}, True)]),
             (day + timedelta(days=3), "bottleneck put", (), {"with": who, "ask_again": day + timedelta(days=24)}, True),
             (day + timedelta(days=24), "bottleneck ask", (), {"words": "Nagevraagd, nog geen besluit."}, True),
             (day + timedelta(days=45), "bottleneck answer", (), {"words": answer}, True),
             (day + timedelta(days=60), "bottleneck close", (), {}, False)]
    story.follow(steps[:chance.randint(2, 5)], until)
