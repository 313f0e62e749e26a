-- What runs as the owner is held to the caller's share all the same. An admin, who sees no cases, comes this way only to
-- compare what is derived.
create function internal.check_own_case(municipality bigint, trajectory bigint) returns void language plpgsql stable as $$
begin
    if municipality is distinct from session.municipality_id()
       or not exists (select from traject.trajectory_state s
                       where s.municipality_id = municipality and s.trajectory_id = trajectory
                         and (s.client_id = any (session.glass_client_ids()) or case session.role()
                                 when 'coach' then s.coach_id = session.worker_id()
                                 when 'member' then s.team_id = any (session.team_ids())
                                 when 'manager' then s.team_id = any (session.team_ids())
                                 when 'employer' then internal.is_own(municipality, trajectory)
                                 when 'client' then internal.is_own(municipality, trajectory)
                                 else false end))
          and session.role() <> 'admin' then
        perform internal.refuse('TJ007', null, 'the trajectory is outside what your role may see or change');
    end if;
end
$$;
