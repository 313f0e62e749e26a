-- Whether an admin with a token that opens something is left without that worker, or without that token.
create function internal.admin_remains(without_worker bigint default null, without_token bigint default null)
returns boolean language sql stable as $$
    select exists (
        select from session.token t
          join traject.worker w on w.municipality_id = t.municipality_id and w.worker_id = t.worker_id
         where t.municipality_id = session.municipality_id() and t.revoked_at is null and t.expires_at > now()
           and w.role = 'admin' and w.revoked_at is null and w.worker_id is distinct from without_worker
           and t.token_id is distinct from without_token)
$$;
