-- The entries of a trajectory that count: up to `until` by when they happened, up to `known` by when they were
-- recorded, and with the corrections recorded up to `corrected`.
create function internal.history(municipality bigint, trajectory bigint, until timestamptz default 'infinity',
                                 known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns setof traject.event language sql stable as $$
    select e.*
      from traject.event e
     where e.municipality_id = municipality and e.trajectory_id = trajectory
       and e.occurred_at <= until and e.recorded_at <= known and e.kind <> 'entry_withdrawn'
       and (e.supersedes is null or e.recorded_at <= corrected)
       and not exists (select from traject.event c
                        where c.municipality_id = e.municipality_id and c.supersedes = e.event_id
                          and c.recorded_at <= least(known, corrected))
$$;

-- All of them in their order, for whatever follows from them: they are read once. The end comes after all else that
-- happened at its moment.
create function internal.entries(municipality bigint, trajectory bigint, until timestamptz default 'infinity',
                                 known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns traject.event[] language plpgsql stable as $$
begin
    return array(select e from internal.history(municipality, trajectory, until, known, corrected) e
                  order by e.occurred_at, e.kind = 'trajectory_ended', coalesce(e.entry_id, e.event_id));
end
$$;

-- The same, with those of them that each thing follows from.
create function internal.timeline(municipality bigint, trajectory bigint, until timestamptz default 'infinity',
                                  known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns internal.timeline language plpgsql stable as $$
declare
    told internal.timeline;
begin
    select coalesce(array_agg(e.entry), '{}'),
           (array_agg(e.entry) filter (where e.kind = 'trajectory_started'))[1],
           (array_agg(e.entry) filter (where e.kind = 'trajectory_ended'))[1],
           coalesce(array_agg(e.entry) filter (where e.kind in ('trajectory_started', 'stage_moved', 'trajectory_ended')), '{}'),
           coalesce(array_agg(e.entry) filter (where e.kind in ('trajectory_started', 'coach_assigned', 'trajectory_ended')), '{}'),
           coalesce(array_agg(e.entry) filter (where e.kind in ('trajectory_started', 'supervisor_changed', 'trajectory_ended')
                                                     or e.kind between 'handover_flagged' and 'handover_returned'), '{}'),
           coalesce(array_agg(e.entry) filter (where e.kind in ('trajectory_started', 'coach_assigned')
                                                     or e.item_id is not null), '{}'),
           coalesce(array_agg(e.entry) filter (where e.counterpart = 'client' and e.reached is not null), '{}')
      into told
      from (select h as entry, h.kind, h.item_id, h.counterpart, h.reached
              from internal.history(municipality, trajectory, until, known, corrected) h
             order by h.occurred_at, h.kind = 'trajectory_ended', coalesce(h.entry_id, h.event_id)) e;
    return told;
end
$$;
