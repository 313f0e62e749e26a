-- A new employer.
create function api.add_employer(
    employer text)
returns setof api.add_employer_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddEmployer');
begin
    return query
    insert into traject.employer (municipality_id, name)
    values (session.municipality_id(), internal.name('employer', employer))
    returning name;
end
$$;
