-- Makes the lines of what was noted in this transaction (internal.look): for each client two, in the processing log and in
-- the audit log, where the operation has the same number. Of more than one client the whole is an operation too, above
-- theirs. Who called, with what and since when is as session.enter set it; what is not sealed so is nobody's.
create function session.log_looks() returns void language plpgsql security definer set search_path = '' as $$
declare
    noted text := current_setting('traject.looks', true);
    lines internal.look_line[];
begin
    if coalesce(noted, '') = '' then
        return;
    end if;
    perform set_config('traject.looks', '', true);
    with look as materialized (
        select n.place, split_part(n.actor, '|', 2)::bigint as municipality_id, split_part(n.actor, '|', 3)::bigint as worker_id,
               nullif(split_part(n.actor, '|', 6), '')::bigint[] as glass_client_ids,
               split_part(n.actor, '|', 7)::bigint as token_id, split_part(n.actor, '|', 8)::bigint as recorded_before,
               split_part(n.actor, '|', 9) as method,
               now() - make_interval(secs => split_part(n.actor, '|', 10)::integer / 1000.0) as start_time,
               -- Of the caller's trace: version, trace, operation, flags.
               string_to_array(nullif(split_part(n.actor, '|', 11), ''), '-') as caller,
               nullif(split_part(n.actor, '|', 12), '') as foreign_entity, gen_random_uuid() as trace_id,
               n.look -> 1 as client_numbers, n.look -> 2 as event_ids, n.look -> 3 as client_ids,
               (n.look ->> 4)::boolean as failed, (n.look ->> 5)::timestamptz as end_time,
               (n.look ->> 6)::bigint as recorded_until
          from (select l.place, l.line::jsonb as look, l.line::jsonb ->> 0 as actor
                  from string_to_table(noted, E'\n') with ordinality l (line, place) offset 0) n
          join session.seal_key k on left(n.actor, 64) = session.seal(k.key, substr(n.actor, 66))
    ), client as materialized (
        select l.place, l.municipality_id, c.client_id
          from look l
         cross join lateral jsonb_array_elements_text(l.client_numbers) x (client_number)
          join traject.client c on c.municipality_id = l.municipality_id and c.client_number = x.client_number
         union
        select l.place, l.municipality_id, y.client_id
          from look l
         cross join lateral jsonb_array_elements_text(l.event_ids) x (event_id)
          join traject.event e on e.municipality_id = l.municipality_id and e.event_id = x.event_id::bigint
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         union
        -- Whatever a call records, it changes somebody's record by it.
        select l.place, l.municipality_id, y.client_id
          from look l
          join traject.event e on e.municipality_id = l.municipality_id
               and e.recorded_in = pg_current_xact_id_if_assigned()
               and e.event_id > l.recorded_before and e.event_id <= l.recorded_until
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         union
        select l.place, l.municipality_id, x.client_id::bigint
          from look l cross join lateral jsonb_array_elements_text(l.client_ids) x (client_id)
    ), operation as materialized (
        select o.place, o.client_id, nextval('logbook.operation_id') as operation_id
          from (select c.place, c.client_id from client c
                union all
                select c.place, null from client c group by c.place having count(*) > 1
                 order by 1, 2 nulls first offset 0) o
    )
    select array_agg(row(l.municipality_id, o.operation_id, coalesce(l.caller[2]::uuid, l.trace_id), l.start_time,
                         l.end_time, coalesce(w.operation_id, ('x' || l.caller[3])::bit(64)::bigint),
                         case when l.failed then 2 else 1 end, k.data_subject_id, l.method,
                         coalesce(m.processing_activity_id, a.processing_activity_id),
                         case when w.operation_id is null then l.foreign_entity end, l.worker_id, l.token_id, o.client_id,
                         (select g.glass_id from traject.glass g
                           where g.municipality_id = l.municipality_id and g.worker_id = l.worker_id
                             and g.client_id = o.client_id
                             -- Also when it ended during the call: what is seen is decided when the call begins.
                             and (g.client_id = any (l.glass_client_ids) or g.until > clock_timestamp())
                           order by g.broken_at desc limit 1))::internal.look_line)
      into lines
      from operation o
      join look l on l.place = o.place
      left join operation w on w.place = o.place and w.client_id is null and o.client_id is not null
      left join traject.client c on c.municipality_id = l.municipality_id and c.client_id = o.client_id
      left join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
      left join logbook.method_activity a on a.method = l.method
      left join logbook.municipality_activity m on m.municipality_id = l.municipality_id and m.method = a.method;
    if exists (select from unnest(lines) l where l.processing_activity_id is null) then
        raise exception 'method % concerns a person, and sql/processing.sql says that it does not',
            (select l.method from unnest(lines) l where l.processing_activity_id is null limit 1);
    end if;
    insert into logbook.processing_log (municipality_id, operation_id, trace_id, start_time, end_time,
                                        parent_operation_id, status_code, data_subject_id, name, processing_activity_id,
                                        resource, foreign_entity)
    select l.municipality_id, l.operation_id, l.trace_id, l.start_time, l.end_time, l.parent_operation_id, l.status_code,
           l.data_subject_id, l.method, l.processing_activity_id, current_setting('application_name'), l.foreign_entity
      from unnest(lines) l;
    insert into logbook.audit_log (municipality_id, operation_id, looked_at, worker_id, token_id, client_id, glass_id)
    select l.municipality_id, l.operation_id, l.end_time, l.worker_id, l.token_id, l.client_id, l.glass_id
      from unnest(lines) l;
end
$$;
revoke all on function session.log_looks from public;
grant execute on function session.log_looks to traject_daemon;
