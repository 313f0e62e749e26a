/* Questions for what was not given, to whoever types a command at a terminal. */
#ifndef TRAJECT_QUESTION_H
#define TRAJECT_QUESTION_H

#include "command.h"

/* Whether the command has questions and somebody is there to answer them. */
bool question_may_be_asked(const struct session *session, const struct command *command);

/* Asks the command's questions but for those that an argument or option answers, shows what will be recorded,
 * and asks whether that is right. When it ends otherwise than with EXIT_DONE nothing is to be recorded. */
enum exit_code question_ask(struct session *session, const struct command *command, ProtobufCMessage *request,
                            struct arguments *arguments);

/* After a reply that says when the next contact is due: asks for an appointment, and plans it. */
void question_plan(struct session *session, const ProtobufCMessage *request, const ProtobufCMessage *reply);

#endif
