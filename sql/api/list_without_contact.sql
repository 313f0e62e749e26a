-- Who has gone without contact: never reached first, then longest past due. For now it reads the state in the
-- order of its index; for an earlier moment the periods and the events.
create function api.list_without_contact(
    team text default null, coach text default null, as_of timestamptz default null,
    page_size integer default null, page_token text default null)
returns setof api.without_contact language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListWithoutContact');
    rows integer := internal.in_range('page_size', page_size, 1, 1000, 50);
    of_team bigint := internal.team_id('team', list_without_contact.team, revoked_too => true);
    of_coach bigint := coalesce(internal.worker_id('coach', list_without_contact.coach, revoked_too => true),
                                case when session.role() = 'coach' then session.worker_id() end);
    after internal.list_position := internal.read_page_token(page_token);
    moment timestamptz := coalesce(internal.as_of(list_without_contact.as_of), now());
    past_due text := case
        when list_without_contact.as_of is not null then
            'select * from internal.state_as_of($1, $5) s where s.due_at < $5'
        else
            'select * from traject.trajectory_state s where s.municipality_id = $1 and s.open and s.due_at < $5'
    end;
    appointments text := case
        when list_without_contact.as_of is not null then
            'unnest(internal.items(internal.entries($1, q.trajectory_id, $5, ''infinity'', $5)))'
        else 'traject.item'
    end;
begin
    perform internal.check_share(of_team, list_without_contact.team, of_coach, list_without_contact.coach);
    -- Who works in one team needs not pass over the others.
    if as_of is null and session.role() <> 'coach' and cardinality(session.team_ids()) = 1 then
        of_team := coalesce(of_team, (session.team_ids())[1]);
    end if;
    -- Only the conditions that are there, so that the index which fits them is used.
    return query execute
        'select c.client_number, c.full_name, t.name, w.name, q.stage, q.guided_by, e.name, q.last_contact_at,
                q.unanswered_attempts, q.last_attempt_at, q.rhythm_days, q.due_at,
                internal.days_between(q.due_at, $5),
                internal.page_token(q.last_contact_at is not null, q.due_at, q.trajectory_id),
                (select coalesce(min(i.due_at) filter (where i.due_at >= $5), max(i.due_at)) from ' || appointments || ' i
                  where i.municipality_id = $1 and i.trajectory_id = q.trajectory_id and i.kind = ''appointment''
                    and i.open and i.counterpart = ''client'')
           from (' || past_due
        || case when of_team is not null then ' and s.team_id = $2' else '' end
        || case when of_coach is not null then ' and s.coach_id = $3' else '' end
        || case when after.id is not null then
               ' and (s.last_contact_at is not null, s.due_at, s.trajectory_id) > (($4).flag, ($4).moment, ($4).id)'
           else '' end
        || ' order by s.last_contact_at is not null, s.due_at, s.trajectory_id limit $6) q
           join traject.client c on c.municipality_id = $1 and c.client_id = q.client_id
           join traject.team t on t.municipality_id = $1 and t.team_id = q.team_id
           join traject.worker w on w.municipality_id = $1 and w.worker_id = q.coach_id
           left join traject.employer e on e.municipality_id = $1 and e.employer_id = q.employer_id
          order by q.last_contact_at is not null, q.due_at, q.trajectory_id'
        using municipality, of_team, of_coach, after, moment, rows;
end
$$;
