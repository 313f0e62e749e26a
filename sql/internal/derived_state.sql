-- The state of a trajectory as its timeline says, and the periods that follow from it, with the rhythm that holds at
-- `moment`. Null before its start.
create function internal.derived_state(told internal.timeline, spells traject.stage_spell[],
                                       coaches traject.coach_assignment[], guides traject.guidance[],
                                       moment timestamptz default clock_timestamp(),
                                       known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns traject.trajectory_state language plpgsql stable as $$
declare
    state traject.trajectory_state;
    spell traject.stage_spell;
    coach traject.coach_assignment;
    guide traject.guidance;
    entry traject.event;
begin
    if told.began is null then
        return null;
    end if;
    select y.municipality_id, y.trajectory_id, y.client_id, coalesce(s.version, 0),
           (select max(e.recorded_at) from traject.event e
             where e.municipality_id = y.municipality_id and e.trajectory_id = y.trajectory_id
               and e.supersedes is not null and e.recorded_at <= least(known, corrected))
      into state.municipality_id, state.trajectory_id, state.client_id, state.version, state.corrected_at
      from traject.trajectory y
      left join traject.trajectory_state s on s.municipality_id = y.municipality_id and s.trajectory_id = y.trajectory_id
     where y.municipality_id = (told.began).municipality_id and y.trajectory_id = (told.began).trajectory_id;
    state.started_at := (told.began).occurred_at;
    state.open := told.ended is null;

    -- Work began with the first stage of work since the last first contact.
    foreach spell in array spells loop
        if spell.stage = 'first_contact' then
            state.working_since := null;
        elsif spell.stage <> 'preconditions' then
            state.working_since := coalesce(state.working_since, lower(spell.period));
        end if;
    end loop;
    state.stage := spell.stage;
    state.stage_since := lower(spell.period);
    coach := coaches[cardinality(coaches)];
    state.team_id := coach.team_id;
    state.coach_id := coach.coach_id;
    state.coach_since := lower(coach.period);
    guide := guides[cardinality(guides)];
    state.guided_by := guide.party;
    state.guided_since := lower(guide.period);
    state.employer_id := guide.employer_id;

    state.unanswered_attempts := 0;
    foreach entry in array told.contacts loop
        if entry.reached then
            state.last_contact_at := entry.occurred_at;
            state.unanswered_attempts := 0;
            state.last_attempt_at := null;
        elsif entry.occurred_at > coalesce(state.last_contact_at, '-infinity') then
            state.unanswered_attempts := state.unanswered_attempts + 1;
            state.last_attempt_at := entry.occurred_at;
        end if;
    end loop;
    state.rhythm_days := coalesce(
        internal.rhythm_days(state.client_id, state.team_id, state.stage, moment),
        internal.rhythm_days(state.client_id, state.team_id, state.stage, now()));
    state.due_at := internal.due_at(state.started_at, state.last_contact_at, state.rhythm_days);
    return state;
end
$$;
