-- What is past or comes up in these cases until the horizon, or asks for a word again after so long. As the owner: who may
-- see the cases may know what is due in them.
create type internal.coming_up as (
    trajectory_id bigint, client_id bigint, coach_id bigint, kind traject.coming_up_kind, at timestamptz, about text,
    what traject.sealed, by_whom traject.sealed_label, item_id bigint, party traject.agreement_party);

create function internal.coming_up(municipality bigint, cases traject.trajectory_state[], horizon timestamptz,
                                   ask_again interval)
returns setof internal.coming_up language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
    return query
    select s.trajectory_id, s.client_id, s.coach_id, 'contact'::traject.coming_up_kind as kind, s.due_at as at,
           case when s.last_contact_at is null then 'no contact yet' end as about,
           null::traject.sealed as what, null::traject.sealed_label as by_whom, null::bigint as item_id,
           null::traject.agreement_party as party
      from unnest(cases) s where s.due_at <= horizon
    union all
    -- Until the employer guides, the next step of a handover is the coach's to take or to see to.
    select s.trajectory_id, s.client_id, s.coach_id, 'handover', coalesce(h.planned_at, h.state_since),
           concat_ws(': ', h.state || ', to ' || m.name, 'needs ' || internal.handover_needs(h)), null::traject.sealed,
           null::traject.sealed_label, null, null
      from unnest(cases) s
      join traject.handover h on h.municipality_id = municipality and h.trajectory_id = s.trajectory_id
           and h.state in ('flagged', 'prepared', 'accepted')
      join traject.employer m on m.municipality_id = h.municipality_id and m.employer_id = h.employer_id
     where coalesce(h.planned_at, h.state_since) <= horizon or h.state = 'accepted'
    union all
    select s.trajectory_id, s.client_id, s.coach_id, 'supervisor_left', p.revoked_at,
           format('%s of %s, %s', p.name, m.name, internal.spoken(g.role)), null::traject.sealed,
           null::traject.sealed_label, null, null
      from unnest(cases) s
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
           i.what, case when i.kind in ('agreement', 'bottleneck') then i.by_whom else null::traject.sealed_label end, i.item_id, i.party
      from unnest(cases) s
      join traject.item i on i.municipality_id = municipality and i.trajectory_id = s.trajectory_id and i.open
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
               else i.due_at <= horizon end;
end
$$;

-- The most urgent of them, as the list shows them. As the owner, as above.
create function internal.tell_coming_up(municipality bigint, entries internal.coming_up[], rows integer)
returns setof api.coming_up language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
begin
    return query
    select f.kind, c.client_number, c.full_name,
           (select w.name from traject.worker w where w.municipality_id = municipality and w.worker_id = f.coach_id),
           f.at, internal.days_between(now(), f.at), f.what, f.item_id, f.party, f.by_whom, f.about
      from (select * from unnest(entries) e order by e.at, e.kind, e.trajectory_id, e.item_id limit rows) f
      join traject.client c on c.municipality_id = municipality and c.client_id = f.client_id
     order by f.at, f.kind, f.trajectory_id, f.item_id;
end
$$;
