#include "words.h"

#include <stdio.h>

static const char *const first_names[] = {
    "Fatima", "Jan",  "Sanne",   "Mohamed", "Lieke",  "Daan",  "Aïcha", "Pieter", "Noor", "Willem",
    "Zoë",    "Kees", "Marieke", "Hassan",  "Ingrid", "Ruben", "Yusuf", "Anna",   "Bram", "Chantal",
    "Dewi",   "Erik", "Femke",   "Gijs",    "Hanan",  "Iris",  "Joost", "Karima", "Lars", "Mees",
    "Nadia",  "Olaf", "Priya",   "Quinten", "Rosa",   "Sem",   "Tess",  "Umar",   "Vera", "Wouter",
    "Xander", "Ymke", "Zeynep",  "Renée",   "Gerard", "Hilde", "Ivo",   "Johanna"};
static const char *const last_names[] = {
    "de Vries", "Jansen",     "Bakker",       "Visser",   "Smit",           "Meijer",    "de Boer",
    "Mulder",   "de Groot",   "Bos",          "Vos",      "Peters",         "Hendriks",  "Dekker",
    "Brouwer",  "de Wit",     "Dijkstra",     "Kok",      "Jacobs",         "Vermeulen", "van Leeuwen",
    "Yılmaz",   "El Idrissi", "van den Berg", "Schouten", "Willems",        "Hoekstra",  "Koster",
    "Prins",    "Verhoeven",  "Çelik",        "Kuipers",  "van der Linden", "Postma",    "Veenstra",
    "Nguyen",   "Ramdin",     "Pinas",        "Wouters",  "Evers"};
static const char *const sentences[] = {"Belt morgen terug over het rooster.",
                                        "Het gaat goed op de werkplek; de collega's helpen mee.",
                                        "Heeft de afspraak met de bedrijfsarts verzet naar volgende week.",
                                        "Wil graag meer uren werken als de reistijd korter wordt.",
                                        "Samen gekeken wat nodig is om op tijd te beginnen.",
                                        "De leidinggevende is tevreden over het tempo.",
                                        "Vertelde dat de bus vaak te laat komt.",
                                        "Vraagt wie er helpt met het formulier van de toeslag.",
                                        "Werkt nu drie ochtenden in de week in de keuken.",
                                        "We spreken elkaar weer na de vakantie.",
                                        "De broer was erbij en denkt mee over het vervoer.",
                                        "Zegt dat het werk met de handen het beste past."};
static const char *const things[] = {"belt over het rooster",   "levert het formulier in",
                                     "regelt een fiets",        "vraagt de werkgever naar uren",
                                     "oefent de route",         "leest de brief",
                                     "meldt zich bij de balie", "past de werkbank aan"};

#define PICK(list) list[random_between(random, 0, sizeof list / sizeof *list)]

size_t words_name(struct random *random, char text[WORDS_MAX])
{
    return (size_t)snprintf(text, WORDS_MAX, "%s %s", PICK(first_names), PICK(last_names));
}

size_t words_said(struct random *random, char text[WORDS_MAX])
{
    size_t length = 0;
    for (int64_t left = random_between(random, 1, 4); left; left--)
        length +=
            (size_t)snprintf(text + length, WORDS_MAX - length, "%s%s", length ? " " : "", PICK(sentences));
    return length;
}

size_t words_short(struct random *random, char text[WORDS_MAX])
{
    return (size_t)snprintf(text, WORDS_MAX, "%s", PICK(things));
}
