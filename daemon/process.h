/* What can be seen of the process from outside, and what it can still do to the outside. */
#ifndef TRAJECT_PROCESS_H
#define TRAJECT_PROCESS_H

/* Before any key is read: no core dumps, nobody else of this user looks in, and memory for keys that is not
 * swapped out, with room for those of so many connections. Keys live in what OPENSSL_secure_malloc gives and
 * OPENSSL_secure_clear_free wipes; OpenSSL puts its own private keys there by itself. */
void process_protect(int connections);

/* For the serving daemon, when it has started: from here on no system call is made but those that serving
 * takes. What writes files or starts programs must have done so before. */
void process_confine(void);

/* Set the metrics of memory and processor time, and of open file descriptors, from what /proc says now. The
 * second takes longer the more there are. */
void process_measure_use(void);
void process_measure_descriptors(void);

#endif
