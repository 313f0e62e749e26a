-- The state of a trajectory as the entries say, with the rhythm that holds at `moment`. Null before its start.
create function internal.derived_state(entries traject.event[], moment timestamptz default clock_timestamp(),
                                       known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns traject.trajectory_state language plpgsql stable as $$
declare
    state traject.trajectory_state;
    began traject.event;
begin
    select * into began from unnest(entries) e where e.kind = 'trajectory_started';
    if began is null then
        return null;
    end if;
    select y.municipality_id, y.trajectory_id, y.client_id, coalesce(s.version, 0)
      into state.municipality_id, state.trajectory_id, state.client_id, state.version
      from traject.trajectory y
      left join traject.trajectory_state s on s.municipality_id = y.municipality_id and s.trajectory_id = y.trajectory_id
     where y.municipality_id = began.municipality_id and y.trajectory_id = began.trajectory_id;
    state.started_at := began.occurred_at;
    state.open := not exists (select from unnest(entries) e
                               where e.kind = 'trajectory_ended');
    with spell as (
        select * from internal.stage_spells(entries)
    )
    select s.stage, lower(s.period),
           (select min(lower(w.period)) from spell w
             where w.stage not in ('first_contact', 'preconditions')
               and lower(w.period) > coalesce((select max(lower(f.period)) from spell f where f.stage = 'first_contact'),
                                              '-infinity'))
      into state.stage, state.stage_since, state.working_since
      from spell s order by lower(s.period) desc limit 1;
    select c.team_id, c.coach_id, lower(c.period) into state.team_id, state.coach_id, state.coach_since
      from internal.coach_assignments(entries) c
     order by lower(c.period) desc limit 1;
    select g.party, lower(g.period), g.employer_id into state.guided_by, state.guided_since, state.employer_id
      from internal.guidance_periods(entries) g
     order by lower(g.period) desc limit 1;
    select max(e.occurred_at) into state.last_contact_at
      from unnest(entries) e
     where e.counterpart = 'client' and e.reached;
    select count(*), max(e.occurred_at) into state.unanswered_attempts, state.last_attempt_at
      from unnest(entries) e
     where e.counterpart = 'client' and not e.reached and e.occurred_at > coalesce(state.last_contact_at, '-infinity');
    state.corrected_at := (select max(e.recorded_at) from traject.event e
                            where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
                              and e.supersedes is not null and e.recorded_at <= least(known, corrected));
    state.rhythm_days := coalesce(
        internal.rhythm_days(state.client_id, state.team_id, state.stage, moment),
        internal.rhythm_days(state.client_id, state.team_id, state.stage, now()));
    state.due_at := internal.due_at(state.started_at, state.last_contact_at, state.rhythm_days);
    return state;
end
$$;
