/* Pages of a screen: a client's journey, as `traject client show` and `traject timeline` tell it. */
#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "output.h"
#include "picture.h"
#include "screen.h"
#include "sentence.h"

enum { ENTRIES_MAX = 1000, PICTURE_COLUMNS_MIN = 40, PICTURE_COLUMNS_MAX = 200 };

static const char *const methods[SCREEN_JOURNEY_PARTS] = {"GetTimeline", "ListSilences", "GetClient"};

void screen_set_page(struct screen *screen, const char *text)
{
    size_t count = 0, capacity = 64, top = screen->page.tops[0];
    struct screen_row *rows = calloc(capacity, sizeof *rows);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        if (count == capacity) {
            rows = realloc(rows, capacity * 2 * sizeof *rows);
            memset(rows + capacity, 0, capacity * sizeof *rows);
            capacity *= 2;
        }
        rows[count].text = strndup(at, length);
        rows[count].line = count;
        count++;
        at += length + (at[length] == '\n');
    }
    screen_list_clear(&screen->page);
    screen->page.rows = rows;
    screen->page.count = count;
    screen->page.tops[0] = top;
    screen_list_scroll(&screen->page, 0, count, (size_t)screen_body_height(screen));
}

static void clear_parts(struct screen *screen)
{
    for (int i = 0; i < SCREEN_JOURNEY_PARTS; i++) {
        if (screen->parts[i])
            protobuf_c_message_free_unpacked(screen->parts[i], NULL);
        screen->parts[i] = NULL;
    }
}

void screen_ask_journey(struct screen *screen)
{
    Traject__V1__GetTimelineRequest timeline = TRAJECT__V1__GET_TIMELINE_REQUEST__INIT;
    Traject__V1__ListSilencesRequest silences = TRAJECT__V1__LIST_SILENCES_REQUEST__INIT;
    Traject__V1__GetClientRequest client = TRAJECT__V1__GET_CLIENT_REQUEST__INIT;
    timeline.client_number = silences.client_number = client.client_number = screen->journey;
    timeline.newest_first = true;
    timeline._page_size_case = TRAJECT__V1__GET_TIMELINE_REQUEST___PAGE_SIZE_PAGE_SIZE;
    timeline.page_size = ENTRIES_MAX;
    const ProtobufCMessage *requests[] = {&timeline.base, &silences.base, &client.base};
    for (int i = 0; i < SCREEN_JOURNEY_PARTS; i++)
        screen->parts_asked[i] = screen_ask(screen, methods[i], requests[i], NULL);
}

void screen_close_journey(struct screen *screen)
{
    clear_parts(screen);
    memset(screen->parts_asked, 0, sizeof screen->parts_asked);
    free(screen->journey);
    free(screen->journey_name);
    screen->journey = screen->journey_name = NULL;
    screen_list_clear(&screen->page);
    screen->view = SCREEN_LIST;
}

void screen_open_journey(struct screen *screen, const char *client_number, const char *full_name)
{
    screen_close_journey(screen);
    screen->journey = strdup(client_number);
    screen->journey_name = full_name ? strdup(full_name) : NULL;
    screen->view = SCREEN_JOURNEY;
    screen_lay_out_journey(screen);
    screen_ask_journey(screen);
}

static const struct command *command_showing_client(void)
{
    const struct command *command = case_commands;
    while (strcmp(command->method, "GetClient") != 0)
        command++;
    return command;
}

static void print_journey(const struct session *session, const void *of)
{
    const struct screen *screen = of;
    const Traject__V1__GetTimelineReply *told =
        (const Traject__V1__GetTimelineReply *)screen->parts[SCREEN_TIMELINE];
    int columns = session->width > PICTURE_COLUMNS_MAX ? PICTURE_COLUMNS_MAX : session->width;
    command_showing_client()->print(session, screen->parts[SCREEN_CLIENT]);
    struct journey *journey = journey_new(
        told, (const Traject__V1__ListSilencesReply *)screen->parts[SCREEN_SILENCES], 0, session->now);
    if (journey && columns >= PICTURE_COLUMNS_MIN) {
        struct picture picture = {
            .journey = journey, .client_number = screen->journey, .full_name = screen->journey_name};
        fputc('\n', session->out);
        picture_terminal(session, &picture, columns, picture_shows_utf8());
    }
    if (journey)
        journey_free(journey);
    fputc('\n', session->out);
    print_timeline(session, &told->base);
    if (told->n_entries == ENTRIES_MAX)
        fprintf(session->out, _("\nWhat is older is shown by: traject timeline %s --oldest-first\n"),
                screen->journey);
}

void screen_lay_out_journey(struct screen *screen)
{
    for (int i = 0; i < SCREEN_JOURNEY_PARTS; i++) {
        if (screen->parts[i])
            continue;
        screen_set_page(screen, _("It is being asked for..."));
        return;
    }
    struct session session = screen->session;
    session.width = screen_terminal_width();
    char *text = screen_printed(&session, print_journey, screen);
    screen_set_page(screen, text);
    free(text);
}

bool screen_take_journey(struct screen *screen, struct screen_answer *answer)
{
    for (int i = 0; i < SCREEN_JOURNEY_PARTS; i++) {
        if (!answer->id || screen->parts_asked[i] != answer->id)
            continue;
        screen->parts_asked[i] = 0;
        if (answer->reply) {
            if (screen->parts[i])
                protobuf_c_message_free_unpacked(screen->parts[i], NULL);
            screen->parts[i] = answer->reply;
            answer->reply = NULL;
            bool whole = !screen->parts_asked[SCREEN_TIMELINE] && !screen->parts_asked[SCREEN_SILENCES] &&
                         !screen->parts_asked[SCREEN_CLIENT];
            if (whole && screen->view == SCREEN_JOURNEY)
                screen_lay_out_journey(screen);
        } else {
            char *text = screen_error_text(&answer->error);
            /* What was shown stays. */
            if (!screen->parts[i]) {
                screen_close_journey(screen);
                screen_lay_out(screen);
            }
            screen_say(screen, text);
        }
        return true;
    }
    return false;
}
