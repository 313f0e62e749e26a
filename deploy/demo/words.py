"""What happens in the demo, in the words of those who record it, and how often: data only.

Where a table maps to numbers, they are weights. The words are about work and what was agreed; nobody is blamed
or labelled, and nothing is said about health.
"""

# ---- the path

KINDS = {"reintegration-own-job": 1, "reintegration-other-job": 1, "reintegration-other-employer": 2,
         "work-experience": 5, "reduced-wage-value": 6, "full-productivity": 3, "activation": 4}
OUTCOMES = {"employed": 6, "volunteer-work": 2, "education": 2, "other-support": 2, "moved-away": 1,
            "client-stopped": 1}
STAGES = ["first-contact", "starting-work", "work-content", "workplace-guidance", "career-development"]
DAYS_IN = {"first-contact": (14, 70), "starting-work": (30, 80), "work-content": (30, 120),
           "workplace-guidance": (60, 240), "career-development": (60, 300), "preconditions": (14, 60)}
RESTART_REASONS = ["de werkplek is gesloten", "het werk paste niet, samen opnieuw begonnen",
                   "contract niet verlengd, nieuwe start", "wil dichter bij huis werken"]
BACK_REASONS = ["de taken zijn anders verdeeld", "andere afdeling, opnieuw inwerken", "nieuw rooster, eerst weer wennen"]
SKIP_REASONS = ["kon direct beginnen bij de werkgever", "taken lagen al vast", "had al een plek via het netwerk"]

# ---- contacts, coaches, handovers

CHANNELS = {"phone": 9, "office": 4, "workplace": 4, "message": 3, "email": 2, "video": 1, "home": 1, "letter": 1}
TALK_CHANNELS = {"phone": 4, "office": 4, "workplace": 4, "home": 1}
TALKS = [
    "Het werk bevalt, de reistijd is wel lang.", "Wil graag meer uren; volgende keer bespreken.",
    "Vertelt dat de collega's helpen met inwerken.", "Rooster doorgenomen, woensdag blijft vrij.",
    "Wat is nodig om op tijd te komen? Fiets gerepareerd, dat helpt.", "Zoekt nog opvang voor de maandag.",
    "Trots op de eerste maand.", "Samen gekeken naar taken die beter passen.", "Loopt warm voor de heftruckcursus.",
    "Weet nu wie te bellen bij vragen.", "Afgesproken: belt zelf op vrijdag.", "Brief van de gemeente besproken.",
    "Heeft de pauzes nu op een vast moment, dat bevalt.", "Voelt zich gehoord door de werkbegeleider.",
    "Wil de volgende keer liever bellen dan langskomen.",
]
EMPLOYER_TALKS = ["Werkgever is tevreden over de inzet.", "Vraag over het rooster beantwoord.",
                  "Taken anders verdeeld, gaat beter.", "Leidinggevende wil weten wie te bellen bij uitval."]
ASSIGN_REASONS = ["vorige coach werkt in een ander team", "dichter bij de werkplek", "op verzoek van de klant",
                  "coach met verlof"]
FLAG_WORDS = ["Werkt zelfstandig, werkgever kan het overnemen.", "Collega begeleidt in de praktijk al."]
DECLINE_REASONS = ["nu geen tijd voor begeleiding", "eerst een tweede begeleider zoeken"]
WITHDRAW_REASONS = ["de klant wil nog even wachten", "werkgever reorganiseert"]
RETURN_REASONS = ["de leidinggevende is vertrokken", "coach kijkt weer mee bij de nieuwe taken",
                  "werkgever vraagt hulp terug"]
TO_EMPLOYER = {"open": 3, "flagged": 3, "prepared": 3, "accepted": 3, "completed": 8, "returned": 3, "declined": 2,
               "withdrawn": 2}

# ---- starting work

PAID = {"reduced-wage-value", "full-productivity", "reintegration-other-employer"}
INITIATORS = {"municipality": 5, "employer": 3, "candidate": 3, "agency": 1, "uwv": 1, "work-learn-company": 2, "school": 1}
FORMS = {"call-or-talk": 4, "meet-and-greet": 3, "job-interview": 3}
HOURS = [16, 20, 24, 28, 32]
SCHEMES = {"no-risk-policy": 3, "loonkostenvoordeel": 2}
MEASURED_BY = ["UWV", "Loonwaarde Noord"]
TRIAL_ENDINGS = {"employed": 8, "not-employed": 2}
REFUSALS = ["het aantal uren is te laag", "aanvraag kwam na de eerste werkdag"]

# ---- the workplace

TASKS = ["inpakken en etiketteren", "planten water geven en oppotten", "kleding sorteren", "koffie en lunch rondbrengen",
         "onderdelen klaarleggen", "bestellingen verzamelen", "groente snijden", "banden plakken"]
TASK_CHANGES = ["nu ook bestellingen controleren", "halve dagen in het magazijn erbij", "nu ook klanten helpen"]
ADAPTATIONS = ["vaste pauze om 10 uur", "werkinstructie met foto's", "beginnen om half tien",
               "rustige werkplek bij het raam", "één vast aanspreekpunt per dienst"]

# ---- career

WISHES = ["zelf bestellingen aannemen", "leren werken met de kassa", "meer buiten werken", "collega's inwerken",
          "een dag meer werken"]
