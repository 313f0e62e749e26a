/* Pictures of a made journey, compared with those in pictures/; made anew with TRAJECT_MAKE_PICTURES=1 in the
 * environment, and then looked at. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "markup.h"
#include "picture.h"
#include "timeline.h"

static void make_journey(void)
{
    static char anna[] = "anna", bert[] = "bert", bakery[] = "Bakkerij De Zon", visser[] = "M. Visser";
    timeline_worker(timeline_add(KIND(TRAJECTORY_STARTED), NOW - 300 * DAY, STAGE(FIRST_CONTACT)), anna);
    timeline_contact(NOW - 296 * DAY, STAGE(FIRST_CONTACT), TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT,
                     true);
    for (int i = 0; i < 12; i++)
        timeline_add(KIND(WISH_VOICED), NOW - (290 - i / 3) * DAY, STAGE(FIRST_CONTACT));
    timeline_add(KIND(STAGE_MOVED), NOW - 250 * DAY, STAGE(STARTING_WORK));
    timeline_contact(NOW - 249 * DAY, STAGE(STARTING_WORK), TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT,
                     false);
    timeline_contact(NOW - 248 * DAY, STAGE(STARTING_WORK), TRAJECT__V1__COUNTERPART__COUNTERPART_EMPLOYER,
                     true);
    for (int i = 0; i < 5; i++)
        timeline_contact(NOW - (240 - i * 16) * DAY, STAGE(STARTING_WORK),
                         TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT, true);
    timeline_worker(timeline_add(KIND(COACH_ASSIGNED), NOW - 200 * DAY, STAGE(STARTING_WORK)), bert);
    timeline_add(KIND(STAGE_MOVED), NOW - 160 * DAY, STAGE(WORKPLACE_GUIDANCE));
    timeline_employer(timeline_add(KIND(HANDOVER_FLAGGED), NOW - 150 * DAY, STAGE(WORKPLACE_GUIDANCE)),
                      bakery, visser);
    timeline_employer(timeline_add(KIND(HANDOVER_PREPARED), NOW - 140 * DAY, STAGE(WORKPLACE_GUIDANCE)),
                      bakery, visser);
    timeline_employer(timeline_add(KIND(HANDOVER_ACCEPTED), NOW - 130 * DAY, STAGE(WORKPLACE_GUIDANCE)),
                      bakery, visser);
    timeline_employer(timeline_add(KIND(HANDOVER_COMPLETED), NOW - 130 * DAY, STAGE(WORKPLACE_GUIDANCE)),
                      bakery, visser);
    timeline_add(KIND(HANDOVER_RETURNED), NOW - 40 * DAY, STAGE(WORKPLACE_GUIDANCE));
    timeline_add(KIND(STAGE_MOVED), NOW - 38 * DAY, STAGE(FIRST_CONTACT));
    timeline_silence(NOW - 120 * DAY, NOW - 60 * DAY);
    timeline_contact(NOW - 60 * DAY, STAGE(WORKPLACE_GUIDANCE), TRAJECT__V1__COUNTERPART__COUNTERPART_CLIENT,
                     true);
    timeline_silence(NOW - 30 * DAY, 0);
}

/* To free. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "re");
    if (!in)
        return strdup("");
    ssize_t length = getdelim(&text, &size, '\0', in);
    fclose(in);
    return length < 0 ? (free(text), strdup("")) : text;
}

static void assert_picture(const char *name, const char *drawn)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.txt", PICTURES, name);
    if (getenv("TRAJECT_MAKE_PICTURES")) {
        FILE *out = fopen(path, "we");
        fputs(drawn, out);
        fclose(out);
    }
    char *expected = read_file(path);
    assert_string_equal(drawn, expected);
    free(expected);
}

struct way {
    const char *name;
    int columns;
    bool utf8, colour, for_client;
};

/* To free. */
static char *draw(const struct way *way)
{
    static char number[] = "1042", name[] = "Fatima Bakker";
    char *drawn = NULL;
    size_t size;
    struct session session = {.now = NOW, .width = way->columns, .colour = way->colour};
    struct journey *journey = journey_new(&timeline_told, &timeline_silences, 0, NOW);
    struct picture picture = {
        .journey = journey, .client_number = number, .full_name = name, .for_client = way->for_client};
    session.out = open_memstream(&drawn, &size);
    picture_terminal(&session, &picture, way->columns, way->utf8);
    fclose(session.out);
    journey_free(journey);
    return drawn;
}

