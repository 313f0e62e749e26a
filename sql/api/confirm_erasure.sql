-- The second person says yes: the client is erased.
create function api.confirm_erasure(
    client_number text)
returns setof api.confirm_erasure_reply language sql as $$
    select internal.erase(internal.waiting_erasure(client_number))
$$;
