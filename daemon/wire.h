/* What requests and replies have in common of protobuf's encoding and of PostgreSQL's. */
#ifndef TRAJECT_WIRE_H
#define TRAJECT_WIRE_H

/* The wire types of protobuf's encoding guide that are in use. */
enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LENGTH = 2, WIRE_FIXED32 = 5 };

/* PostgreSQL counts from 2000-01-01, protobuf from 1970-01-01: seconds between them. */
enum { POSTGRES_EPOCH = 946684800 };

#endif
