"""Clients for whom something comes up now: each list of the client has somebody to show, whatever chance brings."""

from datetime import datetime, time, timedelta

import words
from people import EMPLOYERS, LEFT
from story import pick

WORKING = [(300, None), (260, "starting-work"), (200, "work-content"), (140, "workplace-guidance")]
STARTING = [(110, None), (70, "starting-work")]


def begin(story, kind, stays, talked=9):
    """A path of about (days ago, stage), with talks up to about `talked` days ago."""
    earlier, talked = story.chance.randint(0, 5), talked - story.chance.randint(0, 4)
    story.start(story.ago(stays[0][0] + 2 * earlier), kind)
    for days, stage in stays[1:]:
        story.add(story.ago(days + earlier), "move", stage,
                  reason="eerst de randvoorwaarden regelen" if stage == "preconditions" else None)
    for days in range(stays[0][0] - 5, talked + 7, -24):
        story.add(story.ago(days), "contact", channel=pick(story.chance, words.TALK_CHANNELS),
                  words=story.chance.choice(words.TALKS))
    story.add(story.ago(talked), "contact", channel="phone", words=story.chance.choice(words.TALKS))


def at(day, hour):
    return datetime.combine(day, time(hour))


def first_step(story, days, employer):
    story.add(story.ago(days), "first-contact", by="municipality", direction="person-seeks-tasks", form="meet-and-greet",
              employer=employer)
    return story.add(story.ago(days - 6), "day-along", employer=employer, person=EMPLOYERS[employer][0])


def handed_over(story, employer, supervisor, second, days):
    story.add(story.ago(days), "handover flag", employer=employer, supervisor=supervisor, planned=story.ago(days - 21))
    story.add(story.ago(days - 7), "handover prepare", talked_through=True, needs_shared=True, absence_discussed=True,
              fallback_agreed=True, second=second)
    story.add(story.ago(days - 14), "handover accept")
    story.add(story.ago(days - 21), "handover complete")


def trial_ends(story):
    begin(story, "reduced-wage-value", STARTING)
    along = first_step(story, 85, "Bakkerij De Zon")
    story.amend(along, "correct", words="Een ochtend meegelopen bij de ovens.", reason="de woorden ontbraken")
    story.add(story.ago(70), "trial start", employer="Bakkerij De Zon", person="M. Visser", until=story.ago(9))
    story.add(story.ago(14), "trial extend", until=story.ahead(6), reason="wil ook de ochtenddienst leren")
    story.add(story.ago(4), "appointment plan", on=at(story.ahead(3), 10), channel="workplace", employer="Bakkerij De Zon",
              person="M. Visser", **{"with": "employer"})
    story.add(story.ago(4), "agreement make", "laat weten of er een contract komt", party="employer", name="M. Visser",
              by=story.ahead(5))


def probation_ends(story):
    begin(story, "full-productivity", [(90, None), (60, "starting-work")])
    employer = "Zorgcentrum De Linde"
    first_step(story, 75, employer)
    story.add(story.ago(22), "contract start", employer=employer, kind="temporary", hours=24, until=story.ahead(190))
    story.add(story.ago(22), "probation start", employer=employer, until=story.ahead(8))
    story.add(story.ago(20), "adaptation agree", "werkinstructie met foto's", employer=employer, by=story.ahead(4))
    story.add(story.ago(18), "task fit", "koffie en lunch rondbrengen", employer=employer)


def contract_ends(story):
    begin(story, "reduced-wage-value", WORKING)
    employer = "Groenbedrijf Het Wad"
    first_step(story, 275, employer)
    story.add(story.ago(260), "trial start", employer=employer, until=story.ago(200))
    story.add(story.ago(201), "trial end", ending="employed")
    story.add(story.ago(200), "contract start", employer=employer, kind="temporary", hours=20, until=story.ahead(11))
    story.add(story.ago(176), "wage-value", percentage=55, by="UWV", employer=employer, until=story.ahead(7))
    story.add(story.ago(190), "scheme apply", "loonkostensubsidie", employer=employer)
    story.add(story.ago(165), "scheme grant", **{"from": story.ago(200)}, until=story.ahead(11))
    story.add(story.ago(12), "agreement make", "vraagt een nieuwe loonwaardemeting aan", party="coach", by=story.ago(5))


def work_stopped(story):
    begin(story, "full-productivity", WORKING)
    employer = "Distributie Eemhaven"
    first_step(story, 270, employer)
    story.add(story.ago(230), "contract start", employer=employer, kind="temporary", hours=28, until=story.ahead(120))
    handed_over(story, employer, "W. Meijer", "B. Kaya", 120)
    story.add(story.ago(3), "dropout report", reason="de nachtdienst paste niet bij thuis", employer=employer)


def contract_stopped(story):
    begin(story, "full-productivity", WORKING)
    employer = "Metaal Noorderhoek"
    first_step(story, 270, employer)
    story.add(story.ago(90), "contract start", employer=employer, kind="temporary", hours=24, until=story.ahead(90))
    story.add(story.ago(5), "dropout report", reason="de opdrachten bleven uit", employer=employer)


