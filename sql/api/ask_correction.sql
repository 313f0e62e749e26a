-- A client says that an entry is wrong, of those that the client sees; the coach answers. As the owner.
create function api.ask_correction(
    event_id bigint, words traject.sealed)
returns setof api.recorded language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AskCorrection');
    account traject.worker := internal.own_account('client');
    state traject.trajectory_state;
    entry traject.event;
begin
    perform internal.hold_rhythms();
    select s.* into state
      from traject.trajectory_state s
      join internal.own_trajectories(account) own on own.trajectory_id = s.trajectory_id
     where s.municipality_id = account.municipality_id
       and exists (select from internal.own_entries(account, s.trajectory_id) e
                    where e.event_id = ask_correction.event_id)
       for update of s;
    if state is null then
        perform internal.refuse('TJ005', 'event_id', 'no entry %s in your journey; it shows the numbers',
            json_build_array(ask_correction.event_id));
    end if;
    entry := internal.begin_entry(state, 'correction_asked', null,
                                  internal.text('words', words, 4000, demanded => true));
    entry.about_id := ask_correction.event_id;
    return query select * from internal.record(state, entry);
end
$$;
