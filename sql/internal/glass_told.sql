-- What a broken glass is about and the methods by which the client was looked at through it, for who may know that it
-- was broken. As its owner: a privacy officer sees no cases, who broke it no more, and nobody else reads the logs.
create function internal.glass_told(glass bigint) returns table (client_number text, reason traject.sealed, methods text[])
language sql stable security definer set search_path = '' as $$
    select c.client_number, e.reason,
           array(select split_part(p.name, '/', 3)
                   from logbook.audit_log a
                   join logbook.processing_log p
                     on p.municipality_id = a.municipality_id and p.operation_id = a.operation_id
                  where a.municipality_id = g.municipality_id and a.client_id = g.client_id
                    and a.looked_at >= g.broken_at and a.glass_id = g.glass_id
                  group by p.name order by min(a.looked_at))
      from traject.glass g
      join traject.client c on c.municipality_id = g.municipality_id and c.client_id = g.client_id
      join traject.event e on e.municipality_id = g.municipality_id and e.event_id = g.event_id
     where g.municipality_id = (select session.municipality_id()) and g.glass_id = glass
       and (g.worker_id = session.worker_id() or session.role() = 'privacy_officer'
            or session.role() = 'manager' and exists (
                select from traject.trajectory_state s
                 where s.municipality_id = g.municipality_id and s.client_id = g.client_id
                   and s.team_id = any (session.team_ids())))
$$;
