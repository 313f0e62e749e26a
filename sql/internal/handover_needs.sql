-- What a handover still lacks at a moment, in words; null when nothing. Somebody who has left cannot take guidance over.
create function internal.handover_needs(handover traject.handover, moment timestamptz default now()) returns text
language plpgsql stable as $$
begin
    if handover.handover_id is null then
        return null;
    end if;
    return nullif(concat_ws(', ',
        case when not handover.talked_through_with_client then 'talked through with the client' end,
        case when not handover.guidance_needs_shared then 'guidance needs shared' end,
        case when not handover.absence_and_dropout_discussed then 'absence and dropout discussed' end,
        case when not handover.fallback_agreed then 'fallback agreed' end,
        case when handover.second_person_id is null then 'a second person at the employer' end,
        (select string_agg(format('another %s than %s, who has left',
                                  case p.person_id when handover.supervisor_id then 'supervisor' else 'second person' end,
                                  p.name), ', ' order by p.person_id = handover.supervisor_id desc)
           from traject.employer_person p
          where p.municipality_id = handover.municipality_id and p.employer_id = handover.employer_id
            and p.person_id in (handover.supervisor_id, handover.second_person_id) and p.revoked_at <= moment)), '');
end
$$;
