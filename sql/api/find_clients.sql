-- Clients by part of the number or by the beginnings of words of the name, of those the caller may see.
create function api.find_clients(
    query text, query_tokens traject.name_tokens, page_size integer default null)
returns setof api.client_summary language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('FindClients');
    pattern text := '%'
        || regexp_replace(internal.text('query', query, 100, demanded => true), '([%_\\])', '\\\1', 'g') || '%';
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 20);
begin
    return query
    select c.client_number, c.full_name, s.stage, t.name, w.name
      from (select n.client_id from traject.trajectory_state n
             where n.municipality_id = (select session.municipality_id())
            union
            select n.client_id from traject.client n
              where n.municipality_id = (select session.municipality_id()) and n.trajectories = 0) seen
      join traject.client c on c.municipality_id = (select session.municipality_id()) and c.client_id = seen.client_id
      left join traject.trajectory_state s
        on s.municipality_id = c.municipality_id and s.client_id = c.client_id and s.open
      left join traject.team t on t.municipality_id = s.municipality_id and t.team_id = s.team_id
      left join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
     where c.client_number ilike pattern
        or cardinality(query_tokens) > 0 and traject.tokens(c.full_name) @> query_tokens
     order by length(c.client_number), c.client_number
     limit rows;
end
$$;
