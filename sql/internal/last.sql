-- The last value that is not null, in the order given.
create function internal.later(anyelement, anyelement) returns anyelement language sql immutable strict parallel safe as
    $$ select $2 $$;
create aggregate internal.last(anyelement) (sfunc = internal.later, stype = anyelement, parallel = safe);
