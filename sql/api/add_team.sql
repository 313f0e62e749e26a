-- A new team.
create function api.add_team(
    team text)
returns setof api.add_team_reply language plpgsql as $$
#variable_conflict use_column
begin
    insert into traject.team (municipality_id, name)
    values (session.municipality_id(), internal.text('team', team, 100, demanded => true));
    return query select btrim(add_team.team);
end
$$;
