-- Does every entry of a client's trajectories stand as it was recorded, and is none left out.
create function api.verify_timeline(client_number text) returns setof api.verified_trajectory language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('VerifyTimeline');
    client bigint := internal.client_id(client_number);
begin
    return query
    select t.ordinal, v.entries, v.head, v.misfit, v.event_id
      from traject.trajectory t
     cross join lateral internal.verified(t.municipality_id, t.trajectory_id) v
     where t.municipality_id = session.municipality_id() and t.client_id = client
     order by t.ordinal;
end
$$;
