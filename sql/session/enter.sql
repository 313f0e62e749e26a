-- Who calls: finds the token and sets the actor for the rest of the transaction, then the request key. Everything
-- is set every time, since a transaction serves many callers in turn, and sealed, so that nothing else can set it.
create function session.enter(
    token_sha256 bytea, request_key uuid, method text, body_sha256 bytea, waited_ms integer default 0,
    traceparent text default null, foreign_entity text default null,
    certificate_sha256 bytea default null) returns void
language plpgsql security definer set search_path = '' as $$
declare
    actor record;
    earlier record;
begin
    select * into actor from session.holder(token_sha256, certificate_sha256);
    perform set_config('traject.municipality_id', actor.municipality_id::text, true),
            set_config('traject.worker_id', actor.worker_id::text, true),
            set_config('traject.role', actor.role::text, true),
            set_config('traject.team_ids', array(
                select m.team_id from traject.team_member m
                 where m.municipality_id = actor.municipality_id and m.worker_id = actor.worker_id
                   and m.revoked_at is null)::text, true),
            set_config('traject.glass_client_ids', array(
                select g.client_id from traject.glass g
                 where g.municipality_id = actor.municipality_id and g.worker_id = actor.worker_id
                   and g.until > clock_timestamp())::text, true),
            set_config('traject.token_id', actor.token_id::text, true),
            -- What the logs say of the call (internal.look).
            set_config('traject.method', method, true),
            set_config('traject.waited_ms', waited_ms::text, true),
            set_config('traject.traceparent', coalesce(traceparent, ''), true),
            set_config('traject.foreign_entity', coalesce(foreign_entity, ''), true),
            set_config('traject.recorded_before',
                       coalesce(pg_sequence_last_value('traject.event_event_id_seq'), 0)::text, true);
    perform set_config('traject.seal', (select session.seal(k.key) from session.seal_key k), true);
    if not exists (select from session.method_access a where a.method = enter.method and actor.role = any (a.roles)) then
        perform internal.refuse('TJ007', 'method', format('%s is not for the role %s; ask somebody with another role',
                                                          split_part(method, '/', 3), actor.role));
    end if;
    if request_key is null then
        return;
    end if;
    -- Somebody who asks the same again while the first is being answered waits here for that answer.
    perform pg_advisory_xact_lock(hashtextextended(actor.municipality_id || request_key::text, 0));
    select * into earlier from session.request r
     where r.municipality_id = actor.municipality_id and r.request_key = enter.request_key;
    if found and (earlier.worker_id, earlier.method, earlier.body_sha256)
                 = (actor.worker_id, method, enter.body_sha256) then
        raise exception 'answered already' using errcode = 'TJ901';
    elsif found then
        perform internal.refuse('TJ003', 'request_key',
            format('request_key %s was used for another request; make a new one for each write', request_key));
    end if;
end
$$;
revoke all on function session.enter from public;
grant execute on function session.enter to traject_daemon;
