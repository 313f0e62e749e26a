-- Whether the daemon's keys are those of this database: its index key; and its master keys, given one after another, of
-- which it may lack the one that wrapped some persons' keys. As the owner, since the daemon asks before anybody acts.
create function session.fit_keys(index_id bytea, master_ids bytea)
returns table (index_fits boolean, master_fits boolean, lacking text)
language plpgsql security definer set search_path = '' as $$
declare
    masters bytea[] := array(select substring(master_ids from 8 * n + 1 for 8)
                               from generate_series(0, length(master_ids) / 8 - 1) n);
begin
    insert into session.index_key (index_id) values (fit_keys.index_id) on conflict do nothing;
    return query
    select exists (select from session.index_key i where i.index_id = fit_keys.index_id),
           exists (select from traject.person_key k where substring(k.wrapped for 8) = any (masters)),
           (select encode(substring(k.wrapped for 8), 'hex') from traject.person_key k
             where k.wrapped is not null and substring(k.wrapped for 8) <> all (masters) limit 1);
end
$$;
revoke all on function session.fit_keys from public;
grant execute on function session.fit_keys to traject_daemon;
