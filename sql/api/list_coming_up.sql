-- What is past or comes within so many days, of a coach's or a team's clients; most urgent first.
create function api.list_coming_up(
    team text default null, coach text default null, client_number text default null, days integer default null,
    page_size integer default null)
returns setof api.coming_up language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListComingUp');
    client bigint := case when client_number is not null then internal.client_id(client_number) end;
    of_team bigint := internal.team_id('team', team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    horizon timestamptz := now() + make_interval(days =>
        internal.in_range('days', days, 0, 365, internal.setting('coming_up_days')));
    ask_again interval := make_interval(days => internal.setting('ask_again_days'));
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 200);
begin
    perform internal.check_share(of_team, list_coming_up.team, of_coach, list_coming_up.coach);
    of_coach := internal.own_coach(of_coach);
    of_team := internal.own_team(of_team);
    return query
    with mine as (
        select s.* from traject.trajectory_state s
         where s.municipality_id = municipality and s.open and (client is null or s.client_id = client)
           and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
    ), entry as (
        select s.trajectory_id, s.client_id, s.coach_id, 'contact'::traject.coming_up_kind as kind, s.due_at as at,
               case when s.last_contact_at is null then 'no contact yet' end as about,
               null::traject.sealed as what, null::traject.sealed_label as by_whom, null::bigint as item_id,
               null::traject.agreement_party as party
          from mine s where s.due_at <= horizon
        union all
        -- Until the employer guides, the next step of a handover is the coach's to take or to see to.
        select s.trajectory_id, s.client_id, s.coach_id, 'handover', coalesce(h.planned_at, h.state_since),
               concat_ws(': ', h.state || ', to ' || m.name, 'needs ' || internal.handover_needs(h)), null, null, null, null
          from mine s
          join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
               and h.state in ('flagged', 'prepared', 'accepted')
          join traject.employer m on m.municipality_id = h.municipality_id and m.employer_id = h.employer_id
         where coalesce(h.planned_at, h.state_since) <= horizon or h.state = 'accepted'
        union all
        select s.trajectory_id, s.client_id, s.coach_id, 'supervisor_left', p.revoked_at,
               format('%s of %s, %s', p.name, m.name, internal.spoken(g.role)), null, null, null, null
          from mine s
         cross join lateral internal.guides(municipality, s.trajectory_id) g
          join traject.employer_person p on p.municipality_id = municipality and p.employer_id = g.employer_id
               and p.person_id = g.person_id and p.revoked_at is not null
          join traject.employer m on m.municipality_id = municipality and m.employer_id = g.employer_id
        union all
        select s.trajectory_id, s.client_id, s.coach_id,
               case when i.kind = 'dropout' and internal.proposes_return(i, s) then 'return_proposed'
                    else i.kind::text end::traject.coming_up_kind,
               case i.kind when 'bottleneck' then coalesce(i.due_at, i.changed_at + ask_again)
                           when 'coach_handover' then i.opened_at
                           when 'dropout' then i.opened_at
                           when 'absence' then coalesce(i.due_at, i.changed_at + ask_again)
                           else i.due_at end,
               case i.kind when 'coach_handover' then 'still to do: ' || concat_ws(', ',
                               case when i.record_read is null then 'read the record' end,
                               case when i.introduced_to_client is null then 'be introduced to the client' end,
                               case when i.agreements_passed_on is null then 'pass the agreements on' end)
                           when 'dropout' then case when internal.proposes_return(i, s)
                               then 'work stopped while the employer guides: does guidance return to the coach?'
                               else 'work stopped: what comes next?' end
                           when 'precondition' then format('%s is %s', internal.spoken(i.theme), internal.spoken(i.state))
                           when 'wage_value' then i.percentage || '%'
                           when 'scheme' then internal.spoken(i.scheme)
                           when 'appointment' then format('%s, with the %s', internal.spoken(i.channel),
                                                          internal.spoken(i.counterpart))
                           when 'agreement' then null
                           when 'bottleneck' then null
                           else m.name end,
               i.what, case when i.kind in ('agreement', 'bottleneck') then i.by_whom end, i.item_id, i.party
          from mine s
          join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id and i.open
          left join traject.employer m on m.municipality_id = i.municipality_id and m.employer_id = i.employer_id
         where case i.kind
                   when 'bottleneck' then coalesce(i.due_at, i.changed_at + ask_again) <= horizon
                   when 'absence' then coalesce(i.due_at, i.changed_at + ask_again) <= horizon
                   -- Of a coach who has come since, the one before needs no more.
                   when 'coach_handover' then not exists (
                       select from traject.item later
                        where later.municipality_id = i.municipality_id and later.trajectory_id = i.trajectory_id
                          and later.kind = 'coach_handover' and (later.opened_at, later.item_id) > (i.opened_at, i.item_id))
                   when 'dropout' then true
                   when 'correction' then false
                   else i.due_at <= horizon end
        union all
        -- What a client says is wrong waits for an answer, also after the end.
        select s.trajectory_id, s.client_id, s.coach_id, 'correction', i.opened_at,
               (select 'asked of entry ' || e.about_id from traject.event e
                 where e.municipality_id = i.municipality_id and e.event_id = i.item_id), null, null, i.item_id, null
          from traject.trajectory_state s
          join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
               and i.kind = 'correction' and i.open
         where s.municipality_id = municipality and (client is null or s.client_id = client)
           and (of_team is null or s.team_id = of_team) and (of_coach is null or s.coach_id = of_coach)
        union all
        -- That somebody outside looked at the record stands before the manager for a week, also after the end.
        select s.trajectory_id, s.client_id, s.coach_id, 'glass_broken', g.broken_at,
               format('seen by %s, until %s', w.full_name, internal.shown(g.until)), e.reason, null, null, null
          from traject.glass g
         cross join lateral (select y.* from traject.trajectory_state y
                              where y.municipality_id = municipality and y.client_id = g.client_id
                                and (of_team is null or y.team_id = of_team)
                                and (of_coach is null or y.coach_id = of_coach)
                              order by y.open desc, y.started_at desc limit 1) s
          join traject.worker w on w.municipality_id = municipality and w.worker_id = g.worker_id
          join traject.event e on e.municipality_id = municipality and e.event_id = g.event_id
         where session.role() = 'manager' and g.municipality_id = municipality
           and (client is null or g.client_id = client) and g.broken_at > now() - interval '7 days'
    ), first as (
        select * from entry e order by e.at, e.kind, e.trajectory_id, e.item_id limit rows
    )
    select f.kind, c.client_number, c.full_name, w.name, f.at, internal.days_between(now(), f.at),
           f.what::traject.sealed, f.item_id, f.party, f.by_whom::traject.sealed_label, f.about
      from first f
      join traject.client c on c.municipality_id = municipality and c.client_id = f.client_id
      join traject.worker w on w.municipality_id = municipality and w.worker_id = f.coach_id
     order by f.at, f.kind, f.trajectory_id, f.item_id;
end
$$;
