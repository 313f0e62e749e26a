"""What belongs to work: placements with their trial, contracts, schemes, tasks and guidance, and their handover."""

from datetime import timedelta

import words
from people import EMPLOYERS
from story import on_day, pick, workday


class Placement:
    """A time of work at one employer: until the client starts anew (`over`), or until where the story ends."""

    def __init__(self, story, after, start, until, over):
        self.story, self.after, self.start, self.until, self.over = story, after, start, until, over
        self.employer = story.chance.choice(list(EMPLOYERS))
        self.supervisor, self.second = story.chance.sample(EMPLOYERS[self.employer], 2)

    def day(self, days):
        return self.start + timedelta(days=days)

    def follow(self, steps, close):
        """What runs when it is over is closed with it."""
        self.story.follow(steps, self.until, close if self.over else None)


def work(story, stays, until):
    """Each stretch of the path from a start with work until a new first contact."""
    started, placements, after = None, [], on_day(story.started)
    for day, stage in [*stays, (until, None)]:
        working = stage not in ("first-contact", "preconditions", None)
        if working and not started:
            started = day
        elif started and stage in ("first-contact", None):
            placements.append(Placement(story, after, started, day, over=stage is not None))
            started, after = None, day
    for placement in placements:
        begin(placement)
        hired = trial(placement)
        if hired:
            employment(placement, hired)
        workplace(placement)
        career(placement)
        absence(placement)
        handover(placement)


def begin(p):
    chance = p.story.chance
    if p.story.kind == "reintegration-own-job":
        return
    first = max(p.after, p.day(-chance.randint(5, 20)))
    p.story.add(first, "first-contact", by=pick(chance, words.INITIATORS), form=pick(chance, words.FORMS),
                direction=chance.choice(["person-seeks-tasks", "vacancy-seeks-person"]), employer=p.employer)
    if chance.random() < 0.4 and (p.start - first).days > 4:
        p.story.add(p.day(-2), "day-along", employer=p.employer, person=p.second)


def trial(p):
    """A trial placement, for some; returns the day of the contract that follows, if one does."""
    chance = p.story.chance
    if p.story.kind not in words.PAID:
        return None
    if chance.random() < 0.25:
        return p.start
    end = p.day(60)
    steps = [(p.start, "trial start", (), {"employer": p.employer, "person": p.supervisor, "until": end}, True)]
    if chance.random() < 0.25:
        day, end = end - timedelta(days=chance.randint(4, 10)), end + timedelta(days=30)
        steps.append((day, "trial extend", (), {"until": end, "reason": "meer tijd om in te werken"}, True))
    ending = pick(chance, words.TRIAL_ENDINGS)
    if chance.random() < 0.95:
        steps.append((end - timedelta(days=1), "trial end", (), {"ending": ending}, False))
    p.follow(steps, ("trial end", {"ending": "other", "reason": "begint opnieuw"}))
    return end if ending == "employed" and not steps[-1][-1] else None


def employment(p, hired):
    chance = p.story.chance

    def after(days):
        return hired + timedelta(days=days)

    length = chance.choice([213, 213, 365])
    contract = {"employer": p.employer, "kind": "temporary", "hours": chance.choice(words.HOURS), "until": after(length)}
    steps = [(hired, "contract start", (), contract, True)]
    if chance.random() < 0.3:
        steps.append((after(chance.randint(70, 150)), "contract change", (),
                      {"hours": contract["hours"] + 4, "reason": "wil en kan meer uren"}, True))
    dice = chance.random()
    if dice < 0.45:
        steps.append((after(length - 12), "contract change", (), {"kind": "permanent", "reason": "vast contract"}, True))
    elif dice < 0.75:
        steps += [(after(length - 1), "contract end", (), {"ending": "new-contract"}, False),
                  (after(length), "contract start", (), {**contract, "until": after(length + 365)}, True)]
    elif dice < 0.9:
        steps.append((after(length), "contract end", (), {"ending": "expired"}, False))
    p.follow(steps, ("contract end", {"ending": "expired"}))
    p.follow([(hired, "probation start", (), {"employer": p.employer, "until": after(30)}, True),
              (after(29), "probation end", (), {"ending": "passed"}, False)],
             ("probation end", {"ending": "other"}))

    reduced = p.story.kind == "reduced-wage-value"
    if reduced:
        percentage, again = chance.randrange(30, 75, 5), chance.choice([180, 365])
        measured = {"by": chance.choice(words.MEASURED_BY), "employer": p.employer}
        steps = [(after(20), "wage-value", (), {"percentage": percentage, "until": after(20 + again), **measured}, False)]
        if chance.random() < 0.8:
            steps.append((after(10 + again), "wage-value", (), {"percentage": percentage + 5, **measured}, False))
        p.follow(steps, None)
    if reduced or chance.random() < 0.4:
        scheme = "loonkostensubsidie" if reduced else pick(chance, words.SCHEMES)
        steps = [(after(3), "scheme apply", (scheme,), {"employer": p.employer}, True)]
        dice = chance.random()
        if dice < 0.75:
            steps.append((after(chance.randint(17, 45)), "scheme grant", (),
                          {"from": hired, "until": after(chance.choice([365, 730]))}, True))
        elif dice < 0.9:
            steps.append((after(30), "scheme refuse", (), {"reason": chance.choice(words.REFUSALS)}, False))
        p.follow(steps, ("scheme end", {"reason": "werk bij deze werkgever is gestopt"}))


