-- One admin at a time ends the access of others: two who end each other's would leave nobody. No case waits for it, nor
-- it for a case: a stolen token must end at once, whatever it is busy with.
create function internal.hold_admins() returns void language sql as
    $$ select pg_advisory_xact_lock(hashtextextended('admins of ' || session.municipality_id(), 0)) $$;
