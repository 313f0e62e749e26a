-- What every call and every entry goes through, at less cost: a trigger for a statement with what was written by it in a
-- table of its own costs more than the same asked of the row, and a statement more than an expression.

-- The key alone is looked up; the seal is an expression.
create or replace function session.acting() returns bigint
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
declare
    actor text := current_setting('traject.actor', true);
    key bytea := (select k.key from session.seal_key k);
begin
    if coalesce(left(actor, 64) <> session.seal(key, substr(actor, 66)), true) then
        raise exception using errcode = 'TJ016', column = 'token',
            message = 'nobody acts here; enter with a token first';
    end if;
    return split_part(actor, '|', 2)::bigint;
end
$$;

-- The same said twice in a transaction is sent once. An assignment of an expression, where PERFORM would be a statement more;
-- so it is in keep_contact_due.
drop trigger event_announced on traject.event;
drop trigger rhythm_passing_announced on traject.rhythm_passing;
create or replace function traject.announce() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    notified text := pg_notify('traject', new.municipality_id || ' ' || pg_current_xact_id());
begin
    return null;
end
$$;
create trigger event_announced after insert on traject.event for each row execute function traject.announce();
create trigger rhythm_passing_announced after insert on traject.rhythm_passing
    for each row execute function traject.announce();

-- Of who was erased nothing is recorded: asked by the statement that writes to the chain, which every entry goes through.
create or replace function traject.chain() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    entry bytea := traject.canonical(new);
    erased_at timestamptz;
begin
    update traject.chain_head h set (sequence, chained) = (h.sequence + 1, sha256(h.chained || entry))
     where h.municipality_id = new.municipality_id and h.trajectory_id = new.trajectory_id
    returning h.sequence, h.chained,
              (select k.erased_at
                 from traject.trajectory y
                 join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
                 join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                where y.municipality_id = h.municipality_id and y.trajectory_id = h.trajectory_id)
      into new.sequence, new.chained, erased_at;
    -- Nobody else sees a trajectory before its first entry is committed.
    if not found then
        insert into traject.chain_head as h (municipality_id, trajectory_id, sequence, chained)
        values (new.municipality_id, new.trajectory_id, 1,
                sha256(traject.chain_origin(new.municipality_id, new.trajectory_id) || entry))
        returning h.sequence, h.chained into new.sequence, new.chained;
        erased_at := (select k.erased_at
                        from traject.trajectory y
                        join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
                        join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
                       where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id);
    end if;
    if erased_at is not null then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return new;
end
$$;
drop trigger event_of_nobody_erased on traject.event;
drop function traject.check_nobody_erased();

create or replace function traject.keep_contact_due() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    notified text;
begin
    if new.open then
        insert into traject.contact_due values (new.municipality_id, new.trajectory_id, new.due_at)
        on conflict (municipality_id, trajectory_id) do update set due_at = excluded.due_at;
        notified := pg_notify('traject', new.municipality_id || ' ' || pg_current_xact_id());
    else
        delete from traject.contact_due d
         where d.municipality_id = new.municipality_id and d.trajectory_id = new.trajectory_id;
    end if;
    return null;
end
$$;
