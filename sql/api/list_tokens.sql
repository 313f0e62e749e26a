-- The tokens, without their secrets.
create function api.list_tokens(
    worker text default null)
returns setof api.token_summary language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListTokens');
    of_worker bigint := internal.worker_id('worker', list_tokens.worker, revoked_too => true);
begin
    return query
    select t.token_id, w.name, t.label, t.created_at, t.expires_at, t.revoked_at,
           t.certificate_sha256 is not null
      from session.token t
      join traject.worker w on w.municipality_id = t.municipality_id and w.worker_id = t.worker_id
     where t.municipality_id = (select session.municipality_id()) and (of_worker is null or t.worker_id = of_worker)
     order by w.name, t.token_id;
end
$$;
