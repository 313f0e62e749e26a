-- The moment that a question is about, or null for now: a year ahead is as far as plans are looked at.
create function internal.as_of(given timestamptz) returns timestamptz language sql stable as
    $$ select internal.asked_moment('as_of', given) $$;

-- By when entries had been recorded that count, or null for all.
create function internal.known_at(given timestamptz) returns timestamptz language sql stable as
    $$ select internal.asked_moment('known_at', given) $$;

create function internal.asked_moment(field text, given timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    if given not between '2000-01-01 00:00+00' and now() + interval '1 year' then
        perform internal.refuse('TJ003', field, '%s is %s; give a moment from %s up to one year ahead',
            json_build_array(field, internal.shown(given), internal.shown('2000-01-01 00:00+00')));
    end if;
    return given;
end
$$;
