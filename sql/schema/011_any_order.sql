-- Who changes one of the two people at an employer says nothing about the other one, who may be changed by an entry of
-- an earlier moment that is made later.
update traject.event_rule set needs = '{employer_id}', may = '{person_id,second_person_id,reason}'
 where kind = 'supervisor_changed';

-- An entry takes the place of, and carries on, what is of its own trajectory: else one would make another one's entries
-- not count.
create function traject.check_own_trajectory() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from unnest(array[new.supersedes, new.entry_id, nullif(new.item_id, new.event_id)]) named (event_id)
                where named.event_id is not null
                  and not exists (select from traject.event e
                                   where e.municipality_id = new.municipality_id and e.event_id = named.event_id
                                     and e.trajectory_id = new.trajectory_id)) then
        raise exception 'an entry refers to entries of its own trajectory'
            using errcode = 'check_violation', constraint = 'event_own_trajectory';
    end if;
    return new;
end
$$;
create trigger event_own_trajectory before insert on traject.event for each row
    when (new.supersedes is not null or new.item_id <> new.event_id) execute function traject.check_own_trajectory();
