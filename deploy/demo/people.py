"""Who there is in the demo municipality: teams, workers, employers, and names for clients. All are invented."""

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
OFFICER = ("fg", "Fenna Groot")  # functionaris gegevensbescherming
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
FUNCTIONS = ["leidinggevende", "werkbegeleider", "collega"]
# Has left by the time that the demo is shown, with clients still guided there.
LEFT = ("Metaal Noorderhoek", "P. Schouten")

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


def manager(team):
    return team.lower() + "-manager"


def client_name(chance):
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES).strip()}"


def organisation():
    """The lines that make the organisation, and the workers who get a profile."""
    lines = [f"team add {team}" for team in TEAMS]
    workers = []
    for team, coaches in TEAMS.items():
        for coach in coaches:
            lines.append(f'worker add {coach} --name "{WORKERS[coach]}" --role coach --team {team}')
        lines.append(f'worker add {manager(team)} --name "Teamleider {team}" --role manager --team {team}')
        workers += [*coaches, manager(team)]
    for member, (name, team) in MEMBERS.items():
        lines.append(f'worker add {member} --name "{name}" --role member --team {team}')
        workers.append(member)
    lines.append(f'worker add {OFFICER[0]} --name "{OFFICER[1]}" --role privacy-officer')
    workers.append(OFFICER[0])
    for employer, people in EMPLOYERS.items():
        lines.append(f'employer add "{employer}"')
        lines += [f'employer person add "{employer}" "{person}" --function {function}'
                  for person, function in zip(people, FUNCTIONS)]
    return lines, workers
