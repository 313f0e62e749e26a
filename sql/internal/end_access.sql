-- Ends the access of an employer's people, or of one of them; tells whether there was any.
create function internal.end_access(employer bigint, person bigint default null) returns boolean language plpgsql as $$
begin
    update session.token t set revoked_at = now()
      from traject.worker w
     where w.municipality_id = session.municipality_id() and w.employer_id = employer
       and coalesce(w.person_id = person, true) and t.municipality_id = w.municipality_id and t.worker_id = w.worker_id
       and t.revoked_at is null;
    update traject.worker w set revoked_at = now()
     where w.municipality_id = session.municipality_id() and w.employer_id = employer
       and coalesce(w.person_id = person, true) and w.revoked_at is null;
    return found;
end
$$;
