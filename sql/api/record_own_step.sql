-- What somebody at an employer says of an own client: of the handover there, of absence, of work that stopped. As the
-- owner.
create function api.record_own_step(
    client_number text, kind traject.event_kind, reason traject.sealed default null, due_at timestamptz default null,
    occurred_at timestamptz default null, words traject.sealed default null)
returns setof api.recorded language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordOwnStep');
    account traject.worker := internal.own_account('employer');
    client traject.client := internal.own_client(account, record_own_step.client_number);
    number text := client.client_number;
    employer text := (select m.name from traject.employer m
                       where m.municipality_id = account.municipality_id and m.employer_id = account.employer_id);
    person text := (select p.name from traject.employer_person p
                     where p.municipality_id = account.municipality_id and p.employer_id = account.employer_id
                       and p.person_id = account.person_id);
    absence traject.item;
    state traject.trajectory_state;
    entry traject.event;
    recorded api.recorded;
begin
    if kind in ('handover_accepted', 'handover_declined', 'handover_returned')
       and not exists (select from internal.own_trajectories(account) s
                         join traject.handover h on h.municipality_id = account.municipality_id
                              and h.trajectory_id = s.trajectory_id
                        where s.client_id = client.client_id and h.employer_id = account.employer_id
                          and h.state in ('flagged', 'prepared', 'accepted', 'completed')) then
        perform internal.refuse('TJ009', 'client_number', 'client %s has no handover to %s; ask the coach',
            json_build_array(number, employer));
    end if;
    if kind in ('absence_changed', 'absence_recovered') then
        select i.* into absence
          from internal.own_trajectories(account) s
          join traject.item i on i.municipality_id = account.municipality_id and i.trajectory_id = s.trajectory_id
         where s.client_id = client.client_id and i.kind = 'absence' and i.open and i.employer_id = account.employer_id;
        if absence.item_id is null then
            perform internal.refuse('TJ009', 'client_number', 'no absence of client %s is reported at %s; report it first',
                json_build_array(number, employer));
        end if;
    end if;
    case kind
        when 'handover_accepted' then
            recorded := internal.accept_handover(number, person, occurred_at, words, null, null);
        when 'handover_declined' then
            recorded := internal.end_handover(number, 'decline', 'declined', '{flagged,prepared,accepted}', reason,
                                              occurred_at, null, null);
        when 'handover_returned' then
            recorded := internal.end_handover(number, 'return', 'returned', '{completed}', reason, occurred_at, null,
                                              null);
        when 'absence_reported', 'dropout_reported' then
            state := internal.open_state(number, null, occurred_at);
            entry := internal.begin_entry(state, kind, occurred_at, words);
            entry.employer_id := account.employer_id;
            entry.due_at := due_at;
            entry.reason := internal.text('reason', reason, 1000, demanded => kind = 'dropout_reported');
            recorded := internal.record(state, entry);
        when 'absence_changed', 'absence_recovered' then
            state := internal.item_state(absence, number, null);
            entry := internal.begin_entry(state, kind, occurred_at, words);
            -- Somebody may have ended it while this waited for the trajectory.
            entry.item_id := (internal.item(number, kind, absence.item_id)).item_id;
            entry.due_at := due_at;
            entry.reason := internal.text('reason', reason, 1000);
            perform internal.check_changes(entry);
            recorded := internal.record(state, entry);
        else
            perform internal.refuse('TJ003', 'kind',
                'kind is %s; give handover_accepted, handover_declined, handover_returned, absence_reported, absence_changed, '
                'absence_recovered or dropout_reported',
                json_build_array(kind));
    end case;
    -- When the coach has to be in contact is the team's.
    return query select recorded.event_id, recorded.version, null::timestamptz;
end
$$;
