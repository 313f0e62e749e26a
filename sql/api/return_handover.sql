-- Guidance comes back to the coach.
create function api.return_handover(
    client_number text, reason traject.sealed, occurred_at timestamptz default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ReturnHandover');
begin
    return query
    select * from internal.end_handover(client_number, 'return', 'returned', '{completed}', reason, occurred_at,
                                        expected_version, audience);
end
$$;
