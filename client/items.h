/* What runs for a client, as lists show it. */
#ifndef TRAJECT_ITEMS_H
#define TRAJECT_ITEMS_H

#include "command.h"
#include "language.h"

/* Options of every list of items. */
extern const struct option item_list_options[];

/* Options of a step that speaks for itself, and of one with a reason. */
extern const struct option item_done_options[], item_close_options[];

/* What an item is about, in words; to free. */
char *item_about(const ProtobufCMessage *item);

/* Of one kind of item, of all of a client's, and of who acts for an employer or is a client. */
extern const struct column item_columns[], item_kind_columns[], item_own_columns[];

/* The list of one kind: its name, kinds preset, what an empty list says, an example. */
/* clang-format off */
#define ITEM_LIST(NAME, SUMMARY, KINDS, EMPTY, EXAMPLE)                                                      \
    {.name = NAME, .summary = SUMMARY, .method = "ListItems", .positional = {"?client_number"},              \
     .options = item_list_options, .preset = KINDS, .columns = item_columns, .empty = EMPTY, .limit = 50,    \
     .example = EXAMPLE}

/* A step of an item of the client's: kind preset, what it says when done. */
#define ITEM_STEP(NAME, SUMMARY, KIND, OPTIONS, DONE, EXAMPLE)                                               \
    {.name = NAME, .summary = SUMMARY, .method = "RecordStep", .positional = {"client_number"},              \
     .options = OPTIONS, .preset = "kind=" KIND, .done = DONE, .example = EXAMPLE}
/* clang-format on */

#endif