def workplace(p):
    chance = p.story.chance
    if chance.random() < 0.6:
        steps = [(p.day(4), "task fit", (chance.choice(words.TASKS),), {"employer": p.employer}, True)]
        if chance.random() < 0.3:
            steps.append((p.day(chance.randint(40, 120)), "task change", (),
                          {"what": chance.choice(words.TASK_CHANGES), "reason": "op verzoek van de klant"}, True))
        p.follow(steps, ("task end", {}))
    if chance.random() < 0.25:
        steps = [(p.day(9), "adaptation agree", (chance.choice(words.ADAPTATIONS),),
                  {"employer": p.employer, "by": workday(p.day(30))}, True)]
        if chance.random() < 0.85:
            steps.append((p.day(chance.randint(15, 40)), "adaptation made", (), {}, True))
        p.follow(steps, ("adaptation end", {}))
    if chance.random() < 0.5:
        p.follow([(p.day(1), "guidance arrange", (),
                   {"guide": "coach", "form": "look-in", "every": 7, "employer": p.employer}, True),
                  (p.day(60), "guidance change", (), {"every": 14, "reason": "gaat goed"}, True)],
                 ("guidance end", {}))


def career(p):
    """Half of those who work have a wish that is followed up; one at a time, so that a step belongs to it."""
    chance = p.story.chance
    if chance.random() < 0.5:
        return
    dice = chance.random()
    day = p.day(chance.randint(20, 90))
    if dice < 0.4:
        steps = [(day, "career wish", (chance.choice(words.WISHES),), {"by": workday(day + timedelta(days=90))}, True)]
    elif dice < 0.7:
        steps = [(day, "career goal", (chance.choice(words.GOALS),), {"by": workday(day + timedelta(days=180))}, True)]
    else:
        steps = [(day, "career training", (chance.choice(words.TRAININGS),),
                  {"by": workday(day + timedelta(days=120))}, True)]
    if chance.random() < 0.5:
        steps.append((day + timedelta(days=25), "career step", (chance.choice(words.STEPS),), {}, True))
    if chance.random() < 0.7:
        steps.append((day + timedelta(days=chance.randint(60, 110)), "career achieved", (), {}, False))
    p.follow(steps, ("career dropped", {"reason": "eerst een nieuwe werkplek"}))


def absence(p):
    chance = p.story.chance
    if chance.random() < 0.15:
        day = p.day(chance.randint(15, 150))
        steps = [(day, "absence report", (), {"back": workday(day + timedelta(days=7)), "employer": p.employer}, True)]
        if chance.random() < 0.3:
            steps.append((day + timedelta(days=6), "absence change", (), {"back": workday(day + timedelta(days=16))}, True))
        steps.append((day + timedelta(days=chance.randint(7, 16)), "absence recovered", (), {}, False))
        p.follow(steps, ("absence end", {"reason": "werk bij deze werkgever is gestopt"}))


def handover(p):
    """The handover, from some weeks of working on; and what is left of it when the work is over."""
    chance, story = p.story.chance, p.story
    span = (p.until - p.start).days
    state = "open"
    if span > 75 and chance.random() < 0.75:
        state = pick(chance, words.TO_EMPLOYER)
    way = {"open": [], "declined": ["flagged", "prepared", "declined"], "withdrawn": ["flagged", "withdrawn"],
           "returned": ["flagged", "prepared", "accepted", "completed", "returned"]}.get(state)
    if way is None:
        order = ["flagged", "prepared", "accepted", "completed"]
        way = order[:order.index(state) + 1]
    # What is open is of late; what is over may be long ago.
    underway = state in ("flagged", "prepared", "accepted")
    first = p.until - timedelta(days=chance.randint(10, 45)) if underway else p.day(chance.randint(50, max(51, span // 2)))
    gap = max(1, min(21, (p.until - first).days // (len(way) + 1)))
    planned = (p.until + timedelta(days=chance.randint(-4, 30)) if underway else first + timedelta(days=gap * 3))
    reached = "open"
    for n, step in enumerate(way):
        day = first + timedelta(days=gap * n)
        if day < p.until:
            hand_over(p, day, step, planned, whole=state != "prepared")
            reached = step
    if p.over and reached == "completed":
        story.add(p.until, "handover return", reason="begint opnieuw bij een andere werkgever")
    elif p.over and reached in ("flagged", "prepared", "accepted"):
        story.add(p.until, "handover withdraw", reason="begint opnieuw bij een andere werkgever")
    if p.over and chance.random() < 0.3:
        story.add(p.until - timedelta(days=6), "dropout report", reason=chance.choice(words.DROPOUT_REASONS),
                  employer=p.employer)
        story.add(p.until, "dropout resolve", reason=words.NEXT_STEPS[0])


def hand_over(p, day, step, planned, whole):
    chance, add = p.story.chance, p.story.add
    if step == "flagged":
        add(day, "handover flag", employer=p.employer, supervisor=p.supervisor, planned=planned,
            words=chance.choice(words.FLAG_WORDS))
    elif step == "prepared":
        checks = ["talked_through", "needs_shared", "absence_discussed", "fallback_agreed"]
        done = checks if whole else chance.sample(checks, chance.randint(1, 3))
        add(day, "handover prepare", **{check: True for check in done}, second=p.second if whole else None)
    elif step == "accepted":
        add(day, "handover accept")
    elif step == "completed":
        add(day, "handover complete")
    else:
        command, reasons = {"returned": ("return", words.RETURN_REASONS), "declined": ("decline", words.DECLINE_REASONS),
                            "withdrawn": ("withdraw", words.WITHDRAW_REASONS)}[step]
        add(day, f"handover {command}", reason=chance.choice(reasons))
