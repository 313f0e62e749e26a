-- PostgreSQL 15.18 loses rows from a GiST index: a nested loop that began to read it while it was one page, and goes on when
-- it has become more, marks entries of rows that are there as dead. So no rule is held by such an index any more, and none
-- is there to be read by. What held by exclusion is checked when it is written, by a lock and a look (at READ COMMITTED,
-- which is what the daemon has).

alter table traject.stage_spell drop constraint stage_spell_one_at_a_time,
    add constraint stage_spell_half_open check (isempty(period) or lower_inc(period) and not upper_inc(period));
alter table traject.coach_assignment drop constraint coach_assignment_one_at_a_time,
    add constraint coach_assignment_half_open check (isempty(period) or lower_inc(period) and not upper_inc(period));
alter table traject.guidance drop constraint guidance_one_at_a_time,
    add constraint guidance_half_open check (isempty(period) or lower_inc(period) and not upper_inc(period));
alter table traject.trajectory drop constraint trajectory_one_at_a_time;
alter table traject.rhythm drop constraint rhythm_one_at_a_time;
alter table traject.glass drop constraint glass_one_at_a_time;
alter table traject.erasure drop constraint erasure_once,
    add constraint erasure_ends_after_request check (least(lapses_at, withdrawn_at, confirmed_at) >= requested_at);

-- What an index that had lost rows let in is not taken along: somebody has to look at it.
do $$
declare
    overlapping text;
begin
    with period as (
        select 'stage_spell of trajectory' as kind, trajectory_id, period from traject.stage_spell
        union all select 'coach_assignment of trajectory', trajectory_id, period from traject.coach_assignment
        union all select 'guidance of trajectory', trajectory_id, period from traject.guidance
        union all select 'trajectory of client', client_id, tstzrange(started_at, ended_at) from traject.trajectory
        union all select 'rhythm ' || concat_ws(' ', municipality_id, team_id, stage), client_id, period from traject.rhythm
        union all select 'glass of worker ' || worker_id || ' for client', client_id, tstzrange(broken_at, until) from traject.glass
        union all select 'erasure of client', client_id,
                         tstzrange(requested_at, least(lapses_at, withdrawn_at, confirmed_at), '[]') from traject.erasure
    )
    select string_agg(distinct concat_ws(' ', p.kind, p.trajectory_id), ', ') into overlapping
      from (select kind, trajectory_id, period, lag(period) over (partition by kind, trajectory_id order by period) as before
              from period) p
     where p.period && p.before;
    if overlapping is not null then
        raise exception 'these overlap, as they may not: %; run "reindex database", mend them, and migrate again', overlapping;
    end if;
end
$$;

-- Whether these, in their order, fill it: each begins where the one before ends, from start to end without a hole, and one
-- at a time. A loop, as of a few periods a statement would be most of the work.
create function traject.fills(ran traject.trajectory, periods tstzrange[]) returns boolean
language plpgsql immutable parallel safe as $$
declare
    at timestamptz := ran.started_at;
    period tstzrange;
begin
    foreach period in array periods loop
        if lower(period) is distinct from at then
            return false;
        end if;
        at := upper(period);
    end loop;
    return at is not distinct from ran.ended_at;
end
$$;

-- Each table is asked only for its own periods, by its own changes; a trajectory that changes, for all three.
create or replace function traject.check_covered() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    municipality bigint;
    trajectory bigint;
    ran traject.trajectory;
    uncovered text[] := '{}';
