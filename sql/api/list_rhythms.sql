-- The rhythms that hold now, most general first; or all that a client has and had as the client's own.
create function api.list_rhythms(
    client_number text default null)
returns setof api.rhythm language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListRhythms');
begin
    return query
    select r.days, c.client_number, t.name, r.stage, lower(r.period), upper(r.period)
      from traject.rhythm r
      left join traject.team t on t.municipality_id = r.municipality_id and t.team_id = r.team_id
      left join traject.client c on c.municipality_id = r.municipality_id and c.client_id = r.client_id
     where r.municipality_id = (select session.municipality_id())
       and case when list_rhythms.client_number is null then upper_inf(r.period)
                else r.client_id = (select internal.client_id(list_rhythms.client_number)) end
     order by r.client_id is not null, r.stage is not null, r.team_id is not null, t.name, r.stage, c.client_number,
              lower(r.period);
end
$$;
