/* Any body sent to any method: it is bound, or refused with a field and a message. The first byte
 * chooses the method. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bindings.h"
#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCServiceDescriptor *service = &traject__v1__traject__descriptor;
    if (!size)
        return 0;
    static const struct keys keys = {.masters = {{.id = {1}}}, .master_count = 1};
    static const struct person_key key;
    const struct sealing sealing = {&keys, 1, data[0] & 0x40 ? &key : NULL};
    struct method method;
    bindings_make(&method, &service->methods[data[0] % service->n_methods], data[0] & 0x80);
    ProtobufCMessage *message = protobuf_c_message_unpack(method.input, NULL, size - 1, data + 1);
    if (message) {
        codec_text_with_nul(method.input, data + 1, size - 1);
        struct parameters parameters = {0};
        struct status status = {0};
        if (codec_bind(&method, message, &sealing, &parameters, &status))
            assert(status.code == TRAJECT__V1__CODE__INVALID_ARGUMENT && status.message && status.field);
        status_clear(&status);
        parameters_free(&parameters);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    bindings_free(&method);
    return 0;
}
