-- The employer is ready to guide.
create function api.accept_handover(
    client_number text, accepted_by text default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AcceptHandover');
begin
    return query
    select * from internal.accept_handover(client_number, accepted_by, occurred_at, words, expected_version, audience);
end
$$;
