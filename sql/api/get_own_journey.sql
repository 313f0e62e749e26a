-- Where a client is, for the client: who is the coach, who guides. As the owner.
create function api.get_own_journey()
returns setof api.get_own_journey_reply language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetOwnJourney');
    account traject.worker := internal.own_account('client');
begin
    return query
    select c.client_number, g.trajectory_kind, g.started_at, g.ended_at, g.outcome, g.stage, g.stage_since, w.full_name,
           g.coach_since, g.guided_by, g.guided_since, case when g.guided_by = 'employer' then g.employer end,
           case when g.guided_by = 'employer' then g.supervisor end,
           case when g.guided_by = 'employer' then g.second_person end, g.last_contact_at, g.contact_due_at
      from traject.client c
     cross join lateral internal.client_as_of(municipality, c.client_id,
           array(select s.trajectory_id from traject.trajectory_state s
                  where s.municipality_id = municipality and s.client_id = c.client_id), null, null) g
      left join traject.worker w on w.municipality_id = c.municipality_id and w.name = g.coach
     where c.municipality_id = account.municipality_id and c.client_id = account.client_id;
end
$$;
