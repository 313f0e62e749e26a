-- When the next contact is due: until the client was reached for the first time, from the start.
create function internal.due_at(started_at timestamptz, last_contact_at timestamptz, rhythm_days integer)
returns timestamptz language sql stable as
    $$ select coalesce(last_contact_at + make_interval(hours => 24 * rhythm_days), started_at) $$;
