-- When something is meant to happen: at most two years ahead.
create function internal.planned(planned_at timestamptz) returns timestamptz language plpgsql stable as $$
begin
    if planned_at not between '2000-01-01 00:00+00' and now() + interval '2 years' then
        perform internal.refuse('TJ003', 'planned_at', format('planned_at is %s; give a moment up to two years ahead',
                                                              internal.shown(planned_at)));
    end if;
    return planned_at;
end
$$;
