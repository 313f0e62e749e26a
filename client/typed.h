/* What an enum's values are called in Dutch, made from the catalogue. */
#ifndef TRAJECT_TYPED_H
#define TRAJECT_TYPED_H

struct typed_word {
    const char *name; /* of the value, as traject.proto has it */
    const char *word;
};

extern const struct typed_word typed_words[]; /* ended by one without name */

#endif
