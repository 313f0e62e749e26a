-- The open trajectories of a client, a coach or a team; of none of these, all that the caller sees. Row security decides
-- which those are; asked for so that an index serves each.
create function internal.caseload(municipality bigint, of_client bigint, of_team bigint, of_coach bigint)
returns traject.trajectory_state[] language plpgsql stable as $$
begin
    if of_client is not null then
        return array(select s from traject.trajectory_state s
                      where s.municipality_id = municipality and s.client_id = of_client and s.open
                        and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach));
    elsif of_coach is not null then
        return array(select s from traject.trajectory_state s
                      where s.municipality_id = municipality and s.coach_id = of_coach and s.open
                        and (of_team is null or s.team_id = of_team));
    elsif of_team is not null then
        return array(select s from traject.trajectory_state s
                      where s.municipality_id = municipality and s.team_id = of_team and s.open);
    elsif session.role() = 'coach' then
        return array(select s from traject.trajectory_state s
                      where s.municipality_id = municipality and s.open
                        and (s.coach_id = session.worker_id() or s.client_id = any (session.glass_client_ids())));
    end if;
    return array(select s from traject.trajectory_state s
                  where s.municipality_id = municipality and s.open
                    and (s.team_id = any (session.team_ids()) or s.client_id = any (session.glass_client_ids())));
end
$$;
