/* The connections of one run, by profile, and what a failed call means for the exit code. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "offline.h"
#include "output.h"
#include "when.h"

struct link {
    struct link *next;
    char *profile;
    struct traject *traject;
};

bool session_is_away(enum traject_result result, const struct traject_error *error)
{
    return result == TRAJECT_UNREACHABLE ||
           (result == TRAJECT_REFUSED && (error->code == TRAJECT__V1__CODE__UNAVAILABLE ||
                                          error->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED));
}

enum exit_code session_fail(enum traject_result result, struct traject_error *error)
{
    char *message = error->message ? when_localized(error->message) : NULL;
    bool away = session_is_away(result, error);
    /* Keys are the business of programs that call; nobody who types a command has one. */
    char *key = message ? strstr(message, " with the same request_key") : NULL;
    if (key)
        *key = '\0';
    output_line(stderr, "traject: %s", message ? message : _("out of memory"));
    free(message);
    traject_error_clear(error);
    return away ? EXIT_NOT_REACHED : result == TRAJECT_REFUSED ? EXIT_REFUSED : EXIT_USAGE;
}

/* Else a command that waits looks like one that hangs. Of several losses the first is enough. */
static void say_retrying(const char *why, int seconds)
{
    static bool said;
    /* Translators: how advice begins that is no use to who sees that it is asked again. */
    const char *advice = strstr(why, _("; ask again"));
    if (!said)
        output_line(stderr, _("traject: %.*s; asking again for up to %d s"),
                    advice ? (int)(advice - why) : (int)strlen(why), why, seconds);
    said = true;
}

static enum traject_result new_connection(const char *profile, struct traject **traject,
                                          struct traject_error *error)
{
    struct traject_profile loaded;
    enum traject_result result = traject_profile_load(profile, &loaded, error);
    if (!result)
        result = traject_connect(&loaded, say_retrying, traject, error);
    traject_profile_clear(&loaded);
    return result;
}

enum exit_code session_connect(const char *profile, struct traject **traject)
{
    struct traject_error error = {0};
    enum traject_result result = new_connection(profile, traject, &error);
    return result ? session_fail(result, &error) : EXIT_DONE;
}

enum traject_result session_reach(struct session *session, const char *profile, struct traject **traject,
                                  struct traject_error *error)
{
    for (struct link *link = session->links; link; link = link->next) {
        if (strcmp(link->profile, profile) == 0) {
            *traject = link->traject;
            return TRAJECT_OK;
        }
    }
    enum traject_result result = new_connection(profile, traject, error);
    if (result)
        return result;
    traject_set_max_staleness(*traject, session->max_staleness_ms);
    struct link *link = calloc(1, sizeof *link);
    *link = (struct link){session->links, strdup(profile), *traject};
    session->links = link;
    /* What was entered earlier comes first. */
    offline_send(profile, *traject);
    return TRAJECT_OK;
}

enum exit_code session_connection(struct session *session, const char *profile, struct traject **traject)
{
    struct traject_error error = {0};
    enum traject_result result = session_reach(session, profile, traject, &error);
    return result ? session_fail(result, &error) : EXIT_DONE;
}

const Traject__V1__AuthenticateReply *session_identity(const struct session *session)
{
    const struct link *link = session->links;
    while (strcmp(link->profile, session->profile) != 0)
        link = link->next;
    return traject_identity(link->traject);
}

void session_close(struct session *session)
{
    uint32_t oldest_ms = 0;
    for (const struct link *link = session->links; link; link = link->next)
        oldest_ms =
            traject_staleness(link->traject) > oldest_ms ? traject_staleness(link->traject) : oldest_ms;
    if (oldest_ms > 1000)
        fprintf(stderr, _("traject: as of at most %u seconds ago\n"), (unsigned)((oldest_ms + 999) / 1000));
    while (session->links) {
        struct link *link = session->links;
        session->links = link->next;
        traject_free(link->traject);
        free(link->profile);
        free(link);
    }
}
