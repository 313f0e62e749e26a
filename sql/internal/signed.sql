-- A worker as entries name who made them: by the name at work, for people outside by the full name; somebody outside as
-- what they are.
create function internal.signed(worker traject.worker, for_outside boolean) returns text language sql stable as $$
    select case worker.role
        when 'employer' then internal.signed_outside(worker.municipality_id, worker.employer_id, worker.person_id)
        when 'client' then 'the client'
        else case when for_outside then worker.full_name else worker.name end
    end
$$;

create function internal.signed_outside(municipality bigint, employer bigint, person bigint) returns text
language plpgsql stable as $$
begin
    return (select format('%s (%s)', p.name, m.name)
              from traject.employer_person p
              join traject.employer m on m.municipality_id = p.municipality_id and m.employer_id = p.employer_id
             where p.municipality_id = municipality and p.employer_id = employer and p.person_id = person);
end
$$;

create function internal.signed_by(municipality bigint, worker bigint, for_outside boolean) returns text
language plpgsql stable as $$
begin
    return (select internal.signed(w, for_outside) from traject.worker w
             where w.municipality_id = municipality and w.worker_id = worker);
end
$$;
