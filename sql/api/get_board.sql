-- Open trajectories by stage, with who guides and the open handover.
create function api.get_board(
    team text default null, coach text default null, stage traject.stage default null)
returns setof api.board_card language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetBoard');
    of_team bigint := internal.team_id('team', get_board.team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', get_board.coach, revoked_too => true);
begin
    perform internal.check_share(of_team, get_board.team, of_coach, get_board.coach);
    return query
    select s.stage, c.client_number, c.full_name, t.name, w.name, s.stage_since, s.guided_by, s.guided_since, e.name,
           h.state, s.due_at, y.kind
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      left join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
           and h.state in ('flagged', 'prepared', 'accepted')
      left join traject.employer e on e.municipality_id = s.municipality_id
           and e.employer_id = coalesce(s.employer_id, h.employer_id)
     where s.municipality_id = (select session.municipality_id()) and s.open
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
       and (get_board.stage is null or s.stage = get_board.stage)
     order by s.stage, length(c.client_number), c.client_number;
end
$$;
