-- What a client adds to the own journey. As the owner.
create function api.add_own_entry(
    words traject.sealed)
returns setof api.recorded language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('AddOwnEntry');
    account traject.worker := internal.own_account('client');
    state traject.trajectory_state := internal.open_state((select c.client_number from traject.client c
        where c.municipality_id = account.municipality_id and c.client_id = account.client_id));
begin
    return query select * from internal.record(state, internal.begin_entry(state, 'client_entry', null,
        internal.text('words', words, 4000, demanded => true)));
end
$$;
