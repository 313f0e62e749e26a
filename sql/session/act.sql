-- What traject.actor says of a call (sql/schema/023_actor.sql), which whoever sets it seals.
create function session.actor(
    municipality bigint, worker bigint, role traject.role, team_ids bigint[], glass_client_ids bigint[], token bigint,
    method text, waited_ms integer, traceparent text, foreign_entity text) returns text language plpgsql as $$
begin
    return format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', municipality, worker, role, team_ids, glass_client_ids, token,
                  coalesce(pg_sequence_last_value('traject.event_event_id_seq'), 0), method, waited_ms, traceparent,
                  -- As a URI writes a bar.
                  replace(foreign_entity, '|', '%7C'));
end
$$;
revoke all on function session.actor from public;

-- Sets who acts for the rest of the transaction, sealed, for who repairs the record as its owner.
create function session.act(municipality bigint, worker bigint, role traject.role, team_ids bigint[]) returns void
language plpgsql as $$
declare
    actor text := session.actor(municipality, worker, role, team_ids, '{}', null, '', 0, null, null);
begin
    perform set_config('traject.actor', session.seal(k.key, actor) || '|' || actor, true) from session.seal_key k;
end
$$;
revoke all on function session.act from public;
