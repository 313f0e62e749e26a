-- An entry on the timeline of every client whom that person guides, or is to guide, or is the second person for. As its
-- owner: an admin, who says that somebody left, sees no cases.
create function internal.flag_supervisor_left(employer bigint, person bigint) returns void
language plpgsql security definer set search_path = '' as $$
begin
    if session.role() is distinct from 'admin' or not exists (
        select from traject.employer_person p
         where p.municipality_id = session.municipality_id() and p.employer_id = employer and p.person_id = person
           and p.revoked_at is not null) then
        perform internal.refuse('TJ007', 'person', 'that somebody left is said by an admin, who revokes that person');
    end if;
    perform s.trajectory_id
       from traject.trajectory_state s
      where s.municipality_id = session.municipality_id() and s.open
        and exists (select from traject.handover h
                     where h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
                       and h.state in ('flagged', 'prepared', 'accepted', 'completed') and h.employer_id = employer
                       and person in (h.supervisor_id, h.second_person_id))
      order by s.trajectory_id
        for update;
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, employer_id, person_id)
    select h.municipality_id, h.trajectory_id, 'supervisor_left', clock_timestamp(), session.worker_id(), h.employer_id,
           person
      from traject.handover h
      join traject.trajectory_state s on s.municipality_id = h.municipality_id and s.trajectory_id = h.trajectory_id
           and s.open
     where h.municipality_id = session.municipality_id() and h.employer_id = employer
       and h.state in ('flagged', 'prepared', 'accepted', 'completed') and person in (h.supervisor_id, h.second_person_id);
end
$$;
