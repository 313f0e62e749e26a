/* Each value of an enum is found by its label, and by nothing else. */
#include "unit.h"

#include <string.h>

#include "labels.h"
#include "traject.pb-c.h"

static void every_label_is_found(void **state)
{
    (void)state;
    static const ProtobufCEnumDescriptor *const enums[] = {&traject__v1__event_kind__descriptor,
                                                           &traject__v1__stage__descriptor,
                                                           &traject__v1__theme__descriptor};
    for (size_t i = 0; i < sizeof enums / sizeof *enums; i++) {
        struct labels labels = labels_of(enums[i]);
        assert_int_equal(labels.count, enums[i]->n_values);
        for (unsigned v = 0; v < enums[i]->n_values; v++) {
            const char *word = labels.words[v];
            assert_int_equal(labels_value(&labels, word, strlen(word)), enums[i]->values[v].value);
            assert_int_equal(labels_value(&labels, word, strlen(word) - 1), 0);
        }
        assert_int_equal(labels_value(&labels, "", 0), 0);
        labels_free(&labels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_label_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
