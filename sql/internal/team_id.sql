-- The team of that name, null for no name. Revoked ones only when asked for: what was is still looked up, not added to.
create function internal.team_id(field text, name text, revoked_too boolean default false)
returns bigint language plpgsql stable as $$
declare
    found traject.team;
    near json;
begin
    if name is null then
        return null;
    end if;
    select * into found from traject.team t
     where t.municipality_id = session.municipality_id() and t.name = team_id.name;
    if found is null then
        near := internal.near(name, array(select t.name from traject.team t
                   where t.municipality_id = session.municipality_id() and t.revoked_at is null));
        if near is not null then
            perform internal.refuse('TJ005', field, 'no team called %s; did you mean %s?', json_build_array(name, near));
        end if;
        perform internal.refuse('TJ005', field, 'no team called %s', json_build_array(name));
    end if;
    if found.revoked_at is not null and not revoked_too then
        perform internal.refuse('TJ009', field, 'team %s was revoked on %s; choose another',
            json_build_array(name, internal.shown(found.revoked_at)));
    end if;
    return found.team_id;
end
$$;
