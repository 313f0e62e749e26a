-- Who was within the agreed rhythm at the end of each month and who past it.
create function internal.figure_contact(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 100000 as $$
#variable_conflict use_column
begin
    return query
    select c.team_id, c.at, c.coach_id::text, c.client_id, c.coach_id, c.last_contact_at,
           internal.days_between(c.since, c.at),
           array[case when c.due_at >= c.at then 'within' else 'past_due' end], null::boolean
      from internal.contact_at_month_ends(of_team, $2) c;
end
$$;
