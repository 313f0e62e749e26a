-- Where the client was, with which coach, and who guided, as the entries say. A move to the same stage or coach is
-- none; whoever enters it is told so, but an entry made later may bring it about.
create function internal.stage_spells(entries traject.event[])
returns setof traject.stage_spell language sql stable as $$
    with entry as (
        select e.*, lag(e.stage) over (order by e.occurred_at, e.kind) as before
          from unnest(entries) e
         where e.kind in ('trajectory_started', 'stage_moved', 'trajectory_ended')
    ), changed as (
        select e.*, lead(e.occurred_at) over (order by e.occurred_at, e.kind) as next
          from entry e where e.kind = 'trajectory_ended' or e.stage is distinct from e.before
    )
    select c.municipality_id, c.trajectory_id, tstzrange(c.occurred_at, c.next), c.stage, c.before,
           case when c.before is not null then c.reason end
      from changed c where c.kind <> 'trajectory_ended'
$$;

create function internal.coach_assignments(entries traject.event[])
returns setof traject.coach_assignment language sql stable as $$
    with entry as (
        select e.municipality_id, e.trajectory_id, e.kind, e.occurred_at, e.worker_id, e.team_id,
               (lag(e.worker_id) over by_time, lag(e.team_id) over by_time)
                   is distinct from (e.worker_id, e.team_id) as changes
          from unnest(entries) e
         where e.kind in ('trajectory_started', 'coach_assigned', 'trajectory_ended')
        window by_time as (order by e.occurred_at, e.kind)
    ), changed as (
        select e.*, lead(e.occurred_at) over (order by e.occurred_at, e.kind) as next
          from entry e where e.changes
    )
    select c.municipality_id, c.trajectory_id, tstzrange(c.occurred_at, c.next), c.team_id, c.worker_id
      from changed c where c.kind <> 'trajectory_ended'
$$;

-- The coach guides from the start, the employer from the completion of a handover until its return. Whoever flags
-- another handover guides: a completed one of before that was not returned is over then.
create function internal.guidance_periods(entries traject.event[])
returns setof traject.guidance language sql stable as $$
    with entry as (
        select e.*, coalesce(e.entry_id, e.event_id) as place
          from unnest(entries) e
         where e.kind in ('trajectory_started', 'handover_flagged', 'handover_prepared', 'handover_completed',
                          'handover_returned', 'supervisor_changed', 'trajectory_ended')
    ), told as (
        select e.*,
               internal.last(case e.kind when 'handover_completed' then 'employer'::traject.party
                                         when 'supervisor_changed' then null
                                         when 'handover_prepared' then null
                                         else 'coach' end) over by_time as guides,
               internal.last(case when e.kind in ('handover_flagged', 'supervisor_changed') then e.person_id end)
                   over by_time as supervisor,
               internal.last(e.second_person_id) over by_time as second
          from entry e window by_time as (order by e.occurred_at, e.place)
    ), marked as (
        select t.*, case when t.guides = 'employer' then t.employer_id end as employer,
               case when t.guides = 'employer' then t.supervisor end as person,
               case when t.guides = 'employer' then t.second end as second_person
          from told t
    ), compared as (
        select m.*, m.kind in ('trajectory_started', 'trajectory_ended')
               or (m.guides, m.employer, m.person, m.second_person)
                  is distinct from (lag(m.guides) over by_time, lag(m.employer) over by_time,
                                    lag(m.person) over by_time, lag(m.second_person) over by_time) as changes
          from marked m window by_time as (order by m.occurred_at, m.place)
    ), changed as (
        select c.*, lead(c.occurred_at) over (order by c.occurred_at, c.place) as next from compared c where c.changes
    )
    select c.municipality_id, c.trajectory_id, tstzrange(c.occurred_at, c.next), c.guides, c.employer, c.person, c.second_person
      from changed c where c.kind <> 'trajectory_ended'
$$;
