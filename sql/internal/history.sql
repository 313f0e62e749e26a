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

-- All of them in their order, for whatever follows from them: they are read once. Planned at each call: a plan made while
-- the record was small would read all of the municipality.
create function internal.entries(municipality bigint, trajectory bigint, until timestamptz default 'infinity',
                                 known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns traject.event[] language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
    return array(select e from internal.history(municipality, trajectory, until, known, corrected) e
                  order by e.occurred_at, coalesce(e.entry_id, e.event_id));
end
$$;
