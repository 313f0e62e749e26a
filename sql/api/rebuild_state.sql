-- Is all that follows from the timeline what the timeline says; with `repair` it is made so.
create function api.rebuild_state(
    repair boolean, page_size integer default null, page_token text default null)
returns setof api.rebuild_state_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RebuildState');
begin
    if page_token !~ '^\d{1,18}$' then
        perform internal.refuse('TJ003', 'page_token', 'page_token is not one that was given out; begin without');
    end if;
    return query select * from internal.rebuild(repair, internal.in_range('page_size', page_size, 1, 1000, 200),
                                                coalesce(page_token::bigint, 0));
end
$$;
