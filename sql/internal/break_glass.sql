-- Lets the actor see a client outside the own caseload for some hours, and says so on the client's timeline, where
-- whoever watches the team is told at once. As its owner: until then the client is out of sight.
create function internal.break_glass(client_number text, reason traject.sealed) returns timestamptz
language plpgsql security definer set search_path = '' as $$
declare
    municipality bigint := session.municipality_id();
    client bigint := internal.client_id(client_number);
    moment timestamptz := clock_timestamp();
    ends timestamptz := moment + make_interval(hours => internal.setting('glass_hours'));
    event bigint;
begin
    if session.role() not in ('coach', 'member', 'manager') then
        perform internal.refuse('TJ007', 'client_number', 'the glass is broken by who guides clients or manages a team');
    end if;
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, reason, due_at)
    select municipality, s.trajectory_id, 'glass_broken', moment, session.worker_id(),
           internal.text('reason', break_glass.reason, 1000, demanded => true), ends
      from traject.trajectory_state s
     where s.municipality_id = municipality and s.client_id = client
     order by s.open desc, s.started_at desc limit 1
       -- Who erases the client waits for that, or is waited for.
       for update of s
    returning event_id into event;
    insert into traject.glass (municipality_id, worker_id, client_id, event_id, broken_at, until)
    values (municipality, session.worker_id(), client, event, moment, ends);
    return ends;
end
$$;
