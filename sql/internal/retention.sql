-- For how long something is kept in a municipality: what it set, or the standard. Months after the end of a trajectory
-- or after a client was added, and days for answers.
create function internal.retention(municipality bigint, retained traject.retained) returns integer
language sql stable as $$
    select coalesce((select r.value from traject.retention r
                      where r.municipality_id = municipality and r.retained = retention.retained),
                    case retained when 'answers' then 30 else 60 end)
$$;
