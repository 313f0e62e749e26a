-- Records who has passed the agreed rhythm of contact, in every municipality; the daemon runs it when a due moment
-- comes. Answers in how many milliseconds the next one does, null when there is none. Of daemons that run it at the
-- same moment each takes what the others do not hold. What is kept for a time is seen to by the same clock.
create function session.pass_rhythms() returns bigint language plpgsql security definer set search_path = '' as $$
begin
    with due as (
        select s.municipality_id, s.trajectory_id, s.due_at, s.last_contact_at, s.rhythm_days, s.team_id, s.coach_id
          from traject.contact_due d
          join traject.trajectory_state s on s.municipality_id = d.municipality_id and s.trajectory_id = d.trajectory_id
               and s.due_at = d.due_at
         where d.due_at <= now()
         order by d.due_at limit 1000
           for update of d skip locked
    ), passed as (
        delete from traject.contact_due d using due
         where d.municipality_id = due.municipality_id and d.trajectory_id = due.trajectory_id
    )
    insert into traject.rhythm_passing (municipality_id, trajectory_id, due_at, last_contact_at, rhythm_days, team_id,
                                        coach_id)
    select * from due order by due.due_at
    on conflict (municipality_id, trajectory_id, due_at) do nothing;
    perform session.forget_answers();
    perform session.forget_kept_looks();
    return (select greatest(0, ceil(extract(epoch from d.due_at - clock_timestamp()) * 1000))
              from traject.contact_due d order by d.due_at limit 1);
end
$$;
revoke all on function session.pass_rhythms from public;
grant execute on function session.pass_rhythms to traject_daemon;
