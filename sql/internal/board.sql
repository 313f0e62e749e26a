-- These cases as the board shows them; of one stage when one is given. As the owner: who may see the cases may know whose
-- they are.
create function internal.board(municipality bigint, cases traject.trajectory_state[], stage traject.stage)
returns setof api.board_card language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
    return query
    select s.stage, c.client_number, c.full_name,
           (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = s.team_id),
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = s.coach_id),
           s.stage_since, s.guided_by, s.guided_since,
           case when coalesce(s.employer_id, h.employer_id) is not null then
               (select e.name from traject.employer e
                 where e.municipality_id = municipality and e.employer_id = coalesce(s.employer_id, h.employer_id)) end,
           h.state, s.due_at, y.kind
      from unnest(cases) s
      join traject.trajectory y on y.municipality_id = municipality and y.trajectory_id = s.trajectory_id
      join traject.client c on c.municipality_id = municipality and c.client_id = s.client_id
      left join traject.handover h on h.municipality_id = municipality and h.trajectory_id = s.trajectory_id
           and h.state in ('flagged', 'prepared', 'accepted')
     where board.stage is null or s.stage = board.stage
     order by s.stage, length(c.client_number), c.client_number;
end
$$;
