-- Entries of the record's owner that have their place in the chain were given it by internal.append, which writes the end of
-- the chain once for many of them, before any trigger sees them: so no trigger may change an entry. All
-- others are given theirs one by one, whatever they say of it.
drop trigger written_to_chain on traject.event;
create trigger written_to_chain before insert on traject.event for each row
    when (new.chained is null or current_user <> 'traject_owner')
    execute function traject.chain();
