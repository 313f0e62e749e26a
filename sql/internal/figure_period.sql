-- What a figure is about: up to now when not given, and from a year before its end.
create function internal.figure_period(since timestamptz, until timestamptz, field text default 'until')
returns tstzrange language plpgsql stable as $$
declare
    last timestamptz := coalesce(until, now());
    first timestamptz := coalesce(since, last - interval '1 year');
begin
    if last not between '2000-01-01 00:00+00' and now() then
        perform internal.refuse('TJ003', field, '%s is %s; give a moment from %s up to now',
            json_build_array(field, internal.shown(last), internal.shown('2000-01-01 00:00+00')));
    end if;
    if first >= last or first < last - interval '10 years' then
        perform internal.refuse('TJ003', 'since', 'since is %s; give a moment in the ten years before %s',
            json_build_array(internal.shown(first), internal.shown(last)));
    end if;
    return tstzrange(first, last);
end
$$;

-- The ends of the months within it, as people in the Netherlands count them, and its own end.
create function internal.month_ends(period tstzrange) returns setof timestamptz language sql stable as $$
    select month at time zone 'Europe/Amsterdam'
      from generate_series(date_trunc('month', lower(period) at time zone 'Europe/Amsterdam') + interval '1 month',
                           upper(period) at time zone 'Europe/Amsterdam', interval '1 month') month
     where month at time zone 'Europe/Amsterdam' < upper(period)
    union all
    select upper(period)
$$;

-- The team whose figures are asked, or null for all of the caller's own.
create function internal.figure_team(team text) returns bigint language plpgsql stable as $$
declare
    of_team bigint := internal.team_id('team', team, revoked_too => true);
begin
    perform internal.check_share(of_team, team, null, null);
    return of_team;
end
$$;
