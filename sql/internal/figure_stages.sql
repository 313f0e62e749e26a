-- Who was where at the end of each month, in the team of then.
create function internal.figure_stages(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 100000 as $$
#variable_conflict use_column
begin
    return query
    select o.team_id, o.at, o.stage::text, o.client_id, o.coach_id, o.stage_since,
           internal.days_between(o.stage_since, o.at), '{}'::text[], null::boolean
      from internal.open_at_month_ends(of_team, $2) o;
end
$$;
