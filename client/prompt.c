#include "prompt.h"

#include <ctype.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct prompt {
    EditLine *editor;
    History *history;
    const char *text;
    prompt_complete complete;
    void *context;
};

enum { LINES_MAX = 50 };

void choices_add(struct choices *choices, const char *text)
{
    choices->texts = realloc(choices->texts, (choices->count + 1) * sizeof *choices->texts);
    if (!choices->texts)
        abort();
    choices->texts[choices->count++] = strdup(text);
}

void choices_clear(struct choices *choices)
{
    while (choices->count)
        free(choices->texts[--choices->count]);
    free(choices->texts);
    choices->texts = NULL;
}

static struct prompt *prompt_of(EditLine *editor)
{
    void *prompt = NULL;
    el_get(editor, EL_CLIENTDATA, &prompt);
    return prompt;
}

static const char *text_of(EditLine *editor)
{
    return prompt_of(editor)->text;
}

static void replace_line(EditLine *editor, const char *text)
{
    const LineInfoW *line = el_wline(editor);
    el_cursor(editor, (int)(line->lastchar - line->cursor));
    line = el_wline(editor);
    el_deletestr(editor, (int)(line->lastchar - line->buffer));
    el_insertstr(editor, text);
}

/* How many bytes at their start all choices have alike, never half a character. */
static size_t common_length(const struct choices *choices)
{
    const char *first = choices->texts[0];
    size_t length = strlen(first);
    for (size_t i = 1; i < choices->count; i++) {
        size_t same = 0;
        while (same < length && choices->texts[i][same] == first[same])
            same++;
        length = same;
    }
    while (length && ((unsigned char)first[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static unsigned char complete_line(EditLine *editor, int key)
{
    (void)key;
    const struct prompt *prompt = prompt_of(editor);
    const LineInfo *line = el_line(editor);
    char *typed = strndup(line->buffer, (size_t)(line->lastchar - line->buffer));
    struct choices choices = {0};
    unsigned char done = CC_ERROR;
    if (prompt->complete)
        prompt->complete(prompt->context, typed, &choices);
    size_t length = choices.count ? common_length(&choices) : 0;
    if (choices.count == 1 ||
        (length > strlen(typed) && strncasecmp(choices.texts[0], typed, strlen(typed)) == 0)) {
        char *common = strndup(choices.texts[0], length);
        replace_line(editor, common);
        free(common);
        done = CC_REFRESH;
    } else if (choices.count) {
        fputc('\n', stdout);
        for (size_t i = 0; i < choices.count; i++)
            printf("  %s\n", choices.texts[i]);
        fflush(stdout);
        done = CC_REDISPLAY;
    }
    choices_clear(&choices);
    free(typed);
    return done;
}

static unsigned char give_up(EditLine *editor, int key)
{
    (void)key;
    replace_line(editor, "");
    return CC_EOF;
}

struct prompt *prompt_new(void)
{
    struct prompt *prompt = calloc(1, sizeof *prompt);
    HistEvent event;
    prompt->history = history_init();
    history(prompt->history, &event, H_SETSIZE, LINES_MAX);
    prompt->editor = el_init("traject", stdin, stdout, stderr);
    el_set(prompt->editor, EL_CLIENTDATA, prompt);
    el_set(prompt->editor, EL_EDITOR, "emacs");
    /* Ctrl-C is a key like another while a line is typed, so that the terminal is always left as it was. */
    el_set(prompt->editor, EL_SETTY, "-d", "-isig", NULL);
    el_set(prompt->editor, EL_PROMPT, text_of);
    el_set(prompt->editor, EL_HIST, history, prompt->history);
    /* It keeps these texts, and copies of narrow ones for ever. */
    el_wset(prompt->editor, EL_ADDFN, L"complete", L"complete", complete_line);
    el_wset(prompt->editor, EL_ADDFN, L"give-up", L"give-up", give_up);
    el_set(prompt->editor, EL_BIND, "^I", "complete", NULL);
    el_set(prompt->editor, EL_BIND, "^C", "give-up", NULL);
    /* What somebody set in ~/.editrc, such as vi's keys. */
    el_source(prompt->editor, NULL);
    return prompt;
}

void prompt_free(struct prompt *prompt)
{
    el_end(prompt->editor);
    history_end(prompt->history);
    free(prompt);
}

char *prompt_line(struct prompt *prompt, const char *text, prompt_complete complete, void *context)
{
    int length = 0;
    HistEvent event;
    prompt->text = text;
    prompt->complete = complete;
    prompt->context = context;
    /* Before the prompt is shown: whoever answers at once is not cut off by ctrl-C, nor echoed twice. */
    el_set(prompt->editor, EL_PREP_TERM, 1);
    const char *line = el_gets(prompt->editor, &length);
    if (!line || length < 1) {
        fputc('\n', stdout);
        return NULL;
    }
    while (isspace((unsigned char)*line))
        line++;
    char *typed = strdup(line);
    size_t end = strlen(typed);
    while (end && isspace((unsigned char)typed[end - 1]))
        typed[--end] = '\0';
    if (*typed)
        history(prompt->history, &event, H_ENTER, typed);
    return typed;
}
