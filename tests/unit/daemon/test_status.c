/* What a status says can be sent, whatever it quotes. */
#include "unit.h"

#include <string.h>

#include <unistr.h>

#include "status.h"

static void a_message_is_utf8_whatever_it_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *quoted, *expected;
    } cases[] = {
        {"Zo\xc3\xab", "there is no Zo\xc3\xab; look"},
        {"\xe2\x82\xac\xe2\x82\xac", "there is no \xe2\x82\xac\xef\xbf\xbd; look"}, /* cut after 5 bytes */
        {"a\xff\xc3z", "there is no a\xef\xbf\xbd\xef\xbf\xbdz; look"},
        {"\xed\xa0\x80", NULL},     /* half a surrogate pair */
        {"\xf4\x90\x80\x80", NULL}, /* over U+10FFFF */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status status = {0};
        status_set(&status, TRAJECT__V1__CODE__UNIMPLEMENTED, "method", "there is no %.5s; look",
                   cases[i].quoted);
        if (cases[i].expected)
            assert_string_equal(status.message, cases[i].expected);
        assert_null(u8_check((const uint8_t *)status.message, strlen(status.message)));
        status_clear(&status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_message_is_utf8_whatever_it_quotes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
