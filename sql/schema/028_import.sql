-- What an import goes through most. Nothing of what is held changes, only what it costs.

-- PostgreSQL reads and plans the constraints of a table anew for each statement that writes to it, and each entry moves its
-- head. What they say of the head is said of the entry that it is of, which is given the same two values by the same trigger
-- and is refused with them: event_sequence and event_chained.
alter table traject.chain_head drop constraint chain_head_sequence, drop constraint chain_head_chained;

-- Whose the entries are is looked up once for each trajectory, not for each entry.
create or replace function traject.check_nobody_erased() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from (select distinct n.municipality_id, n.trajectory_id from new_rows n) n
                 join traject.trajectory y on y.municipality_id = n.municipality_id and y.trajectory_id = n.trajectory_id
                 join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
                 join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                where k.erased_at is not null) then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return null;
end
$$;
