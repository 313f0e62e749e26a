-- A worker as entries name who made them: by the name at work, for people outside by the full name; somebody outside as
-- what they are.
create function internal.signed(worker traject.worker) returns text language plpgsql stable strict as $$
begin
    return case worker.role
        when 'employer' then
            (select format('%s (%s)', p.name, m.name)
               from traject.employer_person p
               join traject.employer m on m.municipality_id = p.municipality_id and m.employer_id = p.employer_id
              where p.municipality_id = worker.municipality_id and p.employer_id = worker.employer_id
                and p.person_id = worker.person_id)
        when 'client' then 'the client'
        else case when session.role() in ('employer', 'client') then worker.full_name else worker.name end
    end;
end
$$;
