-- The keys of persons are handed out by session.look alone, which notes for whom.
revoke select on traject.person_key from traject_daemon;
