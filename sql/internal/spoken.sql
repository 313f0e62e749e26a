-- A word of the interface as messages say it.
create function internal.spoken(word anyenum) returns text language sql stable as
    $$ select replace(word::text, '_', ' ') $$;
