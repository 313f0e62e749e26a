-- Somebody at an employer gets access to the own clients there; again after it ended, and for another device, too. The
-- token's secret never comes here.
create function api.add_employer_access(
    employer text, person text, token_sha256 bytea, label text default null, expires_at timestamptz default null)
returns setof api.add_token_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddEmployerAccess');
    of_employer bigint := internal.employer_id('employer', employer);
    of_person bigint := internal.person_id('person', of_employer, person);
    account bigint;
begin
    -- Nobody leaves while this gives access.
    perform internal.hold_rhythms();
    perform internal.person_id('person', internal.employer_id('employer', employer), person);
    insert into traject.worker as w (municipality_id, name, full_name, role, employer_id, person_id)
    values (session.municipality_id(), format('employer-%s-%s', of_employer, of_person), person, 'employer',
            of_employer, of_person)
    on conflict on constraint worker_of_person_unique do update set revoked_at = null
    returning w.worker_id into account;
    return query select * from internal.add_token(account, token_sha256, label,
                                                  coalesce(expires_at, now() + interval '1 year'));
end
$$;
