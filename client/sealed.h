/* Bytes under the secret of a profile: what waits on a machine until it is sent. */
#ifndef TRAJECT_SEALED_H
#define TRAJECT_SEALED_H

#include <stddef.h>
#include <stdint.h>

enum sealed_state {
    SEALED_OPENED,
    SEALED_OTHER_TOKEN, /* made with another token, or for another profile */
    SEALED_DAMAGED,     /* cut off or changed */
};

/* Seals with AES-256-GCM under a key of its own, which HKDF-SHA-256 makes of the token (64 hexadecimal
 * digits), the profile's name and a new salt. The result, of `*sealed_length` bytes, is the caller's to free.
 */
uint8_t *sealed_make(const char *token, const char *profile, const uint8_t *bytes, size_t length,
                     size_t *sealed_length);

/* Opens what sealed_make made. When it is opened, `*bytes` is the caller's to free. */
enum sealed_state sealed_open(const char *token, const char *profile, const uint8_t *sealed,
                              size_t sealed_length, uint8_t **bytes, size_t *length);

#endif
