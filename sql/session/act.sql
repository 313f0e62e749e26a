-- Sets who acts for the rest of the transaction, sealed (sql/schema/023_actor.sql). For session.enter, and for who
-- repairs the record as its owner.
create function session.act(
    municipality bigint, worker bigint, role traject.role, team_ids bigint[], glass_client_ids bigint[] default '{}',
    token bigint default null, method text default '', waited_ms integer default 0, traceparent text default null,
    foreign_entity text default null) returns void language plpgsql as $$
declare
    actor text := format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', municipality, worker, role, team_ids, glass_client_ids, token,
                         coalesce(pg_sequence_last_value('traject.event_event_id_seq'), 0), method, waited_ms, traceparent,
                         -- As a URI writes a bar.
                         replace(foreign_entity, '|', '%7C'));
begin
    perform set_config('traject.actor', session.seal(k.key, actor) || '|' || actor, true) from session.seal_key k;
end
$$;
revoke all on function session.act from public;
