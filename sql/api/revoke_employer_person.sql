-- Somebody leaves an employer. Allowed while guiding: people do leave; every client concerned is flagged at once,
-- and what access the person had ends.
create function api.revoke_employer_person(
    employer text, person text)
returns setof api.revoke_employer_person_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeEmployerPerson');
    of_employer bigint := internal.employer_id('employer', revoke_employer_person.employer);
    revoked bigint;
begin
    perform internal.hold_cases();
    revoked := internal.person_id('person', of_employer, revoke_employer_person.person);
    update traject.employer_person p set revoked_at = now()
     where p.municipality_id = session.municipality_id() and p.employer_id = of_employer and p.person_id = revoked;
    perform internal.end_access(of_employer, revoked);
    return query select internal.flag_supervisor_left(of_employer, revoked);
end
$$;
