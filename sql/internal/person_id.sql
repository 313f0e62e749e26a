-- Somebody at that employer; null for no name.
create function internal.person_id(field text, employer bigint, name text) returns bigint language plpgsql stable as $$
declare
    found traject.employer_person;
    near json;
begin
    if name is null then
        return null;
    end if;
    if employer is null then
        perform internal.refuse('TJ003', 'employer', 'employer is missing; name the employer of %s too', json_build_array(name));
    end if;
    select * into found from traject.employer_person p
     where p.municipality_id = session.municipality_id() and p.employer_id = employer and p.name = person_id.name;
    if found is null then
        near := internal.near(name, array(select p.name from traject.employer_person p
                   where p.municipality_id = session.municipality_id() and p.employer_id = employer
                     and p.revoked_at is null));
        if near is not null then
            perform internal.refuse('TJ005', field, 'nobody called %s at this employer; did you mean %s?',
                json_build_array(name, near));
        end if;
        perform internal.refuse('TJ005', field, 'nobody called %s at this employer', json_build_array(name));
    end if;
    if found.revoked_at is not null then
        perform internal.refuse('TJ009', field, '%s is no longer at this employer since %s; choose another',
            json_build_array(name, internal.shown(found.revoked_at)));
    end if;
    return found.person_id;
end
$$;
