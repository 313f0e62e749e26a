-- The worker and all tokens of that worker end; refused while coaching somebody.
create function api.revoke_worker(
    worker text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeWorker');
    revoked bigint;
begin
    perform internal.hold_cases();
    perform internal.hold_admins();
    revoked := internal.worker_id('worker', revoke_worker.worker);
    if revoked = session.worker_id() then
        perform internal.refuse('TJ009', 'worker', 'you cannot revoke yourself; ask another admin');
    end if;
    -- Somebody may have revoked the caller just before.
    if not internal.admin_remains(without_worker => revoked) then
        perform internal.refuse('TJ009', 'worker', '%s is the last admin with a token; add another one first',
            json_build_array(revoke_worker.worker));
    end if;
    update traject.worker w set revoked_at = now()
     where w.municipality_id = session.municipality_id() and w.worker_id = revoked;
    update session.token t set revoked_at = now()
     where t.municipality_id = session.municipality_id() and t.worker_id = revoked and t.revoked_at is null;
end
$$;
