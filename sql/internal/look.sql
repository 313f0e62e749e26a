-- Two lines for each of these clients: in the processing log, and in the audit log, where the operation has the same
-- number. Of more than one client the whole is an operation too, above theirs. Who calls, with what and since when is
-- as session.enter set it.
create function internal.look(clients bigint[], failed boolean default false) returns void
language plpgsql as $$
declare
    municipality bigint := session.municipality_id();
    worker bigint := session.worker_id();
    token bigint := session.token_id();
    called text := session.method();
    activity text;
    -- Of the caller's trace: version, trace, operation, flags.
    caller text[] := string_to_array(nullif(session.traceparent(), ''), '-');
    trace uuid := coalesce(caller[2]::uuid, gen_random_uuid());
    parent bigint := ('x' || caller[3])::bit(64)::bigint;
    foreign_entity text := nullif(session.foreign_entity(), '');
    operations bigint[];
    -- By the database's clock alone, so that no line ends before it began.
    began timestamptz(3) := now() - session.waited();
    ended timestamptz(3) := clock_timestamp();
    glasses traject.glass[];
begin
    if cardinality(clients) = 0 then
        return;
    end if;
    select coalesce(m.processing_activity_id, a.processing_activity_id) into activity
      from logbook.method_activity a
      left join logbook.municipality_activity m on m.municipality_id = municipality and m.method = a.method
     where a.method = called;
    if activity is null then
        raise exception 'method % concerns a person, and sql/processing.sql says that it does not', called;
    end if;
    if cardinality(clients) > 1 then
        clients := null::bigint || clients;
    end if;
    operations := array(select nextval('logbook.operation_id') from unnest(clients));
    -- Also one that ends during the call: what is seen is decided when the call begins.
    glasses := array(select g from traject.glass g
                      where g.municipality_id = municipality and g.worker_id = worker
                        and (g.client_id = any (session.glass_client_ids()) or g.until > clock_timestamp()));
    insert into logbook.processing_log (municipality_id, operation_id, trace_id, start_time, end_time,
                                        parent_operation_id, status_code, data_subject_id, name, processing_activity_id,
                                        resource, foreign_entity)
    select municipality, l.operation_id, trace, began, ended,
           case when l.operation_id = operations[1] then parent else operations[1] end,
           case when failed then 2 else 1 end, k.data_subject_id, called, activity, current_setting('application_name'),
           case when l.operation_id = operations[1] then foreign_entity end
      from unnest(clients, operations) l (client_id, operation_id)
      left join traject.client c on c.municipality_id = municipality and c.client_id = l.client_id
      left join traject.person_key k on k.municipality_id = municipality and k.key_id = c.key_id;
    insert into logbook.audit_log (municipality_id, operation_id, looked_at, worker_id, token_id, client_id, glass_id)
    select municipality, l.operation_id, ended, worker, token, l.client_id,
           case when cardinality(glasses) > 0 then
               (select max(g.glass_id) from unnest(glasses) g where g.client_id = l.client_id) end
      from unnest(clients, operations) l (client_id, operation_id);
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
