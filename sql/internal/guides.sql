-- Who at an employer guides a client, is to guide, or knows as the second person; who guides on the floor; and who
-- somebody works under in a trial placement. One row for each person.
create function internal.guides(municipality bigint, trajectory bigint)
returns table (employer_id bigint, person_id bigint, role traject.person_role) language sql stable as $$
    select g.employer_id, g.person_id, min(g.role)
      from (select h.employer_id, n.person_id, n.role
              from traject.handover h
             cross join lateral (values
                       (h.supervisor_id, case h.state when 'completed' then 'guides' else 'was_to_guide' end::traject.person_role),
                       (h.second_person_id, 'second_person')) n (person_id, role)
             where h.municipality_id = municipality and h.trajectory_id = trajectory
               and h.state in ('flagged', 'prepared', 'accepted', 'completed')
            union all
            select i.employer_id, i.person_id,
                   case i.kind when 'workplace_guidance' then 'on_the_floor' else 'trial_placement' end::traject.person_role
              from traject.item i
             where i.municipality_id = municipality and i.trajectory_id = trajectory
               and i.kind in ('workplace_guidance', 'trial_placement') and i.open) g
     where g.person_id is not null
     group by g.employer_id, g.person_id
$$;