static void pictures_are_as_they_were(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {"60", 60, true, false, false},       {"80", 80, true, false, false},
        {"120", 120, true, false, false},     {"80-ascii", 80, false, false, false},
        {"80-client", 80, true, false, true},
    };
    make_journey();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char *drawn = draw(&ways[i]);
        assert_picture(ways[i].name, drawn);
        free(drawn);
    }
}

static void an_ended_one_has_no_today(void **state)
{
    (void)state;
    make_journey();
    timeline_silences.n_silences = 1;
    timeline_add(KIND(TRAJECTORY_ENDED), NOW - 5 * DAY, STAGE(FIRST_CONTACT));
    char *drawn = draw(&(struct way){.columns = 80, .utf8 = true});
    assert_picture("80-ended", drawn);
    assert_null(strstr(drawn, "┊"));
    free(drawn);
}

/* What colour says, the signs say too: without it all is the same. */
static void colour_is_only_added(void **state)
{
    (void)state;
    make_journey();
    char *plain = draw(&(struct way){.columns = 80, .utf8 = true}),
         *coloured = draw(&(struct way){.columns = 80, .utf8 = true, .colour = true});
    assert_null(strchr(plain, '\033'));
    assert_non_null(strchr(coloured, '\033'));
    char *to = coloured;
    for (const char *c = coloured; *c;) {
        if (*c == '\033')
            c += strcspn(c, "m") + 1;
        else
            *to++ = *c++;
    }
    *to = '\0';
    assert_string_equal(plain, coloured);
    free(plain);
    free(coloured);
}

static void ascii_is_ascii(void **state)
{
    (void)state;
    make_journey();
    char *drawn = draw(&(struct way){.columns = 80});
    for (const char *c = drawn; *c; c++)
        assert_true((unsigned char)*c < 0x80);
    free(drawn);
}

/* A name from the server is shown and steers nothing. */
static void names_do_not_steer_the_terminal(void **state)
{
    (void)state;
    static char evil[] = "a\033[2Jb\nc\xe2\x80\xae"
                         "d\xff\xe4\xb8\xad e";
    timeline_worker(timeline_add(KIND(TRAJECTORY_STARTED), NOW - 300 * DAY, STAGE(FIRST_CONTACT)), evil);
    timeline_employer(timeline_add(KIND(HANDOVER_COMPLETED), NOW - 100 * DAY, STAGE(FIRST_CONTACT)), evil,
                      evil);
    char *drawn = draw(&(struct way){.columns = 80, .utf8 = true});
    assert_null(strchr(drawn, '\033'));
    assert_null(strstr(drawn, "\xe2\x80\xae"));
    assert_non_null(strstr(drawn, "a [2Jb c"));
    free(drawn);
}

static void assert_put(const char *text, const char *expected)
{
    char *made = NULL;
    size_t size;
    FILE *out = open_memstream(&made, &size);
    markup_put(out, text);
    fclose(out);
    assert_string_equal(made, expected);
    free(made);
}

static void nothing_in_a_text_is_markup(void **state)
{
    (void)state;
    assert_put("<b a='x'>&\"]]>", "&lt;b a=&#39;x&#39;&gt;&amp;&quot;]]&gt;");
    assert_put("a\x01"
               "b\tc\nd\x7f\xc2\x85z",
               "a b c\nd  z");
    assert_put("Zoë \xe2\x80\xaex\xe2\x81\xa9 שלום", "Zoë x שלום");
    /* No UTF-8, half of a character, and what may not be in XML. */
    assert_put("\xff\xe2\x82"
               "a\xef\xbf\xbf",
               "\xef\xbf\xbd\xef\xbf\xbd"
               "a\xef\xbf\xbd");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pictures_are_as_they_were, timeline_begin),
        cmocka_unit_test_setup(an_ended_one_has_no_today, timeline_begin),
        cmocka_unit_test_setup(colour_is_only_added, timeline_begin),
        cmocka_unit_test_setup(ascii_is_ascii, timeline_begin),
        cmocka_unit_test_setup(names_do_not_steer_the_terminal, timeline_begin),
        cmocka_unit_test(nothing_in_a_text_is_markup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
