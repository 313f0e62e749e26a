-- A client begins a trajectory, with a coach in a team.
create function api.start_trajectory(
    client_number text, kind traject.trajectory_kind, occurred_at timestamptz default null,
    coach text default null, team text default null, stage traject.stage default null, words traject.sealed default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('StartTrajectory');
    client bigint := internal.client_id(client_number);
    moment timestamptz := internal.moment('occurred_at', occurred_at);
    coach_name text := coalesce(coach, (select w.name from traject.worker w
        where w.municipality_id = session.municipality_id() and w.worker_id = session.worker_id() and w.role = 'coach'));
    coach_id bigint;
    team_id bigint;
    state traject.trajectory_state;
    entry traject.event;
begin
    if coach_name is null then
        perform internal.refuse('TJ003', 'coach', 'coach is missing; name the coach');
    end if;
    coach_id := internal.worker_id('coach', coach_name);
    if session.role() = 'coach' and coach_id <> session.worker_id() then
        perform internal.refuse('TJ007', 'coach', 'a coach starts own trajectories; ask the manager to start this one');
    end if;
    team_id := internal.coach_team(coach_id, coach_name, team);
    if exists (select from traject.trajectory_state s
                where s.municipality_id = session.municipality_id() and s.client_id = client and s.open) then
        perform internal.refuse('TJ009', 'client_number', 'client %s has an open trajectory already; end it first',
            json_build_array(start_trajectory.client_number));
    end if;
    state := internal.begin_trajectory(client, kind, moment, coach_id, team_id, coalesce(stage, 'first_contact'));
    entry.kind := 'trajectory_started';
    entry.occurred_at := moment;
    entry.worker_id := coach_id;
    entry.team_id := team_id;
    entry.stage := state.stage;
    entry.trajectory_kind := start_trajectory.kind;
    entry.words := internal.text('words', start_trajectory.words, 4000);
    entry.audience := start_trajectory.audience;
    return query select * from internal.record(state, entry);
end
$$;
