-- Who at an employer guides a client, is to guide, or knows as the second person; and who guides on the floor. One row
-- for each person.
create function internal.guides(municipality bigint, trajectory bigint)
returns table (employer_id bigint, person_id bigint, place text) language sql stable as $$
    select distinct on (g.employer_id, g.person_id) g.employer_id, g.person_id, g.place
      from (select h.employer_id, n.person_id, n.place, n.rank
              from traject.handover h
             cross join lateral (values (h.supervisor_id, 'supervisor', 1), (h.second_person_id, 'second person', 2))
                   n (person_id, place, rank)
             where h.municipality_id = municipality and h.trajectory_id = trajectory
               and h.state in ('flagged', 'prepared', 'accepted', 'completed')
            union all
            select i.employer_id, i.person_id, 'on the floor', 3
              from traject.item i
             where i.municipality_id = municipality and i.trajectory_id = trajectory and i.kind = 'workplace_guidance'
               and i.open) g
     where g.person_id is not null
     order by g.employer_id, g.person_id, g.rank
$$;
