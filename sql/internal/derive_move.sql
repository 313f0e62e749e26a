-- What follows from a move that was just recorded; its trajectory must be as its other entries say. After the last move of
-- an open trajectory only the stage is another, and the rhythm with it; any other move changes what later ones mean, and
-- all is derived. Read from what is stored, and as its owner, as in internal.derive.
create function internal.derive_move(municipality bigint, trajectory bigint, event bigint)
returns traject.trajectory_state language plpgsql security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    moved record;
    state traject.trajectory_state;
begin
    select s as state, e.occurred_at, e.stage, e.reason into moved
      from traject.event e
      join traject.trajectory_state s on s.municipality_id = e.municipality_id and s.trajectory_id = e.trajectory_id
     where e.municipality_id = municipality and e.event_id = event and e.trajectory_id = trajectory
       and e.kind = 'stage_moved' and e.supersedes is null
       and s.open and s.stage <> e.stage and s.stage_since < e.occurred_at
       and not exists (select from traject.event l
                        where l.municipality_id = e.municipality_id and l.trajectory_id = e.trajectory_id
                          and l.occurred_at >= e.occurred_at and l.kind = 'stage_moved' and l.event_id <> e.event_id);
    if not found then
        return internal.derive(municipality, trajectory);
    end if;
    perform internal.check_own_case(municipality, trajectory);
    state := moved.state;
    update traject.stage_spell p set period = tstzrange(state.stage_since, moved.occurred_at)
     where p.municipality_id = municipality and p.trajectory_id = trajectory
       and p.period = tstzrange(state.stage_since, null);
    insert into traject.stage_spell
    values (municipality, trajectory, tstzrange(moved.occurred_at, null), moved.stage, state.stage, moved.reason);
    if moved.stage = 'first_contact' then
        state.working_since := null;
    elsif moved.stage <> 'preconditions' then
        state.working_since := coalesce(state.working_since, moved.occurred_at);
    end if;
    state.stage := moved.stage;
    state.stage_since := moved.occurred_at;
    state.rhythm_days := coalesce(internal.rhythm_days(state.client_id, state.team_id, state.stage, clock_timestamp()),
                                  internal.rhythm_days(state.client_id, state.team_id, state.stage, now()));
    state.due_at := internal.due_at(state.started_at, state.last_contact_at, state.rhythm_days);
    state.version := state.version + 1;
    update traject.trajectory_state s
       set stage = state.stage, stage_since = state.stage_since, working_since = state.working_since,
           rhythm_days = state.rhythm_days, due_at = state.due_at, version = state.version
     where s.municipality_id = municipality and s.trajectory_id = trajectory;
    return state;
end
$$;
