-- Since when a client works: the first stage of working since last being in first_contact.
create function internal.working_since(since timestamptz, stage traject.stage, entered_at timestamptz)
returns timestamptz language sql immutable as $$
    select case
        when stage = 'first_contact' then null
        when stage = 'preconditions' then since
        else coalesce(since, entered_at)
    end
$$;
