-- For how long each thing is kept.
create function api.list_retention()
returns setof api.retention language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListRetention');
begin
    return query
    select n.retained, internal.retention(session.municipality_id(), n.retained),
           case n.retained when 'answers' then 'days' when 'never_started' then 'months after the client was added'
                           else 'months after the end' end,
           exists (select from traject.retention r
                    where r.municipality_id = (select session.municipality_id()) and r.retained = n.retained)
      from unnest(enum_range(null::traject.retained)) n (retained)
     order by n.retained;
end
$$;
