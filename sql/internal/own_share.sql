-- The coach and the team to which a list is narrowed for who asks: row security narrows it to the same, but no index
-- serves its choice between the two.
create function internal.own_coach(asked bigint) returns bigint language sql stable as
    $$ select coalesce(asked, case when session.role() = 'coach' then session.worker_id() end) $$;

create function internal.own_team(asked bigint) returns bigint language sql stable as
    $$ select coalesce(asked, case when session.role() <> 'coach' and cardinality(session.team_ids()) = 1
                                   then (session.team_ids())[1] end) $$;
