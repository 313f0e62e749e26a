-- What was recorded after a place in the stream, oldest first, and the mark: how far this page came, and whether there
-- is more already. A page is 100 entries of anybody. Only what is older than every running transaction is told:
-- whatever commits later comes after it.
create function api.watch(
    team text default null, client_number text default null, resume_after text default null)
returns setof api.watch_entry language plpgsql stable
-- It is asked very often, and mostly finds nothing: planning anew would be nearly all of the work.
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('Watch');
    of_team bigint := internal.team_id('team', watch.team, revoked_too => true);
    of_client bigint := case when watch.client_number is not null then internal.client_id(watch.client_number) end;
    horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
    after internal.stream_position := internal.read_stream_position('resume_after', resume_after);
    page record;
    until internal.stream_position;
    entries traject.event[];
    passings traject.rhythm_passing[];
    mark api.watch_entry;
begin
    perform internal.check_share(of_team, watch.team, null, null);
    if resume_after is null then
        after := internal.stream_end(horizon);
    end if;
    page := internal.stream_page(after, horizon, 100);
    until := page.until;
    entries := array(
        select e from (select * from traject.event e
                        where e.municipality_id = municipality
                          and (e.recorded_in, e.event_id) > (after.recorded_in, after.id)
                          and (e.recorded_in, e.event_id) <= (until.recorded_in, until.id)
                        order by e.recorded_in, e.event_id limit 100) e
          join traject.trajectory_state s on s.municipality_id = municipality and s.trajectory_id = e.trajectory_id
         where (of_team is null or s.team_id = of_team) and (of_client is null or s.client_id = of_client));
    passings := array(
        select n from (select * from traject.rhythm_passing n
                        where n.municipality_id = municipality
                          and (n.recorded_in, n.passing_id) > (after.recorded_in, after.id)
                          and (n.recorded_in, n.passing_id) <= (until.recorded_in, until.id)
                        order by n.recorded_in, n.passing_id limit 100) n
          join traject.trajectory_state s on s.municipality_id = municipality and s.trajectory_id = n.trajectory_id
         where (of_team is null or s.team_id = of_team) and (of_client is null or s.client_id = of_client));
    -- To begin this statement costs more than to find that it has nothing to tell, which is the usual case.
    if cardinality(entries) + cardinality(passings) > 0 then
        return query
        select (q.entry).* from (
            select e.recorded_in, e.event_id as id,
                   row(t.event_id, t.trajectory, t.kind, t.occurred_at, t.recorded_at, t.recorded_by, t.worker, t.stage,
                   t.from_stage, t.channel, t.counterpart, t.reached, t.words, t.reason, t.trajectory_kind, t.outcome,
                   t.team, t.employer, t.person, t.second_person, t.rhythm_days, t.activity, t.item_id, t.what,
                   t.initiator, t.direction, t.form, t.contract, t.hours, t.percentage, t.by_whom, t.scheme, t.ending,
                   t.guide, t.guidance_form, t.every_days, t.theme, t.factor, t.party, t.begins_at, t.due_at,
                   t.grouped_as, t.relation, t.may_be_told, t.checklist, t.network_people, t.supersedes,
                   t.correction_reason, t.superseded_by, t.withdrawn, t.corrected_by, t.withdrawn_kind,
                   t.audience, t.words_audience, t.about_id, t.external_id,
                   internal.stream_position(e.recorded_in, e.event_id), null, c.client_number, c.full_name, null, null,
                   null)::api.watch_entry as entry
              from unnest(entries) e
              join traject.trajectory_state s on s.municipality_id = municipality and s.trajectory_id = e.trajectory_id
              join traject.client c on c.municipality_id = municipality and c.client_id = s.client_id
             cross join lateral internal.tell(municipality, array[e]::traject.event[],
                 array(select p from traject.stage_spell p
                        where p.municipality_id = municipality and p.trajectory_id = e.trajectory_id
                        order by lower(p.period)),
                 array(select i from traject.item i
                        where i.municipality_id = municipality and i.trajectory_id = e.trajectory_id),
                 array(select g from traject.guidance g
                        where g.municipality_id = municipality and g.trajectory_id = e.trajectory_id)) t
            union all
            select n.recorded_in, n.passing_id,
                   jsonb_populate_record(null::api.watch_entry, jsonb_build_object(
                       'position', internal.stream_position(n.recorded_in, n.passing_id),
                       'client_number', c.client_number, 'full_name', c.full_name, 'recorded_at', n.recorded_at,
                       'rhythm_passed_at', n.due_at, 'last_contact_at', n.last_contact_at, 'rhythm_days', n.rhythm_days,
                       'team', t.name, 'coach', w.name))
              from unnest(passings) n
              join traject.trajectory_state s on s.municipality_id = municipality and s.trajectory_id = n.trajectory_id
              join traject.client c on c.municipality_id = municipality and c.client_id = s.client_id
              join traject.team t on t.municipality_id = municipality and t.team_id = n.team_id
              join traject.worker w on w.municipality_id = municipality and w.worker_id = n.coach_id
        ) q order by q.recorded_in, q.id;
    end if;
    mark.position := internal.stream_position(until.recorded_in, until.id);
    mark.more := page.is_full;
    return next mark;
end
$$;
