"""The table access.txt, and for each method of the service a call that would do what it is for, of any client."""
import pathlib
import re

from database import REPOSITORY, Database, digest, token_of

ROLES = ('coach', 'member', 'manager', 'admin', 'employer', 'client', 'privacy_officer')
CALLERS = dict(zip(ROLES, ('anna', 'mia', 'max', 'admin', 'visser', 'klant', 'fg')))
CLIENTS = {  # whose: municipality, number, coach, team, person at the employer
    'own': ('Veldstad', 'ZAAK1', 'anna', 'Noord', 'M. Visser'),
    'colleague': ('Veldstad', 'ZAAK2', 'bert', 'Noord', 'K. de Wit'),
    'other team': ('Veldstad', 'ZAAK3', 'zoe', 'Zuid', 'J. Bos'),
    'other municipality': ('Oevermeer', 'ZAAK4', 'anna', 'Noord', 'M. Visser')}
EMPLOYER, SECOND, AHEAD = 'Bakkerij De Zon', 'E. Tweede', '2090-01-01 09:00+00'
TOKEN = '\\x' + '5e' * 32


def log_case(*more):
    """A case of an event log, of before the trajectory that each client has, as the text of an array."""
    case = ('(z1,trajectory_started,2025-01-01 09:00+00,,,first_contact,{coach},{team},,,,,activation' + ',' * 24 + ')', *more,
            '(z2,trajectory_ended,2025-02-01 09:00+00,,,first_contact,{coach},{team},,,,,,other' + ',' * 23 + ')')
    return '{{' + ','.join(f'"{entry}"' for entry in case) + '}}'


def expected():
    """By method, what access.txt says of each role."""
    table = {}
    for line in (pathlib.Path(__file__).parent / 'access.txt').read_text().splitlines():
        if line.strip() and not line.startswith('#'):
            method, *words = line.split()
            assert method not in table and len(words) == len(ROLES), line
            assert set(words) <= {'own', 'team', 'all', 'out', 'yes', 'none', '-'}, line
            table[method] = dict(zip(ROLES, words))
    return table


def methods():
    """The methods of the service Traject, as the interface has them."""
    interface = (REPOSITORY / 'proto/traject.proto').read_text()
    service = re.search(r'^service Traject \{\n(.*?)^\}', interface, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r'^  rpc (\w+)\(', service, re.MULTILINE)


# What the call of a method is given besides the client; {...} is of the client, as Cases has it. A method of
# which a call says the client refuses who may not reach that client; of the others the answer names it or not.
WITH_CLIENT = {
    'AddClientAccess': {'token_sha256': TOKEN}, 'RevokeClientAccess': {},
    'GetClient': {}, 'GetTimeline': {'newest_first': True}, 'ListSilences': {}, 'VerifyTimeline': {}, 'Watch': {},
    'StartTrajectory': {'kind': 'work_experience', 'coach': '{coach}', 'team': '{team}'},
    'EndTrajectory': {'outcome': 'other'}, 'MoveStage': {'stage': 'workplace_guidance'},
    'RecordContact': {'channel': 'phone', 'counterpart': 'client', 'reached': True},
    'AssignCoach': {'coach': 'cor', 'team': '{team}'}, 'SetRhythm': {'days': 9},
    'FlagHandover': {'employer': EMPLOYER, 'supervisor': '{person}'},
    'PrepareHandover': {'talked_through_with_client': True, 'guidance_needs_shared': True,
                        'absence_and_dropout_discussed': True, 'fallback_agreed': True, 'second_person': SECOND},
    'AcceptHandover': {}, 'DeclineHandover': {'reason': 'x'}, 'WithdrawHandover': {'reason': 'x'},
    'CompleteHandover': {}, 'ReturnHandover': {'reason': 'x'},
    'RecordFirstContact': {'initiator': 'employer', 'direction': 'person_seeks_tasks', 'form': 'call_or_talk'},
    'RecordDayAlong': {'employer': EMPLOYER}, 'BeginTrialPlacement': {'employer': EMPLOYER, 'due_at': AHEAD},
    'BeginProbation': {'employer': EMPLOYER, 'due_at': AHEAD},
    'BeginContract': {'employer': EMPLOYER, 'contract': 'permanent', 'hours': '24'},
    'RecordWageValue': {'by_whom': 'UWV', 'percentage': 60}, 'ApplyForScheme': {'scheme': 'no_risk_policy'}, 'FitTask': {'what': 'x'},
    'AgreeAdaptation': {'what': 'x'}, 'ArrangeWorkplaceGuidance': {'guide': 'coach', 'guidance_form': 'calls'},
    'ChangeSupervisor': {'second_person': SECOND}, 'AddCareerEntry': {'kind': 'goal_set', 'what': 'x'},
    'SetPrecondition': {'theme': 'debts', 'state': 'missing'}, 'RecordMotivation': {'guidance': 'x'},
    'MakeAgreement': {'party': 'coach', 'what': 'x', 'due_at': AHEAD}, 'RaiseBottleneck': {'what': 'x'},
    'AddNetworkPerson': {'what': 'Ria', 'relation': 'zus', 'may_be_told': 'niets'},
    'PlanAppointment': {'channel': 'phone', 'counterpart': 'client', 'due_at': AHEAD}, 'ReportAbsence': {},
    'ReportDropout': {'reason': 'x'}, 'RecordStep': {'kind': 'agreement_kept', 'item_id': '{agreement}'},
    'ImportJourney': {'kind': 'work_experience', 'started_at': '2026-01-01 09:00+00', 'coach': '{coach}', 'team': '{team}',
                      'reason': 'x', 'entries': '{{}}'},
    'ListLogEntries': {'trajectory': 1},
    'ImportLogCase': {'trajectory': 2, 'reason': 'x', 'by_whom': 'x', 'entries': log_case()},
    'ListOwnItems': {'with_ended': True}, 'ListOwnEntries': {}, 'RecordOwnStep': {'kind': 'handover_accepted'},
    'ListAccess': {}, 'BreakGlass': {'reason': 'x'}, 'EndGlass': {},
    'ListPeriods': {}, 'RequestErasure': {'reason': 'x'}, 'WithdrawErasure': {}, 'ConfirmErasure': {},
}
WITH_EVENT = {'CorrectEntry': {'event_id': '{agreement}', 'reason': 'x', 'words': 'anders'},
              'WithdrawEntry': {'event_id': '{agreement}', 'reason': 'x'},
              'AskCorrection': {'event_id': '{agreement}', 'words': 'x'}}
