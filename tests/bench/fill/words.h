/* Names and sentences, invented. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stddef.h>

#include "random.h"

enum { WORDS_MAX = 256 };

/* Write at most WORDS_MAX bytes, the 0 included, and return the length. */
size_t words_name(struct random *random, char text[WORDS_MAX]);
size_t words_said(struct random *random, char text[WORDS_MAX]);  /* some sentences */
size_t words_short(struct random *random, char text[WORDS_MAX]); /* a few words */

#endif
