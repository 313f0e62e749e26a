-- The clients behind a row of a figure: exactly those that it counts.
create function api.list_figure_clients(
    figure traject.figure, withheld boolean, team text default null, since timestamptz default null,
    until timestamptz default null, at timestamptz default null, stage traject.stage default null,
    coach text default null, path text default null, coaches integer default null,
    party traject.agreement_party default null)
returns setof api.figure_client language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListFigureClients');
    of_team bigint := internal.figure_team(team);
    of_coach bigint := internal.worker_id('coach', coach, revoked_too => true);
    -- The row's key, in the words of the figure.
    wanted text := case
        when figure in ('stages', 'times') then stage::text
        when figure = 'contact' then of_coach::text
        when figure = 'paths' then path
        when figure = 'coaches' then coaches::text
        when figure = 'agreements' then party::text
    end;
    of_moment boolean := figure in ('stages', 'contact');
    period tstzrange;
begin
    perform internal.refuse('TJ003', given.field, '%s does not belong to the figure %s; leave it out',
        json_build_array(given.field, figure))
       from (values ('stage', stage is not null, figure in ('stages', 'times')),
                    ('coach', coach is not null, figure = 'contact'),
                    ('path', path is not null, figure = 'paths'),
                    ('coaches', coaches is not null, figure = 'coaches'),
                    ('party', party is not null, figure = 'agreements'),
                    ('at', at is not null, of_moment),
                    ('since', since is not null, not of_moment),
                    ('until', until is not null, not of_moment)) given (field, is_given, belongs)
      where given.is_given and not given.belongs;
    if of_moment then
        period := internal.figure_period(null, at, 'at');
        period := tstzrange(upper(period), upper(period), '[]');
    else
        period := internal.figure_period(since, until);
    end if;
    return query
    select c.client_number, c.full_name, t.name, w.name, f.since, f.days,
           array(select replace(m, '_', ' ') from unnest(f.marks) m),
           case when figure = 'coaches' then f.key || case f.key when '1' then ' coach' else ' coaches' end
                when figure in ('stages', 'times', 'paths', 'agreements') then replace(f.key, '_', ' ') end,
           -- Of agreements made at one moment by one party nobody can tell which is meant: all of them.
           case when figure = 'agreements' then
               array(select i.what from traject.item i
                  join traject.trajectory_state s on s.municipality_id = i.municipality_id
                       and s.trajectory_id = i.trajectory_id and s.client_id = f.client_id
                 where i.municipality_id = (select session.municipality_id()) and i.kind = 'agreement'
                   and i.opened_at = f.since and i.party::text = f.key
                 order by i.item_id) else '{}' end
      from internal.counted_for(figure::text, of_team, period) f
      join traject.client c on c.municipality_id = (select session.municipality_id()) and c.client_id = f.client_id
      join traject.team t on t.municipality_id = (select session.municipality_id()) and t.team_id = f.team_id
      join traject.worker w on w.municipality_id = (select session.municipality_id()) and w.worker_id = f.coach_id
     where (wanted is null or f.key = wanted) and not (withheld and f.apart)
     order by t.name, length(c.client_number), c.client_number, f.since, f.key;
end
$$;
