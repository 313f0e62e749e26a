-- What is the own of who acts for an employer, or is a client. Row security shows them nothing; the functions of the API
-- that are for them run as the owner and begin here.

-- The account that calls, which must be of that role.
create function internal.own_account(variadic roles traject.role[]) returns traject.worker language plpgsql stable as $$
declare
    account traject.worker;
begin
    select * into account from traject.worker w
     where w.municipality_id = session.municipality_id() and w.worker_id = session.worker_id()
       and session.role() = any (roles);
    if account is null then
        perform internal.refuse('TJ007', 'method', 'this is not for the role %s; ask somebody with another role',
            json_build_array(internal.word(session.role())));
    end if;
    return account;
end
$$;

-- A client's trajectories; of somebody at an employer the open ones of whom that person is anything there
-- (internal.guides), for as long as that is so.
create function internal.own_trajectories(account traject.worker) returns setof traject.trajectory_state
language sql stable as $$
    select s.* from traject.trajectory_state s
     where account.role = 'client' and s.municipality_id = account.municipality_id and s.client_id = account.client_id
    union all
    select s.* from traject.trajectory_state s
     where account.role = 'employer' and s.municipality_id = account.municipality_id and s.open
       and s.trajectory_id in (select t.trajectory_id from internal.ties(account.municipality_id) t
                                where t.employer_id = account.employer_id and t.person_id = account.person_id)
$$;

create function internal.is_own(municipality bigint, trajectory bigint) returns boolean language sql stable as $$
    select exists (select from traject.worker w
                    cross join lateral internal.own_trajectories(w) s
                    where w.municipality_id = municipality and w.worker_id = session.worker_id()
                      and s.trajectory_id = trajectory)
$$;

-- The own client of that number; null when none is named, and for a client, who has no other. Whether there is another
-- client of that number is not told.
create function internal.own_client(account traject.worker, client_number text) returns traject.client
language plpgsql stable as $$
declare
    client traject.client;
begin
    select c.* into client
      from internal.own_trajectories(account) s
      join traject.client c on c.municipality_id = s.municipality_id and c.client_id = s.client_id
     where c.client_number = own_client.client_number limit 1;
    if client is null and client_number is not null then
        perform internal.refuse('TJ005', 'client_number',
            'no client with number %s among your own; see your list, or ask the coach',
            json_build_array(left(client_number, 40)));
    end if;
    return client;
end
$$;

-- The entries of a trajectory that are meant for the account, and its own. What was said with an entry holds for all of
-- it; when nothing was said, the kind says who learns of it and who reads its words. An employer's people are told of
-- what is about work there, and of what is about no employer when it was said to be for them while they had to do with
-- the client.
create function internal.own_entries(account traject.worker, trajectory bigint, until timestamptz default 'infinity',
                                     known timestamptz default 'infinity', corrected timestamptz default 'infinity')
returns setof traject.event language plpgsql stable as $$
declare
    audiences traject.audience[] := array[account.role::text, 'everyone']::traject.audience[];
    told record;
    entry traject.event;
begin
    for told in
        select e as entry,
               -- A client who was never given access has recorded nothing.
               coalesce(e.recorded_by = account.worker_id, false)
               or coalesce(e.audience, r.words_audience) = any (audiences) as words
          from internal.history(account.municipality_id, trajectory, until, known, corrected) e
          join traject.event_rule r on r.kind = e.kind
          left join traject.item i on i.municipality_id = e.municipality_id and i.item_id = e.item_id
         where e.recorded_by = account.worker_id
            or coalesce(e.audience, r.audience) = any (audiences)
               and (account.role = 'client'
                    or coalesce(coalesce(e.employer_id, i.employer_id) = account.employer_id,
                                e.audience is not null and internal.had_tie(account.employer_id, e)))
         order by e.occurred_at, coalesce(e.entry_id, e.event_id)
    loop
        entry := told.entry;
        if not told.words then
            entry.words := null;
            entry.reason := null;
            entry.correction_reason := null;
        end if;
        return next entry;
    end loop;
end
$$;

-- A page of them, of these trajectories, as they are told: what runs is known from what is told of it. As the owner: the
-- caller has seen that the trajectories may be looked at.
create function internal.own_timeline(
    account traject.worker, trajectories bigint[], newest_first boolean, rows integer, after_moment timestamptz, after_id bigint,
    stages traject.stage[] default null, kinds traject.event_kind[] default null, as_of timestamptz default null,
    known_at timestamptz default null)
returns setof api.timeline_entry language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    until timestamptz := coalesce(as_of, 'infinity');
    known timestamptz := coalesce(known_at, 'infinity');
    corrected timestamptz := coalesce(known_at, as_of, 'infinity');
    told internal.timeline;
    spells traject.stage_spell[];
    guides traject.guidance[];
    entries traject.event[];
    items traject.item[];
    own traject.event[];
    trajectory bigint;
begin
    foreach trajectory in array trajectories loop
        told := internal.timeline(account.municipality_id, trajectory, until, known, corrected);
        spells := spells || internal.stage_spells(told.path);
        guides := guides || internal.guidance_periods(told.guidance);
        own := array(select e from internal.own_entries(account, trajectory, until, known, corrected) e);
        items := items || internal.items(own);
        entries := entries || own;
    end loop;
    spells := array(select s from unnest(spells) s order by lower(s.period));
    entries := array(
        select e from unnest(entries) e
         where (after_id is null
                or case when newest_first then (e.occurred_at, e.event_id) < (after_moment, after_id)
                        else (e.occurred_at, e.event_id) > (after_moment, after_id) end)
           and (kinds is null or e.kind = any (kinds))
           and (stages is null
                or (select s.stage from unnest(spells) s
                     where s.trajectory_id = e.trajectory_id and lower(s.period) <= e.occurred_at
                     order by lower(s.period) desc limit 1) = any (stages))
         order by case when newest_first then e.occurred_at end desc, case when newest_first then e.event_id end desc,
                  e.occurred_at, e.event_id
         limit rows);
    return query select * from internal.tell(account.municipality_id, entries, spells, items, guides, known, corrected,
                                             uncorrected => true, for_outside => true);
end
$$;
