-- A page of the cases of a coach, of a team, or of all teams of the caller, that are past due at that moment: never
-- reached first, then longest past due, in the order of the index that serves each.
create function internal.past_due(municipality bigint, of_team bigint, of_coach bigint, moment timestamptz,
                                  after_flag boolean, after_moment timestamptz, after_id bigint, rows integer)
returns traject.trajectory_state[] language plpgsql stable as $$
begin
    after_flag := coalesce(after_flag, false);
    after_moment := coalesce(after_moment, '-infinity');
    after_id := coalesce(after_id, 0);
    if of_coach is not null then
        return array(select s from traject.trajectory_state s
                      where s.municipality_id = municipality and s.coach_id = of_coach and s.open and s.due_at < moment
                        and (of_team is null or s.team_id = of_team)
                        and (s.last_contact_at is not null, s.due_at, s.trajectory_id) > (after_flag, after_moment, after_id)
                      order by s.last_contact_at is not null, s.due_at, s.trajectory_id limit rows);
    end if;
    return array(select s.page
                   from unnest(case when of_team is null then session.team_ids() else array[of_team] end) t (team_id)
                  cross join lateral (
                        select s as page, s.last_contact_at, s.due_at, s.trajectory_id
                          from traject.trajectory_state s
                         where s.municipality_id = municipality and s.team_id = t.team_id and s.open and s.due_at < moment
                           and (s.last_contact_at is not null, s.due_at, s.trajectory_id)
                               > (after_flag, after_moment, after_id)
                         order by s.last_contact_at is not null, s.due_at, s.trajectory_id limit rows) s
                  order by s.last_contact_at is not null, s.due_at, s.trajectory_id limit rows);
end
$$;
