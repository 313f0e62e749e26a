-- The token opens nothing from now on.
create function api.revoke_token(
    token_id bigint)
returns void language plpgsql as $$
#variable_conflict use_column
begin
    update session.token t set revoked_at = coalesce(t.revoked_at, now())
     where t.municipality_id = session.municipality_id() and t.token_id = revoke_token.token_id;
    if not found then
        perform internal.refuse('TJ005', 'token_id', format('no token %s; see the list of tokens', revoke_token.token_id));
    end if;
end
$$;
