-- The second person says yes: the client is erased.
create function api.confirm_erasure(
    client_number text)
returns setof api.confirm_erasure_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ConfirmErasure');
begin
    return query
    select internal.erase(internal.waiting_erasure(client_number));
end
$$;