GOALS = ["32 uur werken", "zelfstandig de ochtend draaien", "een vast contract", "theorie-examen halen"]
TRAININGS = ["heftruckcursus", "cursus hygiëne", "Nederlands op de werkvloer", "mbo-certificaat logistiek"]
STEPS = ["een middag meegelopen op een andere afdeling", "de eerste dienst alleen gedaan", "gesprek met de opleider gehad"]

# ---- preconditions: theme, what is missing, what is done, how it was met

PRECONDITIONS = [
    ("transport", "De bus rijdt niet voor 7 uur.", "Fiets aangevraagd.", "Heeft een fiets."),
    ("debts", "Wil eerst overzicht over de rekeningen.", "Gesprek bij schuldhulp staat gepland.", "Er is een vast plan."),
    ("language", "Wil de veiligheidsregels goed kunnen lezen.", "Begonnen met taalles op woensdag.", "Leest de regels zelf."),
    ("care", "Zoekt opvang voor maandag en dinsdag.", "Staat op de lijst bij de opvang.", "Opvang is geregeld."),
    ("housing", "Woont tijdelijk bij familie.", "Ingeschreven voor een woning.", "Heeft een eigen woning."),
    ("clear-expectations", "Wil weten wat de werkgever verwacht.", "Gesprek met de werkgever gepland.",
     "Taken en uren staan op papier."),
]

# ---- what motivates, in the client's own words

MOTIVATION = {
    "approach": ["Je luistert eerst, dat vind ik fijn.", "Zeg gewoon wat er moet gebeuren.",
                 "Jij belt als je zegt dat je belt."],
    "guidance": ["Eén vaste coach is genoeg voor mij.", "Ik wil weten wie ik kan bellen.", "Kom maar kijken op het werk."],
    "fitting-work": ["Met mijn handen werken, dan gaat de dag snel.", "Liever geen kassa.", "Afwisseling houdt me wakker."],
    "work-context": ["We lunchen samen, ik hoor erbij.", "Mijn broer brengt me, dat helpt.",
                     "Het is daar rustig, dat past bij mij."],
    "getting-ahead": ["Ik wil meer uren.", "Later wil ik een eigen kraam.", "Ik wil dat diploma halen."],
    "being-of-value": ["Ze rekenen op mij.", "Als ik er niet ben, missen ze me.", "Ik kan mensen echt helpen."],
    "aptitude": ["Ik weet nu dat ik dit kan.", "Ik onthoud alles als ik het een keer doe.", "Opgeven doe ik niet."],
}

# ---- agreements: party, what; some name who does it

AGREEMENTS = [
    ("client", "belt zelf over het rooster"), ("client", "neemt het contract mee"), ("client", "schrijft drie wensen op"),
    ("client", "vraagt opvang voor de maandag aan"), ("coach", "belt de werkgever over het rooster"),
    ("coach", "zoekt uit wat extra uren betekenen voor de uitkering"), ("coach", "komt een ochtend meekijken"),
    ("coach", "stuurt het verslag van het gesprek"), ("employer", "geeft werkkleding mee"),
    ("employer", "zet het rooster twee weken vooruit op papier"), ("network", "rijdt de eerste week mee"),
    ("municipality", "beslist over de reiskosten"),
]
AGREEMENT_NAMES = {"network": "broer", "municipality": "Inkomen"}
NOT_KEPT = {"client": "telefoon was stuk, nieuwe afspraak gemaakt", "coach": "door drukte vergeten, alsnog opgepakt",
            "employer": "de leidinggevende was met vakantie", "network": "de auto was kapot",
            "municipality": "de aanvraag ligt nog bij Inkomen"}

# ---- bottlenecks: what, the group, who can decide, the answer

BOTTLENECKS = [
    ("geen bus voor 7 uur", "bus industrieterrein", "wethouder verkeer", "Er komt een proef met een busje."),
    ("vroege dienst niet te halen zonder auto", "bus industrieterrein", "wethouder verkeer", "Staat op de agenda van maart."),
    ("vergoeding voor begeleiding loopt af", "budget jobcoaching", "afdelingshoofd Werk", "Tot de zomer verlengd."),
    ("geen budget voor de cursus", "scholingsbudget", "afdelingshoofd Werk", "Aanvraag kan na 1 januari."),
    ("verrekening van inkomsten duurt lang", "verrekening inkomsten", "Inkomen", "Wordt binnen vier weken verwerkt."),
    ("wachtlijst voor kinderopvang", "kinderopvang", "beleid Jeugd", "Er komen twintig plaatsen bij."),
]

# ---- people around the client: name, relation, what the client wants that person to be told

NETWORK = [
    ("Yusuf", "broer", "alle afspraken"), ("Ria", "moeder", "alleen de tijden"), ("Mariam", "zus", "alle afspraken"),
    ("Koos", "buurman", "wanneer hij mee kan rijden"), ("Tineke", "vriendin", "alles over het werk"),
    ("Peter", "vader", "alleen de tijden"),
]

# ---- absence and dropout: why somebody is absent is not asked

DROPOUT_REASONS = ["het werk was te ver weg", "de uren pasten niet meer bij thuis", "de afdeling is gestopt"]
NEXT_STEPS = ["begint opnieuw bij een andere werkgever", "eerst samen kijken wat er past"]
