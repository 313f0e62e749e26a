-- The employers, with their people and how many they guide.
create function api.list_employers()
returns setof api.employer_summary language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListEmployers');
begin
    return query
    select e.name,
           (select count(*) from traject.employer_person p
             where p.municipality_id = e.municipality_id and p.employer_id = e.employer_id
               and p.revoked_at is null)::integer,
           (select count(*) from traject.trajectory_state s
             where s.municipality_id = e.municipality_id and s.employer_id = e.employer_id and s.open)::integer,
           e.revoked_at
      from traject.employer e
     where e.municipality_id = (select session.municipality_id())
     order by e.name;
end
$$;
