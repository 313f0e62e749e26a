-- What holds of each entry is checked as before, at less cost: PostgreSQL reads and plans the constraints of a table anew
-- for each statement that writes to it, and those that ask a function of SQL most slowly of all.

create function traject.texts_fit(
    words bytea, reason bytea, correction_reason bytea, what bytea, by_whom bytea, grouped_as bytea, relation bytea,
    may_be_told bytea) returns boolean language plpgsql immutable parallel safe as $$
declare
    long text;
begin
    if num_nonnulls(words, reason, correction_reason, what, by_whom, grouped_as, relation, may_be_told) = 0 then
        return true;
    end if;
    long := case when traject.characters(words) not between 1 and 4000 then 'words is 1 to 4,000'
                 when traject.characters(reason) not between 1 and 1000 then 'reason is 1 to 1,000'
                 when traject.characters(correction_reason) not between 1 and 1000 then 'correction_reason is 1 to 1,000'
                 when traject.characters(what) not between 1 and 500 then 'what is 1 to 500'
                 when traject.characters(by_whom) not between 1 and 100 then 'by_whom is 1 to 100'
                 when traject.characters(grouped_as) not between 1 and 100 then 'grouped_as is 1 to 100'
                 when traject.characters(relation) not between 1 and 100 then 'relation is 1 to 100'
                 when traject.characters(may_be_told) not between 1 and 500 then 'may_be_told is 1 to 500' end;
    if long is not null then
        raise exception using errcode = 'TJ003', column = split_part(long, ' ', 1),
            constraint = format('event_%s_length', split_part(long, ' ', 1)),
            message = format('%s characters; shorten it', long);
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

-- Tells the daemons of a changed due moment itself, rather than by triggers of their own for each statement.
create or replace function traject.keep_contact_due() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
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
