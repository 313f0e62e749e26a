-- Computes the chain of a trajectory anew from its entries: how many there are, where it ends, and the first entry that
-- does not fit with what is wrong there; no entry when those that miss were the last.
create function internal.verified(municipality bigint, trajectory bigint, out entries integer, out head text,
                                  out misfit traject.misfit, out event_id bigint)
language plpgsql stable as $$
#variable_conflict use_column
declare
    kept traject.chain_head;
    origin bytea := traject.chain_origin(municipality, trajectory);
begin
    select h.* into kept from traject.chain_head h
     where h.municipality_id = municipality and h.trajectory_id = trajectory;
    select count(*) into entries from traject.event e
     where e.municipality_id = municipality and e.trajectory_id = trajectory;
    head := encode(kept.chained, 'hex');
    with link as (
        select e.event_id, e.sequence, e.chained, row_number() over recorded as place,
               sha256(coalesce(lag(e.chained) over recorded, origin) || traject.canonical(e)) as computed,
               lead(e.event_id) over recorded < e.event_id as before_an_earlier_one
          from traject.event e
         where e.municipality_id = municipality and e.trajectory_id = trajectory
        window recorded as (order by e.sequence, e.event_id)
    ), told as (
        select l.place, l.event_id,
               case when l.sequence > l.place then 'missing'
                    when l.sequence < l.place or l.sequence > kept.sequence then 'inserted'
                    when l.computed is distinct from l.chained then
                        case when l.before_an_earlier_one then 'out_of_order' else 'changed' end
                    when l.sequence = kept.sequence and l.chained <> kept.chained then 'changed'
                    when s.chained <> l.chained then 'signed_otherwise'
               end::traject.misfit as misfit
          from link l
          left join traject.signed_head_trajectory s on s.municipality_id = municipality and s.trajectory_id = trajectory
               and s.sequence = l.sequence
        union all
        -- After the last one: what the head counts, or was signed, and is not there.
        select entries + 1, null, 'missing'
         where entries < greatest(kept.sequence, (select max(s.sequence) from traject.signed_head_trajectory s
                                                   where s.municipality_id = municipality and s.trajectory_id = trajectory))
            or kept is null
    )
    select t.misfit, t.event_id into misfit, event_id from told t where t.misfit is not null order by t.place limit 1;
end
$$;
