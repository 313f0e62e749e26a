-- What people wrote: null when not given or blank; refused when too long, or when blank and demanded.
create function internal.text(field text, given text, maximum integer, demanded boolean default false)
returns text language plpgsql immutable as $$
begin
    if length(given) > maximum then
        perform internal.refuse('TJ003', field, '%s has %s characters; give at most %s',
            json_build_array(field, length(given), maximum));
    end if;
    if demanded and internal.trimmed(given) is null then
        perform internal.refuse('TJ003', field, '%s is missing; give 1 to %s characters', json_build_array(field, maximum));
    end if;
    return internal.trimmed(given);
end
$$;

-- The same of what the daemon sealed, and trimmed before; it cannot be read here.
create function internal.text(field text, given bytea, maximum integer, demanded boolean default false)
returns bytea language plpgsql immutable as $$
begin
    if traject.characters(given) > maximum then
        perform internal.refuse('TJ003', field, '%s has %s characters; give at most %s',
            json_build_array(field, traject.characters(given), maximum));
    end if;
    if demanded and given is null then
        perform internal.refuse('TJ003', field, '%s is missing; give 1 to %s characters', json_build_array(field, maximum));
    end if;
    return given;
end
$$;

-- A name that is looked up and stands in lists: on one line, and nothing in it that cannot be seen.
create function internal.name(field text, given text) returns text language plpgsql immutable as $$
declare
    name text := internal.text(field, given, 100, demanded => true);
begin
    if name ~ '[\u0001-\u001f\u007f-\u009f\u200b\u2028\u2029\ufeff]' then
        perform internal.refuse('TJ003', field, '%s has a control character or a line break in it; leave that out',
            json_build_array(field));
    end if;
    return name;
end
$$;

-- Without white space around it, of any kind that Unicode has; null when nothing is left.
create function internal.trimmed(given text) returns text language sql immutable as $$
    select nullif(btrim(given, E' \t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008'
                               '\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff'), '')
$$;
