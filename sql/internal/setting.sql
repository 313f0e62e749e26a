-- What the municipality set, or the standard.
create function internal.standard_setting(name traject.setting_name) returns integer language sql immutable as $$
    select case name when 'trial_placement_months' then 2 when 'wage_value_months' then 12 when 'coming_up_days' then 14
                     when 'ask_again_days' then 28 when 'glass_hours' then 3 end
$$;

-- PL/pgSQL, whose statements stay planned.
create function internal.setting(name traject.setting_name) returns integer language plpgsql stable as $$
begin
    return coalesce((select s.value from traject.setting s
                      where s.municipality_id = (select session.municipality_id()) and s.name = setting.name),
                    internal.standard_setting(name));
end
$$;
