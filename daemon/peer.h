/* Where connections come from, and how many are open from each address. */
#ifndef TRAJECT_PEER_H
#define TRAJECT_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>

/* An IPv6 address, or an IPv4 one mapped into it. Of IPv6 only its /64: that is what one customer has, and
 * can choose from at will. */
struct address {
    uint8_t bytes[16];
};

enum { ADDRESS_TEXT = INET6_ADDRSTRLEN };

struct address address_of(const struct sockaddr *from);

/* In words for the log. */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT]);

/* Zero it to begin. Holds as much as there are open connections. */
struct peers {
    void *tree;
};

/* Counts a connection in; false when the address has `most` already. */
bool peers_enter(struct peers *peers, const struct address *address, int most);
void peers_leave(struct peers *peers, const struct address *address);

#endif
