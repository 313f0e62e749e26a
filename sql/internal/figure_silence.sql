-- Into which lengths the time past the agreed rhythm is divided, in whole days.
create function internal.silence_lengths() returns table (days_min integer, days_max integer) language sql immutable as
    $$ values (0, 6), (7, 27), (28, 90), (91, null) $$;

-- Who was past the agreed rhythm at the end of each month, by how long.
create function internal.figure_silence(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 100000 as $$
#variable_conflict use_column
begin
    return query
    select c.team_id, c.at, (select max(l.days_min) from internal.silence_lengths() l where l.days_min <= d.days)::text,
           c.client_id, c.coach_id, c.last_contact_at, d.days, '{}'::text[], null::boolean
      from internal.contact_at_month_ends(of_team, $2) c
     cross join lateral (select internal.days_between(c.due_at, c.at) as days) d
     where c.due_at < c.at;
end
$$;
