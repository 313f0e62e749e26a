-- The keys that open what a call shows are handed out by session.look alone, which notes for whom; session.subject_key
-- has the one that a call's own words are sealed with.
revoke select on traject.person_key from traject_daemon;

-- Those few that wait for an answer, for who is to give it.
create index item_correction on traject.item (municipality_id, trajectory_id) where kind = 'correction' and open;
