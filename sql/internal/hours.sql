-- Hours a week as people write them, with a point or a comma.
create function internal.hours(given text) returns numeric language plpgsql immutable as $$
begin
    if given !~ '^\s*\d{1,2}([.,]\d{1,2})?\s*$' then
        perform internal.refuse('TJ003', 'hours', 'hours is "%s"; give hours a week, like 24 or 19.5',
            json_build_array(left(given, 40)));
    end if;
    return trim_scale(replace(given, ',', '.')::numeric);
end
$$;
