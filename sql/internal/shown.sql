-- A moment as messages show it.
create function internal.shown(moment timestamptz) returns text language sql stable as
    $$ select to_char(moment at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' $$;
