-- What the primary has to know of a batch of calls on a standby before anything of it is answered; and how stale it is at
-- most: each call reads what was replayed when it came to it, or later. Raises when that is more than all of them allow.
-- `lines` is the same for the daemon's own log, which has it where there is no primary: of each look by ids who looked, with
-- what and at whom, in lines of 40 persons at most, so that none is longer than the daemon writes.
create function session.standby_looks()
returns table (noted text, at timestamptz, seen_before xid8, staleness_ms bigint, lines text) language plpgsql stable as $$
declare
    looks text := current_setting('traject.looks', true);
    begun text[] := string_to_array(current_setting('traject.standby'), ' ');
    staleness_ms bigint := begun[1]::bigint + ceil(1000 * extract(epoch from clock_timestamp() - now()));
begin
    if staleness_ms > begun[3]::bigint then
        raise exception 'too stale by now' using errcode = 'TJ902';
    end if;
    return query
    select looks, now(), begun[2]::xid8, staleness_ms,
           (select string_agg(format('looked_at=%s municipality_id=%s worker_id=%s token_id=%s method=%s refused=%s client_ids=%s '
                                     'entry_ids=%s', n.look ->> 4, n.actor[2], n.actor[3], n.actor[7], n.actor[9], n.look ->> 3,
                                     array_to_string(n.client_ids[first:first + 39], ','),
                                     array_to_string(n.event_ids[first:first + 39], ',')), E'\n' order by n.place, first)
              from (select l.place, l.look, string_to_array(l.look ->> 0, '|') as actor,
                           (l.look ->> 1)::bigint[] as event_ids, (l.look ->> 2)::bigint[] as client_ids
                      from (select l.place, l.line::jsonb as look
                              from string_to_table(looks, E'\n') with ordinality l (line, place)) l) n
             cross join generate_series(1, greatest(cardinality(n.event_ids), cardinality(n.client_ids)), 40) first);
end
$$;
revoke all on function session.standby_looks from public;
grant execute on function session.standby_looks to traject_daemon;
