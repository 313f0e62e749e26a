-- The keys of persons are handed out by session.look alone, which notes for whom.
revoke select on traject.person_key from traject_daemon;

-- Those few that wait for an answer, for who is to give it.
create index item_correction on traject.item (municipality_id, trajectory_id) where kind = 'correction' and open;
