-- Refuses entries of a log that lack what each of them needs, by the name that the log gives them; and more than one
-- call is to do, since moves cost more the more of them there are.
create function internal.check_import(entries api.import_entry[]) returns void language plpgsql immutable as $$
declare
    entry api.import_entry;
    place integer := 0;
    lacks text;
begin
    if cardinality(entries) > 2000 then
        perform internal.refuse('TJ003', 'entries', format('the case has %s entries; import at most 2000 at a time, the '
            'oldest first', cardinality(entries)));
    end if;
    foreach entry in array coalesce(entries, '{}') loop
        place := place + 1;
        if coalesce(btrim(entry.external_id), '') = '' then
            perform internal.refuse('TJ003', 'entries', format('the entry in place %s has no external_id; give the id that it '
                'has in the log', place));
        end if;
        lacks := case when entry.occurred_at is null then 'occurred_at'
                      when coalesce(btrim(entry.activity), '') = '' then 'activity' end;
        if lacks is not null then
            perform internal.refuse('TJ003', 'entries', format('entry %s has no %s; give %s', entry.external_id, lacks,
                case lacks when 'occurred_at' then 'the moment it happened' else 'what was done' end));
        end if;
    end loop;
end
$$;
