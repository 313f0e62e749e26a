-- Forgets the answers that were kept for as long as their municipality keeps them; of each some at a time. Daemons that
-- run it at the same moment take what the others do not hold.
create function session.forget_answers() returns void language sql as $$
    delete from session.request r
     using (select o.municipality_id, o.request_key
              from (select n.municipality_id,
                           now() - make_interval(days => internal.retention(n.municipality_id, 'answers')) as until
                      from traject.municipality n) m
             cross join lateral (select n.municipality_id, n.request_key
                                   from session.request n
                                  where n.municipality_id = m.municipality_id and n.answered_at < m.until
                                  order by n.answered_at limit 100
                                    for update skip locked) o) old
     where r.municipality_id = old.municipality_id and r.request_key = old.request_key
$$;
revoke all on function session.forget_answers from public;
