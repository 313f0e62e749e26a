-- These cases as the list of who has gone without contact shows them, in the order given. As the owner: who may see the
-- cases may know whose they are.
create function internal.without_contact(municipality bigint, cases traject.trajectory_state[], moment timestamptz,
                                         as_of timestamptz)
returns setof api.without_contact language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
    return query
    select c.client_number, c.full_name,
           (select t.name from traject.team t where t.municipality_id = municipality and t.team_id = s.team_id),
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = s.coach_id),
           s.stage, s.guided_by,
           case when s.employer_id is not null then
               (select e.name from traject.employer e
                 where e.municipality_id = municipality and e.employer_id = s.employer_id) end,
           s.last_contact_at, s.unanswered_attempts, s.last_attempt_at, s.rhythm_days, s.due_at,
           internal.days_between(s.due_at, moment),
           internal.page_token(s.last_contact_at is not null, s.due_at, s.trajectory_id),
           case when without_contact.as_of is null then
               (select coalesce(min(i.due_at) filter (where i.due_at >= moment), max(i.due_at))
                  from traject.item i
                 where i.municipality_id = municipality and i.trajectory_id = s.trajectory_id and i.kind = 'appointment'
                   and i.open and i.counterpart = 'client')
           else internal.next_appointment(municipality, s.trajectory_id, moment) end
      from unnest(cases) with ordinality s
      join traject.client c on c.municipality_id = municipality and c.client_id = s.client_id
     order by s.ordinality;
end
$$;

-- The appointment with the client that was to come at a moment; else the last one that was not kept yet.
create function internal.next_appointment(municipality bigint, trajectory bigint, moment timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    entries traject.event[] := internal.entries(municipality, trajectory, moment, 'infinity', moment);
begin
    return (select coalesce(min(i.due_at) filter (where i.due_at >= moment), max(i.due_at))
              from unnest(internal.items(entries)) i
             where i.kind = 'appointment' and i.open and i.counterpart = 'client');
end
$$;
