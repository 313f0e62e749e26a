"""Who looked: that every call leaves its lines, with the right persons and the right caller, and no other call does."""
import datetime
import json
import secrets
import subprocess
import unittest

import harness
from harness import ServiceTest
from test_watch import Watcher
from wire import Connection, Refused, new_key, pb

SERVICE = pb.DESCRIPTOR.services_by_name['Traject']
EMPLOYER = 'Bakkerij De Zon'


def ahead(days=60):
    moment = pb.GetStatusReply().now
    moment.FromDatetime(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days))
    return moment


def named(message):
    """The client numbers in a message, in whatever row of it."""
    found = set()
    for field, value in message.ListFields():
        if field.name == 'client_number':
            found.add(value)
        elif field.name == 'client_numbers':
            found.update(value)
        elif field.message_type and field.label == field.LABEL_REPEATED:
            found.update(*map(named, value))
    return found


class LookedTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A privacy officer, and a client with an account of the own.
        cls.service.script('worker add petra --name "Petra Prins" --role privacy-officer\ntoken add petra --save-as petra\n')
        cls.connections, cls.told = {}, set()
        cls.addClassCleanup(lambda: [c.socket.close() for c in cls.connections.values()])

    def connection(self, profile):
        if profile not in self.connections:
            self.connections[profile] = Connection(self.service, self.service.token(profile))
        return self.connections[profile]

    def call(self, profile, method, _message=None, /, **fields):
        request = getattr(pb, SERVICE.methods_by_name[method].input_type.name)
        return self.connection(profile).call(method, _message or request(**fields))

    def lines(self):
        """Both logs joined, but for the lines that were told before: of each the method, the status, the person, who looked,
        and whether through broken glass; by when they were written."""
        rows = self.service.sql("""
            select operation_id, split_part(p.name, '/', 3), p.status_code, c.client_number, w.name, a.glass_id is not null
              from logbook.processing_log p
              left join logbook.audit_log a using (municipality_id, operation_id)
              left join traject.worker w using (municipality_id, worker_id)
              left join traject.client c on c.municipality_id = a.municipality_id and c.client_id = a.client_id
             order by p.end_time""")
        new = [(method, int(status), number or None, worker, glass == 't')
               for operation, method, status, number, worker, glass in rows if operation not in self.told]
        self.told.update(row[0] for row in rows)
        return new

    def looked(self, profile, method, persons, status=1, glass=False):
        """The new lines are those of one call about these persons: one each, and one above them when they are more."""
        worker = self.connection(profile).identity.worker
        expected = [(method, status, number, worker, glass) for number in sorted(persons)]
        if len(persons) > 1:
            expected.append((method, status, None, worker, False))
        self.assertEqual(sorted(self.lines(), key=lambda line: (line[2] is None, line[2])), expected, method)

    def new_number(self, coach='anna'):
        number = self.call(coach, 'AddClient').client_number
        self.call(coach, 'StartTrajectory', client_number=number, kind=pb.TRAJECTORY_KIND_ACTIVATION)
        return number

    def refusal(self, profile, method, code, /, **fields):
        with self.assertRaises(Refused) as caught:
            self.call(profile, method, **fields)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception


