-- The team is no longer there for new work; refused while it is in use.
create function api.revoke_team(
    team text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeTeam');
begin
    perform internal.hold_cases();
    update traject.team t set revoked_at = now()
     where t.municipality_id = session.municipality_id() and t.team_id = internal.team_id('team', revoke_team.team);
end
$$;
