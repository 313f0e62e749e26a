-- Forgets by what is known again what a standby showed: a daemon that has not heard that it was logged asks once more in
-- seconds, as long as it runs.
create function session.forget_kept_looks() returns void language sql as $$
    delete from session.kept_looks k
     using (select n.noted_sha256 from session.kept_looks n
             where n.logged_at < now() - interval '30 days'
             order by n.logged_at limit 1000
               for update skip locked) o
     where k.noted_sha256 = o.noted_sha256
$$;
revoke all on function session.forget_kept_looks from public;
