-- An entry on the timeline of every client of whom that person is anything there (internal.guides); how many they are.
-- As its owner: an admin, who says that somebody left, sees no cases.
create function internal.flag_supervisor_left(employer bigint, person bigint) returns integer
language plpgsql security definer set search_path = '' as $$
declare
    flagged integer;
begin
    if session.role() is distinct from 'admin' or not exists (
        select from traject.employer_person p
         where p.municipality_id = (select session.municipality_id()) and p.employer_id = employer
           and p.person_id = person
           and p.revoked_at is not null) then
        perform internal.refuse('TJ007', 'person', 'that somebody left is said by an admin, who revokes that person');
    end if;
    perform s.trajectory_id
       from traject.trajectory_state s
      where s.municipality_id = (select session.municipality_id()) and s.open
        and exists (select from internal.guides(s.municipality_id, s.trajectory_id) g
                     where g.employer_id = employer and g.person_id = person)
      order by s.trajectory_id
        for update;
    insert into traject.event (municipality_id, trajectory_id, kind, occurred_at, recorded_by, employer_id, person_id)
    select s.municipality_id, s.trajectory_id, 'supervisor_left', clock_timestamp(), session.worker_id(), employer, person
      from traject.trajectory_state s
     cross join lateral internal.guides(s.municipality_id, s.trajectory_id) g
     where s.municipality_id = (select session.municipality_id()) and s.open and g.employer_id = employer
       and g.person_id = person
     order by s.trajectory_id;
    get diagnostics flagged = row_count;
    return flagged;
end
$$;
