-- The number, or `standard` when not given; refused outside the range.
create function internal.in_range(field text, given integer, minimum integer, maximum integer, standard integer)
returns integer language plpgsql immutable as $$
begin
    if given not between minimum and maximum then
        perform internal.refuse('TJ003', field, '%s is %s; give %s to %s', json_build_array(field, given, minimum, maximum));
    end if;
    return coalesce(given, standard);
end
$$;
