-- What these triggers refuse can be said in another language: as they were, but for the message, whose values go along apart
-- (internal.refuse).

-- As its owner: an admin sees no case content.
create or replace function traject.check_revocation() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    row jsonb := to_jsonb(new);
    users bigint;
begin
    select count(*) into users
      from traject.trajectory_state s
      left join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
           and h.state in ('flagged', 'prepared', 'accepted', 'completed')
     where s.municipality_id = new.municipality_id and s.open
       and case tg_table_name
           when 'team' then s.team_id = (row ->> 'team_id')::bigint
           when 'worker' then s.coach_id = (row ->> 'worker_id')::bigint
           when 'team_member' then s.team_id = (row ->> 'team_id')::bigint and s.coach_id = (row ->> 'worker_id')::bigint
           when 'employer' then h.employer_id = (row ->> 'employer_id')::bigint
       end;
    if users = 1 then
        perform internal.refuse('TJ009', tg_argv[0], '1 open trajectory is still there; move what is open to another first');
    elsif users > 1 then
        perform internal.refuse('TJ009', tg_argv[0], '%s open trajectories are still there; move what is open to another first',
            json_build_array(users));
    end if;
    return new;
end
$$;

-- As its owner: it looks at what is in other teams too.
create or replace function traject.check_erasure() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
    number text := (select c.client_number from traject.client c
                     where c.municipality_id = new.municipality_id and c.client_id = new.client_id);
begin
    if exists (select from traject.trajectory_state s
                where s.municipality_id = new.municipality_id and s.client_id = new.client_id and s.open) then
        perform internal.refuse('TJ009', 'client_number',
            'the trajectory of client %s has not ended; end it first: traject end %s', json_build_array(number, number));
    end if;
    return new;
end
$$;

create or replace function traject.check_details() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    rule traject.event_rule;
    given text[] := array(select key from jsonb_each(to_jsonb(new)) where value <> 'null');
    lacks text[];
    extra text[];
    field text;
begin
    select * into rule from traject.event_rule r where r.kind = new.kind;
    lacks := array(select need from unnest(rule.needs) need where need <> all (given));
    extra := array(select unnest(given)
                   except select unnest(rule.needs || rule.may
                       || '{municipality_id,event_id,trajectory_id,kind,occurred_at,recorded_at,recorded_by,recorded_in}'
                       || '{worker_id,words,supersedes,entry_id,correction_reason,audience}'));
    if cardinality(rule.items) > 0 then
        if new.item_id is null then
            lacks := lacks || 'item_id'::text;
        end if;
        extra := array_remove(extra, 'item_id');
    end if;
    field := regexp_replace(coalesce(lacks[1], extra[1]), '_id$', '');
    if cardinality(lacks) > 0 then
        perform internal.refuse('TJ003', field, '%s is missing; %s needs it', json_build_array(field, internal.word(new.kind)));
    elsif cardinality(extra) > 0 then
        perform internal.refuse('TJ003', field, '%s does not belong to %s; leave it out',
            json_build_array(field, internal.word(new.kind)));
    end if;
    return new;
end
$$;

create or replace function traject.check_through_glass() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from traject.trajectory_state s
                where s.municipality_id = new.municipality_id and s.trajectory_id = new.trajectory_id
                  and s.client_id = any (session.glass_client_ids()))
       and (new.supersedes is null
            or exists (select from traject.event o
                        where o.municipality_id = new.municipality_id and o.event_id = new.supersedes
                          and o.recorded_by <> session.worker_id())) then
        if new.supersedes is not null then
            perform internal.refuse('TJ007', null,
                'a correction is for who guides this client or manages the team; through broken glass a record is read and added '
                'to (when the client is yours by now: traject glass end)');
        end if;
        perform internal.refuse('TJ007', null,
            '%s is for who guides this client or manages the team; through broken glass a record is read and added to (when the '
            'client is yours by now: traject glass end)', json_build_array(internal.word(new.kind)));
    end if;
    return new;
end
$$;
