-- Reads on a standby. Who acted there proves it on the primary, which logs who looked before the answer is given.

-- As the seal of a transaction, but of the one that began then.
create function session.seal(key bytea, actor text, at timestamptz) returns text language sql stable parallel safe as $$
    select encode(sha256(key || timestamptz_send(at) || convert_to(actor, 'UTF8')), 'hex')
$$;
create or replace function session.seal(key bytea, actor text) returns text language sql stable parallel safe as
    $$ select session.seal(key, actor, now()) $$;

-- The transaction that destroyed the key: a standby that has not come so far yet still hands that key out. Null of who was
-- erased before this stood here, which every standby has come past.
alter table traject.person_key add column erased_in xid8;
create index person_key_erased_in on traject.person_key (municipality_id, erased_in) where erased_in is not null;
create function traject.note_erased_in() returns trigger language plpgsql as $$
begin
    new.erased_in := pg_current_xact_id();
    return new;
end
$$;
create trigger person_key_erased_in before insert or update on traject.person_key
    for each row when (new.erased_at is not null) execute function traject.note_erased_in();
