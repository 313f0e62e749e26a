-- When something happened: now when not given; not in the future (five minutes are allowed for clocks
-- that differ) and not absurdly long ago.
create function internal.moment(field text, given timestamptz, not_before timestamptz default '2000-01-01 00:00+00')
returns timestamptz language plpgsql as $$
begin
    if given is null then
        return clock_timestamp();
    end if;
    if given > clock_timestamp() + interval '5 minutes' then
        perform internal.refuse('TJ003', field, '%s is %s, which lies in the future; give a moment up to now',
            json_build_array(field, internal.shown(given)));
    end if;
    if given < not_before then
        perform internal.refuse('TJ003', field, '%s is %s; give a moment from %s on',
            json_build_array(field, internal.shown(given), internal.shown(not_before)));
    end if;
    return given;
end
$$;