WITHOUT_CLIENT = {
    'AddTeam': {'team': 'Oost'}, 'ListTeams': {}, 'RevokeTeam': {'team': 'Leeg'},
    'AddTeamMember': {'team': 'Zuid', 'worker': 'mia'}, 'RevokeTeamMember': {'team': 'Noord', 'worker': 'mia'},
    'AddWorker': {'worker': 'nora', 'full_name': 'Nora', 'role': 'coach'}, 'ListWorkers': {}, 'RevokeWorker': {'worker': 'mia'},
    'AddEmployer': {'employer': 'Kwekerij'}, 'ListEmployers': {}, 'RevokeEmployer': {'employer': 'Garage'},
    'AddEmployerPerson': {'employer': EMPLOYER, 'person': 'A. Nieuw'}, 'ListEmployerPeople': {},
    'RevokeEmployerPerson': {'employer': EMPLOYER, 'person': SECOND}, 'AddToken': {'worker': 'mia', 'token_sha256': TOKEN},
    'ListTokens': {}, 'RevokeToken': {'token_id': '{token}'},
    'AddEmployerAccess': {'employer': EMPLOYER, 'person': SECOND, 'token_sha256': TOKEN},
    'RevokeEmployerAccess': {'employer': EMPLOYER, 'person': 'M. Visser'}, 'AddClient': {}, 'FindClients': {'query': 'ZAAK'},
    'ListRhythms': {}, 'ListHandovers': {}, 'ListHandoversDue': {}, 'ListWithoutContact': {}, 'GetBoard': {},
    'ListItems': {'with_ended': False, 'overdue': False}, 'ListSupervisorsLeft': {}, 'ListWithoutCareer': {},
    'ListMotivation': {}, 'ListBottleneckGroups': {}, 'ListComingUp': {}, 'RebuildState': {'repair': False},
    'SetSetting': {'name': 'coming_up_days', 'value': 7}, 'ListSettings': {}, 'GetStageFigures': {}, 'GetStageTimes': {},
    'ListPaths': {}, 'GetHandoverFigures': {}, 'GetContactFigures': {}, 'GetSilenceFigures': {}, 'GetCoachFigures': {}, 'GetAgreementFigures': {},
    'ListFigureClients': {'figure': 'stages', 'withheld': False}, 'ListLogCases': {'with_names': True}, 'ListOwnClients': {}, 'GetOwnJourney': {}, 'ListOwnSilences': {},
    'AddOwnEntry': {'words': 'x'}, 'ListGlass': {}, 'ListProcessingActivities': {},
    'SetProcessingActivity': {'method': 'GetClient', 'uri': 'https://register.example.nl/1'},
    'ListErasures': {'with_ended': False},
    'SetRetention': {'retained': 'work_experience', 'value': 36}, 'ListRetention': {}, 'ListRetentionDue': {},
    'RequestDueErasures': {}, 'ConfirmDueErasures': {},
}
# An admin sets the rhythm of all of the municipality, for nobody's case.
OF_ROLE = {('admin', 'SetRhythm'): {'client_number': None}}
# What has to be there first, in this order: by whom, which method, and what else it is given.
FLAGGED = [('bas', 'FlagHandover', {})]
PREPARED = [*FLAGGED, ('bas', 'PrepareHandover', {})]
ACCEPTED = [*PREPARED, ('bas', 'AcceptHandover', {})]
ENDED = [('bas', 'EndTrajectory', {})]
ASKED = [*ENDED, ('bas', 'RequestErasure', {})]
BEFORE = {'PrepareHandover': FLAGGED, 'AcceptHandover': PREPARED, 'DeclineHandover': FLAGGED, 'WithdrawHandover': FLAGGED,
          'CompleteHandover': ACCEPTED, 'ReturnHandover': [*ACCEPTED, ('bas', 'CompleteHandover', {})], 'ListHandovers': FLAGGED,
          'ChangeSupervisor': FLAGGED, 'RecordOwnStep': PREPARED, 'StartTrajectory': [('bas', 'EndTrajectory', {})],
          'ListGlass': [('cor', 'BreakGlass', {})],
          'RevokeClientAccess': [('bas', 'AddClientAccess', {})], 'ListRhythms': [('bas', 'SetRhythm', {})],
          'ListSupervisorsLeft': [('admin', 'RevokeEmployerPerson', {'person': '{person}'})],
          'RequestErasure': ENDED, 'WithdrawErasure': ASKED, 'ConfirmErasure': ASKED, 'ListErasures': ASKED}


