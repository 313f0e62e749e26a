"""The interface as another language's client meets it: messages generated from proto/traject.proto, over TLS."""
import datetime
import hashlib
import pathlib
import secrets
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

from harness import MUNICIPALITIES, ServiceTest
from wire import Connection, Refused, method_of, pb

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=123456)


def days_ago(message, field, days):
    """Sets the Timestamp field of the message to a moment so many days ago; returns the message."""
    getattr(message, field).FromDatetime(NOW - datetime.timedelta(days=days))
    return message


def at(timestamp):
    return timestamp.ToDatetime(datetime.timezone.utc)


class Contract(ServiceTest):
    organisation = False

    @classmethod
    def setUpClass(cls):
        """The organisation, made by the interface itself."""
        super().setUpClass()
        admin = cls.connection(MUNICIPALITIES['Veldstad'])
        cls.admin = admin
        for team in ('Noord', 'Zuid'):
            assert admin.call('AddTeam', pb.AddTeamRequest(team=team)).team == team
        cls.tokens = {}
        for worker, role, teams in (('anna', pb.ROLE_COACH, ['Noord']), ('bert', pb.ROLE_COACH, ['Noord']),
                                    ('max', pb.ROLE_MANAGER, ['Noord', 'Zuid']), ('zoe', pb.ROLE_COACH, ['Zuid']),
                                    ('fg', pb.ROLE_PRIVACY_OFFICER, [])):
            admin.call('AddWorker', pb.AddWorkerRequest(worker=worker, full_name=worker.title(), role=role, teams=teams))
            cls.tokens[worker] = secrets.token_hex(32)
            digest = hashlib.sha256(bytes.fromhex(cls.tokens[worker])).digest()
            added = admin.call('AddToken', pb.AddTokenRequest(worker=worker, token_sha256=digest, label='contract'))
            assert added.token_id > 0 and at(added.expires_at) > NOW
        admin.call('AddEmployer', pb.AddEmployerRequest(employer='Bakkerij De Zon'))
        for person in ('M. Visser', 'K. de Wit'):
            admin.call('AddEmployerPerson', pb.AddEmployerPersonRequest(employer='Bakkerij De Zon', person=person))
        # Somebody at the employer, and a client.
        anna = cls.connection(cls.tokens['anna'])
        number = anna.call('AddClient', pb.AddClientRequest()).client_number
        for outside, caller, method, request in (
                ('visser', admin, 'AddEmployerAccess', pb.AddEmployerAccessRequest(employer='Bakkerij De Zon', person='M. Visser')),
                ('client', anna, 'AddClientAccess', pb.AddClientAccessRequest(client_number=number))):
            cls.tokens[outside] = secrets.token_hex(32)
            request.token_sha256 = hashlib.sha256(bytes.fromhex(cls.tokens[outside])).digest()
            assert caller.call(method, request).token_id > 0

    @classmethod
    def connection(cls, token):
        made = Connection(cls.service, token)
        cls.addClassCleanup(made.socket.close)
        return made

    def as_(self, worker):
        return self.connection(self.tokens[worker])

    def started(self, connection, **fields):
        number = connection.call('AddClient', pb.AddClientRequest(full_name='Fatima Bakker')).client_number
        request = pb.StartTrajectoryRequest(client_number=number, kind=pb.TRAJECTORY_KIND_WORK_EXPERIENCE, **fields)
        recorded = connection.call('StartTrajectory', days_ago(request, 'occurred_at', 90))
        self.assertEqual(recorded.version, 1)
        return number

    def refusal(self, code, connection, method, message, **how):
        with self.assertRaises(Refused) as caught:
            connection.call(method, message, **how)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(caught.exception.message)
        return caught.exception

    def watched(self, connection, method='Watch', **fields):
        """Begins to watch, on another connection with the same token; returns that connection and the first answer."""
        other = self.connection(connection.token)
        asked = other.send(method, pb.WatchRequest(**fields))
        response = other.receive()
        if response.status.code:
            raise Refused(response.status)
        self.assertEqual((response.id, response.more), (asked, True))
        return other, pb.WatchReply.FromString(response.body)

    def test_session(self):
        anna = self.as_('anna')
        self.assertEqual((anna.identity.municipality, anna.identity.worker, anna.identity.full_name, anna.identity.role),
                         ('Veldstad', 'anna', 'Anna', pb.ROLE_COACH))
        self.assertGreater(at(anna.identity.token_expires_at), NOW + datetime.timedelta(days=300))
        status = anna.call('GetStatus', pb.GetStatusRequest(), key='')
        self.assertRegex(status.version, r'^\d+\.\d+\.\d+$')
        self.assertLessEqual(at(status.started_at), at(status.now))
        self.assertEqual((status.database_connections, status.database_connections_ready), (4, 4))
        self.assertGreaterEqual(status.client_connections, 2)
        again = anna.call('GetStatus', pb.GetStatusRequest(), key='')
        self.assertEqual(again.requests_answered, status.requests_answered + 1)

    def test_every_method_is_there_and_has_a_role_to_call_it(self):
        callers = [self.admin, *map(self.as_, ('anna', 'max', 'visser', 'client', 'fg'))]
        for method in pb.DESCRIPTOR.services_by_name['Traject'].methods:
            with self.subTest(method=method.name):
                codes = set()
                for caller in callers:
                    # An empty request is refused for its fields, or answered; never for the method.
                    try:
                        if 'resume_after' in method.input_type.fields_by_name:
                            self.watched(caller, method.name)
                        else:
                            caller.call(method.name, b'', key=None if not method.name.startswith(('Get', 'List', 'Find')) else '')
                        codes.add('OK')
                    except Refused as refused:
                        codes.add(refused.code)
                self.assertTrue(codes & {'OK', 'INVALID_ARGUMENT', 'NOT_FOUND', 'FAILED_PRECONDITION'}, codes)
                self.assertFalse(codes & {'UNIMPLEMENTED', 'INTERNAL', 'UNKNOWN'}, codes)

    def test_what_is_absent_stays_absent(self):
        anna = self.as_('anna')
        number = anna.call('AddClient', pb.AddClientRequest()).client_number
        reply = anna.call('GetClient', pb.GetClientRequest(client_number=number), key='')
        self.assertEqual([f.name for f, _ in reply.ListFields()], ['client_number'])
        for field in ('full_name', 'stage', 'guided_by', 'started_at', 'version', 'rhythm_days'):
            self.assertFalse(reply.HasField(field), field)

    def test_the_main_job(self):
        anna, manager = self.as_('anna'), self.as_('max')
        number = self.started(anna)
        moved = anna.call('MoveStage', days_ago(pb.MoveStageRequest(client_number=number, stage=pb.STAGE_STARTING_WORK,
                                                                    expected_version=1), 'occurred_at', 80))
        self.assertEqual(moved.version, 2)
        contact = pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_WORKPLACE, counterpart=pb.COUNTERPART_CLIENT,
                                          reached=True, words='vertrouwelijk: het gaat goed — écht')
        recorded = anna.call('RecordContact', days_ago(contact, 'occurred_at', 40))
        self.assertEqual(at(recorded.contact_due_at), NOW - datetime.timedelta(days=12))
        attempt = pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT)
        anna.call('RecordContact', days_ago(attempt, 'occurred_at', 5))

        due = manager.call('ListHandoversDue', pb.ListHandoversDueRequest(team='Noord'), key='').clients
        mine = [c for c in due if c.client_number == number][0]
        self.assertEqual((mine.coach, mine.stage, mine.working_days), ('anna', pb.STAGE_STARTING_WORK, 80))
        self.assertFalse(mine.HasField('last_handover_state'))

        flag = pb.FlagHandoverRequest(client_number=number, employer='Bakkerij De Zon', supervisor='M. Visser')
        flag.planned_at.FromDatetime(NOW + datetime.timedelta(days=14))
        anna.call('FlagHandover', days_ago(flag, 'occurred_at', 4))
        prepare = pb.PrepareHandoverRequest(client_number=number, talked_through_with_client=True, guidance_needs_shared=True)
        anna.call('PrepareHandover', days_ago(prepare, 'occurred_at', 3))
        anna.call('AcceptHandover', days_ago(pb.AcceptHandoverRequest(client_number=number), 'occurred_at', 3))
        complete = pb.CompleteHandoverRequest(client_number=number)
        refused = self.refusal('FAILED_PRECONDITION', anna, 'CompleteHandover', complete)
        self.assertIn('absence and dropout discussed, fallback agreed, a second person', refused.message)
        listed = [h for h in anna.call('ListHandovers', pb.ListHandoversRequest(), key='').handovers if h.client_number == number][0]
        self.assertEqual((listed.state, listed.talked_through_with_client, listed.fallback_agreed, listed.supervisor, listed.age_days),
                         (pb.HANDOVER_STATE_ACCEPTED, True, False, 'M. Visser', 3))
        self.assertEqual(at(listed.planned_at), NOW + datetime.timedelta(days=14))
        self.assertFalse(listed.HasField('second_person'))
        prepare = pb.PrepareHandoverRequest(client_number=number, absence_and_dropout_discussed=True, fallback_agreed=True,
                                            second_person='K. de Wit')
        anna.call('PrepareHandover', days_ago(prepare, 'occurred_at', 3))
        anna.call('CompleteHandover', days_ago(complete, 'occurred_at', 2))

        # Where is the client, who guides, who has gone without contact.
        client = anna.call('GetClient', pb.GetClientRequest(client_number=number), key='')
        self.assertEqual((client.stage, client.guided_by, client.employer, client.second_person, client.unanswered_attempts),
                         (pb.STAGE_STARTING_WORK, pb.PARTY_EMPLOYER, 'Bakkerij De Zon', 'K. de Wit', 1))
        self.assertEqual(at(client.guided_since), NOW - datetime.timedelta(days=2))
        then = anna.call('GetClient', days_ago(pb.GetClientRequest(client_number=number), 'as_of', 85), key='')
        self.assertEqual((then.stage, then.guided_by), (pb.STAGE_FIRST_CONTACT, pb.PARTY_COACH))
        quiet = [c for c in anna.call('ListWithoutContact', pb.ListWithoutContactRequest(), key='').clients
                 if c.client_number == number][0]
        self.assertEqual((quiet.overdue_days, quiet.rhythm_days, quiet.unanswered_attempts, quiet.guided_by, quiet.employer),
                         (12, 28, 1, pb.PARTY_EMPLOYER, 'Bakkerij De Zon'))
        card = [c for c in manager.call('GetBoard', pb.GetBoardRequest(stage=pb.STAGE_STARTING_WORK), key='').cards
                if c.client_number == number][0]
        self.assertEqual((card.full_name, card.team, card.coach, card.guided_by, card.kind),
                         ('Fatima Bakker', 'Noord', 'anna', pb.PARTY_EMPLOYER, pb.TRAJECTORY_KIND_WORK_EXPERIENCE))
        entries = anna.call('GetTimeline', pb.GetTimelineRequest(client_number=number), key='').entries
        self.assertEqual([pb.EventKind.Name(e.kind)[11:] for e in entries],
                         ['TRAJECTORY_STARTED', 'STAGE_MOVED', 'CONTACT', 'CONTACT', 'HANDOVER_FLAGGED', 'HANDOVER_PREPARED',
                          'HANDOVER_ACCEPTED', 'HANDOVER_PREPARED', 'HANDOVER_COMPLETED'])
        self.assertEqual((entries[2].words, entries[2].channel, entries[2].reached, at(entries[2].occurred_at)),
                         (contact.words, pb.CHANNEL_WORKPLACE, True, NOW - datetime.timedelta(days=40)))
        self.assertTrue(entries[3].HasField('reached'), 'false is a value of its own')
        self.assertFalse(entries[3].reached)
        self.assertFalse(entries[1].HasField('channel'))
        self.assertEqual((entries[1].from_stage, entries[1].stage), (pb.STAGE_FIRST_CONTACT, pb.STAGE_STARTING_WORK))

        anna.call('ReturnHandover', pb.ReturnHandoverRequest(client_number=number, reason='de begeleider vertrok'))
        assigned = manager.call('AssignCoach', pb.AssignCoachRequest(client_number=number, coach='bert'))
        bert = self.as_('bert')
        ended = bert.call('EndTrajectory', pb.EndTrajectoryRequest(client_number=number, outcome=pb.OUTCOME_EMPLOYED,
                                                                   expected_version=assigned.version))
        self.assertFalse(ended.HasField('contact_due_at'))
        client = bert.call('GetClient', pb.GetClientRequest(client_number=number), key='')
        self.assertEqual((client.outcome, client.coach, client.guided_by), (pb.OUTCOME_EMPLOYED, 'bert', pb.PARTY_COACH))

    def test_rhythms(self):
        manager, zoe = self.as_('max'), self.as_('zoe')
        number = self.started(zoe, stage=pb.STAGE_CAREER_DEVELOPMENT)
        in_stage = pb.SetRhythmRequest(days=10, team='Zuid', stage=pb.STAGE_CAREER_DEVELOPMENT)
        self.assertEqual(manager.call('SetRhythm', in_stage).trajectories_changed, 1)
        manager.call('SetRhythm', pb.SetRhythmRequest(days=5, client_number=number))
        rhythms = manager.call('ListRhythms', pb.ListRhythmsRequest(), key='').rhythms
        self.assertEqual([(r.days, r.team, r.stage, r.client_number) for r in rhythms],
                         [(28, '', 0, ''), (10, 'Zuid', pb.STAGE_CAREER_DEVELOPMENT, ''), (5, '', 0, number)])
        self.assertFalse(rhythms[0].HasField('team'))
        self.assertEqual(zoe.call('GetClient', pb.GetClientRequest(client_number=number), key='').rhythm_days, 5)

    def test_a_long_answer_comes_in_parts(self):
        anna = self.as_('anna')
        number = self.started(anna)
        for batch in range(4):
            anna.socket.sendall(b''.join(anna.request('RecordContact', pb.RecordContactRequest(
                client_number=number, channel=pb.CHANNEL_EMAIL, counterpart=pb.COUNTERPART_CLIENT, reached=True,
                words=f'{batch * 100 + i} ' + 'x' * 3900), None) for i in range(100)))
            for _ in range(100):
                anna.answer('RecordContact')
        anna.send('GetTimeline', pb.GetTimelineRequest(client_number=number, kinds=[pb.EVENT_KIND_CONTACT], page_size=1000))
        merged, parts, more = pb.GetTimelineReply(), 0, True
        while more:
            response = anna.receive()
            self.assertEqual((response.id, response.status.code), (anna.last_id, 0))
            self.assertLessEqual(response.ByteSize(), 1048576)
            part = pb.GetTimelineReply.FromString(response.body)
            self.assertGreater(len(part.entries), 0)
            merged.MergeFrom(part)
            parts, more = parts + 1, response.more
        self.assertGreater(parts, 1)
        self.assertEqual([int(e.words.split()[0]) for e in merged.entries], list(range(400)))
        # The same in pages, by the token of the last entry.
        words, token = [], None
        while True:
            page = anna.call('GetTimeline', pb.GetTimelineRequest(client_number=number, kinds=[pb.EVENT_KIND_CONTACT],
                                                                  page_size=150, page_token=token), key='').entries
            words += [e.words for e in page]
            if len(page) < 150:
                break
            token = page[-1].page_token
        self.assertEqual(words, [e.words for e in merged.entries])

    def test_pages_of_who_has_gone_without_contact(self):
        zoe = self.as_('zoe')
        numbers = {self.started(zoe) for _ in range(7)}
        seen, token = [], None
        while True:
            page = zoe.call('ListWithoutContact', pb.ListWithoutContactRequest(page_size=2, page_token=token), key='').clients
            seen += [c.client_number for c in page]
            if len(page) < 2:
                break
            token = page[-1].page_token
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(numbers, set(seen))

    def test_what_happens_is_told_as_it_happens(self):
        anna = self.as_('anna')
        watching, first = self.watched(anna)
        self.assertEqual([[f.name for f, _ in e.ListFields()] for e in first.entries], [['position', 'more']])
        self.assertFalse(first.entries[0].more)
        number = self.started(anna)
        told, asked = [], watching.last_id
        while len(told) < 2:
            response = watching.receive()
            self.assertEqual((response.id, response.status.code, response.more), (asked, 0, True))
            *entries, mark = pb.WatchReply.FromString(response.body).entries
            self.assertEqual([f.name for f, _ in mark.ListFields()], ['position', 'more'])
            told += entries
        started, passing = told
        # The event can be read as an entry of the timeline, and is the same there.
        entry = pb.TimelineEntry.FromString(started.SerializeToString())
        entry.DiscardUnknownFields()
        there = anna.call('GetTimeline', pb.GetTimelineRequest(client_number=number), key='').entries[0]
        there.ClearField('page_token')
        self.assertEqual(entry, there)
        self.assertEqual((started.client_number, started.full_name), (number, 'Fatima Bakker'))
        # Nobody was reached, so contact is due from the start.
        self.assertEqual(passing.rhythm_passed_at, there.occurred_at)
        self.assertEqual((passing.client_number, passing.rhythm_days, passing.coach, passing.team),
                         (number, 28, 'anna', 'Noord'))
        self.assertFalse(passing.HasField('kind') or passing.HasField('last_contact_at'))
        # From the start again, on another connection: the rest of it.
        _, again = self.watched(anna, resume_after=started.position)
        self.assertEqual(list(again.entries[:-1]), [passing])
        self.refusal('INVALID_ARGUMENT', anna, 'Watch', pb.WatchRequest(resume_after='x'), key='')
        self.refusal('OUT_OF_RANGE', anna, 'Watch', pb.WatchRequest(resume_after='99999999999.1'), key='')

    def test_an_imported_journey(self):
        manager = self.as_('max')
        journey = pb.ImportJourneyRequest(client_number='import-1', kind=pb.TRAJECTORY_KIND_ACTIVATION, coach='anna', team='Noord',
                                          reason='uit het logboek')
        days_ago(journey, 'started_at', 50)
        for i, (stage, channel) in enumerate(((pb.STAGE_FIRST_CONTACT, pb.CHANNEL_OFFICE), (pb.STAGE_WORK_CONTENT, None))):
            entry = journey.entries.add(external_id=f'e{i}', activity=f'Stap {i}', stage=stage, channel=channel)
            days_ago(entry, 'occurred_at', 40 - i)
        reply = manager.call('ImportJourney', journey)
        self.assertEqual((reply.entries_added, reply.entries_already_there, reply.trajectory_added), (2, 0, True))
        reply = manager.call('ImportJourney', journey)
        self.assertEqual((reply.entries_added, reply.entries_already_there, reply.trajectory_added), (0, 2, False))
        entries = manager.call('GetTimeline', pb.GetTimelineRequest(client_number='import-1'), key='').entries
        self.assertEqual([(pb.EventKind.Name(e.kind)[11:], e.activity, e.reason) for e in entries],
                         [('TRAJECTORY_STARTED', '', ''), ('CONTACT', 'Stap 0', ''), ('STAGE_MOVED', 'Stap 1', 'uit het logboek')])

    def test_status_codes_are_those_of_grpc(self):
        anna = self.as_('anna')
        number = self.started(anna)
        contact = pb.RecordContactRequest(client_number=number, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT)
        for code, caller, method, message, field in (
                ('NOT_FOUND', anna, 'GetClient', pb.GetClientRequest(client_number='niemand'), 'client_number'),
                ('NOT_FOUND', anna, 'ListWithoutContact', pb.ListWithoutContactRequest(team='Oost'), 'team'),
                ('ALREADY_EXISTS', anna, 'AddClient', pb.AddClientRequest(client_number=number), 'client_number'),
                ('PERMISSION_DENIED', anna, 'AddTeam', pb.AddTeamRequest(team='x'), 'method'),
                ('PERMISSION_DENIED', self.admin, 'GetBoard', pb.GetBoardRequest(), 'method'),
                ('INVALID_ARGUMENT', anna, 'RecordContact', pb.RecordContactRequest(client_number=number), 'channel'),
                ('FAILED_PRECONDITION', anna, 'AcceptHandover', pb.AcceptHandoverRequest(client_number=number), 'client_number'),
                ('ABORTED', anna, 'RecordContact', pb.RecordContactRequest(
                    client_number=number, channel=1, counterpart=1, expected_version=99), 'expected_version'),
                ('UNIMPLEMENTED', anna, '/traject.v1.Traject/Nothing', contact, 'method')):
            with self.subTest(code=code, method=method):
                self.assertEqual(self.refusal(code, caller, method, message).field, field)
        self.refusal('UNAUTHENTICATED', self.connection(None), 'GetClient', pb.GetClientRequest(client_number=number))
        self.assertEqual({name: value for name, value in pb.Code.items()}['UNAUTHENTICATED'], 16)

    def test_methods_are_named_as_grpc_names_them(self):
        self.assertEqual(method_of('RecordContact')[0], '/traject.v1.Traject/RecordContact')
        for name in ('RecordContact', 'traject.v1.Traject/RecordContact', '/traject.v1.traject/RecordContact'):
            self.refusal('UNIMPLEMENTED', self.as_('anna'), '/' + name if name == 'RecordContact' else name, b'')


if __name__ == '__main__':
    unittest.main()
