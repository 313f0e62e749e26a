-- A new team.
create function api.add_team(
    team text)
returns setof api.add_team_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddTeam');
begin
    return query
    insert into traject.team (municipality_id, name)
    values (session.municipality_id(), internal.name('team', team))
    returning name;
end
$$;
