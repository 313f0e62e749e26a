-- One case of an event log, all or nothing. What has an external_id that is there already is left as it is,
-- so a second run adds nothing.
create function api.import_journey(
    client_number text, kind traject.trajectory_kind, coach text, team text, reason traject.sealed,
    full_name traject.sealed_name default null, started_at timestamptz default null, ended_at timestamptz default null,
    outcome traject.outcome default null, stage traject.stage default null,
    entries api.import_entry[] default null)
returns setof api.import_journey_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ImportJourney');
    moment timestamptz := internal.moment('started_at', started_at);
    until timestamptz := case when ended_at is not null then internal.moment('ended_at', ended_at) end;
    assigned bigint := internal.worker_id('coach', coach);
    in_team bigint := internal.coach_team(assigned, coach, team);
    why traject.sealed := internal.text('reason', reason, 1000, demanded => true);
    client bigint;
    added boolean := false;
    state traject.trajectory_state;
    there text[];
    entry api.import_entry;
    ordered api.import_entry[];
    fresh api.import_entry[];
    began boolean := false;
    start traject.event;
    moved record;
    finish traject.event;
    made traject.event[] := '{}';
    first_entry timestamptz;
    last_entry timestamptz;
    begin_stage traject.stage;
begin
    perform internal.hold_rhythms();
    if kind is null then
        perform internal.refuse('TJ003', 'kind', 'kind is missing; name the kind of trajectory');
    end if;
    perform internal.check_import(entries);
    ordered := array(
        select e.entry from (
            select row(e.external_id, e.occurred_at, e.worker, e.activity, e.stage, e.channel, e.counterpart, e.reached,
                       e.words)::api.import_entry as entry, e.occurred_at, e.place
              from unnest(entries) with ordinality
                   e (external_id, occurred_at, worker, activity, stage, channel, counterpart, reached, words, place)) e
         order by e.occurred_at, e.place);
    fresh := ordered;
    first_entry := (ordered[1]).occurred_at;
    last_entry := (ordered[cardinality(ordered)]).occurred_at;
    perform internal.moment('entries', last_entry);
    -- A log's own start and end are administrative: entries before the start or after the end move them.
    moment := internal.moment('entries', least(moment, first_entry));
    if until is not null then
        until := greatest(until, last_entry + interval '1 microsecond', moment + interval '1 microsecond');
    end if;
    -- A move at the very start is where the trajectory starts.
    foreach entry in array ordered loop
        exit when entry.occurred_at > moment or begin_stage is not null;
        begin_stage := entry.stage;
    end loop;
    begin_stage := coalesce(begin_stage, import_journey.stage, 'first_contact');

    select c.client_id into client from traject.client c
     where c.municipality_id = municipality and c.client_number = import_journey.client_number;
    if client is null then
        client := internal.new_client(import_journey.client_number, full_name, begins => true);
        added := client is not null;
    end if;
    if not added then
        client := coalesce(client, internal.client_id(import_journey.client_number));
        state := internal.import_trajectory(client, array(select e.external_id from unnest(entries) e),
                                            moment || array(select e.occurred_at from unnest(entries) e));
    end if;
    if state.trajectory_id is null then
        began := true;
        state := internal.begin_trajectory(client, kind, moment, assigned, in_team, begin_stage, added);
        start.kind := 'trajectory_started';
        start.occurred_at := moment;
        start.worker_id := assigned;
        start.team_id := in_team;
        start.stage := begin_stage;
        start.trajectory_kind := import_journey.kind;
        made := array[internal.fill_entry(state, start)];
    end if;

    if not began then
        -- Planned each time: a log fills the record faster than PostgreSQL learns how large it is, and a plan made while it
        -- was small would read all of it for each case.
        execute 'select array(select v.external_id from traject.trajectory y
                   join traject.event v on v.municipality_id = y.municipality_id and v.trajectory_id = y.trajectory_id
                  where y.municipality_id = $1 and y.client_id = $2 and v.external_id is not null)'
           into there using municipality, client;
        fresh := '{}';
        foreach entry in array ordered loop
            if entry.external_id <> all (there) then
                fresh := fresh || entry;
            end if;
        end loop;
    end if;
    if began then
        made := made || internal.import_entries(state, fresh, array[moment], array[begin_stage], why);
    elsif cardinality(fresh) > 0 then
        perform internal.check_import_within(state, import_journey.client_number, fresh);
        select array_agg(v.occurred_at order by v.occurred_at) as at, array_agg(v.stage order by v.occurred_at) as stages
          into moved
          from traject.event v
         where v.municipality_id = municipality and v.trajectory_id = state.trajectory_id
           and v.kind in ('trajectory_started', 'stage_moved')
           and not exists (select from traject.event c
                            where c.municipality_id = v.municipality_id and c.supersedes = v.event_id);
        made := internal.import_entries(state, fresh, moved.at, moved.stages, why);
    end if;
    -- An end that somebody withdrew stays so.
    if state.open and until is not null
       and not exists (select from traject.event e
                        where e.municipality_id = municipality and e.trajectory_id = state.trajectory_id
                          and e.kind = 'trajectory_ended' and e.occurred_at = until) then
        finish.kind := 'trajectory_ended';
        finish.occurred_at := until;
        finish.outcome := coalesce(import_journey.outcome, 'other');
        made := made || internal.fill_entry(state, finish);
    end if;
    if cardinality(made) > 0 then
        perform internal.append(state.trajectory_id, made);
        state := internal.derive(municipality, state.trajectory_id, fresh => began);
    end if;
    return query select cardinality(fresh), coalesce(cardinality(entries), 0) - cardinality(fresh), began;
end
$$;
