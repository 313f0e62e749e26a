-- The trajectory of the client that a log is about, locked until the transaction ends: the one that has entries of the
-- log already, else the one that ran at most of its moments, else the latest.
create function internal.import_trajectory(client bigint, ids text[], moments timestamptz[])
returns traject.trajectory_state language plpgsql as $$
declare
    state traject.trajectory_state;
begin
    select s.* into state
      from traject.trajectory_state s
      join traject.trajectory y on y.municipality_id = s.municipality_id and y.trajectory_id = s.trajectory_id
     where s.municipality_id = session.municipality_id() and s.client_id = client
     order by exists (select from traject.event e
                       where e.municipality_id = s.municipality_id and e.trajectory_id = s.trajectory_id
                         and e.external_id = any (ids)) desc,
              (select count(*) from unnest(moments) at where at <@ tstzrange(y.started_at, y.ended_at)) desc,
              y.started_at desc
     limit 1 for update of s;
    return state;
end
$$;

-- Refuses entries that lie outside the trajectory that they would be added to.
create function internal.check_import_within(state traject.trajectory_state, client_number text,
                                             entries api.import_entry[])
returns void language plpgsql stable as $$
declare
    outside record;
begin
    select e.external_id, e.occurred_at, b.kind, b.occurred_at as bound, b.event_id into outside
      from unnest(entries) e
      join traject.event b on b.municipality_id = state.municipality_id and b.trajectory_id = state.trajectory_id
           and (b.kind = 'trajectory_started' and e.occurred_at < b.occurred_at
                or b.kind = 'trajectory_ended' and e.occurred_at >= b.occurred_at)
     where not exists (select from traject.event c
                        where c.municipality_id = b.municipality_id and c.supersedes = b.event_id)
     order by e.occurred_at limit 1;
    if found then
        if outside.kind = 'trajectory_started' then
            perform internal.refuse('TJ009', 'entries',
                'entry %s of %s is new, and the trajectory of client %s began at %s; correct that moment (entry %s) first, or '
                'leave the new entry out',
                json_build_array(outside.external_id, internal.shown(outside.occurred_at), client_number,
                    internal.shown(outside.bound), outside.event_id));
        end if;
        perform internal.refuse('TJ009', 'entries',
            'entry %s of %s is new, and the trajectory of client %s ended at %s; correct that moment (entry %s) first, or leave '
            'the new entry out',
            json_build_array(outside.external_id, internal.shown(outside.occurred_at), client_number,
                internal.shown(outside.bound), outside.event_id));
    end if;
end
$$;
