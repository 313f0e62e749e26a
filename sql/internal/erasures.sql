-- Requests for erasure that the caller oversees: a manager those about clients of the own teams, a privacy officer all.
-- As the owner, since a privacy officer sees no client.
create function internal.erasures()
returns table (erasure_id bigint, client_id bigint, client_number text, state traject.erasure_state,
               requested_at timestamptz, requested_by text, reason traject.sealed, by_retention boolean,
               trajectory_ended_at timestamptz, lapses_at timestamptz, ended_at timestamptz, ended_by text)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
begin
    return query
    select e.erasure_id, c.client_id, c.client_number,
           (case when e.confirmed_at is not null then 'confirmed' when e.withdrawn_at is not null then 'withdrawn'
                 when e.lapses_at <= now() then 'lapsed' else 'waiting' end)::traject.erasure_state,
           e.requested_at, r.name, e.reason, e.by_retention,
           (select max(y.ended_at) from traject.trajectory y
             where y.municipality_id = c.municipality_id and y.client_id = c.client_id),
           e.lapses_at, coalesce(e.confirmed_at, e.withdrawn_at), w.name
      from traject.erasure e
      join traject.client c on c.municipality_id = e.municipality_id and c.client_id = e.client_id
      join traject.worker r on r.municipality_id = e.municipality_id and r.worker_id = e.requested_by
      left join traject.worker w on w.municipality_id = e.municipality_id
           and w.worker_id = coalesce(e.confirmed_by, e.withdrawn_by)
     where e.municipality_id = municipality
       and case session.role()
               when 'privacy_officer' then true
               when 'manager' then
                   c.trajectories = 0
                   or exists (select from traject.trajectory_state s
                               where s.municipality_id = c.municipality_id and s.client_id = c.client_id
                                 and s.team_id = any (session.team_ids()))
               else false end;
end
$$;

-- The one about that client that waits.
create function internal.waiting_erasure(client_number text) returns bigint language plpgsql stable as $$
declare
    waiting bigint;
begin
    select e.erasure_id into waiting from internal.erasures() e
     where e.client_number = waiting_erasure.client_number and e.state = 'waiting';
    if not found then
        perform internal.refuse('TJ005', 'client_number',
            'no erasure of a client with number %s waits; "traject erasure list" shows those that do',
            json_build_array(left(client_number, 40)));
    end if;
    return waiting;
end
$$;
