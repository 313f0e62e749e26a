/* The connections of one run, by profile, and what a failed call means for the exit code. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "language.h"
#include "output.h"
#include "when.h"

struct link {
    struct link *next;
    char *profile;
    struct traject *traject;
};

enum exit_code session_fail(enum traject_result result, struct traject_error *error)
{
    char *message = error->message ? when_localized(error->message) : NULL;
    /* The server, or its database, is not there for now: no answer to what was asked. */
    bool unavailable =
        error->code == TRAJECT__V1__CODE__UNAVAILABLE || error->code == TRAJECT__V1__CODE__DEADLINE_EXCEEDED;
    /* Keys are the business of programs that call; nobody who types a command has one. */
    char *key = message ? strstr(message, " with the same request_key") : NULL;
    if (key)
        *key = '\0';
    output_line(stderr, "traject: %s", message ? message : _("out of memory"));
    free(message);
    traject_error_clear(error);
    return result == TRAJECT_REFUSED       ? unavailable ? EXIT_NOT_REACHED : EXIT_REFUSED
           : result == TRAJECT_UNREACHABLE ? EXIT_NOT_REACHED
                                           : EXIT_USAGE;
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

enum exit_code session_connect(const char *profile, struct traject **traject)
{
    struct traject_profile loaded;
    struct traject_error error = {0};
    enum traject_result result = traject_profile_load(profile, &loaded, &error);
    if (!result)
        result = traject_connect(&loaded, say_retrying, traject, &error);
    traject_profile_clear(&loaded);
    return result ? session_fail(result, &error) : EXIT_DONE;
}

enum exit_code session_connection(struct session *session, const char *profile, struct traject **traject)
{
    for (struct link *link = session->links; link; link = link->next) {
        if (strcmp(link->profile, profile) == 0) {
            *traject = link->traject;
            return EXIT_DONE;
        }
    }
    enum exit_code code = session_connect(profile, traject);
    if (code)
        return code;
    traject_set_max_staleness(*traject, session->max_staleness_ms);
    struct link *link = calloc(1, sizeof *link);
    *link = (struct link){session->links, strdup(profile), *traject};
    session->links = link;
    return EXIT_DONE;
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
