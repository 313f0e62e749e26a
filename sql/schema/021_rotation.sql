-- Master keys that a rotation has put out of use: no key of a person is wrapped by them any more. A daemon that sealed
-- something with one before it learned of the new one is told to do so again, for the old one may be destroyed.
create table traject.retired_master (
    master_id bytea primary key,
    retired_at timestamptz not null default clock_timestamp()
);
create function traject.check_master() returns trigger language plpgsql set search_path = '' as $$
begin
    if exists (select from traject.retired_master r where r.master_id = substring(new.wrapped for 8)) then
        raise exception 'a key of a person was wrapped by a master key that was retired; ask again'
            using errcode = 'serialization_failure', constraint = 'person_key_master';
    end if;
    return new;
end
$$;
-- Of those that are there already, a row restored from a backup may be wrapped so, for rotate to wrap anew.
create trigger person_key_master before insert on traject.person_key
    for each row when (new.wrapped is not null) execute function traject.check_master();
comment on trigger person_key_master on traject.person_key is
    'the daemon wraps keys by a master key that was retired; ask again in a moment, and if that lasts, have the newest '
    'master key put first in the key file';
grant select on traject.retired_master to traject_api;
