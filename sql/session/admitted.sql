-- The municipality of who acts; every function of the API asks for it before anything else (sql/calls.sql sees to that).
-- Refused unless session.enter let them in for that very method, since it is by the method that roles were checked.
create function session.admitted(method text) returns bigint language plpgsql stable as $$
declare
    municipality bigint := session.acting();
    entered text := session.method();
begin
    -- Who repairs the record as its owner has no method.
    if entered not in ('', '/traject.v1.Traject/' || method) then
        raise exception using errcode = 'TJ007', column = 'method',
            message = format('%s was called as %s; enter with its own name first', method, entered);
    end if;
    return municipality;
end
$$;
