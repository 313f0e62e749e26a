-- What a watcher is told, in an order in which nothing is missed: by the transaction that recorded it. Numbers are
-- handed out before their transactions commit, so only what is older than every running transaction is complete.
alter table traject.event add column recorded_in xid8 not null default pg_current_xact_id();
create index event_recorded on traject.event (municipality_id, recorded_in, event_id);
