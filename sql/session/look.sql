-- Where the statement of each call says whose record it showed, changed, or named and was refused. A view, because what
-- is inserted in a statement is inserted whether or not that statement has any row to answer, and for the whole of it
-- or not at all. Its trigger writes the lines, as the owner: nobody else writes to the logs.
create view session.look as
    select null::text[] as client_numbers, null::bigint[] as event_ids, null::boolean as failed where false;
grant insert on session.look to traject_daemon, traject_api;

create function session.look() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    municipality bigint := session.acting();
    recorded_before bigint := session.recorded_before();
begin
    perform internal.look(array(
        select c.client_id from traject.client c
         where c.municipality_id = municipality and c.client_number = any (new.client_numbers)
         union
        select y.client_id
          from traject.event e
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         where e.municipality_id = municipality and e.event_id = any (new.event_ids)
         union
        -- Whatever a call records, it changes somebody's record by it.
        select y.client_id
          from traject.event e
          join traject.trajectory y on y.municipality_id = e.municipality_id and y.trajectory_id = e.trajectory_id
         where e.municipality_id = municipality and e.recorded_in = pg_current_xact_id_if_assigned()
           and e.event_id > recorded_before),
        coalesce(new.failed, false));
    return new;
end
$$;
revoke all on function session.look from public;
create trigger look instead of insert on session.look for each row execute function session.look();
