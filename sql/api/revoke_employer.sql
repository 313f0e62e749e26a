-- The employer is no longer there for new work; refused while it is in use. The access of its people ends.
create function api.revoke_employer(
    employer text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RevokeEmployer');
    revoked bigint;
begin
    perform internal.hold_cases();
    revoked := internal.employer_id('employer', revoke_employer.employer);
    update traject.employer t set revoked_at = now()
     where t.municipality_id = session.municipality_id() and t.employer_id = revoked;
    perform internal.end_access(revoked);
end
$$;
