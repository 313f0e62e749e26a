-- Of labels that are the same, whoever's they are, the first.
create function internal.each_once(labels traject.sealed_label[]) returns traject.sealed_label[]
language sql immutable as $$
    select coalesce(array_agg(f.label order by f.place), '{}')
      from (select distinct on (traject.label(l.label)) l.label, l.place
              from unnest(labels) with ordinality l (label, place)
             order by traject.label(l.label), l.place) f
$$;
