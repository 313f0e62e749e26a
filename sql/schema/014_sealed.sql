-- Names and free text are sealed by the daemon, each person's under a key of their own: here they are bytes. What a
-- rule needs to know of them stands in clear before the sealed part (daemon/seal.h has the form):
--   1 byte version, 16 bytes the person's key, 2 bytes how many characters, 1 byte how many tokens, 8 bytes each token,
--   12 bytes nonce, the sealed text, 16 bytes tag.
-- A token is a keyed digest, by which what was written the same is found without being read.

-- Version 0 is text that was there before and is not sealed yet; "trajectd seal" does that.
create function traject.characters(sealed bytea) returns integer language sql immutable strict parallel safe as $$
    select case get_byte(sealed, 0) when 0 then length(convert_from(substring(sealed from 2), 'UTF8'))
                else get_byte(sealed, 17) * 256 + get_byte(sealed, 18) end
$$;
create function traject.tokens(sealed bytea) returns bytea[] language sql immutable strict parallel safe as $$
    select case get_byte(sealed, 0) when 0 then array[convert_to(lower(convert_from(substring(sealed from 2), 'UTF8')), 'UTF8')]
                else array(select substring(sealed from 21 + 8 * n for 8) from generate_series(0, get_byte(sealed, 19) - 1) n) end
$$;
-- The first token: of the whole.
create function traject.label(sealed bytea) returns bytea language sql immutable strict parallel safe as $$
    select case when get_byte(sealed, 0) = 0 then (traject.tokens(sealed))[1]
                when get_byte(sealed, 19) > 0 then substring(sealed from 21 for 8) end
$$;
create function traject.key_of(sealed bytea) returns uuid language sql immutable strict parallel safe as
    $$ select encode(substring(sealed from 2 for 16), 'hex')::uuid $$;
create function traject.is_sealed(sealed bytea) returns boolean language sql immutable strict parallel safe as $$
    select octet_length(sealed) > 48 and get_byte(sealed, 0) = 1
       and octet_length(sealed) > 48 + 8 * get_byte(sealed, 19) and traject.characters(sealed) > 0
$$;

create domain traject.sealed as bytea;
-- With one token: two that are the same can be told to be.
create domain traject.sealed_label as bytea;
-- With tokens of the whole and of the beginnings of its words: it can be found by them.
create domain traject.sealed_name as bytea;
-- What is looked for: the token of a label, of each of several, or those of the words of a name.
create domain traject.label_token as bytea constraint label_token_length check (octet_length(value) = 8);
create domain traject.label_tokens as bytea[];
create domain traject.name_tokens as bytea[];

-- ---- the keys

-- A person's key, wrapped by the master key: 8 bytes which master key, 12 nonce, 32 sealed, 16 tag. When the person is
-- erased it is destroyed, and what it sealed is never read again, in no backup that the present master key opens.
create table traject.person_key (
    municipality_id bigint not null references traject.municipality,
    key_id uuid not null,
    wrapped bytea,
    -- The person as the processing log names them: sealed as well.
    data_subject_id bytea not null,
    erased_at timestamptz,
    primary key (municipality_id, key_id),
    constraint person_key_wrapped_length check (octet_length(wrapped) = 68),
    constraint person_key_erased check ((wrapped is null) = (erased_at is not null))
);
-- Rotating the master key goes through those of the old one.
create index person_key_master on traject.person_key (substring(wrapped for 8)) where wrapped is not null;

alter table traject.client
    add column key_id uuid,
    add constraint client_key_unique unique (municipality_id, key_id),
    add foreign key (municipality_id, key_id) references traject.person_key,
    add constraint client_has_key check (key_id is not null) not valid;
comment on constraint client_has_key on traject.client is
    'a client has a key; those from before names were sealed get theirs by "trajectd seal"';

-- ---- the columns

create function traject.unsealed(text text) returns bytea language sql immutable strict as
    $$ select '\x00'::bytea || convert_to(text, 'UTF8') $$;

drop index traject.item_network_person;
alter table traject.client
    drop constraint client_full_name_length,
    alter column full_name type traject.sealed_name using traject.unsealed(full_name),
    add constraint client_full_name_length check (traject.characters(full_name) between 1 and 100);
