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

-- Whether somebody at that employer was any of these when it was said for whom the entry is, by what was known then:
-- what was meant for one employer is not told to the next one, also when it is corrected or the dates overlap.
create function internal.had_tie(employer bigint, entry traject.event) returns boolean language plpgsql stable as $$
declare
    said_at timestamptz := (
        select min(v.recorded_at) from traject.event v
         where v.municipality_id = entry.municipality_id and v.trajectory_id = entry.trajectory_id
           and coalesce(v.entry_id, v.event_id) = coalesce(entry.entry_id, entry.event_id)
           and v.audience = entry.audience);
    entries traject.event[] := internal.entries(entry.municipality_id, entry.trajectory_id, said_at, said_at, said_at);
begin
    return exists (select from unnest(internal.handovers(entries)) h
                    where h.employer_id = employer and h.state in ('flagged', 'prepared', 'accepted', 'completed'))
        or exists (select from unnest(internal.items(entries)) i
                    where i.employer_id = employer and i.kind in ('workplace_guidance', 'trial_placement') and i.open
                      and i.person_id is not null);
end
$$;
