-- The stage the client was in at that moment.
create function internal.stage_at(state traject.trajectory_state, moment timestamptz) returns traject.stage
language plpgsql stable as $$
begin
    if moment >= state.stage_since then
        return state.stage;
    end if;
    return (select p.stage from traject.stage_spell p
             where p.municipality_id = state.municipality_id and p.trajectory_id = state.trajectory_id
               and p.period @> moment);
end
$$;
