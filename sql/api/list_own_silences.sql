-- When a client had no contact for longer than agreed, for the client. As the owner.
create function api.list_own_silences()
returns setof api.silence language plpgsql stable security definer set search_path = '' as $$
declare
    municipality bigint := session.admitted('ListOwnSilences');
    account traject.worker := internal.own_account('client');
    trajectories bigint[] := array(select s.trajectory_id from internal.own_trajectories(account) s order by s.started_at);
begin
    return query select * from internal.silences(municipality, account.client_id, trajectories, null, null);
end
$$;
