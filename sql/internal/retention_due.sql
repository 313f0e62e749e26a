-- The clients whose trajectories have all ended, longer ago than what their kinds are kept for; with the one that is
-- kept longest. And those who never began one, who are every manager's. As the owner: for a manager of the team, and
-- for a privacy officer, who sees no case otherwise.
create function internal.retention_due()
returns table (client_id bigint, client_number text, kind traject.trajectory_kind, ended_at timestamptz,
               due_at timestamptz, team text, requested_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.municipality_id();
begin
    return query
    with period as materialized (
        select k.kind, make_interval(months => internal.retention(municipality, k.kind::text::traject.retained)) as kept
          from unnest(enum_range(null::traject.trajectory_kind)) k (kind)
    ), last as (
        select distinct on (s.client_id) s.client_id, s.team_id, y.kind, y.ended_at, y.ended_at + p.kept as due_at
          from traject.trajectory_state s
          join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
          join period p on p.kind = y.kind
         where s.municipality_id = municipality
         -- One that is open has no end, and comes first.
         order by s.client_id, due_at desc nulls first
    ), kept as (
        select l.* from last l
         where session.role() = 'privacy_officer' or session.role() = 'manager' and l.team_id = any (session.team_ids())
        union all
        select c.client_id, null, null, null,
               c.added_at + make_interval(months => internal.retention(municipality, 'never_started'))
          from traject.client c
         where c.municipality_id = municipality and c.trajectories = 0
           and session.role() in ('privacy_officer', 'manager')
    )
    select l.client_id, c.client_number, l.kind, l.ended_at, l.due_at, t.name, e.requested_at
      from kept l
      join traject.client c on c.municipality_id = municipality and c.client_id = l.client_id
      join traject.person_key k on k.municipality_id = municipality and k.key_id = c.key_id and k.erased_at is null
      left join traject.team t on t.municipality_id = municipality and t.team_id = l.team_id
      left join traject.erasure e on e.municipality_id = municipality and e.client_id = c.client_id
           and e.withdrawn_at is null and e.confirmed_at is null and e.lapses_at > now()
     where l.due_at <= now();
end
$$;
