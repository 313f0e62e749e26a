-- One case of an event log, all or nothing. What has an external_id that is there already is left as it is,
-- so a second run adds nothing.
create function api.import_journey(
    client_number text, kind traject.trajectory_kind, coach text, team text, reason traject.sealed,
    full_name traject.sealed_name default null, started_at timestamptz default null, ended_at timestamptz default null,
    outcome traject.outcome default null, stage traject.stage default null,
    entries api.import_entry[] default null)
returns setof api.import_journey_reply language plpgsql
-- Planned at each call: a log fills the record faster than PostgreSQL learns how large it is, and a plan made while it
-- was empty would read all of it for each case.
set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ImportJourney');
    moment timestamptz := internal.moment('started_at', started_at);
    until timestamptz := case when ended_at is not null then internal.moment('ended_at', ended_at) end;
    assigned bigint := internal.worker_id('coach', coach);
    in_team bigint := internal.coach_team(assigned, coach, team);
    why traject.sealed := internal.text('reason', reason, 1000, demanded => true);
    client bigint;
    state traject.trajectory_state;
    fresh api.import_entry[];
    began boolean := false;
    ends boolean;
    first_entry timestamptz;
    last_entry timestamptz;
    begin_stage traject.stage;
begin
    perform internal.hold_rhythms();
    if kind is null then
        perform internal.refuse('TJ003', 'kind', 'kind is missing; name the kind of trajectory');
    end if;
    perform internal.check_import(entries);
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

    if not exists (select from traject.client c
                    where c.municipality_id = municipality and c.client_number = import_journey.client_number) then
        perform internal.new_client(import_journey.client_number, full_name);
    end if;
    client := internal.client_id(import_journey.client_number);
    state := internal.import_trajectory(client, array(select e.external_id from unnest(entries) e),
                                        moment || array(select e.occurred_at from unnest(entries) e));
    if state.trajectory_id is null then
        began := true;
        state := internal.begin_trajectory(client, kind, moment, assigned, in_team, begin_stage);
        insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                   trajectory_kind, team_id)
        values (municipality, state.trajectory_id, 'trajectory_started', moment, session.worker_id(), assigned,
                state.stage, import_journey.kind, in_team);
    end if;

    fresh := array(
        select e.entry from (
            select row(e.external_id, e.occurred_at, e.worker, e.activity, e.stage, e.channel, e.counterpart, e.reached,
                       e.words)::api.import_entry as entry, e.occurred_at, e.place
              from unnest(entries) with ordinality
                   e (external_id, occurred_at, worker, activity, stage, channel, counterpart, reached, words, place)) e
         where not exists (select from traject.event v
                             join traject.trajectory y on y.municipality_id = v.municipality_id
                                  and y.trajectory_id = v.trajectory_id and y.client_id = client
                            where v.municipality_id = municipality and v.external_id = (e.entry).external_id)
         order by e.occurred_at, e.place);
    if cardinality(fresh) > 0 then
        perform internal.check_import_within(state, import_journey.client_number, fresh);

        -- An entry is a move when its stage is another than the one the client was in, by the moves that are there and
        -- the entries before it; and a contact when it has a channel. It may be both.
        with entry as (
            select e.*
              from unnest(fresh) with ordinality
                   e (external_id, occurred_at, worker, activity, stage, channel, counterpart, reached, words, place)
        ), told as (
            select e.place, e.occurred_at, e.stage from entry e
            union all
            select 0, v.occurred_at, v.stage from traject.event v
             where v.municipality_id = municipality and v.trajectory_id = state.trajectory_id
               and v.kind in ('trajectory_started', 'stage_moved')
               and not exists (select from traject.event c
                                where c.municipality_id = v.municipality_id and c.supersedes = v.event_id)
        ), followed as (
            select t.place, internal.last(t.stage) over (order by t.occurred_at, t.place
                                                         rows between unbounded preceding and 1 preceding) as before
              from told t
        ), moved as (
            select e.*, f.before, coalesce(e.stage, f.before) as there
              from entry e
              join followed f on f.place = e.place
        )
        insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage,
                                   reason, channel, counterpart, reached, words, activity, external_id)
        select municipality, state.trajectory_id, part.kind, e.occurred_at, session.worker_id(), w.worker_id,
               case when part.kind = 'stage_moved' then e.there end,
               case when part.kind = 'stage_moved'
                     and traject.stage_number(e.there) <> traject.stage_number(e.before) + 1 then why end,
               case when part.kind = 'contact' then e.channel end,
               case when part.kind = 'contact' then coalesce(e.counterpart, 'client') end,
               case when part.kind = 'contact' then coalesce(e.reached, true) end,
               case when part.kind <> 'stage_moved' or e.channel is null then internal.text('entries', e.words, 4000) end,
               e.activity,
               case when part.kind <> 'stage_moved' or e.channel is null then e.external_id end
          from moved e
          join lateral (values ('stage_moved'::traject.event_kind, e.there <> e.before),
                               ('contact', e.channel is not null),
                               ('activity', e.there = e.before and e.channel is null)) part (kind, applies) on applies
          left join (select n.worker, internal.worker_id('entries', n.worker) as worker_id
                       from (select distinct f.worker from unnest(fresh) f where f.worker is not null) n) w
            on w.worker = e.worker
         order by e.place, part.kind;
    end if;

    -- An end that somebody withdrew stays so.
    ends := state.open and until is not null
        and not exists (select from traject.event e
                         where e.municipality_id = municipality and e.trajectory_id = state.trajectory_id
                           and e.kind = 'trajectory_ended' and e.occurred_at = until);
    if ends then
        insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, outcome)
        values (municipality, state.trajectory_id, 'trajectory_ended', until, session.worker_id(),
                coalesce(import_journey.outcome, 'other'));
    end if;
    if cardinality(fresh) > 0 or began or ends then
        perform internal.derive(municipality, state.trajectory_id);
    end if;
    return query select cardinality(fresh), coalesce(cardinality(entries), 0) - cardinality(fresh), began;
end
$$;
