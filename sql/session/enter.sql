-- Who calls: finds the token and sets the actor for the rest of the transaction, then the request key. Everything
-- is set every time, since a transaction serves many callers in turn.
create function session.enter(
    token_sha256 bytea, request_key uuid, method text, body_sha256 bytea, waited_ms integer default 0,
    traceparent text default null, foreign_entity text default null,
    certificate_sha256 bytea default null) returns void
language plpgsql security definer set search_path = '' as $$
declare
    caller record;
    actor text;
    set_to text;
    earlier record;
begin
    -- One answer for unknown, expired, revoked and used without its certificate, so that nothing can be learned by
    -- trying. How far an index compares a digest depends on the digest, of which whoever tries tokens can choose no
    -- byte: so the time that this takes says nothing about how much of a token was right.
    select o.municipality_id, o.worker_id, o.role, o.token_id,
           array(select m.team_id from traject.team_member m
                  where m.municipality_id = o.municipality_id and m.worker_id = o.worker_id
                    and m.revoked_at is null) as team_ids,
           array(select g.client_id from traject.glass g
                  where g.municipality_id = o.municipality_id and g.worker_id = o.worker_id
                    and g.until > clock_timestamp()) as glass_client_ids,
           (select o.role = any (a.roles) from session.method_access a where a.method = enter.method) as may,
           (select k.key from session.seal_key k) as seal_key
      into caller
      from session.open_token o
     where o.token_sha256 = enter.token_sha256
       and (o.certificate_sha256 is null or o.certificate_sha256 = enter.certificate_sha256);
    if not found then
        -- The same line stands in daemon/session.c.
        perform internal.refuse('TJ016', 'token',
            'the token is unknown, expired or revoked, or bound to another certificate; ask an admin for a new one');
    end if;
    actor := session.actor(caller.municipality_id, caller.worker_id, caller.role, caller.team_ids, caller.glass_client_ids,
                           caller.token_id, method, waited_ms, traceparent, foreign_entity);
    -- An assignment of an expression, where PERFORM would be a statement more.
    set_to := set_config('traject.actor', session.seal(caller.seal_key, actor) || '|' || actor, true);
    if caller.may is not true then
        perform internal.refuse('TJ007', 'method', '%s is not for the role %s; ask somebody with another role',
            json_build_array(split_part(method, '/', 3), internal.word(caller.role)));
    end if;
    if request_key is null then
        return;
    end if;
    -- Somebody who asks the same again while the first is being answered waits here for that answer.
    perform pg_advisory_xact_lock(hashtextextended(caller.municipality_id || request_key::text, 0));
    select r.worker_id, r.method, r.body_sha256 into earlier from session.request r
     where r.municipality_id = caller.municipality_id and r.request_key = enter.request_key;
    if found and (earlier.worker_id, earlier.method, earlier.body_sha256)
                 = (caller.worker_id, method, enter.body_sha256) then
        raise exception 'answered already' using errcode = 'TJ901';
    elsif found then
        perform internal.refuse('TJ003', 'request_key',
            'request_key %s was used for another request; make a new one for each write',
            json_build_array(request_key));
    end if;
end
$$;
revoke all on function session.enter from public;
grant execute on function session.enter to traject_daemon;
