-- A list of a team or coach of which the caller sees nothing is refused: an empty one would say that all is well.
create function internal.check_share(team bigint, team_name text, coach bigint, coach_name text) returns void
language plpgsql stable as $$
begin
    if not team = any (session.team_ids()) then
        perform internal.refuse('TJ007', 'team', 'team %s is not one of yours; ask its manager', json_build_array(team_name));
    end if;
    if session.role() = 'coach' and coach <> session.worker_id() then
        perform internal.refuse('TJ007', 'coach', '%s is another coach, and a coach sees own clients; ask a manager',
            json_build_array(coach_name));
    end if;
    if coach is not null and coach <> session.worker_id() and not exists (
        select from traject.team_member m
         where m.municipality_id = session.municipality_id() and m.worker_id = coach
           and m.team_id = any (session.team_ids())) then
        perform internal.refuse('TJ007', 'coach', '%s is not in one of your teams; ask the manager of that team',
            json_build_array(coach_name));
    end if;
end
$$;
