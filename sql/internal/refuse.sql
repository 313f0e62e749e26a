-- Ends the call with a status for people: `code` is TJ0NN with NN the gRPC code, `field` the request's. The message has %s for
-- each of `arguments`: texts, numbers, a word of the interface (internal.word), or an array of alternatives. Message and
-- arguments also go along in the error's detail, so that they can be said in another language: parted by U+001F,
-- alternatives by U+001E, words of the interface by their names in it.
create function internal.refuse(code text, field text, message text, arguments json default '[]') returns void
language plpgsql as $$
declare
    argument json;
    said text[] := '{}';
    named text[] := array[message];
begin
    for argument in select a from json_array_elements(arguments) a loop
        said := said || replace(regexp_replace(internal.argument(argument, 'word'), E'\x1e([^\x1e]*)$', ' or \1'), E'\x1e', ', ');
        named := named || translate(internal.argument(argument, 'name'), E'\x1f', ' ');
    end loop;
    raise exception using errcode = code, column = coalesce(field, ''),
        message = case when cardinality(said) > 0 then format(message, variadic said) else message end,
        detail = case when cardinality(said) > 0 then array_to_string(named, E'\x1f') else '' end;
end
$$;

-- One argument as text: of a word what `part` of it says, of several alternatives all, parted by U+001E.
create function internal.argument(argument json, part text) returns text language plpgsql immutable as $$
begin
    return coalesce(case json_typeof(argument)
        when 'object' then argument ->> part
        when 'array' then (select string_agg(internal.argument(a, part), E'\x1e') from json_array_elements(argument) a)
        else argument #>> '{}' end, '');
end
$$;

-- A value of an enum as an argument: its word, and its name in the interface.
create function internal.word(value anyenum) returns json language sql stable as $$
    select json_build_object('word', replace(value::text, '_', ' '),
                             'name', upper(regexp_replace(pg_typeof(value)::text, '^.*\.', '') || '_' || value::text))
     where value is not null
$$;
create function internal.words(several anyarray) returns json language sql stable as $$
    select json_agg(internal.word(v)) from unnest(several) v
$$;
