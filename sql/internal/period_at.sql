-- The stage, and the coach and team, of a trajectory at a moment: nearly always the last, so looked for from the end.
create function internal.stage_at(state traject.trajectory_state, moment timestamptz) returns traject.stage_spell
language plpgsql stable as $$
begin
    return (select p from traject.stage_spell p
             where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id
               and lower(p.period) <= moment and coalesce(upper(p.period) > moment, true)
             order by p.period desc limit 1);
end
$$;

create function internal.coach_at(state traject.trajectory_state, moment timestamptz) returns traject.coach_assignment
language plpgsql stable as $$
begin
    return (select p from traject.coach_assignment p
             where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id
               and lower(p.period) <= moment and coalesce(upper(p.period) > moment, true)
             order by p.period desc limit 1);
end
$$;
