-- Somebody at an employer has no access any more, but is still there.
create function api.revoke_employer_access(
    employer text, person text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeEmployerAccess');
    of_employer bigint := internal.employer_id('employer', employer, revoked_too => true);
    of_person bigint := internal.person_id('person', of_employer, person);
begin
    if not internal.end_access(of_employer, of_person) then
        perform internal.refuse('TJ009', 'person', '%s has no access', json_build_array(person));
    end if;
end
$$;
