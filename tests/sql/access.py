"""The table access.txt, and for each method of the service a call that would do what it is for, of any client."""
import pathlib
import re

from database import REPOSITORY

ROLES = ('coach', 'member', 'manager', 'admin', 'employer', 'client', 'privacy_officer')
EMPLOYER, SECOND, AHEAD = 'Bakkerij De Zon', 'E. Tweede', '2090-01-01 09:00+00'
TOKEN = '\\x' + '5e' * 32


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


# What the call of a method is given besides the client; {...} is of the client, as test_access.py has it. A method of
# which a call says the client refuses who may not reach that client; of the others the answer names it or not.
WITH_CLIENT = {
    'AddClientAccess': {'token_sha256': TOKEN}, 'RevokeClientAccess': {},
    'GetClient': {}, 'GetTimeline': {'newest_first': True}, 'VerifyTimeline': {}, 'Watch': {},
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
    'ListPaths': {}, 'GetHandoverFigures': {}, 'GetContactFigures': {}, 'GetCoachFigures': {}, 'GetAgreementFigures': {},
    'ListFigureClients': {'figure': 'stages', 'withheld': False}, 'ListOwnClients': {}, 'GetOwnJourney': {},
    'AddOwnEntry': {'words': 'x'}, 'ListGlass': {}, 'ListProcessingActivities': {},
    'SetProcessingActivity': {'method': 'GetClient', 'uri': 'https://register.example.nl/1'},
    'ListErasures': {'with_ended': False},
    'SetRetention': {'retained': 'work_experience', 'value': 36}, 'ListRetention': {}, 'ListRetentionDue': {},
    'RequestDueErasures': {}, 'ConfirmDueErasures': {},
}
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
