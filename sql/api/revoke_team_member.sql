-- The worker leaves the team; refused while coaching somebody there.
create function api.revoke_team_member(
    team text, worker text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeTeamMember');
    left_team bigint := internal.team_id('team', revoke_team_member.team);
    leaving bigint := internal.worker_id('worker', revoke_team_member.worker);
begin
    perform internal.hold_cases();
    update traject.team_member m set revoked_at = now()
     where m.municipality_id = session.municipality_id() and m.team_id = left_team and m.worker_id = leaving
       and m.revoked_at is null;
    if not found then
        perform internal.refuse('TJ009', 'worker', '%s is not a member of team %s',
            json_build_array(revoke_team_member.worker, revoke_team_member.team));
    end if;
end
$$;