alter table traject.event
    drop constraint event_words_length,
    drop constraint event_reason_length,
    drop constraint event_correction_reason_length,
    drop constraint event_what_length,
    drop constraint event_by_whom_length,
    drop constraint event_grouped_as_length,
    drop constraint event_relation_length,
    drop constraint event_may_be_told_length,
    alter column words type traject.sealed using traject.unsealed(words),
    alter column reason type traject.sealed using traject.unsealed(reason),
    alter column correction_reason type traject.sealed using traject.unsealed(correction_reason),
    alter column what type traject.sealed using traject.unsealed(what),
    alter column by_whom type traject.sealed_label using traject.unsealed(by_whom),
    alter column grouped_as type traject.sealed_label using traject.unsealed(grouped_as),
    alter column relation type traject.sealed using traject.unsealed(relation),
    alter column may_be_told type traject.sealed using traject.unsealed(may_be_told),
    add constraint event_words_length check (traject.characters(words) between 1 and 4000),
    add constraint event_reason_length check (traject.characters(reason) between 1 and 1000),
    add constraint event_correction_reason_length check (traject.characters(correction_reason) between 1 and 1000),
    add constraint event_what_length check (traject.characters(what) between 1 and 500),
    add constraint event_by_whom_length check (traject.characters(by_whom) between 1 and 100),
    add constraint event_grouped_as_length check (traject.characters(grouped_as) between 1 and 100),
    add constraint event_relation_length check (traject.characters(relation) between 1 and 100),
    add constraint event_may_be_told_length check (traject.characters(may_be_told) between 1 and 500),
    add constraint event_network_name check (kind <> 'network_person_added' or traject.label(what) is not null);
alter table traject.stage_spell alter column reason type traject.sealed using traject.unsealed(reason);
alter table traject.item
    alter column what type traject.sealed using traject.unsealed(what),
    alter column by_whom type traject.sealed_label using traject.unsealed(by_whom),
    alter column grouped_as type traject.sealed_label using traject.unsealed(grouped_as),
    alter column relation type traject.sealed using traject.unsealed(relation),
    alter column may_be_told type traject.sealed using traject.unsealed(may_be_told);
comment on constraint client_full_name_length on traject.client is 'full_name is 1 to 100 characters';
comment on constraint event_words_length on traject.event is 'words is up to 4,000 characters; shorten it';
comment on constraint event_reason_length on traject.event is 'reason is 1 to 1,000 characters';
comment on constraint event_correction_reason_length on traject.event is 'reason is 1 to 1,000 characters';
comment on constraint event_what_length on traject.event is 'what it is about is 1 to 500 characters; shorten it, or put more in words';
comment on constraint event_by_whom_length on traject.event is 'a name is 1 to 100 characters';
comment on constraint event_grouped_as_length on traject.event is 'grouped_as is 1 to 100 characters';
comment on constraint event_relation_length on traject.event is 'relation is 1 to 100 characters';
comment on constraint event_may_be_told_length on traject.event is 'may_be_told is 1 to 500 characters';

create unique index item_network_person on traject.item (municipality_id, trajectory_id, traject.label(what))
    where kind = 'network_person' and open;
comment on index traject.item_network_person is 'somebody of that name is there already; give another name';
create index client_name on traject.client using gin (traject.tokens(full_name));

-- What is written from now on is sealed; what was there before waits.
alter domain traject.sealed add constraint sealed_form check (traject.is_sealed(value)) not valid;
alter domain traject.sealed_label add constraint sealed_label_form
    check (traject.is_sealed(value) and get_byte(value, 19) = 1) not valid;
alter domain traject.sealed_name add constraint sealed_name_form
    check (traject.is_sealed(value) and get_byte(value, 19) > 0) not valid;

-- Else erasing a person would leave words of theirs that another one's key opens.
create function traject.check_own_key() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from unnest(array[new.words, new.reason, new.correction_reason, new.what, new.by_whom,
                                        new.grouped_as, new.relation, new.may_be_told]) sealed
                where sealed is not null
                  and not exists (select from traject.trajectory y
                                    join traject.client c on c.municipality_id = y.municipality_id
                                         and c.client_id = y.client_id
                                   where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id
                                     and c.key_id = traject.key_of(sealed))) then
        raise exception 'words are sealed under the key of whom they are about; ask again'
            using errcode = 'serialization_failure', constraint = 'event_own_key';
    end if;
    return new;
end
$$;
create trigger event_own_key before insert on traject.event for each row
    when (num_nonnulls(new.words, new.reason, new.correction_reason, new.what, new.by_whom, new.grouped_as, new.relation,
                       new.may_be_told) > 0)
    execute function traject.check_own_key();
create function traject.check_own_name() returns trigger language plpgsql as $$
begin
    if traject.key_of(new.full_name) <> new.key_id then
        raise exception 'a name is sealed under the key of whose it is; ask again'
            using errcode = 'serialization_failure', constraint = 'client_own_key';
    end if;
    return new;
end
$$;
create trigger client_own_key before insert or update of full_name on traject.client for each row
    when (new.full_name is not null) execute function traject.check_own_name();

alter table traject.person_key enable row level security;
create policy own on traject.person_key using (municipality_id = (select session.municipality_id()));
grant select, insert on traject.person_key to traject_daemon;
