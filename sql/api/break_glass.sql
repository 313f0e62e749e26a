-- For some hours, a client outside the own caseload: with a reason, and announced.
create function api.break_glass(
    client_number text, reason traject.sealed)
returns setof api.break_glass_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('BreakGlass');
begin
    if exists (select from traject.client c
                where c.municipality_id = (select session.municipality_id())
                  and c.client_number = break_glass.client_number) then
        perform internal.refuse('TJ009', 'client_number',
            'client %s is among those you may see already; there is no glass to break',
            json_build_array(client_number));
    end if;
    return query select internal.break_glass(client_number, reason);
end
$$;
