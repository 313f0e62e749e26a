-- A step that leaves an item as it is says something, or is none.
create function internal.check_changes(entry traject.event) returns void language plpgsql stable as $$
begin
    if array(select jsonb_object_keys(jsonb_strip_nulls(to_jsonb(entry)))) <@ '{kind,item_id,occurred_at,audience}'
       and exists (select from traject.event_rule r
                    where r.kind = entry.kind and r.to_state is null and cardinality(r.needs) = 0) then
        perform internal.refuse('TJ003', 'kind', '%s changes nothing; give what is different',
            json_build_array(internal.word(entry.kind)));
    end if;
end
$$;
