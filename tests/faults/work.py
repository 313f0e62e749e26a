"""Who works while things break: clients that write with request keys and read, one that watches, and some that misbehave; and
the journal of all that they asked and were told."""
import collections
import contextlib
import datetime
import ssl
import threading
import time
import types
import uuid

from google.protobuf.timestamp_pb2 import Timestamp

from wire import Connection, Refused, method_of, new_key, pb

# These say nothing about whether a write has happened: it is asked again, with the same key.
PASSING = {'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'ABORTED', 'RESOURCE_EXHAUSTED'}
DEADLINES_MS = 0, 1500, 4000, 10000
STANDARD_MS = 10000
# How much later than its deadline an answer may come: what has begun has 30 seconds in the database, is begun again when
# PostgreSQL is lost, and the machine may be slow.
SLACK_SECONDS = 60
CASES = 6
ENTRIES = 30  # of a case; then another one is begun
SETTLE_SECONDS = 300
# A word that no log may hold.
SECRET = 'vertrouwelijk'
EMPLOYER, SUPERVISOR, SECOND = 'Bakkerij De Zon', 'M. Visser', 'K. de Wit'


class Write:
    """One write, under one request key: asked until it is known whether it has happened."""

    def __init__(self, step, case, method, message, key):
        self.step, self.case, self.method, self.message, self.key = step, case, method, message, key
        self.traces = []  # of each time that it was asked
        self.reply = None  # when it has happened,
        self.refused = None  # or the code and message when it has not and will not

    @property
    def settled(self):
        return self.reply is not None or self.refused is not None


class Journal:
    """What all clients asked and were told. Its methods may be called from any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.writes = []
        self.statuses = collections.Counter()  # by code and message
        self.looks = []  # the trace of each read that showed somebody
        self.problems = []
        self.reads = self.cut = 0
        self.latest = 0  # seconds after a deadline
        self.acknowledged_at = time.monotonic()
        self.longest_gap = 0

    def problem(self, text):
        with self.lock:
            self.problems.append(text)

    def refusal(self, status):
        with self.lock:
            self.statuses[pb.Code.Name(status.code), status.message] += 1

    def acknowledged(self):
        now = time.monotonic()
        with self.lock:
            self.longest_gap = max(self.longest_gap, now - self.acknowledged_at)
            self.acknowledged_at = now


def in_days(days):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


class Case:
    """What one writer knows of a client that no other writes about."""

    def __init__(self, writer):
        self.writer = writer
        self.number = None
        self.started = False
        self.stage, self.handover, self.themes, self.version = 1, 0, 0, 0
        self.contacts = []
        self.agreement = self.appointment = self.ended = False
        self.entries = 0
        self.busy = None  # its write that is not settled

    def about(self, message, key_in='words', **fields):
        """Makes a message of that class about this case, with the key in that field."""
        return lambda key: message(client_number=self.number, **fields, **{key_in: f'{SECRET} {key}'})


HANDOVER = (
    ('FlagHandover', pb.FlagHandoverRequest, {'employer': EMPLOYER, 'supervisor': SUPERVISOR}),
    ('PrepareHandover', pb.PrepareHandoverRequest, {
        'talked_through_with_client': True, 'guidance_needs_shared': True, 'absence_and_dropout_discussed': True,
        'fallback_agreed': True, 'second_person': SECOND}),
    ('AcceptHandover', pb.AcceptHandoverRequest, {}),
    ('CompleteHandover', pb.CompleteHandoverRequest, {}),
    ('ReturnHandover', pb.ReturnHandoverRequest, {}),
)

# How often, of what can be; when it can be; the method and what makes its message from the key; what the case is afterwards,
# given the write; and the code that it is refused with, when it is wrong.
Step = collections.namedtuple('Step', 'weight can method make then refused', defaults=(None,))


def handover_step(place):
    method, message, fields = HANDOVER[place]
    return Step(3, lambda case: case.started and case.handover == place, method,
                lambda case: case.about(message, 'words' if place < 4 else 'reason', **fields),
                lambda case, write: setattr(case, 'handover', (place + 1) % len(HANDOVER)))


def running(case):
    return case.started and not case.ended


STEPS = (
    Step(1, lambda case: not case.number, 'AddClient',
         lambda case: lambda key: pb.AddClientRequest(full_name=f'{SECRET} {key}'),
         lambda case, write: setattr(case, 'number', write.reply.client_number)),
    Step(1, lambda case: case.number and not case.started, 'StartTrajectory',
         lambda case: case.about(pb.StartTrajectoryRequest, kind=pb.TRAJECTORY_KIND_WORK_EXPERIENCE),
         lambda case, write: setattr(case, 'started', True)),
    Step(8, running, 'RecordContact',
         lambda case: case.about(pb.RecordContactRequest, channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT, reached=True),
         lambda case, write: case.contacts.append(write.reply.event_id)),
    Step(4, running, 'MoveStage',
         lambda case: case.about(pb.MoveStageRequest, stage=case.stage % 6 + 1, reason='zo liep het'),
         lambda case, write: setattr(case, 'stage', case.stage % 6 + 1)),
    # Two stages on without a reason.
    Step(1, running, 'MoveStage', lambda case: case.about(pb.MoveStageRequest, stage=(case.stage + 1) % 6 + 1), None,
         'INVALID_ARGUMENT'),
    Step(3, lambda case: running(case) and not case.agreement, 'MakeAgreement',
         lambda case: case.about(pb.MakeAgreementRequest, party=pb.AGREEMENT_PARTY_COACH, what='belt over het rooster', due_at=in_days(7)),
         lambda case, write: setattr(case, 'agreement', True)),
    Step(3, lambda case: running(case) and case.agreement, 'RecordStep',
         lambda case: case.about(pb.RecordStepRequest, kind=pb.EVENT_KIND_AGREEMENT_KEPT),
         lambda case, write: setattr(case, 'agreement', False)),
    Step(2, lambda case: running(case) and not case.appointment, 'PlanAppointment',
         lambda case: case.about(pb.PlanAppointmentRequest, due_at=in_days(2), channel=pb.CHANNEL_OFFICE,
                                 counterpart=pb.COUNTERPART_CLIENT),
         lambda case, write: setattr(case, 'appointment', True)),
    Step(2, lambda case: running(case) and case.appointment, 'RecordStep',
         lambda case: case.about(pb.RecordStepRequest, kind=pb.EVENT_KIND_APPOINTMENT_CANCELLED, reason='ziek'),
         lambda case, write: setattr(case, 'appointment', False)),
    Step(2, lambda case: running(case) and case.contacts, 'CorrectEntry',
         lambda case: lambda key: pb.CorrectEntryRequest(event_id=case.contacts[-1], reason='het was anders', words=f'{SECRET} {key}'),
         lambda case, write: case.contacts.__setitem__(-1, write.reply.event_id)),
    Step(1, lambda case: running(case) and case.contacts, 'WithdrawEntry',
         lambda case: lambda key: pb.WithdrawEntryRequest(event_id=case.contacts[-1], reason=f'{SECRET} {key}'),
         lambda case, write: case.contacts.pop()),
    Step(1, lambda case: running(case) and case.themes < 10, 'SetPrecondition',
         lambda case: case.about(pb.SetPreconditionRequest, theme=case.themes + 1, state=pb.ITEM_STATE_MISSING),
         lambda case, write: setattr(case, 'themes', case.themes + 1)),
    Step(1, running, 'AddNetworkPerson',
         lambda case: lambda key: pb.AddNetworkPersonRequest(client_number=case.number, what=f'{SECRET} {key}', relation='broer',
                                                             may_be_told='alles', words=f'{SECRET} {key}'),
         lambda case, write: None),
    *(handover_step(place) for place in range(len(HANDOVER))),
    Step(100, lambda case: running(case) and case.entries >= ENTRIES and case.handover in (0, 4), 'EndTrajectory',
         lambda case: case.about(pb.EndTrajectoryRequest, outcome=pb.OUTCOME_EMPLOYED),
         lambda case, write: setattr(case, 'ended', True)),
)

IMPORTED = 5


def import_entries(key):
    return [pb.ImportEntry(external_id=f'{key}-{i}', occurred_at=in_days(i - 30), activity='gesprek', channel=pb.CHANNEL_OFFICE,
                           reached=True, words=f'{SECRET} {key}-{i}') for i in range(IMPORTED)]


def imported(case, write):
    case.number, case.ended = write.message.client_number, True


IMPORT = Step(1, lambda case: not case.number, 'ImportJourney',
              lambda case: lambda key: pb.ImportJourneyRequest(
                  client_number=f'I{key[:18]}', full_name=f'{SECRET} {key}', kind=pb.TRAJECTORY_KIND_ACTIVATION, coach='anna',
                  team='Noord', reason='uit het oude systeem', entries=import_entries(key)),
              imported)


def trace():
    return uuid.uuid4().hex


def receive(connection, method, request_id):
    """The status, and the reply when that is OK."""
    body = b''
    while True:
        response = connection.receive()
        if response is None:
            raise ConnectionError('the server closed the connection')
        if response.id != request_id:
            raise AssertionError(f'the answer to request {response.id} came where that to {request_id} was next')
        body += response.body
        if response.status.code or not response.more:
            return response.status, method_of(method)[1].FromString(body)


def connect(system, profile, port=None, **how):
    where = types.SimpleNamespace(folder=system.folder, port=port or system.port)
    return Connection(where, system.token(profile), **how)


class Client(threading.Thread):
    """Connects again until it is done."""

    def __init__(self, system, journal, profile):
        super().__init__(daemon=True)
        self.system, self.journal, self.profile = system, journal, profile
        self.settle_until = None
        self.start()

    def run(self):
        try:
            while not self.done():
                try:
                    with connect(self.system, self.profile) as connection:
                        connection.socket.settimeout(STANDARD_MS / 1000 + SLACK_SECONDS)
                        self.serve(connection)
                except Refused as refused:
                    self.refused_to_enter(refused)
                except (OSError, ssl.SSLError):
                    with self.journal.lock:
                        self.journal.cut += 1
                time.sleep(.05)
        except Exception as error:
            self.journal.problem(f'{type(self).__name__} of {self.profile}: {error!r}')
            raise

    def refused_to_enter(self, refused):
        with self.journal.lock:
            self.journal.statuses[refused.code, refused.message] += 1
        if refused.code not in PASSING:
            self.journal.problem(f'{self.profile} could not authenticate: {refused}')


class Writer(Client):
    """Writes about cases of its own, each with one write at a time that is not settled, and reads them; pipelined."""

    def __init__(self, system, journal, profile, chance):
        self.chance = chance
        self.steps = (IMPORT,) if profile == 'max' else STEPS
        self.cases = [Case(self) for _ in range(CASES)]
        super().__init__(system, journal, profile)

    def unsettled(self):
        return [case.busy for case in self.cases if case.busy]

    def done(self):
        if not self.settle_until:
            return False
        return not self.unsettled() or time.monotonic() > self.settle_until

    def next_write(self, place):
        case = self.cases[place]
        if case.ended:
            case = self.cases[place] = Case(self)
        steps = [step for step in self.steps if step.can(case)]
        step = self.chance.choices(steps, [step.weight for step in steps])[0]
        key = new_key()
        write = case.busy = Write(step, case, step.method, step.make(case)(key), key)
        with self.journal.lock:
            self.journal.writes.append(write)
        return write

    def next_round(self):
        """What to ask next, of each the method, the message, and the write that it is."""
        asked = [(write.method, write.message, write) for write in self.unsettled()]
        if self.settle_until:
            return asked
        for place, case in enumerate(self.cases):
            if not case.busy and self.chance.random() < .7:
                write = self.next_write(place)
                asked.append((write.method, write.message, write))
        known = [case for case in self.cases if case.started]
        if known:
            case = self.chance.choice(known)
            asked.append(('GetClient', pb.GetClientRequest(client_number=case.number), case))
            asked.append(('GetTimeline', pb.GetTimelineRequest(client_number=self.chance.choice(known).number, page_size=20), None))
        else:
            asked.append(('ListComingUp', pb.ListComingUpRequest(), None))
        self.chance.shuffle(asked)
        return asked

    def serve(self, connection):
        while not self.done():
            sent, data, deadline_ms = [], b'', self.chance.choice(DEADLINES_MS)
            least = {case: case.version for case in self.cases}
            for method, message, what in self.next_round():
                of_it = trace()
                if isinstance(what, Write):
                    what.traces.append(of_it)
                data += connection.request(method, message, what.key if isinstance(what, Write) else '', deadline_ms,
                                           traceparent=f'00-{of_it}-{of_it[:16]}-01')
                sent.append((connection.last_id, method, what, of_it))
            began = time.monotonic()
            connection.socket.sendall(data)
            if self.system.hang_up.is_set() and self.chance.random() < .5:
                return
            for request_id, method, what, of_it in sent:
                try:
                    status, reply = receive(connection, method, request_id)
                except TimeoutError:
                    self.journal.problem(f'{method} was not answered within {connection.socket.gettimeout():.0f} seconds')
                    raise
                late = time.monotonic() - began - (deadline_ms or STANDARD_MS) / 1000
                with self.journal.lock:
                    self.journal.latest = max(self.journal.latest, late)
                if late > SLACK_SECONDS:
                    self.journal.problem(f'{method} was answered {late:.0f} seconds after its deadline')
                self.answered(method, what, of_it, status, reply, least)

    def answered(self, method, what, of_it, status, reply, least):
        if status.code:
            self.journal.refusal(status)
        if isinstance(what, Write):
            self.write_answered(what, status, reply)
        elif status.code:
            if pb.Code.Name(status.code) not in PASSING:
                self.journal.problem(f'{method} was refused with {pb.Code.Name(status.code)}: {status.message}')
        else:
            with self.journal.lock:
                self.journal.reads += 1
                if method != 'ListComingUp':
                    self.journal.looks.append(of_it)
            if what and reply.version < least[what]:
                self.journal.problem(f'client {what.number} was read at version {reply.version} after a write to version '
                                     f'{least[what]} was acknowledged')

    def write_answered(self, write, status, reply):
        code, case = pb.Code.Name(status.code), write.case
        if code in PASSING:
            return
        if write.settled:
            raise AssertionError(f'{write.method} under {write.key} was asked after it was settled')
        case.busy = None
        if code != (write.step.refused or 'OK'):
            self.journal.problem(f'{write.method} about client {case.number}, request_key {write.key}, asked {len(write.traces)} times: '
                                 f'{code} {status.message}')
        if status.code:
            write.refused = code, status.message
            return
        write.reply = reply
        self.journal.acknowledged()
        case.entries += 1
        if hasattr(reply, 'version'):
            case.version = max(case.version, reply.version)
        if write.step.then:
            write.step.then(case, write)


class Watcher(Client):
    """Watches a team; asks again after where it was whenever the stream ends."""

    def __init__(self, system, journal, profile):
        self.position, self.told, self.finished = None, [], False
        self.began = threading.Event()
        super().__init__(system, journal, profile)

    def done(self):
        return self.finished

    def serve(self, connection):
        connection.socket.settimeout(1)
        connection.send('Watch', pb.WatchRequest(resume_after=self.position))
        while not self.done():
            try:
                response = connection.receive()
            except TimeoutError:
                continue
            if response is None:
                return
            if response.status.code:
                raise Refused(response.status)
            entries = pb.WatchReply.FromString(response.body).entries
            self.position = entries[-1].position
            self.told += [entry.event_id for entry in entries if entry.event_id]
            self.began.set()


# ---------------------------------------------------------------- clients that misbehave

def send_half_a_frame(system, chance):
    """A write of which the last bytes never come, under a key that nothing may be found of."""
    connection = misbehaving(system)
    if connection:
        key = new_key()
        data = connection.request('AddClient', pb.AddClientRequest(full_name=f'{SECRET} {key}'), key)
        connection.socket.sendall(data[:chance.randrange(1, len(data))])
        system.never_whole.append(key)
    return connection


def do_not_read(system, chance):
    connection = misbehaving(system, receive_buffer=4096)
    if connection:
        connection.socket.settimeout(1)
        with contextlib.suppress(OSError):
            for _ in range(200):
                connection.send('ListWithoutContact', pb.ListWithoutContactRequest(page_size=1000))
    return connection


def misbehaving(system, **how):
    """Its connection, past the proxy; None while nobody can connect."""
    with contextlib.suppress(OSError, Refused):
        return connect(system, 'anna', system.own_port, **how)
    return None


def leave(system, connection):
    if connection:
        connection.socket.close()
