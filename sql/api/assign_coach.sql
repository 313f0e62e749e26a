-- Another coach takes the client, in the same or another of the manager's teams.
create function api.assign_coach(
    client_number text, coach text, team text default null, occurred_at timestamptz default null,
    reason text default null, expected_version bigint default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    state traject.trajectory_state := internal.open_state(client_number, expected_version);
    moment timestamptz := internal.case_moment(state, occurred_at);
    assigned bigint := internal.worker_id('coach', coach);
    in_team bigint := internal.coach_team(assigned, coach, team, state.team_id);
    event bigint;
begin
    if assigned = state.coach_id and in_team = state.team_id then
        perform internal.refuse('TJ009', 'coach', format('%s is the coach of client %s already, since %s', coach,
                                                         client_number, internal.shown(state.coach_since)));
    end if;
    if moment <= state.coach_since then
        perform internal.refuse('TJ003', 'occurred_at',
            format('occurred_at is %s, and the present coach came at %s; give a later moment', internal.shown(moment),
                   internal.shown(state.coach_since)));
    end if;
    update traject.coach_assignment c set period = tstzrange(lower(c.period), moment)
     where c.municipality_id = state.municipality_id and c.trajectory_id = state.trajectory_id and upper_inf(c.period);
    insert into traject.coach_assignment
    values (state.municipality_id, state.trajectory_id, tstzrange(moment, null), in_team, assigned);
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, worker_id, stage, team_id,
                               reason)
    values (state.municipality_id, state.trajectory_id, 'coach_assigned', moment, session.worker_id(), assigned,
            internal.stage_at(state, moment), in_team, internal.text('reason', assign_coach.reason, 1000))
    returning event_id into event;
    state.coach_id := assigned;
    state.team_id := in_team;
    state.coach_since := moment;
    return query select * from internal.settle(state, event);
end
$$;
