-- One case of an event log, all or nothing. What has an external_id that is there already is left as it is,
-- so a second run adds nothing.
create function api.import_journey(
    client_number text, kind traject.trajectory_kind, coach text, team text, reason text,
    full_name text default null, started_at timestamptz default null, ended_at timestamptz default null,
    outcome traject.outcome default null, stage traject.stage default null,
    entries api.import_entry[] default null)
returns setof api.import_journey_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
    moment timestamptz := internal.moment('started_at', started_at);
    until timestamptz := case when ended_at is not null then internal.moment('ended_at', ended_at) end;
    assigned bigint := internal.worker_id('coach', coach);
    in_team bigint := internal.coach_team(assigned, coach, team);
    why text := internal.text('reason', reason, 1000, demanded => true);
    client bigint;
    state traject.trajectory_state;
    entry api.import_entry;
    added integer := 0;
    there integer := 0;
    began boolean := false;
    first_entry timestamptz;
    last_entry timestamptz;
    begin_stage traject.stage;
begin
    if kind is null then
        perform internal.refuse('TJ003', 'kind', 'kind is missing; name the kind of trajectory');
    end if;
    select min(e.occurred_at), max(e.occurred_at) into first_entry, last_entry from unnest(entries) e;
    perform internal.moment('entries', last_entry);
    -- A log's own start and end are administrative: entries before the start or after the end move them.
    moment := internal.moment('entries', least(moment, first_entry));
    if until is not null then
        until := greatest(until, last_entry + interval '1 microsecond', moment + interval '1 microsecond');
    end if;
    -- A move at the very start is where the trajectory starts.
    begin_stage := coalesce((select e.stage from unnest(entries) e where e.occurred_at = moment and e.stage is not null limit 1),
                            import_journey.stage, 'first_contact');

    insert into traject.client (municipality_id, client_number, full_name)
    values (municipality, import_journey.client_number, internal.text('full_name', full_name, 100))
    on conflict (municipality_id, client_number) do nothing;
    client := internal.client_id(import_journey.client_number);
    select * into state from traject.trajectory_state s
     where s.municipality_id = municipality and s.client_id = client
     order by s.started_at desc limit 1 for update;
    if state.trajectory_id is null then
        began := true;
        state := internal.begin_trajectory(client, kind, moment, assigned, in_team, begin_stage);
        insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                   trajectory_kind, team_id)
        values (municipality, state.trajectory_id, 'trajectory_started', moment, session.worker_id(), assigned,
                state.stage, import_journey.kind, in_team);
    end if;

    for entry in select e.* from unnest(entries) with ordinality
            e (external_id, occurred_at, worker, activity, stage, channel, counterpart, reached, words, place)
            order by e.occurred_at, e.place loop
        if exists (select from traject.event e
                    where e.municipality_id = municipality and e.external_id = entry.external_id
                      and e.trajectory_id = state.trajectory_id) then
            there := there + 1;
            continue;
        end if;
        if not state.open then
            perform internal.refuse('TJ009', 'entries', format('the trajectory of client %s has ended, and entry %s is new; '
                'start another trajectory for it', import_journey.client_number, entry.external_id));
        end if;
        perform internal.case_moment(state, entry.occurred_at);
        if entry.stage <> state.stage then
            if entry.occurred_at <= state.stage_since then
                perform internal.refuse('TJ009', 'entries', format('entry %s moves client %s to %s at %s, before the last '
                    'move at %s', entry.external_id, import_journey.client_number, entry.stage,
                    internal.shown(entry.occurred_at), internal.shown(state.stage_since)));
            end if;
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                       from_stage, reason, activity, external_id)
            values (municipality, state.trajectory_id, 'stage_moved', entry.occurred_at, session.worker_id(),
                    internal.worker_id('entries', entry.worker), entry.stage, state.stage,
                    case when traject.stage_number(entry.stage) <> traject.stage_number(state.stage) + 1 then why end,
                    entry.activity, case when entry.channel is null then entry.external_id end);
            state := internal.after_move(state, entry.stage, entry.occurred_at);
        elsif entry.channel is null then
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                       words, activity, external_id)
            values (municipality, state.trajectory_id, 'activity', entry.occurred_at, session.worker_id(),
                    internal.worker_id('entries', entry.worker), internal.stage_at(state, entry.occurred_at),
                    internal.text('entries', entry.words, 4000), entry.activity, entry.external_id);
        end if;
        if entry.channel is not null then
            insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                       channel, counterpart, reached, words, activity, external_id)
            values (municipality, state.trajectory_id, 'contact', entry.occurred_at, session.worker_id(),
                    internal.worker_id('entries', entry.worker), internal.stage_at(state, entry.occurred_at), entry.channel,
                    coalesce(entry.counterpart, 'client'), coalesce(entry.reached, true),
                    internal.text('entries', entry.words, 4000), entry.activity, entry.external_id);
            state := internal.after_contact(state, entry.occurred_at, coalesce(entry.counterpart, 'client'),
                                            coalesce(entry.reached, true));
        end if;
        added := added + 1;
    end loop;

    if state.open and (added > 0 or began) then
        if until is not null then
            perform internal.finish_trajectory(state, until, coalesce(outcome, 'other'), null);
        else
            perform internal.settle(state, 0);
        end if;
    end if;
    return query select added, there, began;
end
$$;
