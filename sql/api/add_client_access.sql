-- A client gets access to the own journey; again after it ended, and for another device, too. The token's secret never
-- comes here.
create function api.add_client_access(
    client_number text, token_sha256 bytea, label text default null, expires_at timestamptz default null)
returns setof api.add_token_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddClientAccess');
    client bigint := internal.client_id(client_number);
    account bigint;
begin
    insert into traject.worker as w (municipality_id, name, full_name, role, client_id)
    values (session.municipality_id(), 'client-' || client_number, 'client ' || client_number, 'client', client)
    on conflict on constraint worker_of_client_unique do update set revoked_at = null
    returning w.worker_id into account;
    return query select * from internal.add_token(account, token_sha256, label,
                                                  coalesce(expires_at, now() + interval '90 days'));
end
$$;