class EveryMethod(LookedTest):
    def token_for(self, profile):
        token = secrets.token_hex(32)
        self.service.profile(profile, token)
        return bytes.fromhex(harness.digest(token))

    def test_each_is_logged_or_is_about_the_organisation(self):
        client = {'client_number': 'K1'}
        event = {}
        at = {'employer': EMPLOYER}
        phone = {'channel': pb.CHANNEL_PHONE, 'counterpart': pb.COUNTERPART_CLIENT}
        flag = ('anna', 'FlagHandover', {**client, **at, 'supervisor': 'M. Visser'})
        one, nobody, shown = {'K1'}, set(), None
        # Somebody else's, whom none of these calls may log.
        self.new_number('zoe')
        entry = pb.ImportEntry(external_id='1', activity='gesprek')
        entry.occurred_at.FromDatetime(datetime.datetime(2026, 1, 5))
        imported = pb.ImportJourneyRequest(client_number='K2', kind=pb.TRAJECTORY_KIND_ACTIVATION, coach='anna', team='Noord',
                                           reason='uit het log', entries=[entry])
        imported.started_at.FromDatetime(datetime.datetime(2026, 1, 1))
        start = pb.LogEntry(external_id='k3', kind=pb.EVENT_KIND_TRAJECTORY_STARTED, stage=pb.STAGE_FIRST_CONTACT, coach='anna',
                            team='Noord', trajectory_kind=pb.TRAJECTORY_KIND_ACTIVATION)
        start.occurred_at.FromDatetime(datetime.datetime(2026, 1, 5))
        taken_back = pb.ImportLogCaseRequest(client_number='K3', trajectory=1, reason='uit het log', by_whom='uit het log',
                                             entries=[start])
        calls = [
            ('anna', 'AddClient', client, one),
            ('anna', 'StartTrajectory', {**client, 'kind': pb.TRAJECTORY_KIND_ACTIVATION}, one),
            ('anna', 'FindClients', {'query': 'K'}, one),
            ('anna', 'FindClients', {'query': 'nobody'}, nobody),
            ('anna', 'GetClient', client, one),
            ('anna', 'GetTimeline', client, one),
            ('anna', 'ListSilences', client, one),
            ('anna', 'VerifyTimeline', client, one),
            ('anna', 'ListItems', client, one),
            ('anna', 'MoveStage', {**client, 'stage': pb.STAGE_STARTING_WORK}, one),
            ('anna', 'RecordContact', {**client, **phone, 'reached': True}, one),
            ('anna', 'RecordFirstContact', {**client, 'initiator': pb.INITIATOR_UWV, 'form': pb.FIRST_CONTACT_FORM_JOB_INTERVIEW,
                                            'direction': pb.DIRECTION_PERSON_SEEKS_TASKS}, one),
            ('anna', 'RecordDayAlong', {**client, **at}, one),
            ('anna', 'BeginTrialPlacement', {**client, **at}, one),
            ('anna', 'BeginProbation', {**client, **at, 'due_at': ahead()}, one),
            ('anna', 'BeginContract', {**client, **at, 'contract': pb.CONTRACT_KIND_PERMANENT, 'hours': '24'}, one),
            ('anna', 'RecordWageValue', {**client, 'percentage': 60, 'by_whom': 'UWV'}, one),
            ('anna', 'ApplyForScheme', {**client, 'scheme': pb.SCHEME_NO_RISK_POLICY}, one),
            ('anna', 'FitTask', {**client, 'what': 'vakken vullen'}, one),
            ('anna', 'AgreeAdaptation', {**client, 'what': 'een kruk'}, one),
            ('anna', 'ArrangeWorkplaceGuidance', {**client, 'guide': pb.GUIDE_COACH, 'guidance_form': pb.GUIDANCE_FORM_CALLS}, one),
            ('anna', 'AddCareerEntry', {**client, 'kind': pb.EVENT_KIND_WISH_VOICED, 'what': 'een vak leren'}, one),
            ('anna', 'SetPrecondition', {**client, 'theme': pb.THEME_TRANSPORT, 'state': pb.ITEM_STATE_MISSING}, one),
            ('anna', 'RecordMotivation', {**client, 'approach': 'rustig'}, one),
            ('anna', 'MakeAgreement', {**client, 'party': pb.AGREEMENT_PARTY_COACH, 'what': 'belt', 'due_at': ahead()}, one),
            ('anna', 'RaiseBottleneck', {**client, 'what': 'geen bus', 'grouped_as': 'vervoer'}, one),
            ('anna', 'AddNetworkPerson', {**client, 'what': 'Sam', 'relation': 'broer', 'may_be_told': 'alles'}, one),
            ('anna', 'PlanAppointment', {**client, **phone, 'due_at': ahead(3)}, one),
            ('anna', 'ReportAbsence', client, one),
            ('anna', 'RecordStep', {**client, 'kind': pb.EVENT_KIND_ABSENCE_RECOVERED}, one),
            ('anna', 'ReportDropout', {**client, 'reason': 'de zaak sluit'}, one),
            (*flag, one), ('anna', 'DeclineHandover', {**client, 'reason': 'nu niet'}, one),
            (*flag, one), ('anna', 'WithdrawHandover', {**client, 'reason': 'later'}, one),
            (*flag, one),
            ('anna', 'PrepareHandover', {**client, 'talked_through_with_client': True, 'guidance_needs_shared': True,
                                         'absence_and_dropout_discussed': True, 'fallback_agreed': True,
                                         'second_person': 'K. de Wit'}, one),
            # Somebody at the employer, and the client.
            ('admin', 'AddEmployerAccess', {**at, 'person': 'M. Visser', 'token_sha256': self.token_for('visser')}, nobody),
            ('visser', 'ListOwnClients', {}, one), ('visser', 'ListOwnItems', {}, one), ('visser', 'ListOwnEntries', {}, one),
            ('visser', 'RecordOwnStep', {**client, 'kind': pb.EVENT_KIND_ABSENCE_REPORTED}, one),
            ('anna', 'AddClientAccess', {**client, 'token_sha256': self.token_for('klant')}, one),
            ('klant', 'GetOwnJourney', {}, one), ('klant', 'ListOwnItems', {}, one), ('klant', 'ListOwnEntries', {}, one),
            ('klant', 'ListOwnSilences', {}, one),
            ('klant', 'AddOwnEntry', {'words': 'het gaat goed'}, one), ('klant', 'AskCorrection', event, one),
            ('klant', 'ListAccess', client, one),
            ('admin', 'RevokeEmployerAccess', {**at, 'person': 'M. Visser'}, nobody), ('anna', 'RevokeClientAccess', client, one),
            ('anna', 'AcceptHandover', client, one), ('anna', 'CompleteHandover', client, one),
            ('anna', 'ChangeSupervisor', {**client, 'supervisor': 'J. Bos'}, one),
            ('anna', 'ListHandovers', {'states': [pb.HANDOVER_STATE_COMPLETED]}, one),
            # Says nobody's name, and changes the record of whom it was the supervisor.
            ('admin', 'RevokeEmployerPerson', {**at, 'person': 'J. Bos'}, one),
            ('anna', 'ListSupervisorsLeft', {}, one),
            ('anna', 'ReturnHandover', {**client, 'reason': 'J. Bos is weg'}, one),
            ('anna', 'ListHandoversDue', {'working_days': 1}, nobody),
            ('anna', 'CorrectEntry', event, one), ('anna', 'WithdrawEntry', event, one),
            ('max', 'SetRhythm', {**client, 'days': 10}, one), ('max', 'ListRhythms', {}, one),
            # Of all the team, whom it does not name.
            ('max', 'SetRhythm', {'team': 'Noord', 'days': 20}, nobody), ('max', 'SetRhythm', {**client, 'days': 0}, one),
            ('max', 'SetRhythm', {'team': 'Noord', 'days': 21}, one),
            ('max', 'ImportJourney', imported, {'K2'}),
            ('anna', 'GetBoard', {}, {'K1', 'K2'}),
            ('anna', 'ListWithoutContact', {}, {'K1', 'K2'}), ('anna', 'ListMotivation', {}, {'K1', 'K2'}),
            ('anna', 'ListWithoutCareer', {}, nobody), ('anna', 'ListBottleneckGroups', {}, one),
            ('anna', 'ListComingUp', {}, {'K1', 'K2'}), ('anna', 'ListItems', {'kinds': [pb.ITEM_KIND_WISH]}, one),
            ('anna', 'Watch', {'resume_after': '1.0'}, {'K1', 'K2'}),
            ('max', 'AssignCoach', {**client, 'coach': 'bert'}, one),
            ('max', 'ListFigureClients', {'figure': pb.FIGURE_CONTACT}, {'K1', 'K2'}),
            ('max', 'ListLogCases', {'with_names': False}, {'K1', 'K2'}), ('max', 'ListLogEntries', {**client, 'trajectory': 1}, one),
            ('max', 'ImportLogCase', taken_back, {'K3'}),
            ('zoe', 'BreakGlass', {**client, 'reason': 'spoed'}, one), ('max', 'ListGlass', {}, one),
            ('zoe', 'EndGlass', client, one), ('petra', 'ListAccess', client, one),
            ('admin', 'RebuildState', {'repair': False}, nobody),
            ('bert', 'ListPeriods', client, one),
            ('bert', 'EndTrajectory', {**client, 'outcome': pb.OUTCOME_EMPLOYED}, one),
            ('max', 'RequestErasure', {**client, 'reason': 'vroeg erom'}, one), ('max', 'ListErasures', {'with_ended': False}, one),
            ('petra', 'WithdrawErasure', client, one), ('max', 'RequestErasure', {**client, 'reason': 'vroeg erom'}, one),
            ('petra', 'ConfirmErasure', client, nobody), # of the number that the client has from then on
            ('max', 'ListRetention', {}, nobody), ('max', 'ListRetentionDue', {}, nobody),
            ('petra', 'SetRetention', {'retained': pb.RETAINED_WORK_EXPERIENCE, 'value': 60}, nobody),
            ('max', 'RequestDueErasures', {}, nobody), ('petra', 'ConfirmDueErasures', {}, nobody),
            ('admin', 'ListTeams', {}, nobody), ('admin', 'ListWorkers', {}, nobody), ('admin', 'ListEmployers', {}, nobody),
            ('admin', 'ListEmployerPeople', {}, nobody), ('admin', 'ListTokens', {}, nobody), ('admin', 'ListSettings', {}, nobody),
            ('admin', 'AddTeam', {'team': 'Oost'}, nobody), ('admin', 'AddTeamMember', {'team': 'Oost', 'worker': 'anna'}, nobody),
            ('admin', 'RevokeTeamMember', {'team': 'Oost', 'worker': 'anna'}, nobody),
            ('admin', 'RevokeTeam', {'team': 'Oost'}, nobody),
            ('admin', 'AddWorker', {'worker': 'nel', 'full_name': 'Nel', 'role': pb.ROLE_COACH}, nobody),
            ('admin', 'AddToken', {'worker': 'nel', 'token_sha256': bytes(32)}, nobody),
            ('admin', 'RevokeToken', {'token_id': 1000}, nobody), ('admin', 'RevokeWorker', {'worker': 'nel'}, nobody),
            ('admin', 'AddEmployer', {'employer': 'Kwekerij'}, nobody),
            ('admin', 'AddEmployerPerson', {'employer': 'Kwekerij', 'person': 'P. Pot'}, nobody),
            ('admin', 'RevokeEmployer', {'employer': 'Kwekerij'}, nobody),
            ('admin', 'SetSetting', {'name': pb.SETTING_NAME_COMING_UP_DAYS, 'value': 14}, nobody),
            ('admin', 'SetProcessingActivity', {'method': 'GetClient'}, nobody),
            ('admin', 'ListProcessingActivities', {}, nobody),
            *(('max', figure, {}, nobody) for figure in (
                'GetStageFigures', 'GetStageTimes', 'ListPaths', 'GetHandoverFigures', 'GetContactFigures', 'GetSilenceFigures',
                'GetCoachFigures', 'GetAgreementFigures'))]
        self.assertEqual({method for _, method, *_ in calls}, set(SERVICE.methods_by_name), 'a method is not in this table')
        self.service.script(f'employer person add "{EMPLOYER}" "J. Bos"\n')
        for profile, method, fields, persons in calls:
            with self.subTest(method):
                if method == 'CorrectEntry':
                    entry = self.call('anna', 'GetTimeline', **client, newest_first=True, kinds=[pb.EVENT_KIND_CONTACT]).entries[0]
                    fields = {'event_id': entry.event_id, 'reason': 'een typefout', 'words': 'sprak de klant'}
                elif method == 'AskCorrection':
                    fields = {'event_id': self.call('klant', 'ListOwnEntries').entries[-1].event_id, 'words': 'dat was eerder'}
                elif method == 'WithdrawEntry':
                    entry = self.call('anna', 'GetTimeline', **client, newest_first=True, kinds=[pb.EVENT_KIND_CONTACT]).entries[0]
                    fields = {'event_id': entry.event_id, 'reason': 'dubbel'}
                self.lines()
                glass = method in ('BreakGlass', 'EndGlass')
                if method == 'Watch':
                    # It goes on, so on a connection of its own.
                    with Connection(self.service, self.service.token(profile)) as c:
                        c.send(method, pb.WatchRequest(**fields))
                        reply = pb.WatchReply.FromString(c.receive().body)
                elif method == 'RevokeToken':
                    fields = {'token_id': int(self.service.sql("select max(token_id) from session.token")[0][0])}
                    reply = self.call(profile, method, **fields)
                else:
                    reply = self.call(profile, method, **fields) if isinstance(fields, dict) else \
                        self.call(profile, method, fields)
                if method == 'ConfirmErasure':
                    persons = {reply.client_number}
                self.looked(profile, method, persons, glass=glass)
                self.assertLessEqual(named(reply), persons)


    def test_the_daemon_does_not_start_when_a_method_would_not_be_logged(self):
        for change, says in (
                ("processing_activity_id = null, words = null where method ~ 'GetClient$'",
                 'GetClient names a person and has no processing activity'),
                ("processing_activity_id = 'x:y', words = 'z' where method ~ 'ListTeams$'",
                 'ListTeams has a processing activity and names no person'),
                ("method = '/traject.v1.Traject/GetNobody' where method ~ 'GetBoard$'", 'GetBoard is not in it')):
            with self.subTest(says):
                self.service.sql('create table public.kept as table logbook.method_activity; '
                                 f'update logbook.method_activity set {change}')
                try:
                    done = subprocess.run([harness.TRAJECTD, '--config', self.service.config], capture_output=True, text=True,
                                          timeout=harness.WAIT_SECONDS)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(f'logbook.method_activity: /traject.v1.Traject/{says}', done.stderr)
                finally:
                    self.service.sql('truncate logbook.method_activity; insert into logbook.method_activity table public.kept; '
                                     'drop table public.kept')


