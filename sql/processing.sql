-- The methods that concern people: each belongs to an activity in the register of processing activities (these until a
-- municipality sets its own), and is told in plain words to who asks who looked. All of them are logged; a method that
-- names a person and is not here keeps the daemon from starting.
truncate logbook.method_activity;
insert into logbook.method_activity (method, processing_activity_id, words)
select '/traject.v1.Traject/' || method, 'urn:traject:activity:' || activity, words
  from (values
    -- One client on the way to work: what is known, and what is recorded.
    ('AddClient', 'guidance', 'made the record'),
    ('FindClients', 'guidance', 'found the client by name or number'),
    ('GetClient', 'guidance', 'looked where the client is on the way'),
    ('GetTimeline', 'guidance', 'read the journey'),
    ('ListSilences', 'guidance', 'looked when there was no contact within the rhythm'),
    ('VerifyTimeline', 'guidance', 'checked that the journey stands as it was recorded'),
    ('ListItems', 'guidance', 'looked at what runs for the client'),
    ('Watch', 'guidance', 'was told what was recorded'),
    ('StartTrajectory', 'guidance', 'started a trajectory'),
    ('EndTrajectory', 'guidance', 'ended the trajectory'),
    ('MoveStage', 'guidance', 'moved to another stage'),
    ('RecordContact', 'guidance', 'recorded a contact or an attempt'),
    ('RecordFirstContact', 'guidance', 'recorded a first contact'),
    ('RecordDayAlong', 'guidance', 'recorded a day along at an employer'),
    ('BeginTrialPlacement', 'guidance', 'recorded a trial placement'),
    ('BeginProbation', 'guidance', 'recorded a probation'),
    ('BeginContract', 'guidance', 'recorded a contract'),
    ('RecordWageValue', 'guidance', 'recorded a wage value'),
    ('ApplyForScheme', 'guidance', 'recorded an application for a scheme'),
    ('FitTask', 'guidance', 'recorded a task'),
    ('AgreeAdaptation', 'guidance', 'recorded an adaptation'),
    ('ArrangeWorkplaceGuidance', 'guidance', 'arranged guidance at the workplace'),
    ('AddCareerEntry', 'guidance', 'recorded a wish, goal, step or training'),
    ('SetPrecondition', 'guidance', 'recorded a precondition'),
    ('RecordMotivation', 'guidance', 'recorded what matters to the client'),
    ('MakeAgreement', 'guidance', 'recorded an agreement'),
    ('RaiseBottleneck', 'guidance', 'recorded a bottleneck'),
    ('AddNetworkPerson', 'guidance', 'recorded somebody of the network'),
    ('PlanAppointment', 'guidance', 'planned an appointment'),
    ('ReportAbsence', 'guidance', 'recorded an absence'),
    ('ReportDropout', 'guidance', 'recorded that work stopped'),
    ('RecordStep', 'guidance', 'recorded a next step'),
    ('CorrectEntry', 'guidance', 'corrected an entry'),
    ('WithdrawEntry', 'guidance', 'withdrew an entry'),
    -- What a client and somebody at an employer see and say themselves.
    ('AddClientAccess', 'guidance', 'gave the client access'),
    ('RevokeClientAccess', 'guidance', 'ended the access of the client'),
    ('ListOwnClients', 'guidance', 'listed the own clients at an employer'),
    ('GetOwnJourney', 'guidance', 'looked at the own journey'),
    ('ListOwnItems', 'guidance', 'looked at what was agreed and runs'),
    ('ListOwnEntries', 'guidance', 'read the entries meant for the reader'),
    ('ListOwnSilences', 'guidance', 'looked when there was no contact within the rhythm'),
    ('RecordOwnStep', 'guidance', 'recorded a step for the employer'),
    ('AddOwnEntry', 'guidance', 'added to the own journey'),
    ('AskCorrection', 'guidance', 'asked for a correction'),
    -- Guidance from coach to employer, and back.
    ('FlagHandover', 'handover', 'flagged a handover'),
    ('PrepareHandover', 'handover', 'prepared a handover'),
    ('AcceptHandover', 'handover', 'accepted a handover'),
    ('DeclineHandover', 'handover', 'declined a handover'),
    ('WithdrawHandover', 'handover', 'withdrew a handover'),
    ('CompleteHandover', 'handover', 'completed a handover'),
    ('ReturnHandover', 'handover', 'returned guidance to the coach'),
    ('ListHandovers', 'handover', 'listed handovers'),
    ('ListHandoversDue', 'handover', 'listed who a handover may be due for'),
    ('ChangeSupervisor', 'handover', 'changed who guides at the employer'),
    ('ListSupervisorsLeft', 'handover', 'listed whose supervisor has left'),
    ('RevokeEmployerPerson', 'handover', 'recorded that somebody left the employer'),
    -- That nobody is left alone: lists over many clients.
    ('GetBoard', 'caseload', 'listed the caseload by stage'),
    ('ListWithoutContact', 'caseload', 'listed who has gone without contact'),
    ('ListWithoutCareer', 'caseload', 'listed who works without a next step'),
    ('ListMotivation', 'caseload', 'listed what had attention'),
    ('ListBottleneckGroups', 'caseload', 'listed shared bottlenecks'),
    ('ListComingUp', 'caseload', 'listed what comes up'),
    ('AssignCoach', 'caseload', 'assigned a coach'),
    ('SetRhythm', 'caseload', 'set a rhythm of contact'),
    ('ListRhythms', 'caseload', 'listed rhythms of contact'),
    -- The people behind a figure. The figures themselves are about five people or more, and show nobody.
    ('ListFigureClients', 'figures', 'listed the people behind a figure'),
    ('ImportJourney', 'import', 'imported a journey'),
    ('ImportLogCase', 'import', 'imported a journey'),
    -- A journey out of the record, into a file.
    ('ListLogCases', 'figures', 'listed the journeys for an event log'),
    ('ListLogEntries', 'figures', 'put the journey into an event log'),
    -- Whether the record is right, and who looked at it.
    ('RebuildState', 'oversight', 'compared the record with its entries'),
    ('BreakGlass', 'oversight', 'broke the glass to see the record'),
    ('EndGlass', 'oversight', 'ended the broken glass'),
    ('ListGlass', 'oversight', 'looked whose glass was broken'),
    ('ListAccess', 'oversight', 'read who looked'),
    -- A copy for the client, and erasure.
    ('ListPeriods', 'oversight', 'read what held from when until when, as for a copy'),
    ('RequestErasure', 'oversight', 'asked for the erasure'),
    ('WithdrawErasure', 'oversight', 'withdrew that it was asked for'),
    ('ConfirmErasure', 'oversight', 'erased the client'),
    ('ListErasures', 'oversight', 'listed for whom erasure was asked'),
    ('ListRetentionDue', 'oversight', 'listed who is kept longer than is set'),
    ('RequestDueErasures', 'oversight', 'asked for the erasure of who is kept longer than is set'),
    ('ConfirmDueErasures', 'oversight', 'erased who is kept longer than is set')) m (method, activity, words);

-- The methods about the organisation, which concern no person's record.
insert into logbook.method_activity (method)
select '/traject.v1.Traject/' || method
  from unnest('{AddTeam, ListTeams, RevokeTeam, AddTeamMember, RevokeTeamMember, AddWorker, ListWorkers, RevokeWorker,
    AddEmployer, ListEmployers, RevokeEmployer, AddEmployerPerson, ListEmployerPeople, AddToken, ListTokens,
    RevokeToken, AddEmployerAccess, RevokeEmployerAccess, SetSetting, ListSettings, SetRetention, ListRetention,
    SetProcessingActivity, ListProcessingActivities, GetStageFigures, GetStageTimes, ListPaths, GetHandoverFigures, GetContactFigures, GetSilenceFigures, GetCoachFigures, GetAgreementFigures}'::text[]) method;
