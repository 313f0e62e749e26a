-- What somebody at an employer says of an own client: of the handover there, of absence, of work that stopped. As the
-- owner, by the functions that the team uses.
create function api.record_own_step(
    client_number text, kind traject.event_kind, reason traject.sealed default null, due_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null)
returns setof api.recorded language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
    account traject.worker := internal.own_account('employer');
    client traject.client := internal.own_client(account, record_own_step.client_number);
    number text := client.client_number;
    employer text := (select m.name from traject.employer m
                       where m.municipality_id = account.municipality_id and m.employer_id = account.employer_id);
    person text := (select p.name from traject.employer_person p
                     where p.municipality_id = account.municipality_id and p.employer_id = account.employer_id
                       and p.person_id = account.person_id);
    absence bigint;
    recorded api.recorded;
begin
    if kind in ('handover_accepted', 'handover_declined', 'handover_returned')
       and not exists (select from internal.own_trajectories(account) s
                         join traject.handover h on h.municipality_id = s.municipality_id
                              and h.trajectory_id = s.trajectory_id
                        where s.client_id = client.client_id and h.employer_id = account.employer_id
                          and h.state in ('flagged', 'prepared', 'accepted', 'completed')) then
        perform internal.refuse('TJ009', 'client_number', format('client %s has no handover to %s; ask the coach',
                                                                 number, employer));
    end if;
    if kind in ('absence_changed', 'absence_recovered') then
        select i.item_id into absence
          from internal.own_trajectories(account) s
          join traject.item i on i.municipality_id = s.municipality_id and i.trajectory_id = s.trajectory_id
         where s.client_id = client.client_id and i.kind = 'absence' and i.open and i.employer_id = account.employer_id;
        if absence is null then
            perform internal.refuse('TJ009', 'client_number', format('no absence of client %s is reported at %s; '
                'report it first', number, employer));
        end if;
    end if;
    case kind
        when 'handover_accepted' then
            recorded := api.accept_handover(number, accepted_by => person, occurred_at => occurred_at, words => words);
        when 'handover_declined' then
            recorded := api.decline_handover(number, reason, occurred_at);
        when 'handover_returned' then
            recorded := api.return_handover(number, reason, occurred_at);
        when 'absence_reported' then
            recorded := api.report_absence(number, due_at, employer, occurred_at, words);
        when 'absence_changed', 'absence_recovered' then
            recorded := api.record_step(number, kind, absence, occurred_at, words, reason, due_at => due_at);
        when 'dropout_reported' then
            recorded := api.report_dropout(number, reason, employer, occurred_at, words);
        else
            perform internal.refuse('TJ003', 'kind', format('kind is %s; give handover_accepted, handover_declined, '
                'handover_returned, absence_reported, absence_changed, absence_recovered or dropout_reported', kind));
    end case;
    -- When the coach has to be in contact is the team's.
    return query select recorded.event_id, recorded.version, null::timestamptz;
end
$$;