class Lines(LookedTest):
    def row(self, number, what):
        return self.service.sql(f"""select {what} from logbook.processing_log p
            join logbook.audit_log a using (municipality_id, operation_id)
            join traject.client c using (municipality_id, client_id) where c.client_number = '{number}'
            order by p.end_time desc, p.start_time desc limit 1""")[0]

    def test_the_fields_of_the_standard(self):
        number, other = self.new_number(), self.new_number()
        self.call('anna', 'GetClient', client_number=number)
        view = json.loads(self.service.sql(f"""
            select to_jsonb(l) from logbook.logboek_dataverwerkingen l
             where operation_id = int8send({self.row(number, 'operation_id')[0]})""")[0][0])
        self.assertEqual(set(view), {'municipality_id', 'trace_id', 'operation_id', 'status_code', 'name', 'start_time', 'end_time',
                                     'parent_operation_id', 'foreign_operation', 'resource', 'attributes'})
        self.assertRegex(view['trace_id'], r'^\\x[0-9a-f]{32}$')
        self.assertRegex(view['operation_id'], r'^\\x[0-9a-f]{16}$')
        self.assertEqual((view['status_code'], view['name'], view['parent_operation_id'], view['foreign_operation']),
                         (1, '/traject.v1.Traject/GetClient', None, None))
        self.assertLessEqual(view['start_time'], view['end_time'])
        self.assertLess(abs(view['end_time'] / 1000 - datetime.datetime.now().timestamp()), 600)
        self.assertRegex(json.dumps(view['resource']), r'"service.name": "trajectd"')
        self.assertEqual(set(view['attributes']), {'dpl.core.processing_activity_id', 'dpl.core.data_subject_id',
                                                   'dpl.core.data_subject_id_type'})
        # Nobody's number, and no user.
        self.assertNotIn(number, json.dumps(view['attributes']))
        self.assertEqual(self.service.sql("""select count(*) from information_schema.columns where table_schema = 'logbook'
            and table_name = 'processing_log' and column_name ~ 'worker|token|client'"""), [['0']])
        # A list is an operation without a data subject, above one for each person, in one trace.
        self.call('anna', 'GetBoard')
        parents = {self.row(n, 'parent_operation_id, trace_id')[0] for n in (number, other)}
        traces = {self.row(n, 'trace_id')[0] for n in (number, other)}
        self.assertEqual((len(parents), len(traces)), (1, 1))
        self.assertEqual(self.service.sql(f"""select p.trace_id, p.data_subject_id is null, p.parent_operation_id is null, w.name
            from logbook.processing_log p join logbook.audit_log a using (municipality_id, operation_id)
            join traject.worker w using (municipality_id, worker_id) where operation_id = {parents.pop()}"""),
            [[traces.pop(), 't', 't', 'anna']])

    def test_a_callers_trace_goes_on(self):
        number = self.new_number()
        trace, span = '4bf92f3577b34da6a3ce929d0e0e4736', 'f0f067aa0ba902b7'
        c = self.connection('anna')
        shown = """encode(uuid_send(trace_id), 'hex'), encode(int8send(parent_operation_id), 'hex'), foreign_entity"""
        request = pb.GetClientRequest(client_number=number)
        c.call('GetClient', request, traceparent=f'00-{trace}-{span}-01')
        self.assertEqual(self.row(number, shown), [trace, span, ''])
        c.call('GetClient', request, traceparent=f'00-{trace}-{span}-00', foreign_entity='https://uwv.example.nl/api')
        self.assertEqual(self.row(number, shown), [trace, span, 'https://uwv.example.nl/api'])
        operation = self.row(number, 'operation_id')[0]
        self.assertEqual(json.loads(self.service.sql(f"""select foreign_operation from logbook.logboek_dataverwerkingen
            where operation_id = int8send({operation})""")[0][0]),
            {'trace_id': trace, 'operation_id': span, 'entity': 'https://uwv.example.nl/api'})
        c.call('GetBoard', pb.GetBoardRequest(), traceparent=f'00-{trace}-{span}-01', foreign_entity='https://uwv.example.nl/api')
        self.lines()
        for wrong in (f'00-{trace}-{span}', f'00-{"0" * 32}-{span}-01', f'00-{trace}-{"0" * 16}-01', f'ff-{trace}-{span}-01',
                      f'00-{trace.upper()}-{span}-01', f'00-{trace}-{span}-01-x', 'x'):
            with self.assertRaises(Refused) as caught:
                c.call('GetClient', request, traceparent=wrong)
            self.assertEqual((caught.exception.code, caught.exception.field), ('INVALID_ARGUMENT', 'traceparent'))
        for wrong in ({'foreign_entity': 'https://x'}, {'traceparent': f'00-{trace}-{span}-01', 'foreign_entity': 'no uri'}):
            with self.assertRaises(Refused) as caught:
                c.call('GetClient', request, **wrong)
            self.assertEqual((caught.exception.code, caught.exception.field), ('INVALID_ARGUMENT', 'foreign_entity'))
        self.assertEqual(self.lines(), [])

    def test_many_callers_in_one_batch_are_told_apart(self):
        numbers = {profile: self.new_number(profile) for profile in ('anna', 'bert', 'zoe')}
        self.lines()
        # What waits for the lock goes out together after it.
        each = 20
        for profile, number in numbers.items():
            c = self.connection(profile)
            c.socket.sendall(b''.join(c.request('GetClient', pb.GetClientRequest(client_number=number)) for _ in range(each)))
        for profile in numbers:
            for _ in range(each):
                self.connection(profile).answer('GetClient')
        self.assertEqual(sorted(self.lines()), sorted(
            ('GetClient', 1, number, profile, False) for profile, number in numbers.items() for _ in range(each)))

    def test_what_is_refused_leaves_a_line_too(self):
        number, others = self.new_number(), self.new_number('zoe')
        self.lines()
        for profile, method, fields, code, whose in (
                ('anna', 'GetClient', {'client_number': others}, 'NOT_FOUND', others),
                ('anna', 'MoveStage', {'client_number': number, 'stage': pb.STAGE_PRECONDITIONS}, 'INVALID_ARGUMENT', number),
                ('zoe', 'CorrectEntry', {'event_id': self.first_event(number), 'reason': 'x'}, 'NOT_FOUND', number),
                ('anna', 'AddClient', {'client_number': others}, 'ALREADY_EXISTS', others)):
            with self.subTest(method):
                self.refusal(profile, method, code, **fields)
                self.looked(profile, method, {whose}, status=2)
        # Of whom there is not, and what names nobody, there is nothing to say.
        self.refusal('anna', 'GetClient', 'NOT_FOUND', client_number='X99')
        self.refusal('anna', 'GetBoard', 'PERMISSION_DENIED', team='Zuid')
        self.assertEqual(self.lines(), [])
        # One of a batch costs the others nothing, and each has its own line.
        c = self.connection('anna')
        for of in (number, others, number):
            c.send('GetClient', pb.GetClientRequest(client_number=of))
        c.answer('GetClient')
        with self.assertRaises(Refused):
            c.answer('GetClient')
        c.answer('GetClient')
        self.assertEqual(sorted(self.lines(), key=lambda line: line[1]),
                         [('GetClient', 1, number, 'anna', False)] * 2 + [('GetClient', 2, others, 'anna', False)])

    def test_a_write_about_an_erased_client_leaves_a_line_too(self):
        number, other = self.new_number(), self.new_number()
        self.service.sql(f"""update traject.person_key set wrapped = null, erased_at = now()
                              where key_id = (select key_id from traject.client where client_number = '{number}')""")
        self.lines()
        c = self.connection('anna')
        contacts = [c.request('RecordContact', pb.RecordContactRequest(client_number=of, words='iets', reached=True,
                    channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT), None) for of in (number, other, number)]
        c.socket.sendall(b''.join(contacts))
        for of in (number, other, number):
            if of == other:
                c.answer('RecordContact')
                continue
            with self.assertRaises(Refused) as caught:
                c.answer('RecordContact')
            self.assertEqual((caught.exception.code, caught.exception.field), ('FAILED_PRECONDITION', 'client_number'))
        self.assertEqual(sorted(self.lines(), key=lambda line: line[1]),
                         [('RecordContact', 1, other, 'anna', False)] + [('RecordContact', 2, number, 'anna', False)] * 2)

    def first_event(self, number):
        return int(self.service.sql(f"""select min(event_id) from traject.event e
            join traject.trajectory t using (municipality_id, trajectory_id)
            join traject.client c using (municipality_id, client_id) where c.client_number = '{number}'""")[0][0])

    def test_an_answer_given_again_is_one_look(self):
        number = self.new_number()
        self.lines()
        key = new_key()
        request = pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT, reached=True)
        answers = [self.connection('anna').call('RecordContact', request, key) for _ in range(2)]
        self.assertEqual(*answers)
        self.looked('anna', 'RecordContact', {number})

    def test_what_cannot_be_logged_is_not_shown(self):
        number = self.new_number()
        self.service.sql('alter table logbook.audit_log rename to audit_log_away')
        try:
            self.refusal('anna', 'GetClient', 'UNAVAILABLE', client_number=number)
            self.refusal('anna', 'GetBoard', 'UNAVAILABLE')
            self.refusal('anna', 'RecordContact', 'UNAVAILABLE', client_number=number, channel=pb.CHANNEL_PHONE,
                         counterpart=pb.COUNTERPART_CLIENT, reached=True)
            # What shows nobody goes on.
            self.call('admin', 'ListTeams')
        finally:
            self.service.sql('alter table logbook.audit_log_away rename to audit_log')
        self.assertEqual(len(self.call('anna', 'GetTimeline', client_number=number).entries), 1)

    def test_a_watch_logs_who_is_told_of_and_no_more(self):
        number = self.new_number()
        watcher = Watcher(self.service, 'anna', '--client', number)
        self.addCleanup(watcher.stop)
        self.lines()
        self.call('anna', 'RecordContact', client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                  reached=True, words='gehoord')
        watcher.words('gehoord')
        self.assertEqual(self.lines(), [('RecordContact', 1, number, 'anna', False), ('Watch', 1, number, 'anna', False)])

    def test_a_municipality_sets_its_own_activities(self):
        number = self.new_number()
        standard = self.row(number, 'processing_activity_id')[0]
        self.ok('processing', 'set', 'GetClient', '--uri', 'https://register.example.nl/14', profile='petra')
        self.call('anna', 'GetClient', client_number=number)
        self.assertEqual(self.row(number, 'processing_activity_id'), ['https://register.example.nl/14'])
        self.call('anna', 'GetTimeline', client_number=number)
        self.assertEqual(self.row(number, 'processing_activity_id'), [standard])
        rows = {row['method']: row for row in self.rows('processing', 'list', profile='petra')}
        self.assertEqual((rows['GetClient']['uri'], rows['GetClient']['isSet']), ('https://register.example.nl/14', True))
        self.assertNotIn('AddTeam', rows)
        self.ok('processing', 'set', 'GetClient', profile='admin')
        self.call('anna', 'GetClient', client_number=number)
        self.assertEqual(self.row(number, 'processing_activity_id'), [standard])
        self.refused('processing', 'set', 'GetClient', '--uri', 'no uri', profile='petra', says='is a URI')
        self.refused('processing', 'set', 'AddTeam', '--uri', 'https://x', profile='petra', says='no method AddTeam that concerns people')
        self.refused('processing', 'list', profile='anna', says='not for the role coach')


