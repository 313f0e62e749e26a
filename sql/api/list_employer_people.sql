-- Who is at the employers, with how many each guides now.
create function api.list_employer_people(
    employer text default null)
returns setof api.employer_person language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListEmployerPeople');
    of_employer bigint := internal.employer_id('employer', list_employer_people.employer, revoked_too => true);
begin
    return query
    select e.name, p.name, p.function,
           (select count(*) from traject.guidance g
             where g.municipality_id = p.municipality_id and g.employer_id = p.employer_id
               and g.person_id = p.person_id and upper_inf(g.period))::integer,
           p.revoked_at,
           exists (select from traject.worker w
                    where w.municipality_id = p.municipality_id and w.employer_id = p.employer_id
                      and w.person_id = p.person_id and w.revoked_at is null)
      from traject.employer_person p
      join traject.employer e on e.municipality_id = p.municipality_id and e.employer_id = p.employer_id
     where p.municipality_id = (select session.municipality_id())
       and (of_employer is null or p.employer_id = of_employer)
     order by e.name, p.name;
end
$$;
