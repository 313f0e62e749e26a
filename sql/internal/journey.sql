-- The entries of these trajectories that count for whom the journey is told, each with what corrected it. A function of
-- one statement, so that what it is asked with becomes part of the statement that asks.
create function internal.told(municipality bigint, trajectory bigint, until timestamptz, known timestamptz,
                              corrected timestamptz, with_superseded boolean, kinds traject.event_kind[],
                              stages traject.stage[], spells traject.stage_spell[])
returns setof traject.event language sql stable as $$
    select e.*
      from traject.event e
     where e.municipality_id = municipality and e.trajectory_id = trajectory
       and e.occurred_at <= until and e.recorded_at <= known
       and (e.supersedes is null or e.recorded_at <= corrected)
       and (with_superseded
            or e.kind <> 'entry_withdrawn'
               and not exists (select from traject.event c
                                where c.municipality_id = municipality and c.supersedes = e.event_id
                                  and c.recorded_at <= least(known, corrected)))
       and (kinds is null or e.kind = any (kinds))
       and (stages is null
            or (select s.stage from unnest(spells) s
                 where s.trajectory_id = e.trajectory_id
                   and lower(s.period) <= e.occurred_at order by lower(s.period) desc limit 1) = any (stages))
$$;

-- A page of them, in the order of the index, with what they are told with (internal.tell). As the owner: the caller has
-- seen that the trajectories may be looked at.
create function internal.journey(
    municipality bigint, trajectories bigint[], newest_first boolean, rows integer, after_moment timestamptz,
    after_id bigint, until timestamptz, known timestamptz, corrected timestamptz, with_superseded boolean,
    kinds traject.event_kind[], stages traject.stage[],
    out entries traject.event[], out spells traject.stage_spell[], out items traject.item[], out guides traject.guidance[])
language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    told internal.timeline;
begin
    -- Stages, things that run and who guided, as they stood then.
    if num_nonnulls(nullif(until, 'infinity'), nullif(known, 'infinity')) > 0 then
        for y in 1 .. cardinality(trajectories) loop
            told := internal.timeline(municipality, trajectories[y], until, known, corrected);
            spells := spells || internal.stage_spells(told.path);
            items := items || internal.items(told.items);
            guides := guides || internal.guidance_periods(told.guidance);
        end loop;
        spells := array(select s from unnest(spells) s order by lower(s.period));
    else
        spells := array(select s from traject.stage_spell s
                         where s.municipality_id = municipality and s.trajectory_id = any (trajectories)
                         order by lower(s.period));
        items := array(select i from traject.item i
                        where i.municipality_id = municipality and i.trajectory_id = any (trajectories));
        guides := array(select g from traject.guidance g
                         where g.municipality_id = municipality and g.trajectory_id = any (trajectories));
    end if;
    if newest_first then
        entries := array(
            select e.entry
              from unnest(trajectories) y (trajectory)
             cross join lateral (
                   select t.occurred_at, t.event_id, t as entry
                     from internal.told(municipality, y.trajectory, until, known, corrected, with_superseded, kinds, stages, spells) t
                    where (t.occurred_at, t.event_id) < (coalesce(after_moment, 'infinity'), coalesce(after_id, 0))
                    order by t.occurred_at desc, t.event_id desc limit rows) e
             order by e.occurred_at desc, e.event_id desc limit rows);
    else
        entries := array(
            select e.entry
              from unnest(trajectories) y (trajectory)
             cross join lateral (
                   select t.occurred_at, t.event_id, t as entry
                     from internal.told(municipality, y.trajectory, until, known, corrected, with_superseded, kinds, stages, spells) t
                    where (t.occurred_at, t.event_id) > (coalesce(after_moment, '-infinity'), coalesce(after_id, 0))
                    order by t.occurred_at, t.event_id limit rows) e
             order by e.occurred_at, e.event_id limit rows);
    end if;
end
$$;
