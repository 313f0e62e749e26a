-- What holds in this municipality.
create function api.set_setting(
    name traject.setting_name, value integer default null)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('SetSetting');
begin
    if set_setting.value is null then
        perform internal.refuse('TJ003', 'value', 'value is missing; give a number');
    end if;
    insert into traject.setting (municipality_id, name, value)
    values (session.municipality_id(), set_setting.name, set_setting.value)
    on conflict (municipality_id, name) do update set value = excluded.value;
end
$$;
