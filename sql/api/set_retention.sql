-- For how long something is kept in this municipality.
create function api.set_retention(
    retained traject.retained, value integer default null)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('SetRetention');
begin
    if set_retention.value is null then
        perform internal.refuse('TJ003', 'value', 'value is missing; give a number');
    end if;
    insert into traject.retention (municipality_id, retained, value)
    values (session.municipality_id(), set_retention.retained, set_retention.value)
    on conflict (municipality_id, retained) do update set value = excluded.value;
end
$$;
