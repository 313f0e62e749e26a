/* Who has gone without contact, and for how many days, one a line: what a program of somebody else asks by
 * libtraject.
 *
 *     cc -o quiet quiet.c $(pkg-config --cflags --libs traject)
 *     ./quiet PROFILE */
#include <stdio.h>

#include <traject.h>

/* One line on standard error, with what to do, as the server gave it. */
static int fail(enum traject_result result, struct traject_error *error)
{
    fprintf(stderr, "quiet: %s%s%s\n", error->field ? error->field : "", error->field ? ": " : "",
            error->message);
    traject_error_clear(error);
    return result == TRAJECT_REFUSED ? 1 : 3;
}

static void print(const Traject__V1__ListWithoutContactReply *reply)
{
    for (size_t i = 0; i < reply->n_clients; i++) {
        const Traject__V1__WithoutContact *client = reply->clients[i];
        /* What is optional in traject.proto stands in a oneof of one: which case says whether it is there. */
        printf("%s\t%s\t%d days past due\n", client->client_number,
               client->_full_name_case ? client->full_name : "", client->overdue_days);
    }
}

int main(int argc, char **argv)
{
    struct traject_profile profile;
    struct traject_error error = {0};
    struct traject *traject;
    enum traject_result result;
    if (argc != 2) {
        fputs("Usage: quiet PROFILE\n", stderr);
        return 2;
    }
    if ((result = traject_profile_load(argv[1], &profile, &error)))
        return fail(result, &error);
    result = traject_connect(&profile, NULL, &traject, &error);
    traject_profile_clear(&profile);
    if (result)
        return fail(result, &error);

    Traject__V1__ListWithoutContactRequest request = TRAJECT__V1__LIST_WITHOUT_CONTACT_REQUEST__INIT;
    ProtobufCMessage *reply;
    /* A read takes no key. A write without one is given its own, and is sent again with that after a loss. */
    result = traject_call(traject, "ListWithoutContact", &request.base, NULL, &reply, &error);
    if (!result) {
        print((const Traject__V1__ListWithoutContactReply *)reply);
        protobuf_c_message_free_unpacked(reply, NULL);
    }
    traject_free(traject);
    return result ? fail(result, &error) : 0;
}
