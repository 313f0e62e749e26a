-- Somebody at an employer: a supervisor, a colleague who guides.
create function api.add_employer_person(
    employer text, person text, function text default null)
returns setof api.add_employer_person_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddEmployerPerson');
begin
    return query
    insert into traject.employer_person (municipality_id, employer_id, name, function)
    values (session.municipality_id(), internal.employer_id('employer', employer),
            internal.name('person', person), internal.text('function', function, 100))
    returning name;
end
$$;
