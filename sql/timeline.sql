-- The entries of a trajectory in their order, and those of them that each thing follows from: so that none goes through
-- all.
create type internal.timeline as (
    entries traject.event[], began traject.event, ended traject.event, path traject.event[], coaching traject.event[],
    guidance traject.event[], items traject.event[], contacts traject.event[]);
