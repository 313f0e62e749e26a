/* Reading and filling the fields of any message through its descriptor.
 *
 * A field that the .proto calls `optional` reaches C as a oneof of one (protobuf-c 1.4 knows no
 * proto3 optional; protoc itself defines `optional` as exactly that), so presence is one rule for
 * all: a oneof's case, a non-NULL message, or always. */
#ifndef TRAJECT_FIELD_H
#define TRAJECT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/* May the field be left out: `optional`, a message, or repeated. */
bool field_may_be_absent(const ProtobufCFieldDescriptor *field);

bool field_is_timestamp(const ProtobufCFieldDescriptor *field);

/* How many values the field holds: 0 or 1, or a repeated field's count. */
size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* The value at `index` (below field_count), as C holds it: int32_t, int64_t, uint32_t, uint64_t,
 * protobuf_c_boolean, int (enum), char *, ProtobufCBinaryData or ProtobufCMessage *. Owned by the
 * message. */
const void *field_value(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index);

/* Puts `value` (pointed at as field_value returns it) into the field: sets a singular one, adds to
 * a repeated one. What the value points to becomes the message's, which frees it, so it must come
 * from malloc. The message's own earlier value of a singular field is not freed. Returns 0, or -1
 * when memory ran out (the value is then still the caller's). */
int field_put(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *value);

/* Frees the last message of a repeated field, which must hold one. */
void field_drop_last(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* An enum value's name without the enum's own prefix, in lower case: STAGE_FIRST_CONTACT of enum
 * Stage is "first_contact". Written to `name`; returns its length, as snprintf does. */
size_t field_enum_word(const ProtobufCEnumDescriptor *descriptor, const char *value_name, char *name,
                       size_t size);

#endif
