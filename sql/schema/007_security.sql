-- Row-level security: every row by municipality, case rows by the actor's role. The settings are
-- read in subselects, so once for a statement and not for each row. What hangs on another row asks for it by
-- "select true", not by "exists", of which PostgreSQL may make a hash of all that the actor sees.
do $$
declare
    name text;
begin
    foreach name in array array['municipality', 'team', 'worker', 'team_member', 'employer', 'employer_person',
            'client', 'trajectory', 'event', 'stage_spell', 'coach_assignment', 'guidance', 'handover', 'rhythm',
            'trajectory_state'] loop
        execute format('alter table traject.%I enable row level security', name);
    end loop;
    alter table session.token enable row level security;
    alter table session.request enable row level security;

    -- The organisation: all of the municipality see it, its admins change it.
    foreach name in array array['municipality', 'team', 'worker', 'team_member', 'employer', 'employer_person'] loop
        execute format('create policy seen on traject.%I for select using
            (municipality_id = (select session.municipality_id()))', name);
    end loop;
    foreach name in array array['team', 'worker', 'team_member', 'employer', 'employer_person'] loop
        execute format('create policy added on traject.%I for insert with check
            (municipality_id = (select session.municipality_id()) and (select session.role()) = ''admin'')', name);
        execute format('create policy changed on traject.%I for update using
            (municipality_id = (select session.municipality_id()) and (select session.role()) = ''admin'')', name);
    end loop;
    create policy numbered on traject.municipality for update using
        (municipality_id = (select session.municipality_id()) and (select session.role()) <> 'admin');

    -- What hangs on a trajectory is seen with it.
    foreach name in array array['event', 'stage_spell', 'coach_assignment', 'guidance', 'handover'] loop
        execute format('create policy with_trajectory on traject.%1$I using
            (municipality_id = (select session.municipality_id())
             and (select true from traject.trajectory_state s
                   where s.municipality_id = %1$I.municipality_id and s.trajectory_id = %1$I.trajectory_id))', name);
    end loop;
end
$$;

-- The own caseload, or the teams'; put so that the indexes by coach and by team serve it.
create policy caseload on traject.trajectory_state using
    (municipality_id = (select session.municipality_id())
     and (coach_id = (select session.worker_id() where session.role() = 'coach')
          or team_id = any ((select session.team_ids() where session.role() in ('member', 'manager'))::bigint[])));

create policy with_state on traject.trajectory using
    (municipality_id = (select session.municipality_id())
     and (select true from traject.trajectory_state s
           where s.municipality_id = trajectory.municipality_id and s.trajectory_id = trajectory.trajectory_id));
-- The row of trajectory_state, which decides who sees it, is written just after it.
create policy added on traject.trajectory for insert with check
    (municipality_id = (select session.municipality_id()) and (select session.role()) <> 'admin');

-- A client without any trajectory is there for whoever may begin one.
create policy caseload on traject.client using
    (municipality_id = (select session.municipality_id()) and (select session.role()) <> 'admin'
     and (trajectories = 0
          or (select true from traject.trajectory_state s
               where s.municipality_id = client.municipality_id and s.client_id = client.client_id limit 1)));

create policy seen on traject.rhythm for select using
    (municipality_id = (select session.municipality_id())
     and (client_id is null
          or (select true from traject.trajectory_state s
               where s.municipality_id = rhythm.municipality_id and s.client_id = rhythm.client_id limit 1)));
-- A manager sets those of the own teams and their clients, an admin those that hold in every team.
create policy managed on traject.rhythm using
    (municipality_id = (select session.municipality_id())
     and case (select session.role())
         when 'admin' then num_nonnulls(team_id, client_id) = 0
         when 'manager' then team_id = any ((select session.team_ids())::bigint[])
             or client_id is not null
                and (select true from traject.trajectory_state s
                      where s.municipality_id = rhythm.municipality_id and s.client_id = rhythm.client_id limit 1)
         else false
     end);

create policy managed on session.token using
    (municipality_id = (select session.municipality_id()) and (select session.role()) = 'admin');
create policy own on session.request using (municipality_id = (select session.municipality_id()));

-- The daemon's rights: to add and see; to change only where there is a present state; to delete nothing.
grant select on all tables in schema traject to traject_daemon;
grant select on session.method_access to traject_daemon;
grant insert on traject.team, traject.worker, traject.team_member, traject.employer, traject.employer_person,
    traject.client, traject.trajectory, traject.event, traject.stage_spell, traject.coach_assignment,
    traject.guidance, traject.handover, traject.rhythm, traject.trajectory_state to traject_daemon;
grant update (revoked_at) on traject.team, traject.worker, traject.team_member, traject.employer,
    traject.employer_person to traject_daemon;
grant update (next_client_number) on traject.municipality to traject_daemon;
grant update (trajectories) on traject.client to traject_daemon;
grant update (started_at, ended_at, outcome) on traject.trajectory to traject_daemon;
grant update (period) on traject.stage_spell, traject.coach_assignment, traject.guidance, traject.rhythm to traject_daemon;
grant update on traject.handover, traject.trajectory_state to traject_daemon;
grant select (municipality_id, token_id, worker_id, label, created_at, expires_at, revoked_at), insert,
    update (revoked_at) on session.token to traject_daemon;
grant select, insert on session.request to traject_daemon;
grant usage on all sequences in schema traject, session to traject_daemon;
