-- Whether the daemon's keys are those of this database: its index key; and its master keys, given one after another, of
-- which it may lack the one that wrapped some persons' keys, and of which the first, that wraps, may have been retired. As
-- the owner, since the daemon asks before anybody acts.
create function session.fit_keys(index_id bytea, master_ids bytea)
returns table (index_fits boolean, master_fits boolean, lacking text, retired boolean)
language plpgsql security definer set search_path = '' as $$
declare
    masters bytea[] := array(select substring(master_ids from 8 * n + 1 for 8)
                               from generate_series(0, length(master_ids) / 8 - 1) n);
    known boolean := exists (select from traject.person_key k where substring(k.wrapped for 8) = any (masters));
    foreign_master text := (select encode(substring(k.wrapped for 8), 'hex') from traject.person_key k
                             where k.wrapped is not null and substring(k.wrapped for 8) <> all (masters) limit 1);
begin
    -- Keys that open nothing here say nothing of how names are found here.
    if known or foreign_master is null then
        insert into session.index_key (index_id) values (fit_keys.index_id) on conflict do nothing;
    end if;
    return query
    select not exists (select from session.index_key i where i.index_id <> fit_keys.index_id), known, foreign_master,
           exists (select from traject.retired_master r where r.master_id = masters[1]);
end
$$;
revoke all on function session.fit_keys from public;
grant execute on function session.fit_keys to traject_daemon;
