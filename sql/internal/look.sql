-- Notes that the call looked at these clients, or changed their records. session.log_looks makes the lines in the logs.
create function internal.look(clients bigint[]) returns void language plpgsql as $$
declare
    noted text := internal.note_look('{}', clients, false);
begin
end
$$;
revoke all on function internal.look from public;

-- A line of text for each look, of the transaction so far: the actor as sealed, whom the call named or showed, by entry and
-- by id, whether it was refused, when it ended, and the last entry that it may have recorded. Returned, since an assignment
-- costs less than PERFORM, which would be a statement.
create function internal.note_look(event_ids bigint[], client_ids bigint[], failed boolean)
returns text language plpgsql as $$
declare
    noted text := nullif(current_setting('traject.looks', true), '');
begin
    return set_config('traject.looks', concat_ws(E'\n', noted, jsonb_build_array(
        current_setting('traject.actor'), coalesce(array_remove(event_ids, null), '{}')::text,
        coalesce(array_remove(client_ids, null), '{}')::text, failed, clock_timestamp(),
        coalesce(pg_sequence_last_value('traject.event_event_id_seq'), 0))), true);
end
$$;
revoke all on function internal.note_look from public;

-- The activity that a method belongs to: the municipality's own, or the standard one.
create function internal.processing_activity(method text) returns text language sql stable as $$
    select coalesce((select m.processing_activity_id from logbook.municipality_activity m
                      where m.municipality_id = (select session.municipality_id()) and m.method = a.method),
                    a.processing_activity_id)
      from logbook.method_activity a where a.method = processing_activity.method
$$;
