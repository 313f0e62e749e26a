-- A new trajectory and its row of state, which decides who sees it; the rest follows from its first entry. Of a client
-- who was added with it nobody else sees anything yet: that row is left to internal.derive, which writes it as it will stand.
-- `place`: which of the client's trajectories it is; the next one when it is null. One that
-- is known to have ended leaves room for another that is there.
create function internal.begin_trajectory(client bigint, kind traject.trajectory_kind, started_at timestamptz,
                                          coach bigint, team bigint, stage traject.stage, added boolean default false,
                                          place integer default null, ended_at timestamptz default null,
                                          outcome traject.outcome default null)
returns traject.trajectory_state language plpgsql as $$
declare
    municipality bigint := session.municipality_id();
    state traject.trajectory_state;
    so_far integer := 0;
    ordinal integer;
begin
    perform internal.hold_rhythms();
    if not added then
        select c.trajectories into so_far from traject.client c
         where c.municipality_id = municipality and c.client_id = client for update;
        -- A client without any is seen by all; one who was begun in another team while this waited is not.
        if not found then
            perform internal.refuse('TJ009', 'client_number', 'somebody just began a trajectory for this client; look again');
        end if;
    end if;
    ordinal := coalesce(place, so_far + 1);
    state.municipality_id := municipality;
    state.trajectory_id := nextval('traject.trajectory_trajectory_id_seq');
    state.client_id := client;
    state.open := ended_at is null;
    state.version := 0;
    state.started_at := started_at;
    state.stage := stage;
    state.stage_since := started_at;
    state.team_id := team;
    state.coach_id := coach;
    state.coach_since := started_at;
    state.guided_by := 'coach';
    state.guided_since := started_at;
    state.unanswered_attempts := 0;
    insert into traject.trajectory (municipality_id, trajectory_id, client_id, ordinal, kind, started_at, ended_at, outcome)
    values (municipality, state.trajectory_id, client, ordinal, begin_trajectory.kind, begin_trajectory.started_at,
            begin_trajectory.ended_at, begin_trajectory.outcome);
    if not added then
        state.rhythm_days := internal.rhythm_days(client, team, stage, clock_timestamp());
        state.due_at := started_at;
        insert into traject.trajectory_state select state.*;
        update traject.client c set trajectories = greatest(so_far, ordinal)
         where c.municipality_id = municipality and c.client_id = client;
    end if;
    return state;
end
$$;
