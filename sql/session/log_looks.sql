-- Makes the lines of what was noted (internal.look) in the transaction that began at that moment: for each client two, in
-- the processing log and in the audit log, where the operation has the same number. Of more than one client the whole is an
-- operation too, above theirs. Who called, with what and since when is as session.enter set it; what is not sealed so is
-- nobody's.
create function internal.log_looks(noted text, at timestamptz) returns void language plpgsql as $$
begin
    with look as materialized (
        -- Each looked up by itself: for an exists or a join, all that there is of all municipalities may be read instead.
        select l.*, coalesce((select m.processing_activity_id from logbook.municipality_activity m
                               where m.municipality_id = l.municipality_id and m.method = l.method),
                             (select a.processing_activity_id from logbook.method_activity a
                               where a.method = l.method)) as processing_activity_id,
               coalesce((select true from traject.glass g
                          where g.municipality_id = l.municipality_id and g.worker_id = l.worker_id limit 1),
                        false) as has_broken
          from (select n.place, n.actor[2]::bigint as municipality_id, n.actor[3]::bigint as worker_id,
                       nullif(n.actor[6], '')::bigint[] as glass_client_ids, n.actor[7]::bigint as token_id,
                       n.actor[8]::bigint as recorded_before, n.actor[9] as method,
                       at - make_interval(secs => n.actor[10]::integer / 1000.0) as start_time,
                       -- Of the caller's trace: version, trace, operation, flags.
                       string_to_array(nullif(n.actor[11], ''), '-') as caller, nullif(n.actor[12], '') as foreign_entity,
                       gen_random_uuid() as trace_id, (n.look ->> 1)::bigint[] as event_ids,
                       (n.look ->> 2)::bigint[] as client_ids, (n.look ->> 3)::boolean as failed,
                       (n.look ->> 4)::timestamptz as end_time, (n.look ->> 5)::bigint as recorded_until
                  from (select l.place, l.look, l.look ->> 0 as sealed, string_to_array(l.look ->> 0, '|') as actor
                          from (select l.place, l.line::jsonb as look
                                  from string_to_table(noted, E'\n') with ordinality l (line, place) offset 0) l offset 0) n
                  join session.seal_key k on n.actor[1] = session.seal(k.key, substr(n.sealed, 66), at)
                offset 0) l
    ), client as materialized (
        -- Each once, and by itself: not joined to all clients of the municipality.
        select n.place, c.client_id, c.data_subject_id
          from (select distinct l.place, l.municipality_id, x.client_id
                  from look l
                 cross join lateral (
                    select (select y.client_id from traject.event e
                              join traject.trajectory y
                                on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
                             where e.municipality_id = l.municipality_id and e.event_id = x.event_id)
                      from (select unnest(l.event_ids) as event_id) x
                     union all
                    -- Whatever a call records, it changes somebody's record by it.
                    select (select y.client_id from traject.trajectory y
                             where y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id)
                      from traject.event e
                     where e.municipality_id = l.municipality_id and e.recorded_in = pg_current_xact_id_if_assigned()
                       and e.event_id > l.recorded_before and e.event_id <= l.recorded_until
                     union all
                    select unnest(l.client_ids)
                    offset 0) x (client_id)) n
         cross join lateral (
            select c.client_id, (select p.data_subject_id from traject.person_key p
                                  where p.municipality_id = c.municipality_id and p.key_id = c.key_id)
              from traject.client c where c.municipality_id = n.municipality_id and c.client_id = n.client_id
            offset 0) c
    ), operation as materialized (
        select o.place, o.client_id, o.data_subject_id, nextval('logbook.operation_id') as operation_id
          from (select c.place, c.client_id, c.data_subject_id from client c
                union all
                select c.place, null, null from client c group by c.place having count(*) > 1
                 order by 1, 2 nulls first offset 0) o
    ), line as materialized (
        -- Without the lists of the look, of which each line would be given a copy.
        select o.client_id, o.data_subject_id, o.operation_id, case when o.client_id is not null then o.whole end as whole,
               l.municipality_id, l.worker_id, l.glass_client_ids, l.token_id, l.method, l.start_time, l.end_time, l.caller,
               l.foreign_entity, l.trace_id, l.failed, l.processing_activity_id, l.has_broken
          from (select o.*, min(o.operation_id) filter (where o.client_id is null) over (partition by o.place) as whole
                  from operation o) o
          join look l on l.place = o.place
         order by o.operation_id
    ), processed as (
        insert into logbook.processing_log (municipality_id, operation_id, trace_id, start_time, end_time,
                                            parent_operation_id, status_code, data_subject_id, name,
                                            processing_activity_id, resource, foreign_entity)
        select l.municipality_id, l.operation_id, coalesce(l.caller[2]::uuid, l.trace_id), l.start_time, l.end_time,
               coalesce(l.whole, ('x' || l.caller[3])::bit(64)::bigint), case when l.failed then 2 else 1 end,
               l.data_subject_id, l.method,
               -- Null, and refused, when sql/processing.sql says that the method concerns nobody.
               l.processing_activity_id, current_setting('application_name'),
               case when l.whole is null then l.foreign_entity end
          from line l
    )
    insert into logbook.audit_log (municipality_id, operation_id, looked_at, worker_id, token_id, client_id, glass_id)
    select l.municipality_id, l.operation_id, l.end_time, l.worker_id, l.token_id, l.client_id,
           case when l.has_broken then
               (select g.glass_id from traject.glass g
                 where g.municipality_id = l.municipality_id and g.worker_id = l.worker_id and g.client_id = l.client_id
                   -- Also when it ended during the call: what is seen is decided when the call begins.
                   and (g.client_id = any (l.glass_client_ids) or g.until > clock_timestamp())
                 order by g.broken_at desc limit 1) end
      from line l;
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
