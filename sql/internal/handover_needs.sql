-- What the checklist of a handover still lacks, in words; null when nothing.
create function internal.handover_needs(handover traject.handover) returns text
language sql immutable strict as $$
    select nullif(concat_ws(', ',
        case when not handover.talked_through_with_client then 'talked through with the client' end,
        case when not handover.guidance_needs_shared then 'guidance needs shared' end,
        case when not handover.absence_and_dropout_discussed then 'absence and dropout discussed' end,
        case when not handover.fallback_agreed then 'fallback agreed' end,
        case when handover.second_person_id is null then 'a second person at the employer' end), '')
$$;
