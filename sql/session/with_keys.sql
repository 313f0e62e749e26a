-- What is sealed with the keys that open it before it, for the daemon: of things of several persons. Empty where a key
-- was destroyed.
create function session.with_keys(sealed bytea[]) returns bytea[] language plpgsql stable as $$
begin
    if coalesce(cardinality(sealed), 0) = 0 then
        return sealed;
    end if;
    return array(select coalesce(k.wrapped || s.one, '')
                   from unnest(sealed) with ordinality s (one, place)
                   left join traject.person_key k on k.municipality_id = (select session.municipality_id())
                        and k.key_id = traject.key_of(s.one)
                  order by s.place);
end
$$;
