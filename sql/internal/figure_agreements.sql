-- The agreements made in the period, by who was to do it, with what became of them by now.
create function internal.figure_agreements(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 20000 as $$
#variable_conflict use_column
begin
    return query
    select s.team_id, upper($2), i.party::text, s.client_id, s.coach_id, i.opened_at,
           case when overdue.is then internal.days_between(i.due_at, now()) end,
           array_remove(array[
               case when i.state in ('kept', 'not_kept') then i.state::text end,
               case when overdue.is then 'overdue' end,
               case when exists (select from traject.event e
                                  where e.municipality_id = i.municipality_id and e.item_id = i.item_id
                                    and e.kind = 'agreement_changed'
                                    and not exists (select from traject.event c
                                                     where c.municipality_id = e.municipality_id
                                                       and c.supersedes = e.event_id)) then 'changed' end], null),
           null::boolean
      from traject.item i
      join traject.trajectory_state s on s.municipality_id = i.municipality_id and s.trajectory_id = i.trajectory_id
     cross join lateral (select i.open and s.open and i.due_at < now() as is) overdue
     where i.municipality_id = (select session.municipality_id()) and i.kind = 'agreement' and i.opened_at <@ $2
       and (of_team is null or s.team_id = of_team);
end
$$;
