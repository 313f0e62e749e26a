#include "unit.h"

#include <string.h>

#include <arpa/inet.h>

#include "peer.h"

static struct address parse(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return address_of((struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return address_of((struct sockaddr *)&six);
}

static void an_address_is_one_customers(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"192.0.2.1", "::ffff:192.0.2.2", false},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"::1", "127.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address one = parse(cases[i].one), other = parse(cases[i].other);
        assert_int_equal(memcmp(&one, &other, sizeof one) == 0, cases[i].same);
    }
    char text[ADDRESS_TEXT];
    struct address four = parse("::ffff:192.0.2.1"), six = parse("2001:db8:1:2::1");
    assert_string_equal(address_text(&four, text), "192.0.2.1");
    assert_string_equal(address_text(&six, text), "2001:db8:1:2::");
}

static void each_address_has_so_many_connections_and_no_more(void **state)
{
    (void)state;
    struct peers peers = {0};
    struct address here = parse("192.0.2.1"), there = parse("192.0.2.2");
    assert_true(peers_enter(&peers, &here, 2));
    assert_true(peers_enter(&peers, &here, 2));
    assert_false(peers_enter(&peers, &here, 2));
    assert_true(peers_enter(&peers, &there, 2));
    peers_leave(&peers, &here);
    assert_true(peers_enter(&peers, &here, 2));
    assert_false(peers_enter(&peers, &here, 2));
    peers_leave(&peers, &here);
    peers_leave(&peers, &here);
    peers_leave(&peers, &there);
    assert_null(peers.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_one_customers),
        cmocka_unit_test(each_address_has_so_many_connections_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
