-- The token opens nothing from now on.
create function api.revoke_token(
    token_id bigint)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeToken');
begin
    perform internal.hold_admins();
    if not internal.admin_remains(without_token => token_id) then
        perform internal.refuse('TJ009', 'token_id', 'token %s is the last one of an admin; add another one first',
            json_build_array(revoke_token.token_id));
    end if;
    update session.token t set revoked_at = coalesce(t.revoked_at, now())
     where t.municipality_id = session.municipality_id() and t.token_id = revoke_token.token_id;
    if not found then
        perform internal.refuse('TJ005', 'token_id', 'no token %s; see the list of tokens',
            json_build_array(revoke_token.token_id));
    end if;
end
$$;
