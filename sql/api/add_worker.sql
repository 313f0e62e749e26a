-- A new worker, a member of those teams.
create function api.add_worker(
    worker text, full_name text, role traject.role, teams text[] default null)
returns setof api.add_worker_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddWorker');
    added bigint;
begin
    if role in ('employer', 'client') then
        perform internal.refuse('TJ003', 'role',
            'role is %s; give coach, member, manager, admin or privacy_officer, or give access with employer access add or '
            'client access add',
            json_build_array(role));
    end if;
    insert into traject.worker (municipality_id, name, full_name, role)
    values (session.municipality_id(), worker, internal.name('full_name', full_name), role)
    returning worker_id into added;
    insert into traject.team_member (municipality_id, team_id, worker_id)
    select session.municipality_id(), internal.team_id('teams', team), added
      from (select distinct unnest(teams) team) named;
    return query select add_worker.worker;
end
$$;
