-- A municipality with its first admin and that admin's token, for whoever sets the service up; again is the same.
create function internal.create_municipality(name text, admin text, admin_full_name text, token_sha256 bytea,
                                             rhythm_days integer default 28)
returns bigint language plpgsql as $$
declare
    created bigint;
    worker bigint;
begin
    select m.municipality_id into created from traject.municipality m where m.name = create_municipality.name;
    if found then
        return created;
    end if;
    insert into traject.municipality (name) values (create_municipality.name) returning municipality_id into created;
    insert into traject.rhythm (municipality_id, days, period) values (created, rhythm_days, tstzrange(now(), null));
    insert into traject.worker (municipality_id, name, full_name, role)
    values (created, admin, admin_full_name, 'admin') returning worker_id into worker;
    insert into session.token (municipality_id, worker_id, token_sha256, label, expires_at)
    values (created, worker, create_municipality.token_sha256, 'first admin', now() + interval '1 year');
    return created;
end
$$;
revoke all on function internal.create_municipality from public;
