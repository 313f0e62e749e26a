-- The network people of that name were there, or will be.
create function internal.include(state traject.trajectory_state, event bigint, names text[]) returns void
language plpgsql as $$
declare
    name text;
    item bigint;
begin
    foreach name in array coalesce(names, '{}') loop
        select i.item_id into item from traject.item i
         where i.municipality_id = state.municipality_id and i.trajectory_id = state.trajectory_id
           and i.kind = 'network_person' and i.open and lower(i.what) = lower(btrim(name));
        if not found then
            perform internal.refuse('TJ005', 'network_people', format('nobody called %s is in the network of this client%s; '
                'add that person first', left(name, 100), internal.near(name, array(
                    select i.what from traject.item i
                     where i.municipality_id = state.municipality_id and i.trajectory_id = state.trajectory_id
                       and i.kind = 'network_person' and i.open))));
        end if;
        insert into traject.event_included (municipality_id, event_id, trajectory_id, item_id)
        values (state.municipality_id, event, state.trajectory_id, item)
        on conflict do nothing;
    end loop;
end
$$;
