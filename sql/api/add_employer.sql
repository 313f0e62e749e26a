-- A new employer.
create function api.add_employer(
    employer text)
returns setof api.add_employer_reply language plpgsql as $$
#variable_conflict use_column
begin
    insert into traject.employer (municipality_id, name)
    values (session.municipality_id(), internal.text('employer', employer, 100, demanded => true));
    return query select btrim(add_employer.employer);
end
$$;
