/* A contact that is being entered on a screen. Kept until it is recorded, also while it is out of sight. */
#ifndef TRAJECT_SCREEN_CONTACT_H
#define TRAJECT_SCREEN_CONTACT_H

#include <sys/queue.h>
#include <time.h>

#include "screen_edit.h"
#include "traject.h"

enum screen_contact_field {
    SCREEN_CONTACT_CHANNEL,
    SCREEN_CONTACT_REACHED,
    SCREEN_CONTACT_WHEN,
    SCREEN_CONTACT_WORDS,
    SCREEN_CONTACT_FIELDS,
};

struct screen_contact {
    SLIST_ENTRY(screen_contact) link;
    char *client_number, *full_name; /* the name may be NULL */
    enum screen_contact_field field; /* that is being entered */
    int channel;                     /* CHANNEL_UNSPECIFIED until one is chosen */
    bool reached;
    struct screen_edit when, words;
    char key[TRAJECT_KEY_SIZE]; /* the same until it is recorded, so that it is never recorded twice */
    ProtobufCMessage *request;  /* as it was sent; NULL once anything in it changed */
    unsigned asked;             /* the call on its way, or 0 */
    bool uncertain;             /* it was sent, and not answered */
    char *problem;              /* what is wrong, for people, or NULL */
};

SLIST_HEAD(screen_contacts, screen_contact);

/* One of these is made, for that client, when there is none. */
struct screen_contact *screen_contact_of(struct screen_contacts *contacts, const char *client_number,
                                         const char *full_name);
void screen_contact_free(struct screen_contacts *contacts, struct screen_contact *contact);

/* Is there anything that would be lost. */
bool screen_contact_begun(const struct screen_contact *contact);

enum screen_contact_step { SCREEN_CONTACT_STAYS, SCREEN_CONTACT_RECORD, SCREEN_CONTACT_ASIDE };
enum screen_contact_step screen_contact_press(struct screen_contact *contact, int key);

/* The request, which stays the contact's; NULL when something is wrong, which `problem` then says. */
const ProtobufCMessage *screen_contact_request(struct screen_contact *contact, time_t now);

/* Takes what went wrong over from the error. */
void screen_contact_failed(struct screen_contact *contact, enum traject_result result,
                           struct traject_error *error);

/* Draws it on the lines that end before `bottom`; where the cursor is comes back. */
void screen_contact_draw(const struct screen_contact *contact, int bottom, int width, int *cursor_y,
                         int *cursor_x);

#endif
