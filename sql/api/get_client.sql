-- Where the client is, who guides and when the last contact was, now or at an earlier moment.
create function api.get_client(
    client_number text, as_of timestamptz default null, known_at timestamptz default null)
returns setof api.get_client_reply language plpgsql stable as $$
declare
    municipality bigint := session.admitted('GetClient');
    client bigint := internal.client_id(client_number);
    -- Row security decides here which trajectories are seen.
    trajectories bigint[] := array(select s.trajectory_id from traject.trajectory_state s
                                    where s.municipality_id = municipality and s.client_id = client);
begin
    return query select * from internal.client_as_of(municipality, client, trajectories, as_of, known_at);
end
$$;
