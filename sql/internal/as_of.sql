-- The moment that a question is about, or null for now: a year ahead is as far as plans are looked at.
create function internal.as_of(given timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    if given not between '2000-01-01 00:00+00' and now() + interval '1 year' then
        perform internal.refuse('TJ003', 'as_of', format('as_of is %s; give a moment from %s up to one year ahead',
                                                         internal.shown(given), internal.shown('2000-01-01 00:00+00')));
    end if;
    return given;
end
$$;
