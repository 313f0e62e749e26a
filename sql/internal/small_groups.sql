-- Figures are about five people or more. The rule stands here and nowhere else.
create function internal.few(clients bigint) returns boolean language sql immutable parallel safe as
    $$ select clients between 1 and 4 $$;

-- The number, unless it is about few people.
create function internal.unless_few(clients bigint, number bigint) returns integer language sql immutable as
    $$ select case when not internal.few(clients) then number::integer end $$;

create type internal.key_clients as (key text, clients bigint[]);

-- The keys of a breakdown that have a row of their own. Those of few people are told together. So that none of them
-- follows from what the others leave of the whole, they are about five people or more, and so at least two: the
-- smallest of the others join them until they are.
create function internal.keys_apart(breakdown internal.key_clients[]) returns text[] language plpgsql immutable as $$
declare
    next internal.key_clients;
    together bigint[] := '{}';
    apart text[] := '{}';
begin
    for next in select * from unnest(breakdown) k order by cardinality(k.clients), k.key loop
        if internal.few(cardinality(next.clients)) or internal.few((select count(distinct c) from unnest(together) c)) then
            together := together || next.clients;
        else
            apart := apart || next.key;
        end if;
    end loop;
    return apart;
end
$$;