def function_of(method):
    return re.sub('(?<!^)([A-Z])', r'_\1', method).lower()


class Cases:
    """A database of two municipalities with all CALLERS and CLIENTS, and the text of calls there."""

    def __init__(self):
        self.database = database = Database(strict=True)
        script = ''
        for municipality in ('Veldstad', 'Oevermeer'):
            def by(actor, function, **arguments):
                return database.transaction(actor, function, municipality, **arguments)
            script += by('admin', 'add_team', team='Leeg') + by('admin', 'add_employer', employer='Garage')
            script += by('admin', 'add_employer_person', employer=EMPLOYER, person=SECOND)
            script += by('admin', 'add_worker', worker='fg', full_name='F. Gegevens', role='privacy_officer')
            script += by('admin', 'add_token', worker='fg', token_sha256='\\x' + digest(token_of(municipality, 'fg')))
        database.run(script, 'traject_daemon')
        script = ''
        for municipality, number, coach, team, person in CLIENTS.values():
            database.new_client(number, coach, team, municipality=municipality, stage='work_content')
            script += database.transaction(coach, 'make_agreement', municipality, client_number=number, party='coach',
                                           what='belt', due_at='2026-02-01')
            script += database.transaction(coach, 'arrange_workplace_guidance', municipality, client_number=number,
                                           guide='colleague', guidance_form='on_the_floor', employer=EMPLOYER, person=person)
            script += database.transaction(coach, 'raise_bottleneck', municipality, client_number=number, what='bus',
                                           grouped_as='bus')
        script += database.transaction('admin', 'add_employer_access', employer=EMPLOYER, person='M. Visser',
                                       token_sha256='\\x' + digest(token_of('Veldstad', 'visser')))
        script += database.transaction('anna', 'add_client_access', client_number='ZAAK1',
                                       token_sha256='\\x' + digest(token_of('Veldstad', 'klant')))
        database.run(script, 'traject_daemon')
        self.clients = {whose: self.client(*client) for whose, client in CLIENTS.items()}

    def client(self, municipality, number, coach, team, person):
        return {
            'number': number, 'coach': coach, 'team': team, 'person': person, 'municipality': municipality,
            'agreement': self.database.value(f"""select e.event_id from traject.event e
                join traject.trajectory_state s using (municipality_id, trajectory_id)
                join traject.client c using (municipality_id, client_id)
               where c.client_number = '{number}' and e.kind = 'agreement_made'"""),
            'token': self.database.value("""select t.token_id from session.token t join traject.worker w
                using (municipality_id, worker_id) where w.name = 'mia' order by 1 limit 1""")}

    def call(self, method, client, more):
        """The text of a call of that method, of that client."""
        arguments = WITHOUT_CLIENT.get(method)
        if arguments is None:
            arguments = WITH_EVENT.get(method) or {'client_number': '{number}', **WITH_CLIENT[method]}
        filled = {name: value.format(**client) if isinstance(value, str) else value
                  for name, value in {**arguments, **more}.items()}
        return self.database.call(function_of(method), **filled)

    def steps(self, steps, client):
        """The text of these calls, each with who makes it, the method, and what else that is given."""
        return ''.join(self.database.enter(actor, client['municipality'], method)
                       + f'select from {self.call(method, client, more)};\n' for actor, method, more in steps)
