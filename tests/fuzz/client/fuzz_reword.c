/* Whatever a server tells about what comes up, it is reworded or stays as it is: in English both are the
 * same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reword.h"
#include "traject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rewording rewordings[] = {
    {1, "%s, to %s: needs %s", {&traject__v1__handover_state__descriptor, NULL, NULL}},
    {1, "%s of %s, %s", {NULL, NULL, &traject__v1__person_role__descriptor}},
    {1, "still to do: %s", {NULL, NULL, NULL}},
    {1, "%s is %s", {&traject__v1__theme__descriptor, &traject__v1__item_state__descriptor, NULL}},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    char *told = reword(rewordings, sizeof rewordings / sizeof *rewordings, 1, text);
    if (!told || strcmp(told, text) != 0)
        abort();
    free(told);
    free(text);
    return 0;
}
