-- When a client had no contact for longer than agreed, now or as it was known at an earlier moment.
create function api.list_silences(
    client_number text, as_of timestamptz default null, known_at timestamptz default null)
returns setof api.silence language plpgsql stable as $$
declare
    municipality bigint := session.admitted('ListSilences');
    client bigint := internal.client_id(client_number);
    -- Row security decides here which trajectories are seen.
    trajectories bigint[] := array(select s.trajectory_id from traject.trajectory_state s
                                    where s.municipality_id = municipality and s.client_id = client order by s.started_at);
begin
    return query select * from internal.silences(municipality, client, trajectories, as_of, known_at);
end
$$;