def absent(story):
    begin(story, "work-experience", WORKING)
    first_step(story, 270, "Kringloop Rondom")
    story.add(story.ago(250), "task fit", "kleding sorteren", employer="Kringloop Rondom")
    story.add(story.ago(6), "absence report", back=story.ahead(4), employer="Kringloop Rondom")
    story.add(story.ago(20), "agreement make", "zet het rooster twee weken vooruit op papier", party="employer",
              name="L. Peters", by=story.ago(6))


def another_coach(story, coach):
    begin(story, "activation", STARTING)
    story.assign(story.ago(8), coach, "coach met verlof")
    story.add(story.ago(5), "coach checklist", record_read=True, story_retold=True)


def looking_ahead(story):
    begin(story, "full-productivity", [*WORKING, (60, "career-development")])
    employer = "Fietsenmakerij Wielrijk"
    first_step(story, 270, employer)
    story.add(story.ago(250), "contract start", employer=employer, kind="permanent", hours=32)
    story.add(story.ago(58), "career wish", "zelf klanten helpen aan de balie", by=story.ahead(9))
    story.add(story.ago(50), "career goal", "zelfstandig een elektrische fiets nakijken", by=story.ahead(12))
    story.add(story.ago(45), "career training", "cursus elektrische fietsen", by=story.ahead(5))
    story.add(story.ago(30), "motivation talk", getting_ahead="Ik wil later zelf fietsen verkopen.",
              being_of_value="Klanten vragen nu naar mij.", channel="workplace")


def in_the_way(story):
    begin(story, "work-experience", [(120, None), (80, "starting-work"), (30, "preconditions")])
    first_step(story, 95, "Distributie Eemhaven")
    story.add(story.ago(30), "precondition missing", "transport", words="De bus rijdt niet voor 7 uur.",
              look_again=story.ago(9))
    story.add(story.ago(9), "precondition in-hand", "transport", words="Fiets aangevraagd.", look_again=story.ahead(3))
    story.add(story.ago(30), "bottleneck raise", "geen bus voor 7 uur", group="bus industrieterrein")
    story.add(story.ago(26), "bottleneck put", **{"with": "wethouder verkeer"}, ask_again=story.ago(2))
    agreed = story.add(story.ago(16), "agreement make", "vraagt of de dienst later kan beginnen", party="client",
                       by=story.ago(4))
    story.amend(agreed, "correct", party="coach", reason="de coach zou het vragen")


def in_the_way_too(story):
    begin(story, "reduced-wage-value", STARTING)
    first_step(story, 85, "Distributie Eemhaven")
    story.add(story.ago(40), "precondition missing", "language", words="Wil de veiligheidsregels goed kunnen lezen.")
    story.add(story.ago(35), "bottleneck raise", "vroege dienst niet te halen zonder auto", group="bus industrieterrein")


def long_silent(story):
    begin(story, "activation", [(240, None), (190, "starting-work")], talked=70)
    story.add(story.ago(200), "network add", "Mariam", relation="zus", may_be_told="alle afspraken")
    story.add(story.ago(32), "contact", channel="phone", no_answer=True)
    story.add(story.ago(18), "contact", channel="message", no_answer=True)
    story.add(story.ago(2), "appointment plan", on=at(story.ahead(3), 14), channel="home", network="Mariam")


def hands_over_soon(story):
    begin(story, "reduced-wage-value", WORKING)
    employer = "Restaurant Ons Genoegen"
    first_step(story, 275, employer)
    story.add(story.ago(25), "handover flag", employer=employer, supervisor="E. Blom", planned=story.ahead(6),
              words="Werkt zelfstandig in de ochtend.")
    story.add(story.ago(15), "handover prepare", talked_through=True, needs_shared=True, fallback_agreed=True)
    story.add(story.ago(5), "handover accept")


def guide_left(story):
    begin(story, "reduced-wage-value", WORKING)
    first_step(story, 270, LEFT[0])
    handed_over(story, *LEFT, "G. Vos", 100)


def works_for_long(story):
    begin(story, "work-experience", WORKING, talked=6)
    first_step(story, 275, "Zorgcentrum De Linde")
    story.add(story.ago(220), "motivation talk", fitting_work="Afwisseling houdt me wakker.", channel="workplace")
    story.add(story.ago(12), "appointment plan", on=at(story.ago(0) - timedelta(days=5), 11), channel="workplace")


# Who the coach is, and what happens; in that order from client 1002 on.
CASES = [
    ("anna", trial_ends), ("anna", in_the_way), ("anna", contract_ends), ("anna", long_silent), ("anna", work_stopped),
    ("anna", looking_ahead), ("bert", probation_ends), ("bert", absent), ("bert", guide_left),
    ("chantal", hands_over_soon), ("chantal", works_for_long), ("chantal", in_the_way_too),
    ("bert", lambda story: another_coach(story, "anna")), ("hanan", guide_left),
    ("gerrit", lambda story: another_coach(story, "ivo")), ("driss", trial_ends), ("els", in_the_way),
    ("ivo", contract_ends), ("femke", contract_stopped),
]
