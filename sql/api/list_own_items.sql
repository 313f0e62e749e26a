-- What was agreed, what is planned and what runs, of what is meant for who asks: a client, or somebody at an employer.
-- Made of the entries that they may see, so that it tells no more than these. As the owner.
create function api.list_own_items(
    with_ended boolean, client_number text default null)
returns setof api.item language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListOwnItems');
    account traject.worker := internal.own_account('employer', 'client');
    of_client bigint := (internal.own_client(account, list_own_items.client_number)).client_id;
begin
    return query
    select i.item_id, c.client_number, c.full_name, w.full_name, i.kind, i.state, i.opened_at, i.state_since,
           internal.days_between(i.state_since, now()), i.changed_at, i.what, i.begins_at, i.due_at,
           case when i.open and i.due_at < now() then internal.days_between(i.due_at, now()) end,
           (select e.words from unnest(own.entries) e
             where e.item_id = i.item_id and e.words is not null order by e.occurred_at desc, e.event_id desc limit 1),
           m.name, p.name, i.channel, i.counterpart, i.contract, trim_scale(i.hours)::text, i.percentage, i.by_whom,
           i.scheme, i.ending, i.guide, i.guidance_form, i.every_days, i.theme, i.factor, i.party, i.grouped_as,
           i.relation, i.may_be_told, null::text[], internal.page_token(true, i.state_since, i.item_id)
      from internal.own_trajectories(account) s
     cross join lateral (select array(select e from internal.own_entries(account, s.trajectory_id) e) as entries) own
     cross join lateral unnest(internal.items(own.entries)) i
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      left join traject.employer m on m.municipality_id = s.municipality_id and m.employer_id = i.employer_id
      left join traject.employer_person p on p.municipality_id = s.municipality_id and p.employer_id = i.employer_id
           and p.person_id = i.person_id
     where coalesce(s.client_id = of_client, true) and (with_ended or s.open and i.open)
       -- Of what began with an entry that was not meant for them, nothing is told.
       and i.kind <> 'coach_handover'
     order by i.due_at, i.state_since, i.item_id;
end
$$;
