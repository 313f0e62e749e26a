/* Any bytes as the file of what waits, and as what stands in it once it is opened: entries that can be listed
 * and sent, or nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sealed.h"
#include "waiting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char token[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    uint8_t *opened = NULL;
    size_t length;
    /* Nobody makes a seal without the token: but for what the corpus has, it stays shut. */
    if (sealed_open(token, "anna", data, size, &opened, &length) == SEALED_OPENED) {
        check(length < size);
        free(opened);
    }
    Traject__Client__Waiting *waiting = waiting_unpack(data, size);
    for (size_t i = 0; waiting && i < waiting->n_entries; i++) {
        const Traject__Client__WaitingEntry *entry = waiting->entries[i];
        check(entry->number > 0 && entry->kept_at && strlen(entry->request_key) == TRAJECT_KEY_SIZE - 1);
        ProtobufCMessage *request = waiting_request(entry);
        if (request)
            protobuf_c_message_free_unpacked(request, NULL);
    }
    if (waiting)
        traject__client__waiting__free_unpacked(waiting, NULL);
    return 0;
}
