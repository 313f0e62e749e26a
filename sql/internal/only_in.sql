-- Those of `one` that are not in `other`, where both are in the same order and few differ: what lies between that with
-- which both begin and that with which both end.
create function internal.only_in(one anyarray, other anyarray) returns anyarray language plpgsql immutable as $$
declare
    fewer integer := least(cardinality(one), cardinality(other));
    same integer := 0;
    ending integer := 0;
begin
    while same < fewer and one[same + 1] = other[same + 1] loop
        same := same + 1;
    end loop;
    while ending < fewer - same and one[cardinality(one) - ending] = other[cardinality(other) - ending] loop
        ending := ending + 1;
    end loop;
    return one[same + 1 : cardinality(one) - ending];
end
$$;
