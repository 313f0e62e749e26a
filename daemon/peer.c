#include "peer.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "memory.h"

enum { NETWORK_BYTES = 8 };

struct peer {
    struct address address; /* the first, by which the tree is ordered */
    int connections;
};

struct address address_of(const struct sockaddr *from)
{
    struct address address = {{[10] = 0xff, [11] = 0xff}};
    if (from->sa_family == AF_INET) {
        memcpy(address.bytes + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
        return address;
    }
    const struct in6_addr *given = &((const struct sockaddr_in6 *)from)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(given)) {
        memcpy(address.bytes, given, sizeof address.bytes);
    } else {
        address = (struct address){0};
        memcpy(address.bytes, given, NETWORK_BYTES);
    }
    return address;
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT])
{
    bool mapped = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address->bytes);
    const char *shown = mapped ? inet_ntop(AF_INET, address->bytes + 12, text, ADDRESS_TEXT)
                               : inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT);
    return shown ? shown : "";
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct address));
}

bool peers_enter(struct peers *peers, const struct address *address, int most)
{
    struct peer **found = tfind(address, &peers->tree, compare);
    struct peer *peer = found ? *found : NULL;
    if (!peer) {
        peer = memory_new(1, sizeof *peer);
        peer->address = *address;
        tsearch(peer, &peers->tree, compare);
    }
    if (peer->connections >= most)
        return false;
    peer->connections++;
    return true;
}

void peers_leave(struct peers *peers, const struct address *address)
{
    struct peer **found = tfind(address, &peers->tree, compare), *peer;
    assert(found);
    peer = *found;
    if (--peer->connections)
        return;
    tdelete(peer, &peers->tree, compare);
    free(peer);
}
