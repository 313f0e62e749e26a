-- What is sealed with the key that opens it before it, for the daemon; empty when that key was destroyed.
create function session.with_key(sealed bytea) returns bytea language sql stable as $$
    select case when sealed is not null then coalesce(
        (select k.wrapped || sealed from traject.person_key k
          where k.municipality_id = session.municipality_id() and k.key_id = traject.key_of(sealed)), '') end
$$;
create function session.with_keys(sealed bytea[]) returns bytea[] language sql stable as
    $$ select array(select session.with_key(s.one) from unnest(sealed) with ordinality s (one, place) order by s.place) $$;
