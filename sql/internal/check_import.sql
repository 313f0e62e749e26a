-- Refuses entries of a log that lack what each of them needs, by the name that the log gives them; and more than one
-- call is to do, since moves cost more the more of them there are.
create function internal.check_import(entries api.import_entry[]) returns void language plpgsql immutable as $$
declare
    wrong record;
begin
    if cardinality(entries) > 2000 then
        perform internal.refuse('TJ003', 'entries', format('the case has %s entries; import at most 2000 at a time, the '
            'oldest first', cardinality(entries)));
    end if;
    select * into wrong
      from (select e.external_id, e.place,
                   case when coalesce(btrim(e.external_id), '') = '' then 'external_id'
                        when e.occurred_at is null then 'occurred_at'
                        when coalesce(btrim(e.activity), '') = '' then 'activity' end as lacks
              from unnest(entries) with ordinality
                   e (external_id, occurred_at, worker, activity, stage, channel, counterpart, reached, words, place)) e
     where e.lacks is not null
     order by e.place limit 1;
    if wrong.lacks = 'external_id' then
        perform internal.refuse('TJ003', 'entries', format('the entry in place %s has no external_id; give the id that it '
            'has in the log', wrong.place));
    elsif wrong.lacks is not null then
        perform internal.refuse('TJ003', 'entries', format('entry %s has no %s; give %s', wrong.external_id, wrong.lacks,
            case wrong.lacks when 'occurred_at' then 'the moment it happened' else 'what was done' end));
    end if;
end
$$;
