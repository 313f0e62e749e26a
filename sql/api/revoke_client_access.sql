-- A client has no access any more.
create function api.revoke_client_access(
    client_number text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeClientAccess');
    client bigint := internal.client_id(client_number);
begin
    update traject.worker w set revoked_at = now()
     where w.municipality_id = session.municipality_id() and w.client_id = client and w.revoked_at is null;
    if not found then
        perform internal.refuse('TJ009', 'client_number', 'client %s has no access', json_build_array(client_number));
    end if;
    update session.token t set revoked_at = now()
      from traject.worker w
     where w.municipality_id = session.municipality_id() and w.client_id = client
       and t.municipality_id = w.municipality_id and t.worker_id = w.worker_id and t.revoked_at is null;
end
$$;
