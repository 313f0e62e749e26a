-- Another coach takes the client, in the same or another of the manager's teams.
create function api.assign_coach(
    client_number text, coach text, team text default null, occurred_at timestamptz default null,
    reason traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AssignCoach');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'coach_assigned', occurred_at, audience => audience);
    present traject.coach_assignment := internal.coach_at(state, entry.occurred_at);
begin
    entry.worker_id := internal.worker_id('coach', coach);
    entry.team_id := internal.coach_team(entry.worker_id, coach, team, present.team_id);
    entry.reason := internal.text('reason', reason, 1000);
    if (entry.worker_id, entry.team_id) = (present.coach_id, present.team_id) then
        perform internal.refuse('TJ009', 'coach', '%s is the coach of client %s already, since %s',
            json_build_array(coach, client_number, internal.shown(lower(present.period))));
    end if;
    if entry.occurred_at = lower(present.period) then
        perform internal.refuse('TJ003', 'occurred_at',
            'occurred_at is %s, and the present coach came at that moment; give a later moment',
            json_build_array(internal.shown(entry.occurred_at)));
    end if;
    return query select * from internal.record(state, entry);
end
$$;
