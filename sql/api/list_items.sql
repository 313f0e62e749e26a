-- What runs, of one client or of all that the caller may see; longest in its state first.
create function api.list_items(
    with_ended boolean, overdue boolean, client_number text default null, kinds traject.item_kind[] default null,
    states traject.item_state[] default null, party traject.agreement_party default null,
    theme traject.theme default null, by_whom traject.label_token default null,
    grouped_as traject.label_token default null,
    team text default null, coach text default null, minimum_age_days integer default null,
    page_size integer default null, page_token text default null)
returns setof api.item language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListItems');
    client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    age integer := internal.in_range('minimum_age_days', minimum_age_days, 0, 36500, 0);
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
    after internal.list_position := internal.read_page_token(page_token);
    all_kinds boolean := coalesce(cardinality(kinds), 0) = 0;
    all_states boolean := coalesce(cardinality(states), 0) = 0;
begin
    perform internal.check_share(of_team, list_items.team, of_coach, list_items.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    select i.item_id, c.client_number, c.full_name, w.name, i.kind, i.state, i.opened_at, i.state_since,
           internal.days_between(i.state_since, now()), i.changed_at, i.what, i.begins_at, i.due_at,
           case when i.open and i.due_at < now() then internal.days_between(i.due_at, now()) end,
           (select e.words from traject.event e
             where e.municipality_id = municipality and e.item_id = i.item_id and e.words is not null
               and not exists (select from traject.event x
                                where x.municipality_id = municipality and x.supersedes = e.event_id)
             order by e.occurred_at desc, e.event_id desc limit 1),
           m.name, p.name, i.channel, i.counterpart, i.contract, trim_scale(i.hours)::text, i.percentage, i.by_whom, i.scheme, i.ending,
           i.guide, i.guidance_form, i.every_days, i.theme, i.factor, i.party, i.grouped_as, i.relation, i.may_be_told,
           case when i.kind = 'coach_handover' and i.open then array_remove(array[
               case when i.record_read is null then 'read the record' end,
               case when i.introduced_to_client is null then 'be introduced to the client' end,
               case when i.agreements_passed_on is null then 'pass the agreements on' end], null) end,
           internal.page_token(true, i.state_since, i.item_id)
      from traject.trajectory_state s
      join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
      join traject.worker w on w.municipality_id = s.municipality_id and w.worker_id = s.coach_id
      left join traject.employer m on m.municipality_id = municipality and m.employer_id = i.employer_id
      left join traject.employer_person p on p.municipality_id = municipality and p.employer_id = i.employer_id
           and p.person_id = i.person_id
     where s.municipality_id = municipality and (client is null or s.client_id = client)
       and (with_ended or s.open and i.open)
       and (all_kinds or i.kind = any (kinds)) and (all_states or i.state = any (states))
       and (not list_items.overdue or i.open and i.due_at < now())
       and (list_items.party is null or i.party = list_items.party)
       and (list_items.theme is null or i.theme = list_items.theme)
       and (list_items.by_whom is null or traject.label(i.by_whom) = list_items.by_whom)
       and (list_items.grouped_as is null or traject.label(i.grouped_as) = list_items.grouped_as)
       and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
       and (age = 0 or i.state_since <= now() - make_interval(days => age))
       and (after.id is null or (i.state_since, i.item_id) > (after.moment, after.id))
     order by i.state_since, i.item_id
     limit rows;
end
$$;
