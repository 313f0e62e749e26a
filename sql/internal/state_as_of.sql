-- The states of all trajectories open at a moment, or of one. Where nothing was corrected since they come from the
-- periods and the contacts; else from the entries as they stood then.
create function internal.state_as_of(municipality bigint, moment timestamptz, trajectory bigint default null)
returns setof traject.trajectory_state
language sql stable as $$
    select y.municipality_id, y.trajectory_id, y.client_id, true, n.version, y.started_at, p.stage, lower(p.period),
           null::timestamptz, a.team_id, a.coach_id, lower(a.period), g.party, lower(g.period), g.employer_id,
           contact.last_contact_at, attempts.last_attempt_at, attempts.unanswered_attempts, rhythm.days,
           internal.due_at(y.started_at, contact.last_contact_at, rhythm.days), n.corrected_at
      from traject.trajectory y
      join traject.trajectory_state n on n.municipality_id = y.municipality_id and n.trajectory_id = y.trajectory_id
           and coalesce(n.corrected_at <= moment, true)
      join traject.stage_spell p on p.municipality_id = y.municipality_id and p.trajectory_id = y.trajectory_id
           and p.period @> moment
      join traject.coach_assignment a on a.municipality_id = y.municipality_id and a.trajectory_id = y.trajectory_id
           and a.period @> moment
      join traject.guidance g on g.municipality_id = y.municipality_id and g.trajectory_id = y.trajectory_id
           and g.period @> moment
     cross join lateral (select max(e.occurred_at) as last_contact_at from traject.event e
                          where e.municipality_id = y.municipality_id and e.trajectory_id = y.trajectory_id
                            and e.counterpart = 'client' and e.reached and e.occurred_at <= moment
                            and not exists (select from traject.event c where c.municipality_id = e.municipality_id
                                                                          and c.supersedes = e.event_id)) contact
     cross join lateral (select count(*)::integer as unanswered_attempts, max(e.occurred_at) as last_attempt_at
                           from traject.event e
                          where e.municipality_id = y.municipality_id and e.trajectory_id = y.trajectory_id
                            and e.counterpart = 'client' and not e.reached and e.occurred_at <= moment
                            and e.occurred_at > coalesce(contact.last_contact_at, '-infinity')
                            and not exists (select from traject.event c where c.municipality_id = e.municipality_id
                                                                          and c.supersedes = e.event_id)) attempts
     cross join lateral (select coalesce(internal.rhythm_days(y.client_id, a.team_id, p.stage, moment),
                                         internal.rhythm_days(y.client_id, a.team_id, p.stage, now())) as days) rhythm
     where y.municipality_id = state_as_of.municipality and (trajectory is null or y.trajectory_id = trajectory)
    union all
    select d.*
      from traject.trajectory_state n
     cross join lateral (select internal.timeline(n.municipality_id, n.trajectory_id, moment, 'infinity', moment) as told
                         offset 0) h
     cross join lateral internal.derived_state(
         h.told, internal.stage_spells((h.told).path), internal.coach_assignments((h.told).coaching),
         internal.guidance_periods((h.told).guidance), moment, 'infinity', moment) d
     where n.municipality_id = state_as_of.municipality and (trajectory is null or n.trajectory_id = trajectory)
       and n.corrected_at > moment and d.open
$$;
