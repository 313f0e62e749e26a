-- Makes the lines of what was noted (internal.look) in the transaction that began at that moment: for each client two, in
-- the processing log and in the audit log, where the operation has the same number. Of more than one client the whole is an
-- operation too, above theirs. Who called, with what and since when is as session.enter set it; what is not sealed so is
-- nobody's.
create function internal.log_looks(noted text, at timestamptz) returns void language plpgsql as $$
begin
    with look as materialized (
        select n.place, split_part(n.actor, '|', 2)::bigint as municipality_id, split_part(n.actor, '|', 3)::bigint as worker_id,
               nullif(split_part(n.actor, '|', 6), '')::bigint[] as glass_client_ids,
               split_part(n.actor, '|', 7)::bigint as token_id, split_part(n.actor, '|', 8)::bigint as recorded_before,
               split_part(n.actor, '|', 9) as method,
               at - make_interval(secs => split_part(n.actor, '|', 10)::integer / 1000.0) as start_time,
               -- Of the caller's trace: version, trace, operation, flags.
               string_to_array(nullif(split_part(n.actor, '|', 11), ''), '-') as caller,
               nullif(split_part(n.actor, '|', 12), '') as foreign_entity, gen_random_uuid() as trace_id,
               n.look -> 1 as client_numbers, n.look -> 2 as event_ids, n.look -> 3 as client_ids,
               (n.look ->> 4)::boolean as failed, (n.look ->> 5)::timestamptz as end_time,
               (n.look ->> 6)::bigint as recorded_until
          from (select l.place, l.line::jsonb as look, l.line::jsonb ->> 0 as actor
                  from string_to_table(noted, E'\n') with ordinality l (line, place) offset 0) n
          join session.seal_key k on left(n.actor, 64) = session.seal(k.key, substr(n.actor, 66), at)
    ), caller as materialized (
        -- Each looked up by itself: for an exists or a join, all that there is of all municipalities may be read instead.
        select l.*, coalesce((select m.processing_activity_id from logbook.municipality_activity m
                               where m.municipality_id = l.municipality_id and m.method = a.method),
                             a.processing_activity_id) as processing_activity_id,
               coalesce((select true from traject.glass g
                          where g.municipality_id = l.municipality_id and g.worker_id = l.worker_id limit 1),
                        false) as has_broken
          from look l
          left join logbook.method_activity a on a.method = l.method
    ), client as materialized (
        -- Each by itself ("offset 0"), and not joined to all clients of the municipality.
        select l.place, c.municipality_id, c.client_id, c.key_id
          from look l
         cross join lateral jsonb_array_elements_text(l.client_numbers) x (client_number)
         cross join lateral (select n.* from traject.client n
                              where n.municipality_id = l.municipality_id and n.client_number = x.client_number offset 0) c
         union
        select l.place, c.municipality_id, c.client_id, c.key_id
          from look l
         cross join lateral jsonb_array_elements_text(l.event_ids) x (event_id)
         cross join lateral (select n.* from traject.event e
                               join traject.trajectory y on y.municipality_id = e.municipality_id
                                    and y.trajectory_id = e.trajectory_id
                               join traject.client n on n.municipality_id = y.municipality_id and n.client_id = y.client_id
                              where e.municipality_id = l.municipality_id and e.event_id = x.event_id::bigint offset 0) c
         union
        -- Whatever a call records, it changes somebody's record by it.
        select l.place, c.municipality_id, c.client_id, c.key_id
          from look l
         cross join lateral (select n.* from traject.event e
                               join traject.trajectory y on y.municipality_id = e.municipality_id
                                    and y.trajectory_id = e.trajectory_id
                               join traject.client n on n.municipality_id = y.municipality_id and n.client_id = y.client_id
                              where e.municipality_id = l.municipality_id
                                and e.recorded_in = pg_current_xact_id_if_assigned()
                                and e.event_id > l.recorded_before and e.event_id <= l.recorded_until offset 0) c
         union
        select l.place, c.municipality_id, c.client_id, c.key_id
          from look l
         cross join lateral jsonb_array_elements_text(l.client_ids) x (client_id)
         cross join lateral (select n.* from traject.client n
                              where n.municipality_id = l.municipality_id and n.client_id = x.client_id::bigint offset 0) c
    ), operation as materialized (
        select o.place, o.client_id, o.key_id, nextval('logbook.operation_id') as operation_id
          from (select c.place, c.client_id, c.key_id from client c
                union all
                select c.place, null, null from client c group by c.place having count(*) > 1
                 order by 1, 2 nulls first offset 0) o
    ), line as materialized (
        select l.*, o.client_id, o.key_id, o.operation_id, w.operation_id as whole
          from operation o
          join caller l on l.place = o.place
          left join operation w on w.place = o.place and w.client_id is null and o.client_id is not null
    ), processed as (
        insert into logbook.processing_log (municipality_id, operation_id, trace_id, start_time, end_time,
                                            parent_operation_id, status_code, data_subject_id, name,
                                            processing_activity_id, resource, foreign_entity)
        select l.municipality_id, l.operation_id, coalesce(l.caller[2]::uuid, l.trace_id), l.start_time, l.end_time,
               coalesce(l.whole, ('x' || l.caller[3])::bit(64)::bigint), case when l.failed then 2 else 1 end,
               k.data_subject_id, l.method,
               -- Null, and refused, when sql/processing.sql says that the method concerns nobody.
               l.processing_activity_id, current_setting('application_name'),
               case when l.whole is null then l.foreign_entity end
          from line l
          left join lateral (select p.data_subject_id from traject.person_key p
                              where p.municipality_id = l.municipality_id and p.key_id = l.key_id offset 0) k on true
         order by l.operation_id
    )
    insert into logbook.audit_log (municipality_id, operation_id, looked_at, worker_id, token_id, client_id, glass_id)
    select l.municipality_id, l.operation_id, l.end_time, l.worker_id, l.token_id, l.client_id,
           case when l.has_broken then
               (select g.glass_id from traject.glass g
                 where g.municipality_id = l.municipality_id and g.worker_id = l.worker_id and g.client_id = l.client_id
                   -- Also when it ended during the call: what is seen is decided when the call begins.
                   and (g.client_id = any (l.glass_client_ids) or g.until > clock_timestamp())
                 order by g.broken_at desc limit 1) end
      from line l
     order by l.operation_id;
end
$$;
revoke all on function internal.log_looks from public;

-- Of what was noted in this transaction.
create function session.log_looks() returns void language plpgsql security definer set search_path = '' as $$
declare
    noted text := current_setting('traject.looks', true);
begin
    if coalesce(noted, '') = '' then
        return;
    end if;
    perform set_config('traject.looks', '', true);
    perform internal.log_looks(noted, now());
end
$$;
revoke all on function session.log_looks from public;
grant execute on function session.log_looks to traject_daemon;
