"""Client 1001, the example: one made-up journey from the first contact to a second placement, each step in words."""

from datetime import datetime, time

WAD, SUN = "Groenbedrijf Het Wad", "Bakkerij De Zon"


def live(story):
    """The days are days before today."""
    def ago(days, command, *words, **options):
        return story.add(story.ago(days), command, *words, **options)

    def talk(days, channel, said, **options):
        return ago(days, "contact", channel=channel, words=said, **options)

    story.start(story.ago(420), "reduced-wage-value")

    # First contact: what does she want, who is around her, which employer?
    talk(416, "office", "Kennismaking. Wil graag buiten werken en met de handen. Haar zus denkt graag mee.")
    ago(416, "network add", "Mariam", relation="zus", may_be_told="alle afspraken")
    ago(410, "motivation talk", fitting_work="Buiten werken, dan ben ik op mijn best.",
        approach="Zeg gewoon wat er moet gebeuren.", channel="office")
    ago(408, "precondition missing", "transport", words="De bus naar het bedrijf rijdt niet voor 7 uur.")
    ago(402, "agreement make", "vraagt een fiets aan bij het fonds", party="coach", by=story.ago(395))
    ago(396, "agreement kept", words="De aanvraag is verstuurd.")
    ago(390, "first-contact", by="candidate", direction="person-seeks-tasks", form="meet-and-greet", employer=WAD,
        person="J. Dijkstra", words="Stapte zelf binnen met haar zus; er was werk in de kas.")
    ago(384, "day-along", employer=WAD, person="S. Veenstra", words="Een ochtend meegelopen, dat beviel.")
    ago(380, "precondition met", "transport", words="De fiets is er.")

    # Starting with work: trial placement, wage value, contract.
    ago(376, "move", "starting-work")
    ago(376, "trial start", employer=WAD, person="J. Dijkstra", until=story.ago(315))
    ago(374, "guidance arrange", guide="coach", form="half-day-along", every=7, employer=WAD)
    ago(370, "task fit", "planten oppotten, zonder de kassa", employer=WAD)
    talk(360, "workplace", "Een halve dag meegewerkt. Het inpakken gaat snel, de pauzes wisselen nog.", network="Mariam")
    ago(358, "adaptation agree", "vaste pauze om 10 uur", employer=WAD, by=story.ago(350))
    ago(351, "adaptation made")
    ago(322, "trial extend", until=story.ago(285), reason="wil ook het snoeien leren")
    ago(310, "contact", channel="phone", no_answer=True)
    talk(308, "phone", "Alles gaat goed, had het toestel thuis laten liggen.")
    ago(290, "wage-value", percentage=50, by="UWV", employer=WAD, until=story.ago(-75))
    ago(286, "trial end", ending="employed")
    ago(285, "contract start", employer=WAD, kind="temporary", hours=20, until=story.ago(70))
    ago(284, "scheme apply", "loonkostensubsidie", employer=WAD)
    ago(262, "scheme grant", **{"from": story.ago(285)}, until=story.ago(70))

    # The content of work, another coach, and guidance that moves to the employer.
    ago(280, "move", "work-content")
    ago(270, "career wish", "zelf de bestellingen in de kas doen")
    story.assign(story.ago(255), "bert", "dichter bij de werkplek")
    ago(253, "coach checklist", record_read=True)
    ago(250, "coach checklist", introduced=True, agreements_passed=True, words="Kennisgemaakt op het werk, met Anna erbij.")
    ago(240, "move", "workplace-guidance")
    ago(238, "guidance change", guide="coach", form="look-in", every=14, reason="gaat goed")
    ago(220, "handover flag", employer=WAD, supervisor="J. Dijkstra", planned=story.ago(185),
        words="Werkt zelfstandig; S. Veenstra helpt in de praktijk al.")
    ago(210, "handover prepare", talked_through=True, needs_shared=True, second="S. Veenstra")
    ago(200, "handover prepare", absence_discussed=True, fallback_agreed=True,
        words="Bij nieuwe taken of uitval mogen klant en werkgever de coach altijd bellen.")
    ago(195, "handover accept")
    ago(185, "handover complete")
    ago(184, "guidance change", guide="supervisor", form="on-the-floor", reason="overgedragen aan de werkgever")
    talk(165, "workplace", "Doet nu de bestellingen, trots daarop.")
    ago(164, "career achieved")

    ago(150, "supervisor change", second="A. Bos", reason="S. Veenstra werkt voortaan op een andere locatie")

    # The workplace closes: guidance returns to the coach, and they look for the next place together.
    talk(130, "phone", "De kas sluit over een week. Wat is nodig voor een volgende plek?", network="Mariam")
    ago(126, "bottleneck raise", "vergoeding voor begeleiding loopt af", group="budget jobcoaching")
    ago(124, "bottleneck put", **{"with": "afdelingshoofd Werk"}, ask_again=story.ago(100))
    ago(122, "dropout report", reason="de kas sluit", employer=WAD)
    ago(121, "handover return", reason="de werkplek sluit, coach en klant zoeken samen verder")
    ago(118, "move", "first-contact", reason="de werkplek is gesloten")
    ago(118, "contract end", ending="employer-stopped", reason="de kas sluit")
    ago(118, "scheme end")
    ago(118, "guidance end")
    ago(118, "task end")
    ago(117, "adaptation end")
    ago(112, "motivation talk", being_of_value="Ze vroegen mij altijd naar de rozen.",
        getting_ahead="Ik wil iets leren dat ik overal kan gebruiken.", channel="office")
    ago(105, "agreement make", "schrijft op wat zij in een volgende baan zoekt", party="client", by=story.ago(95))
    ago(100, "bottleneck answer", words="Tot de zomer verlengd.")
    ago(99, "bottleneck close")
    ago(94, "agreement kept", words="Vroeg beginnen, vaste collega's, iets maken.")

    # A second placement.
    ago(90, "first-contact", by="municipality", direction="vacancy-seeks-person", form="job-interview", employer=SUN,
        person="M. Visser")
    ago(90, "dropout resolve", reason="begint opnieuw bij een andere werkgever")
    ago(82, "day-along", employer=SUN, person="K. de Wit", words="Om 5 uur begonnen; vond het ritme fijn.")
    ago(75, "move", "starting-work")
    ago(75, "trial start", employer=SUN, person="M. Visser", until=story.ago(14))
    ago(73, "guidance arrange", guide="coach", form="look-in", every=7, employer=SUN)
    ago(70, "task fit", "brood vormen en inpakken", employer=SUN)
    ago(60, "agreement make", "komt een ochtend meekijken", party="coach", by=story.ago(50))
    ago(48, "agreement not-kept", reason="door drukte verschoven, een week later wel geweest")
    talk(43, "workplace", "Meegekeken bij de ovens. De leidinggevende is tevreden.")
    ago(28, "motivation talk", work_context="We drinken samen koffie om 6 uur, ik hoor erbij.", channel="phone")
    other = talk(20, "phone", "Vraagt naar de uitslag van het theorie-examen.")
    story.amend(other, "withdraw", reason="hoort bij een andere klant")
    ago(15, "trial end", ending="employed")
    contract = ago(14, "contract start", employer=SUN, kind="temporary", hours=20, until=story.ahead(199))
    story.amend(contract, "correct", hours=24, reason="in het contract staat 24 uur")
    ago(14, "probation start", employer=SUN, until=story.ahead(16))
    ago(14, "guidance arrange", guide="supervisor", form="on-the-floor", employer=SUN, person="M. Visser")
    ago(13, "scheme apply", "loonkostensubsidie", employer=SUN)
    ago(12, "move", "work-content")
    ago(11, "wage-value", percentage=65, by="UWV", employer=SUN)
    ago(10, "career training", "cursus hygiëne", by=story.ahead(60))
    ago(9, "agreement make", "zet het rooster op papier", party="employer", name="M. Visser", by=story.ahead(4),
        **{"for": "everyone"})
    # None of hers is open, so that one that is made and kept by hand needs no number.
    ago(7, "agreement kept", words="Het rooster hangt in de bakkerij.")
    talk(6, "workplace", "Vertelt dat ze op haar brood wachten. Wil op termijn een dag meer werken.",
         **{"for": "client"})
    ago(5, "appointment plan", on=datetime.combine(story.ahead(5), time(10)), channel="workplace", network="Mariam",
        employer=SUN, person="M. Visser")
    story.tell()
