-- When a step of that moment means something to happen: after it, and at most two years ahead.
create function internal.planned(planned_at timestamptz, moment timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    if planned_at not between moment and now() + interval '2 years' then
        perform internal.refuse('TJ003', 'planned_at', 'planned_at is %s; give a moment from %s up to two years ahead',
            json_build_array(internal.shown(planned_at), internal.shown(moment)));
    end if;
    return planned_at;
end
$$;
