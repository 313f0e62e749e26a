-- The handovers flagged in the period, with how far each came by now, and the days from first work to completion. How
-- far one came that has ended since stands in its entries only.
create function internal.figure_handovers(of_team bigint, period tstzrange) returns setof internal.counted
language plpgsql stable rows 20000 as $$
#variable_conflict use_column
begin
    return query
    select s.team_id, upper($2), '', s.client_id, s.coach_id, f.occurred_at,
           internal.days_between(work.since, reached.completed_at),
           array_remove(array[
               case when reached.accepted then 'accepted' end,
               case when reached.completed_at is not null then 'completed' end,
               case when h.state in ('declined', 'withdrawn', 'returned') then h.state::text end], null),
           null::boolean
      from traject.trajectory_state s
      join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
      -- The flag as it was corrected last; the handover has the number of its first version.
      join traject.event f on f.municipality_id = h.municipality_id and f.trajectory_id = h.trajectory_id
           and coalesce(f.entry_id, f.event_id) = h.handover_id and f.occurred_at <@ $2
           and not exists (select from traject.event c
                            where c.municipality_id = f.municipality_id and c.supersedes = f.event_id)
     cross join lateral (
         select count(*) filter (where e.kind = 'handover_accepted') > 0 as accepted,
                min(e.occurred_at) filter (where e.kind = 'handover_completed') as completed_at
           from traject.event e
          where h.state in ('declined', 'withdrawn', 'returned')
            and e.municipality_id = h.municipality_id and e.trajectory_id = h.trajectory_id
            and e.kind in ('handover_accepted', 'handover_completed')
            and (e.occurred_at, coalesce(e.entry_id, e.event_id)) > (f.occurred_at, coalesce(f.entry_id, f.event_id))
            and e.occurred_at <= h.state_since
            and not exists (select from traject.event c
                             where c.municipality_id = e.municipality_id and c.supersedes = e.event_id)) ended
     cross join lateral (select h.state in ('accepted', 'completed') or ended.accepted as accepted,
                                case when h.state = 'completed' then h.state_since else ended.completed_at end
                                    as completed_at) reached
     cross join lateral (select min(lower(p.period)) as since from traject.stage_spell p
                          where p.municipality_id = s.municipality_id and p.trajectory_id = s.trajectory_id
                            and p.stage not in ('first_contact', 'preconditions')
                            and lower(p.period) <= reached.completed_at) work
     where s.municipality_id = (select session.municipality_id()) and (of_team is null or s.team_id = of_team);
end
$$;
