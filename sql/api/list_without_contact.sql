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
    cases traject.trajectory_state[];
begin
    perform internal.check_share(of_team, list_without_contact.team, of_coach, list_without_contact.coach);
    if as_of is null then
        cases := internal.past_due(municipality, of_team, of_coach, moment, after.flag, after.moment, after.id, rows);
    else
        cases := array(
            select s from internal.state_as_of(municipality, moment) s
             where s.due_at < moment and (of_team is null or s.team_id = of_team)
               and (of_coach is null or s.coach_id = of_coach)
               and (after.id is null
                    or (s.last_contact_at is not null, s.due_at, s.trajectory_id) > (after.flag, after.moment, after.id))
             order by s.last_contact_at is not null, s.due_at, s.trajectory_id limit rows);
    end if;
    return query select * from internal.without_contact(municipality, cases, moment, list_without_contact.as_of);
end
$$;
