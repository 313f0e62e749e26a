-- The employer does not take guidance over, now.
create function api.decline_handover(
    client_number text, reason traject.sealed, occurred_at timestamptz default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('DeclineHandover');
begin
    return query
    select * from internal.end_handover(client_number, 'decline', 'declined', '{flagged,prepared,accepted}', reason, occurred_at,
                                        expected_version, audience);
end
$$;
