-- The employer is ready to guide.
create function api.accept_handover(
    client_number text, accepted_by text default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language sql as $$
    select * from internal.accept_handover(client_number, accepted_by, occurred_at, words, expected_version, audience)
$$;
