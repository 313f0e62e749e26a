-- The stage of a trajectory at a moment and since when; nearly always the last, which its state tells.
create function internal.stage_at(state traject.trajectory_state, moment timestamptz,
                                  out stage traject.stage, out since timestamptz)
language plpgsql stable as $$
#variable_conflict use_column
begin
    if state.open and moment >= state.stage_since then
        stage := state.stage;
        since := state.stage_since;
        return;
    end if;
    select p.stage, lower(p.period) into stage, since from traject.stage_spell p
     where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id
       and lower(p.period) <= moment and coalesce(upper(p.period) > moment, true)
     order by p.period desc limit 1;
end
$$;

-- Its coach and team then: nearly always the last, so looked for from the end.
create function internal.coach_at(state traject.trajectory_state, moment timestamptz) returns traject.coach_assignment
language plpgsql stable as $$
begin
    return (select p from traject.coach_assignment p
             where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id
               and lower(p.period) <= moment and coalesce(upper(p.period) > moment, true)
             order by p.period desc limit 1);
end
$$;