class Access(LookedTest):
    def test_the_privacy_officer_and_the_client_see_who_looked(self):
        number = self.new_number()
        self.call('bert', 'FindClients', query='zzz')
        self.call('mia', 'GetTimeline', client_number=number)
        self.refusal('bert', 'GetClient', 'NOT_FOUND', client_number=number)
        self.ok('client', 'access', 'add', number, '--save-as', 'kees', profile='anna')
        kees = self.connection('kees').identity.worker
        for profile in ('petra', 'kees'):
            lines = self.rows('access', number, profile=profile)
            self.assertEqual([(line['worker'], line['method'], line['statusCode']) for line in reversed(lines)][:4], [
                ('anna', 'AddClient', 1), ('anna', 'StartTrajectory', 1), ('mia', 'GetTimeline', 1), ('bert', 'GetClient', 2)])
            self.assertEqual(lines[-3]['what'], 'read the journey')
            self.assertEqual(lines[-3]['fullName'], 'Mia Mulder')
        # That they looked is there too.
        self.assertEqual([line['worker'] for line in self.rows('access', number, profile='petra')][:2], [kees, 'petra'])
        self.assertRegex(self.ok('access', number, profile='petra'), r'Bert Smit \(coach\) .* refused ')
        # Page by page, each line once.
        everything = [line['operationId'] for line in self.rows('access', number, profile='petra')]
        pages, token = [], None
        while True:
            page = self.call('petra', 'ListAccess', client_number=number, page_size=2, **({'page_token': token} if token else {})).lines
            if not page:
                break
            pages += [line.operation_id for line in page]
            token = page[-1].page_token
        self.assertEqual([line for line in pages if line in everything], everything)
        self.assertEqual(len(pages), len(set(pages)))
        other = self.new_number()
        self.refused('access', other, profile='kees', says='no client with number')
        self.refused('access', 'X99', profile='petra', says='no client with number')
        for profile in ('anna', 'max', 'admin'):
            self.refused('access', number, profile=profile, says='not for the role')


