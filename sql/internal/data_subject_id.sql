-- Whom a line of the processing log is about, as the log holds it: sealed under that person's key, so that the line tells
-- nothing any more when the key is destroyed.
create function internal.data_subject_id(client traject.client) returns bytea language sql stable as $$
    select k.data_subject_id from traject.person_key k
     where k.municipality_id = client.municipality_id and k.key_id = client.key_id
$$;
