-- Refuses entries of a log that lack what each of them needs, by the name that the log gives them; and more than one
-- call is to do, since moves cost more the more of them there are.
create function internal.check_import(entries api.import_entry[]) returns void language plpgsql immutable as $$
declare
    entry api.import_entry;
    place integer := 0;
begin
    if cardinality(entries) > 2000 then
        perform internal.refuse('TJ003', 'entries', 'the case has %s entries; import at most 2000 at a time, the oldest first',
            json_build_array(cardinality(entries)));
    end if;
    foreach entry in array coalesce(entries, '{}') loop
        place := place + 1;
        if coalesce(btrim(entry.external_id), '') = '' then
            perform internal.refuse('TJ003', 'entries',
                'the entry in place %s has no external_id; give the id that it has in the log',
                json_build_array(place));
        end if;
        if entry.occurred_at is null then
            perform internal.refuse('TJ003', 'entries', 'entry %s has no occurred_at; give the moment it happened',
                json_build_array(entry.external_id));
        end if;
        if coalesce(btrim(entry.activity), '') = '' then
            perform internal.refuse('TJ003', 'entries', 'entry %s has no activity; give what was done',
                json_build_array(entry.external_id));
        end if;
    end loop;
end
$$;
