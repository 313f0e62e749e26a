-- Whom a line of the processing log is about, as the log holds it.
create function internal.data_subject_id(client traject.client) returns bytea language sql immutable as
    $$ select sha256(convert_to(client.municipality_id || '/' || client.client_id, 'UTF8')) $$;
