/* `trajectd migrate`: brings a database to this version's schema. */
#ifndef TRAJECT_MIGRATE_H
#define TRAJECT_MIGRATE_H

/* Applies what is in `folder` (sql/) and not in the database yet, and says on standard output what it does;
 * what is wrong on standard error, a line. `conninfo` is a superuser's. Returns the exit code. Safe to run
 * again, and by several at once: one waits for the other. */
int migrate_run(const char *conninfo, const char *folder);

#endif
