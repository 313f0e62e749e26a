-- Moments that ask for a handover: working for so long, guided by the coach, none open.
create function api.list_handovers_due(
    team text default null, coach text default null, working_days integer default null,
    page_size integer default null)
returns setof api.handover_due language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListHandoversDue');
    days integer := internal.in_range('working_days', working_days, 1, 3650, 60);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    of_team bigint := internal.team_id('team', list_handovers_due.team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', list_handovers_due.coach, revoked_too => true);
begin
    perform internal.check_share(of_team, list_handovers_due.team, of_coach, list_handovers_due.coach);
    return query
    select c.client_number, c.full_name, t.name, w.name, s.stage, s.working_since,
           internal.days_between(s.working_since, now()), last.state
      from traject.trajectory_state s
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      left join lateral (select h.state from traject.handover h
                          where h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
                          order by h.last_step_at desc, h.handover_id desc limit 1) last on true
     where s.municipality_id = (select session.municipality_id()) and s.open and s.guided_by = 'coach'
       and s.working_since <= now() - make_interval(days => days)
       and coalesce(last.state not in ('flagged', 'prepared', 'accepted'), true)
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
     order by s.working_since, s.trajectory_id
     limit rows;
end
$$;
