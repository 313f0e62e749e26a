-- A request for erasure is taken back, or turned down by the privacy officer; nothing was erased.
create function api.withdraw_erasure(
    client_number text)
returns void language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('WithdrawErasure');
    waiting bigint := internal.waiting_erasure(client_number);
begin
    update traject.erasure e set withdrawn_at = clock_timestamp(), withdrawn_by = session.worker_id()
     where e.municipality_id = session.municipality_id() and e.erasure_id = waiting;
end
$$;
