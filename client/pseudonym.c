#include "pseudonym.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "field.h"
#include "language.h"

enum { SHOWN_BYTES = 8 };

void pseudonyms_random(struct pseudonyms *pseudonyms)
{
    if (RAND_bytes(pseudonyms->key, sizeof pseudonyms->key) != 1)
        abort();
}

int pseudonyms_load(struct pseudonyms *pseudonyms, const char *path, char **reason)
{
    char bytes[4096];
    struct stat about;
    const char *says = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (length < 0 || fstat(fd, &about))
        says = strerror(errno);
    else if (about.st_mode & 077)
        says = _("others than its owner may read this key; run chmod 600 on it");
    else if (length < PSEUDONYM_KEY_BYTES)
        says = _("a key is 32 bytes or more; make one with: openssl rand -hex 32");
    else if (EVP_Digest(bytes, (size_t)length, pseudonyms->key, NULL, EVP_sha256(), NULL) != 1)
        abort();
    if (fd >= 0)
        close(fd);
    if (says && asprintf(reason, "%s: %s", path, says) < 0)
        abort();
    OPENSSL_cleanse(bytes, sizeof bytes);
    return says ? -1 : 0;
}

/* "worker-9f86d081884c7d65": of the kind and the text, and for somebody at an employer of that too, since two
 * employers may have people of one name. */
static char *pseudonym(const struct pseudonyms *pseudonyms, const char *kind, const char *within,
                       const char *text)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char *whole, *made = NULL;
    int length = asprintf(&whole, "%s\n%s\n%s", kind, within, text);
    if (length < 0 || !HMAC(EVP_sha256(), pseudonyms->key, sizeof pseudonyms->key, (const uint8_t *)whole,
                            (size_t)length, digest, NULL))
        abort();
    free(whole);
    size_t size = strlen(kind) + 1 + 2 * SHOWN_BYTES + 1;
    made = malloc(size);
    int at = snprintf(made, size, "%s-", kind);
    for (int i = 0; i < SHOWN_BYTES; i++, at += 2)
        snprintf(made + at, size - (size_t)at, "%02x", digest[i]);
    return made;
}

static void replace(const struct pseudonyms *pseudonyms, ProtobufCMessage *message, const char *name,
                    const char *kind, const char *within)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (!field_count(message, field))
        return;
    char *before = *(char *const *)field_value(message, field, 0);
    if (!*before)
        return;
    char *made = pseudonym(pseudonyms, kind, within, before);
    free(before);
    field_put(message, field, &made);
}

void pseudonyms_case(const struct pseudonyms *pseudonyms, Traject__V1__LogCase *of)
{
    replace(pseudonyms, &of->base, "client_number", "client", "");
    if (of->_full_name_case) {
        free(of->full_name);
        of->full_name = NULL;
        of->_full_name_case = TRAJECT__V1__LOG_CASE___FULL_NAME__NOT_SET;
    }
}

void pseudonyms_entry(const struct pseudonyms *pseudonyms, Traject__V1__LogEntry *entry)
{
    /* People at an employer before the employer, by whose name they are told apart. */
    static const struct {
        const char *field, *kind;
    } hidden[] = {{"person", "person"}, {"second_person", "person"}, {"employer", "employer"},
                  {"worker", "worker"}, {"coach", "worker"},         {"external_id", "entry"},
                  {"item", "entry"}};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        const char *within =
            strcmp(hidden[i].kind, "person") == 0 && entry->_employer_case ? entry->employer : "";
        replace(pseudonyms, &entry->base, hidden[i].field, hidden[i].kind, within);
    }
}
