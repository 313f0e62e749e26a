-- Whole days of 24 hours from one moment to another.
create function internal.days_between(since timestamptz, until timestamptz) returns integer language sql immutable as
    $$ select floor(extract(epoch from until - since) / 86400)::integer $$;
