-- What an event log tells of one trajectory.
create function api.list_log_entries(
    client_number text, trajectory integer, page_size integer default null, page_token text default null)
returns setof api.log_entry language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListLogEntries');
    client bigint := internal.client_id(client_number);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    after internal.list_position := internal.read_page_token(page_token);
    -- Row security decides here whether it is seen; of a log are the own teams, and nobody who is seen through broken glass.
    seen bigint := (select s.trajectory_id
                      from traject.trajectory_state s
                      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
                     where s.municipality_id = municipality and s.client_id = client
                       and s.team_id = any (session.team_ids())
                       and y.ordinal = list_log_entries.trajectory);
begin
    if seen is null then
        perform internal.refuse('TJ005', 'trajectory', 'client %s has no trajectory %s among those you may see',
            json_build_array(client_number, trajectory));
    end if;
    return query select * from internal.log_entries(municipality, seen, rows, after.moment, after.flag, after.id);
end
$$;
