-- What holds of each entry is checked as before, at less cost: PostgreSQL reads and plans the constraints of a table anew
-- for each statement that writes to it, and those that ask a function of SQL most slowly of all.

create function traject.texts_fit(
    words bytea, reason bytea, correction_reason bytea, what bytea, by_whom bytea, grouped_as bytea, relation bytea,
    may_be_told bytea) returns boolean language plpgsql immutable parallel safe as $$
declare
    long text;
    most integer;
begin
    if num_nonnulls(words, reason, correction_reason, what, by_whom, grouped_as, relation, may_be_told) = 0 then
        return true;
    end if;
    select t.field, t.most into long, most
      from (values ('words', words, 4000), ('reason', reason, 1000), ('correction_reason', correction_reason, 1000),
                   ('what', what, 500), ('by_whom', by_whom, 100), ('grouped_as', grouped_as, 100),
                   ('relation', relation, 100), ('may_be_told', may_be_told, 500)) t (field, given, most)
     where traject.characters(t.given) not between 1 and t.most limit 1;
    if found then
        raise exception using errcode = 'TJ003', column = long, constraint = format('event_%s_length', long),
            message = format('%s is 1 to %s characters; shorten it', long, to_char(most, 'FM9,999'));
    end if;
    return true;
end
$$;
alter table traject.event
    drop constraint event_words_length,
    drop constraint event_reason_length,
    drop constraint event_correction_reason_length,
    drop constraint event_what_length,
    drop constraint event_by_whom_length,
    drop constraint event_grouped_as_length,
    drop constraint event_relation_length,
    drop constraint event_may_be_told_length,
    add constraint event_texts_fit check
        (traject.texts_fit(words, reason, correction_reason, what, by_whom, grouped_as, relation, may_be_told)) not valid;
alter table traject.event validate constraint event_texts_fit;

create or replace function traject.check_not_erased() returns trigger language plpgsql security definer
set search_path = '' as $$
declare
    erased boolean;
begin
    if tg_table_name = 'event' then
        select k.erased_at is not null into erased
          from traject.trajectory y
          join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
          join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
         where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id;
    else
        select k.erased_at is not null into erased
          from traject.client c
          join traject.person_key k on k.municipality_id = c.municipality_id and k.key_id = c.key_id
         where c.municipality_id = new.municipality_id and c.client_id = new.client_id;
    end if;
    if erased then
        raise exception 'this client was erased; nothing can be added any more'
            using errcode = 'TJ009', column = 'client_number', constraint = 'client_not_erased';
    end if;
    return new;
end
$$;

create or replace function traject.check_own_key() returns trigger language plpgsql security definer
set search_path = '' as $$
declare
    key uuid;
begin
    select c.key_id into key
      from traject.trajectory y
      join traject.client c on c.municipality_id = y.municipality_id and c.client_id = y.client_id
     where y.municipality_id = new.municipality_id and y.trajectory_id = new.trajectory_id;
    if key is null or traject.key_of(new.words) <> key or traject.key_of(new.reason) <> key
       or traject.key_of(new.correction_reason) <> key or traject.key_of(new.what) <> key
       or traject.key_of(new.by_whom) <> key or traject.key_of(new.grouped_as) <> key
       or traject.key_of(new.relation) <> key or traject.key_of(new.may_be_told) <> key then
        raise exception 'words are sealed under the key of whom they are about; ask again'
            using errcode = 'serialization_failure', constraint = 'event_own_key';
    end if;
    return new;
end
$$;

-- Tells the daemons of a changed due moment itself, rather than by triggers of their own for each statement.
create or replace function traject.keep_contact_due() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
    if new.open then
        insert into traject.contact_due values (new.municipality_id, new.trajectory_id, new.due_at)
        on conflict (municipality_id, trajectory_id) do update set due_at = excluded.due_at;
        perform pg_notify('traject', new.municipality_id || ' ' || pg_current_xact_id());
    else
        delete from traject.contact_due d
         where d.municipality_id = new.municipality_id and d.trajectory_id = new.trajectory_id;
    end if;
    return null;
end
$$;
drop trigger contact_due_announced on traject.contact_due;
drop trigger contact_due_change_announced on traject.contact_due;
