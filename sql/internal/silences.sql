-- Times past the agreed rhythm, of these trajectories of a client. Between two moments at which a contact was, the stage or
-- the team became another or a rhythm was set, it is one rhythm that counts, from one contact; what follows on the other is
-- one time. As the owner: the caller has seen that the trajectories may be looked at.
create function internal.silences(municipality bigint, client bigint, trajectories bigint[], as_of timestamptz,
                                  known_at timestamptz)
returns setof api.silence language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_variable
declare
    moment timestamptz := coalesce(internal.as_of(as_of), clock_timestamp());
    known timestamptz := coalesce(internal.known_at(known_at), 'infinity');
    number text := (select c.client_number from traject.client c
                     where c.municipality_id = municipality and c.client_id = client);
    trajectory bigint;
    told internal.timeline;
    ordinal integer;
    start timestamptz;
    finish timestamptz;
begin
    foreach trajectory in array trajectories loop
        told := internal.timeline(municipality, trajectory, moment, known, coalesce(known_at, as_of, 'infinity'));
        ordinal := (select y.ordinal from traject.trajectory y
                     where y.municipality_id = municipality and y.trajectory_id = trajectory);
        start := (told.began).occurred_at;
        finish := coalesce((told.ended).occurred_at, moment);
        return query
        with spell as materialized (
            select s.stage, s.period from unnest(internal.stage_spells(told.path)) s
        ), coaching as materialized (
            select a.team_id, a.period from unnest(internal.coach_assignments(told.coaching)) a
        ), contact as materialized (
            select e.occurred_at from unnest(told.contacts) e where e.reached
        ), piece as (
            select b.at, lead(b.at, 1, finish) over (order by b.at) as upto
              from (select lower(s.period) from spell s
                     union select lower(a.period) from coaching a
                     union select c.occurred_at from contact c
                     union select v.at from traject.rhythm r cross join lateral (values (lower(r.period)), (upper(r.period))) v (at)
                            where r.municipality_id = municipality and (r.client_id is null or r.client_id = client)) b (at)
             where b.at >= start and b.at < finish
        ), past as (
            select greatest(p.at, internal.due_at(start, l.occurred_at, l.days)) as since, p.upto, l.days
              from piece p
              join spell s on s.period @> p.at
              join coaching a on a.period @> p.at
             cross join lateral (
                   select (select max(c.occurred_at) from contact c where c.occurred_at <= p.at) as occurred_at,
                          coalesce(internal.rhythm_days(client, a.team_id, s.stage, p.at),
                                   internal.rhythm_days(client, a.team_id, s.stage, now())) as days) l
             where internal.due_at(start, l.occurred_at, l.days) < p.upto
        ), run as (
            select q.since, q.upto, q.days, count(*) filter (where q.apart) over (order by q.since) as part
              from (select t.since, t.upto, t.days,
                           coalesce(t.since > lag(t.upto) over (order by t.since), true) as apart from past t) q
        )
        select number, ordinal, min(r.since), case when max(r.upto) < moment then max(r.upto) end,
               (array_agg(r.days order by r.since))[1]
          from run r group by r.part order by r.part;
    end loop;
end
$$;
