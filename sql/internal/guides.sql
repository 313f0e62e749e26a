-- Who at an employer guides a client, is to guide, or knows as the second person; and who guides on the floor. One row
-- for each client and person.
create function internal.guides(municipality bigint)
returns table (trajectory_id bigint, employer_id bigint, person_id bigint, place text) language sql stable as $$
    select h.trajectory_id, h.employer_id, h.supervisor_id, 'supervisor'
      from traject.handover h
     where h.municipality_id = municipality and h.state in ('flagged', 'prepared', 'accepted', 'completed')
    union all
    select h.trajectory_id, h.employer_id, h.second_person_id, 'second person'
      from traject.handover h
     where h.municipality_id = municipality and h.state in ('flagged', 'prepared', 'accepted', 'completed')
       and h.second_person_id is not null
    union all
    select i.trajectory_id, i.employer_id, i.person_id, 'on the floor'
      from traject.item i
     where i.municipality_id = municipality and i.kind = 'workplace_guidance' and i.open and i.person_id is not null
       and not exists (select from traject.handover h
                        where h.municipality_id = i.municipality_id and h.trajectory_id = i.trajectory_id
                          and h.state in ('flagged', 'prepared', 'accepted', 'completed') and h.employer_id = i.employer_id
                          and i.person_id in (h.supervisor_id, h.second_person_id))
       and not exists (select from traject.item o
                        where o.municipality_id = i.municipality_id and o.trajectory_id = i.trajectory_id
                          and o.kind = 'workplace_guidance' and o.open and o.employer_id = i.employer_id
                          and o.person_id = i.person_id and o.item_id < i.item_id)
$$;
