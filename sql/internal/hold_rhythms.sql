-- No case may settle by a rhythm that is just being replaced: while set_rhythm holds those of the municipality, the new
-- one is waited for. Taken before any case is locked, as set_rhythm does, so that neither waits for the other.
create function internal.hold_rhythms() returns void language sql as
    $$ select pg_advisory_xact_lock_shared(session.municipality_id()) $$;
