-- Two lines for each of these clients: in the processing log, and in the audit log, where the operation has the same
-- number. Of more than one client the whole is an operation too, above theirs. Who calls, with what and since when is
-- as session.enter set it.
create function internal.look(clients bigint[], failed boolean default false) returns void
language plpgsql set search_path = '' as $$
declare
    municipality bigint := session.municipality_id();
    called text;
    activity text;
    caller text[]; -- of its trace: version, trace, operation, flags
    whole bigint;
    began timestamptz(3);
    ended timestamptz(3) := clock_timestamp();
begin
    if cardinality(clients) = 0 then
        return;
    end if;
    called := current_setting('traject.method');
    activity := internal.processing_activity(called);
    if activity is null then
        raise exception 'method % concerns a person, and sql/processing.sql says that it does not', called;
    end if;
    caller := string_to_array(nullif(current_setting('traject.traceparent'), ''), '-');
    -- By the database's clock alone, so that no line ends before it began.
    began := now() - make_interval(secs => current_setting('traject.waited_ms')::integer / 1000.0);
    if cardinality(clients) > 1 then
        whole := logbook.new_operation_id();
    end if;
    with looked as materialized (
        select c.client_id, logbook.new_operation_id() as operation_id,
               coalesce(whole, ('x' || caller[3])::bit(64)::bigint) as parent_operation_id,
               internal.data_subject_id(c) as data_subject_id,
               case when whole is null then nullif(current_setting('traject.foreign_entity'), '') end as foreign_entity
          from traject.client c
         where c.municipality_id = municipality and c.client_id = any (clients)
         union all
        select null, whole, ('x' || caller[3])::bit(64)::bigint, null,
               nullif(current_setting('traject.foreign_entity'), '')
         where whole is not null
    ), processed as (
        insert into logbook.processing_log (municipality_id, operation_id, trace_id, start_time, end_time,
                                            parent_operation_id, status_code, data_subject_id, name,
                                            processing_activity_id, resource, foreign_entity)
        select municipality, l.operation_id, coalesce(caller[2]::uuid, trace.id), began, ended, l.parent_operation_id,
               case when failed then 2 else 1 end, l.data_subject_id, called, activity,
               current_setting('application_name'), l.foreign_entity
          from looked l, (select gen_random_uuid() as id offset 0) trace
    )
    insert into logbook.audit_log (municipality_id, operation_id, looked_at, worker_id, token_id, client_id, glass_id)
    select municipality, l.operation_id, ended, session.worker_id(), current_setting('traject.token_id')::bigint,
           l.client_id, g.glass_id
      from looked l
      -- Also when it ends during the call: what is seen is decided when the call begins.
      left join lateral (select b.glass_id from traject.glass b
                          where b.municipality_id = municipality and b.worker_id = session.worker_id()
                            and b.client_id = l.client_id
                            and (b.client_id = any (session.glass_client_ids()) or b.until > clock_timestamp())
                          order by b.broken_at desc limit 1) g on true;
end
$$;
revoke all on function internal.look from public;

-- The activity that a method belongs to: the municipality's own, or the standard one.
create function internal.processing_activity(method text) returns text language sql stable as $$
    select coalesce((select m.processing_activity_id from logbook.municipality_activity m
                      where m.municipality_id = (select session.municipality_id()) and m.method = a.method),
                    a.processing_activity_id)
      from logbook.method_activity a where a.method = processing_activity.method
$$;