begin
    if tg_op = 'DELETE' then
        municipality := old.municipality_id;
        trajectory := old.trajectory_id;
    else
        municipality := new.municipality_id;
        trajectory := new.trajectory_id;
    end if;
    loop
        select * into ran from traject.trajectory t
         where t.municipality_id = municipality and t.trajectory_id = trajectory;
        if found and tg_table_name in ('trajectory', 'stage_spell')
           and not traject.fills(ran, array(
               select p.period from traject.stage_spell p
                where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period)) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of stage', trajectory);
        end if;
        if found and tg_table_name in ('trajectory', 'coach_assignment')
           and not traject.fills(ran, array(
               select p.period from traject.coach_assignment p
                where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period)) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of coach', trajectory);
        end if;
        if found and tg_table_name in ('trajectory', 'guidance')
           and not traject.fills(ran, array(
               select p.period from traject.guidance p
                where p.municipality_id = municipality and p.trajectory_id = trajectory order by p.period)) then
            uncovered := uncovered || format('trajectory %s is not covered by its periods of guidance', trajectory);
        end if;
        -- What was moved from one trajectory to another left the first.
        exit when tg_op <> 'UPDATE' or (municipality, trajectory) = (old.municipality_id, old.trajectory_id);
        municipality := old.municipality_id;
        trajectory := old.trajectory_id;
    end loop;
    if cardinality(uncovered) > 0 then
        raise exception using message = array_to_string(uncovered, ', '), errcode = 'check_violation',
            constraint = 'trajectory_covered';
    end if;
    return null;
end
$$;

-- As its owner: it looks at what the writer may not see, too.
create function traject.check_one_at_a_time() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    another boolean;
begin
    -- Who writes about the same at the same moment waits here, and then sees it. For nothing else: rows are locked in other
    -- orders elsewhere.
    perform pg_advisory_xact_lock(hashtextextended(
        format('%s %s %s', tg_table_name, new.municipality_id, to_jsonb(new) ->> 'client_id'), 0));
    if tg_table_name = 'trajectory' then
        another := exists (
            select from traject.trajectory t
             where t.municipality_id = new.municipality_id and t.client_id = new.client_id
               and t.trajectory_id <> new.trajectory_id
               and tstzrange(t.started_at, t.ended_at) && tstzrange(new.started_at, new.ended_at));
    elsif tg_table_name = 'rhythm' then
        another := exists (
            select from traject.rhythm r
             where r.municipality_id = new.municipality_id and r.rhythm_id <> new.rhythm_id and r.period && new.period
               and (r.client_id = new.client_id
                    or r.client_id is null and new.client_id is null
                       and (r.team_id, r.stage) is not distinct from (new.team_id, new.stage)));
    elsif tg_table_name = 'glass' then
        another := exists (
            select from traject.glass g
             where g.municipality_id = new.municipality_id and g.client_id = new.client_id
               and g.worker_id = new.worker_id and g.glass_id <> new.glass_id
               and tstzrange(g.broken_at, g.until) && tstzrange(new.broken_at, new.until));
    else
        another := exists (
            select from traject.erasure e
             where e.municipality_id = new.municipality_id and e.client_id = new.client_id
               and e.erasure_id <> new.erasure_id
               and tstzrange(e.requested_at, least(e.lapses_at, e.withdrawn_at, e.confirmed_at), '[]')
                   && tstzrange(new.requested_at, least(new.lapses_at, new.withdrawn_at, new.confirmed_at), '[]'));
    end if;
    if another then
        raise exception '%: % overlaps with another', tg_name, to_jsonb(new) ->> tg_argv[0]
            using errcode = 'exclusion_violation', constraint = tg_name, schema = tg_table_schema, table = tg_table_name;
    end if;
    return null;
end
$$;
create constraint trigger trajectory_one_at_a_time after insert or update of municipality_id, client_id, started_at, ended_at
    on traject.trajectory for each row execute function traject.check_one_at_a_time('trajectory_id');
create constraint trigger rhythm_one_at_a_time after insert or update
    on traject.rhythm for each row execute function traject.check_one_at_a_time('rhythm_id');
create constraint trigger glass_one_at_a_time after insert or update
    on traject.glass for each row execute function traject.check_one_at_a_time('glass_id');
create constraint trigger erasure_once after insert or update
    on traject.erasure for each row execute function traject.check_one_at_a_time('erasure_id');
comment on trigger trajectory_one_at_a_time on traject.trajectory is
    'a client has one trajectory at a time, and at that moment there is another one';
comment on trigger erasure_once on traject.erasure is
    'the erasure of this client was asked for already; traject erasure list shows it';

-- What holds for more than one client is looked up with each write.
create index rhythm_shared on traject.rhythm (municipality_id) where client_id is null;
