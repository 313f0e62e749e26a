-- Who at an employer guides a client, is to guide, or knows as the second person; who guides on the floor; and who
-- somebody works under in a trial placement. One row for each person.
create function internal.guides(municipality bigint, trajectory bigint)
returns table (employer_id bigint, person_id bigint, role traject.person_role) language sql stable as $$
    select t.employer_id, t.person_id, min(t.role)
      from internal.ties(municipality) t
     where t.trajectory_id = trajectory
     group by t.employer_id, t.person_id
$$;

-- The same of all of the municipality, a row for each tie: to be narrowed by trajectory or by person.
create function internal.ties(municipality bigint)
returns table (trajectory_id bigint, employer_id bigint, person_id bigint, role traject.person_role)
language sql stable as $$
    select h.trajectory_id, h.employer_id, h.supervisor_id,
           case h.state when 'completed' then 'guides' else 'was_to_guide' end::traject.person_role
      from traject.handover h
     where h.municipality_id = municipality and h.state in ('flagged', 'prepared', 'accepted', 'completed')
    union all
    select h.trajectory_id, h.employer_id, h.second_person_id, 'second_person'
      from traject.handover h
     where h.municipality_id = municipality and h.state in ('flagged', 'prepared', 'accepted', 'completed')
       and h.second_person_id is not null
    union all
    select i.trajectory_id, i.employer_id, i.person_id,
           case i.kind when 'workplace_guidance' then 'on_the_floor' else 'trial_placement' end::traject.person_role
      from traject.item i
     where i.municipality_id = municipality and i.kind in ('workplace_guidance', 'trial_placement') and i.open
       and i.person_id is not null
$$;
