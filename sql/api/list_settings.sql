-- The settings that hold.
create function api.list_settings()
returns setof api.setting language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListSettings');
begin
    return query
    select n.name, internal.setting(n.name), exists (select from traject.setting s
             where s.municipality_id = (select session.municipality_id()) and s.name = n.name)
      from unnest(enum_range(null::traject.setting_name)) n (name)
     order by n.name;
end
$$;
