-- Refuses that a correction gives an open case back to who is no longer there: a coach, a team, an employer.
create function internal.check_revoked(state traject.trajectory_state) returns void language plpgsql stable as $$
declare
    before traject.trajectory_state;
    gone text;
begin
    select * into before from traject.trajectory_state s
     where s.municipality_id = state.municipality_id and s.trajectory_id = state.trajectory_id;
    if not state.open or (before.open, before.coach_id, before.team_id, before.employer_id)
                         is not distinct from (true, state.coach_id, state.team_id, state.employer_id) then
        return;
    end if;
    select coalesce(
        (select format('coach %s', w.name) from traject.worker w
          where w.municipality_id = state.municipality_id and w.worker_id = state.coach_id and w.revoked_at is not null),
        (select format('team %s', t.name) from traject.team t
          where t.municipality_id = state.municipality_id and t.team_id = state.team_id and t.revoked_at is not null),
        (select format('coach %s in team %s', w.name, t.name)
           from traject.team_member m
           join traject.worker w on w.municipality_id = m.municipality_id and w.worker_id = m.worker_id
           join traject.team t on t.municipality_id = m.municipality_id and t.team_id = m.team_id
          where m.municipality_id = state.municipality_id and m.team_id = state.team_id and m.worker_id = state.coach_id
            and m.revoked_at is not null),
        (select format('employer %s', e.name) from traject.employer e
          where e.municipality_id = state.municipality_id and e.employer_id = state.employer_id
            and e.revoked_at is not null)) into gone;
    if gone is not null then
        perform internal.refuse('TJ009', 'event_id',
            'that would leave the case with %s, who is no longer there; start another trajectory, or record what happened since',
            json_build_array(gone));
    end if;
end
$$;
