-- The worker becomes a member of the team; again after having left, too.
create function api.add_team_member(
    team text, worker text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddTeamMember');
begin
    insert into traject.team_member (municipality_id, team_id, worker_id)
    values (session.municipality_id(), internal.team_id('team', team), internal.worker_id('worker', worker))
    on conflict (municipality_id, team_id, worker_id) do update set revoked_at = null;
end
$$;
