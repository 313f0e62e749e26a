-- What a figure counts, one row for each: of which team at which moment, and under which key of that team's
-- breakdown. `marks` are what else is counted of it, a mark as often as it happened.
create type internal.counted as (
    team_id bigint, at timestamptz, key text, client_id bigint, coach_id bigint, since timestamptz, days integer,
    marks text[],
    -- Its key has a row of its own; else it is told together with others.
    apart boolean
);

-- All that a figure counts, by the function of the figure's name; each figure, and each list of the clients behind
-- one, is made of this, so that they are about the same people. It sorts much, seldom.
create function internal.counted_for(figure text, of_team bigint, period tstzrange)
returns setof internal.counted language plpgsql stable rows 100000 set work_mem = '32MB' as $$
begin
    return query execute format(
        'with counted as materialized (
             select * from internal.figure_%s($1, $2) f
              -- Broken glass shows others too.
              where f.team_id = any (session.team_ids())
         ), keys as (
             select c.team_id, c.at, c.key, array_agg(distinct c.client_id) as clients
               from counted c group by c.team_id, c.at, c.key
         ), breakdown as (
             select k.team_id, k.at, internal.keys_apart(array_agg(row (k.key, k.clients)::internal.key_clients)) as apart
               from keys k group by k.team_id, k.at
         )
         select c.team_id, c.at, c.key, c.client_id, c.coach_id, c.since, c.days, c.marks, c.key = any (b.apart)
           from counted c
           join breakdown b on b.team_id = c.team_id and b.at = c.at', figure)
        using of_team, period;
end
$$;
