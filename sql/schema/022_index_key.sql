-- By what index key names are found in this database: the beginning of a digest of it, as the first daemon had it. With
-- another one nobody would be found, and whoever is added meanwhile not afterwards.
create table session.index_key (
    index_id bytea not null,
    constraint index_key_id_length check (length(index_id) = 8)
);
create unique index index_key_one on session.index_key ((true));
