-- One trajectory from a log that list_log_entries gave, all or nothing. What has an external_id that is there already is
-- left as it is, so a second run adds nothing.
create function api.import_log_case(
    client_number text, trajectory integer, reason traject.sealed, by_whom traject.sealed_label,
    full_name traject.sealed_name default null,
    entries api.log_entry[] default null)
returns setof api.import_journey_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ImportLogCase');
    -- No longer than what it stands for.
    words traject.sealed := internal.text('reason', reason, 500, demanded => true);
    somebody traject.sealed_label := internal.text('by_whom', by_whom, 100, demanded => true);
    place integer := internal.in_range('trajectory', trajectory, 1, 1000, 1);
    entry api.log_entry;
    start api.log_entry;
    latest api.log_entry;
    finish api.log_entry;
    coach bigint;
    team bigint;
    client bigint;
    added boolean := false;
    began boolean := false;
    state traject.trajectory_state;
    there text[] := '{}';
    made traject.event[];
    event traject.event;
begin
    perform internal.hold_rhythms();
    perform internal.check_log(entries);
    foreach entry in array entries loop
        perform internal.moment('entries', entry.occurred_at);
        if entry.kind = 'trajectory_started' then
            start := entry;
        end if;
        if entry.kind in ('trajectory_started', 'coach_assigned') then
            latest := entry;
        elsif entry.kind = 'trajectory_ended' then
            finish := entry;
        end if;
    end loop;
    if start.trajectory_kind is null then
        perform internal.refuse('TJ003', 'entries', 'entry %s does not say the trajectory_kind',
            json_build_array(start.external_id));
    end if;
    -- Whose it is now is whom the importer answers for.
    coach := internal.worker_id('entries', latest.coach);
    team := internal.coach_team(coach, latest.coach, latest.team);

    select c.client_id into client from traject.client c
     where c.municipality_id = municipality and c.client_number = import_log_case.client_number;
    if client is null then
        client := internal.new_client(import_log_case.client_number, full_name);
        added := client is not null;
    end if;
    if not added then
        client := coalesce(client, internal.client_id(import_log_case.client_number));
        select s.* into state
          from traject.trajectory y
          join traject.trajectory_state s on s.municipality_id = y.municipality_id and s.trajectory_id = y.trajectory_id
         where y.municipality_id = municipality and y.client_id = client and y.ordinal = place
           for update of s;
    end if;
    if state.trajectory_id is null then
        began := true;
        state := internal.begin_trajectory(client, start.trajectory_kind, start.occurred_at, coach, team, start.stage,
                                           place => place, ended_at => finish.occurred_at, outcome => finish.outcome);
    else
        there := array(select e.external_id from traject.event e
                        where e.municipality_id = municipality and e.trajectory_id = state.trajectory_id
                          and e.external_id is not null);
        if start.external_id <> all (there) then
            perform internal.refuse('TJ009', 'trajectory', 'client %s has a trajectory %s already, which is not of this '
                'log; leave the case out',
            json_build_array(client_number, place));
        end if;
    end if;
    made := internal.log_events(state, entries, there, words, somebody);
    if cardinality(made) > 0 then
        -- One by one, so that each is seen to be of the own municipality before anything is looked up for it.
        foreach event in array made loop
            insert into traject.event select event.*;
        end loop;
        state := internal.derive(municipality, state.trajectory_id, fresh => began);
    end if;
    return query select cardinality(made), cardinality(entries) - cardinality(made), began;
end
$$;
