/* An event log as it is written, case by case: the formats know nothing of where entries come from, and hold
 * no more than one case. */
#ifndef TRAJECT_LOG_WRITER_H
#define TRAJECT_LOG_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "traject.pb-c.h"

struct log_format {
    const char *name;
    bool spools;
    /* Writes what comes before the cases; returns what the others are handed, which `end` frees. Both streams
     * stay the caller's; the second one, which may be read too, is for what is written later, and is there
     * when the format `spools`. */
    void *(*begin)(FILE *out, FILE *spool);
    void (*begin_case)(void *writer, const Traject__V1__LogCase *of);
    /* The entries of a case come between these two, in their order. */
    void (*entry)(void *writer, const Traject__V1__LogCase *of, const Traject__V1__LogEntry *entry);
    void (*end_case)(void *writer, const Traject__V1__LogCase *of);
    void (*end)(void *writer);
};

extern const struct log_format log_csv, log_xes, log_ocel;

/* By which an own log is known. */
#define LOG_EXTENSION_URI "urn:traject:xes:1"

/* The value of a field that is there, as logs have it: words of an enum with underscores, moments in UTC. To
 * free. */
char *log_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* "1001-2": a case is a trajectory. To free. */
char *log_case_id(const Traject__V1__LogCase *of);

/* What was done, in words: the name of the activity, and of a move the stage that it led to. To free. */
char *log_activity(const Traject__V1__LogEntry *entry);

/* The field that an attribute of an own XES holds; NULL when it holds none. */
const char *log_xes_field(const char *key);

/* Is it told in a log: all fields of an entry are but its place in the list. */
bool log_tells(const ProtobufCFieldDescriptor *field);

#endif
