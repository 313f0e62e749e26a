-- The rhythm that holds: client, then stage within a team, then stage, then team, then municipality. As its owner, as what
-- follows from the entries is written: planned once, whoever asks, and only of clients whose case is at hand.
create function internal.rhythm_days(client bigint, team bigint, stage traject.stage, moment timestamptz)
returns integer language plpgsql stable security definer set search_path = '' as $$
begin
    return (select r.days from traject.rhythm r
             where r.municipality_id = (select session.municipality_id()) and r.period @> moment
               and (r.client_id = client or r.client_id is null
                    and coalesce(r.team_id = team, true) and coalesce(r.stage = rhythm_days.stage, true))
             order by r.client_id is not null desc, r.stage is not null desc, r.team_id is not null desc
             limit 1);
end
$$;
