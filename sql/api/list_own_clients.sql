-- The clients of whom somebody at an employer is anything there, with who guides and what a handover still needs. As the
-- owner: row security shows an employer nothing.
create function api.list_own_clients()
returns setof api.own_client language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListOwnClients');
    account traject.worker := internal.own_account('employer');
begin
    return query
    select c.client_number, c.full_name, w.full_name, g.role, s.guided_by, s.guided_since, h.state, h.state_since,
           h.planned_at, p.name, p2.name, h.talked_through_with_client, h.guidance_needs_shared,
           h.absence_and_dropout_discussed, h.fallback_agreed,
           (select min(i.opened_at) from traject.item i
             where i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id and i.kind = 'absence'
               and i.open and i.employer_id = account.employer_id)
      from internal.own_trajectories(account) s
      join internal.guides(account.municipality_id, s.trajectory_id) g on g.employer_id = account.employer_id
           and g.person_id = account.person_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      left join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
           and h.employer_id = account.employer_id and h.state in ('flagged', 'prepared', 'accepted', 'completed')
      left join traject.employer_person p on p.municipality_id = h.municipality_id and p.employer_id = h.employer_id
           and p.person_id = h.supervisor_id
      left join traject.employer_person p2 on p2.municipality_id = h.municipality_id and p2.employer_id = h.employer_id
           and p2.person_id = h.second_person_id
     order by length(c.client_number), c.client_number;
end
$$;
