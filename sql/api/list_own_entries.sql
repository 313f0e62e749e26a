-- What happened, of what is meant for who asks: a client, or somebody at an employer; newest first. As the owner.
create function api.list_own_entries(
    client_number text default null, page_size integer default null, page_token text default null)
returns setof api.timeline_entry language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListOwnEntries');
    account traject.worker := internal.own_account('employer', 'client');
    of_client bigint := (internal.own_client(account, list_own_entries.client_number)).client_id;
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 100);
    after internal.list_position := internal.read_page_token(page_token);
    trajectories bigint[] := array(select s.trajectory_id from internal.own_trajectories(account) s
                                    where coalesce(s.client_id = of_client, true));
    told api.timeline_entry;
begin
    for told in
        select t.* from internal.own_timeline(account, trajectories, true, rows, after.moment, after.id) t
    loop
        -- In which stage a client is, is the client's; so is what a log of others calls the entry.
        if account.role = 'employer' then
            told.stage := null;
            told.external_id := null;
        end if;
        return next told;
    end loop;
end
$$;
