-- The figures for a manager, by name.
create type traject.figure as enum ('stages', 'times', 'paths', 'handovers', 'contact', 'coaches', 'agreements');

-- With the entry's number, by which corrections are left out, so that a year of contacts is read from the index alone.
drop index traject.event_client_contact;
create index event_client_contact on traject.event (municipality_id, trajectory_id, occurred_at, reached)
    include (event_id) where counterpart = 'client' and reached is not null;