class Glass(LookedTest):
    def test_it_is_seen_for_some_hours_and_in_the_open(self):
        number = self.new_number()
        watcher = Watcher(self.service, 'max')
        self.addCleanup(watcher.stop)
        self.refusal('zoe', 'GetClient', 'NOT_FOUND', client_number=number)
        self.refused('glass', 'break', number, '--reason', ' ', profile='zoe', says='reason is missing')
        self.lines()
        self.ok('glass', 'break', number, '--reason', 'belt in paniek, Anna is ziek', profile='zoe')
        # The manager is told at once, with the reason and until when.
        told = watcher.wait_for(lambda entry: entry.get('kind') == 'EVENT_KIND_GLASS_BROKEN')
        self.assertEqual(sorted(self.lines()), [('BreakGlass', 1, number, 'zoe', True), ('Watch', 1, number, 'max', False)])
        self.assertEqual((told['clientNumber'], told['recordedBy'], told['reason']), (number, 'zoe', 'belt in paniek, Anna is ziek'))
        self.assertIn('dueAt', told)
        coming = [row for row in self.rows('coming-up', number, profile='max') if row['kind'] == 'COMING_UP_KIND_GLASS_BROKEN']
        self.assertEqual(len(coming), 1)
        self.assertRegex(coming[0]['about'], r'^seen by Zoë Peters, until .* UTC$')
        self.assertEqual(coming[0]['what'], 'belt in paniek, Anna is ziek')
        self.assertNotIn('COMING_UP_KIND_GLASS_BROKEN', [row['kind'] for row in self.rows('coming-up', number, profile='anna')])
        # It is read and added to, and what was done stands out.
        self.lines()
        self.assertEqual(self.show(number, profile='zoe')['coach'], 'anna')
        self.looked('zoe', 'GetClient', {number}, glass=True)
        self.ok('contact', number, '--channel', 'phone', '--words', 'gesproken', profile='zoe')
        self.ok('agreement', 'make', number, 'belt morgen', '--party', 'coach', '--by', 'friday', profile='zoe')
        self.assertRegex(self.ok('access', number, profile='petra'),
                         r'(?m)Zoë Peters \(coach\) +recorded a contact or an attempt +BROKEN GLASS ')
        self.assertEqual({(line['worker'], line['method']) for line in self.rows('access', number, profile='petra')
                          if line.get('throughGlass')},
                         {('zoe', method) for method in ('BreakGlass', 'GetClient', 'RecordContact', 'MakeAgreement')})
        # But not given to another, ended, or corrected for others.
        self.refused('end', number, '--outcome', 'other', profile='zoe', says='through broken glass a record is read and added to')
        entry = self.call('zoe', 'GetTimeline', client_number=number).entries[0].event_id
        self.refusal('zoe', 'CorrectEntry', 'PERMISSION_DENIED', event_id=entry, reason='x', words='y')
        for profile in ('max', 'petra', 'zoe'):
            glass = self.rows('glass', 'list', profile=profile)[0]
            self.assertEqual((glass['clientNumber'], glass['worker'], glass['reason'], glass['open'], glass['methods'][:3]),
                             (number, 'zoe', 'belt in paniek, Anna is ziek', True, ['BreakGlass', 'GetClient', 'RecordContact']))
        self.assertEqual(self.rows('glass', 'list', '--client', number, profile='zack'), [])
        self.assertRegex(self.ok('glass', 'list', profile='max'), 'Zoë Peters')
        self.refused('glass', 'break', number, '--reason', 'x', profile='zoe', says='among those you may see already')
        # It ends by itself: three hours, and not a moment later.
        begun, until = self.service.sql('select broken_at, until - broken_at from traject.glass order by glass_id desc limit 1')[0]
        self.assertEqual(until, '03:00:00')
        self.service.sql("update traject.glass set broken_at = broken_at - interval '3 hours', until = until - interval '3 hours'")
        self.refusal('zoe', 'GetClient', 'NOT_FOUND', client_number=number)
        self.refused('contact', number, '--channel', 'phone', profile='zoe', says='no client with number')
        self.assertFalse(self.rows('glass', 'list', profile='max')[0].get('open', False))

    def test_it_ends_earlier_when_who_broke_it_says_so(self):
        number = self.new_number()
        self.ok('glass', 'break', number, '--reason', 'spoed', profile='zack')
        self.show(number, profile='zack')
        # A manager of another team assigns nobody through it.
        self.refused('assign', number, 'bert', profile='zack', says='.')
        self.refused('glass', 'end', number, profile='zoe', says='you broke no glass')
        self.ok('glass', 'end', number, profile='zack')
        self.refusal('zack', 'GetClient', 'NOT_FOUND', client_number=number)
        self.refused('glass', 'end', number, profile='zack', says='you broke no glass')
        # And may be broken again.
        self.ok('glass', 'break', number, '--reason', 'nog eens', profile='zack')
        self.show(number, profile='zack')
        self.ok('glass', 'end', number, profile='zack')

    def test_an_unknown_number_is_no_more_known_by_it(self):
        for number in ('X99', self.service.json('client', 'add', profile='anna')['clientNumber']):
            with self.subTest(number):
                run = self.service.traject('glass', 'break', number, '--reason', 'x', profile='zoe')
                self.assertEqual(run.code, 1)
                self.assertRegex(run.err, 'no client with number X99' if number == 'X99' else 'may see already')
        # Nor one of another municipality.
        self.refused('glass', 'break', 'X99', '--reason', 'x', profile='zoe', says='no client with number')
        for profile in ('admin', 'petra'):
            self.refused('glass', 'break', 'X99', '--reason', 'x', profile=profile, says='not for the role')

    def test_the_municipality_sets_how_long(self):
        number = self.new_number()
        self.refused('setting', 'set', 'glass-hours', '25', says='24 hours for broken glass')
        self.ok('setting', 'set', 'glass-hours', '1')
        self.ok('glass', 'break', number, '--reason', 'x', profile='zoe')
        self.assertEqual(self.service.sql('select until - broken_at from traject.glass order by glass_id desc limit 1'), [['01:00:00']])
        self.ok('setting', 'set', 'glass-hours', '3')


if __name__ == '__main__':
    unittest.main()
