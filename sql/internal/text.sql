-- What people wrote: null when not given or blank; refused when too long, or when blank and demanded.
create function internal.text(field text, given text, maximum integer, demanded boolean default false)
returns text language plpgsql immutable as $$
begin
    if length(given) > maximum then
        perform internal.refuse('TJ003', field, format('%s has %s characters; give at most %s', field, length(given),
                                                       maximum));
    end if;
    if demanded and coalesce(btrim(given), '') = '' then
        perform internal.refuse('TJ003', field, format('%s is missing; give 1 to %s characters', field, maximum));
    end if;
    return nullif(btrim(given), '');
end
$$;
