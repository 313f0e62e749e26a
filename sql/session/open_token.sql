-- The tokens that open something now, and for whom.
create view session.open_token as
    select t.token_sha256, t.certificate_sha256, t.expires_at, w.municipality_id, w.worker_id, w.role, w.name as worker,
           w.full_name, t.token_id, w.client_id
      from session.token t
      join traject.worker w on w.municipality_id = t.municipality_id and w.worker_id = t.worker_id
     where t.expires_at > clock_timestamp() and t.revoked_at is null and w.revoked_at is null;
