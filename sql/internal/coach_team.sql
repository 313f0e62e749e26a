-- The team in which the coach takes a case: the one named, else the present one, else the coach's only one that is still
-- there. Both stay until the transaction ends, so a coach revoked while this waited is refused here.
create function internal.coach_team(coach bigint, coach_name text, team_name text, present bigint default null)
returns bigint language plpgsql as $$
declare
    team bigint;
    teams bigint[];
begin
    perform internal.hold_rhythms();
    perform internal.worker_id('coach', coach_name);
    team := internal.team_id('team', team_name);
    if team_name is null then
        teams := array(select m.team_id
                         from traject.team_member m
                         join traject.team t on t.municipality_id = m.municipality_id and t.team_id = m.team_id
                        where m.municipality_id = session.municipality_id() and m.worker_id = coach
                          and m.revoked_at is null and t.revoked_at is null);
        if cardinality(teams) = 0 then
            perform internal.refuse('TJ009', 'coach', '%s is in no team that is still there; choose one who is',
                json_build_array(coach_name));
        end if;
        team := case when present = any (teams) then present when cardinality(teams) = 1 then teams[1] end;
        if team is null then
            perform internal.refuse('TJ003', 'team', '%s is a member of %s teams; name the team',
                json_build_array(coach_name, cardinality(teams)));
        end if;
    elsif not exists (select from traject.team_member m
                       where m.municipality_id = session.municipality_id() and m.team_id = team
                         and m.worker_id = coach and m.revoked_at is null) then
        perform internal.refuse('TJ009', 'coach', '%s is not a member of team %s; choose one who is',
            json_build_array(coach_name, team_name));
    end if;
    if not team = any (session.team_ids()) then
        perform internal.refuse('TJ007', 'team', 'this team is not one of yours; ask its manager');
    end if;
    return team;
end
$$;
