-- The figures for a manager, by name.
create type traject.figure as enum ('stages', 'times', 'paths', 'handovers', 'contact', 'coaches', 'agreements');
