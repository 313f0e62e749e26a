-- A manager asks that a person is erased; somebody else confirms it.
create function api.request_erasure(
    client_number text, reason traject.sealed)
returns setof api.request_erasure_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RequestErasure');
    client bigint := internal.client_id(client_number);
begin
    return query
    insert into traject.erasure as e (municipality_id, client_id, reason, by_retention)
    values (session.municipality_id(), client,
            internal.text('reason', request_erasure.reason, 1000, demanded => true), false)
    returning e.lapses_at;
end
$$;
