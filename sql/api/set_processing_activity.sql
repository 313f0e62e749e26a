-- The municipality's own entry in the register for a method; without a URI the standard one again. It holds for what is
-- logged from now on.
create function api.set_processing_activity(
    method text, uri text default null)
returns void language plpgsql as $$
declare
    municipality bigint := session.admitted('SetProcessingActivity');
    full_name text := '/traject.v1.Traject/' || method;
begin
    if not exists (select from logbook.method_activity m
                    where m.method = full_name and m.processing_activity_id is not null) then
        perform internal.refuse('TJ005', 'method',
            'no method %s that concerns people; the list of processing activities has their names',
            json_build_array(left(method, 60)));
    end if;
    insert into logbook.municipality_activity (municipality_id, method, processing_activity_id)
    values (session.municipality_id(), full_name, uri)
    on conflict on constraint municipality_activity_pkey do update
       set processing_activity_id = excluded.processing_activity_id;
end
$$;
