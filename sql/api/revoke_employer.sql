-- The employer is no longer there for new work; refused while it is in use.
create function api.revoke_employer(
    employer text)
returns void language plpgsql as $$
#variable_conflict use_column
begin
    perform internal.hold_cases();
    update traject.employer t set revoked_at = now()
     where t.municipality_id = session.municipality_id()
       and t.employer_id = internal.employer_id('employer', revoke_employer.employer);
end
$$;
