-- A share in whole percent; null of nothing.
create function internal.percent(part bigint, whole bigint) returns integer language sql immutable as
    $$ select round(100.0 * part / nullif(whole, 0))::integer $$;
