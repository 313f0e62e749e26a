-- No case may settle by a rhythm that is just being replaced, nor come to depend on somebody who is just being revoked:
-- while one of these holds the cases of the municipality, what it makes of them is waited for. Taken before any case is
-- locked, as there, so that neither waits for the other; what a case is to depend on is looked up after it.
create function internal.hold_rhythms() returns void language sql as
    $$ select pg_advisory_xact_lock_shared(session.municipality_id()) $$;

-- The other side: waits for the writes to cases that run, and lets no other begin until the transaction ends.
create function internal.hold_cases() returns void language sql as
    $$ select pg_advisory_xact_lock(session.municipality_id()) $$;
