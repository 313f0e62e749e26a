#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "language.h"
#include "sealed.h"

/* One profile's queue: where it is, and what opens it. */
struct queue {
    const char *profile;
    char *token;
    char *folder, *path, *new_path; /* the file, and what replaces it */
    int lock;                       /* of whoever changes it; else -1 */
    Traject__Client__Waiting *waiting;
};

/* ---- what stands in the file ---- */

ProtobufCMessage *waiting_request(const Traject__Client__WaitingEntry *entry)
{
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(&traject__v1__traject__descriptor, entry->method);
    return method ? protobuf_c_message_unpack(method->input, NULL, entry->request.len, entry->request.data)
                  : NULL;
}

Traject__Client__Waiting *waiting_unpack(const uint8_t *bytes, size_t length)
{
    Traject__Client__Waiting *waiting = traject__client__waiting__unpack(NULL, length, bytes);
    bool usable = waiting != NULL;
    for (size_t i = 0; usable && i < waiting->n_entries; i++) {
        const Traject__Client__WaitingEntry *entry = waiting->entries[i];
        usable = entry->kept_at && strlen(entry->request_key) == TRAJECT_KEY_SIZE - 1 &&
                 entry->number > (i ? waiting->entries[i - 1]->number : 0);
    }
    if (waiting && !usable) {
        traject__client__waiting__free_unpacked(waiting, NULL);
        waiting = NULL;
    }
    return waiting;
}

/* ---- the file ---- */

static enum traject_result fail(const char *path, struct traject_error *error)
{
    return traject_error_set(error, TRAJECT_UNUSABLE, "%s: %s", path, strerror(errno));
}

/* The whole file; `*length` is 0 when there is none. */
static enum traject_result read_bytes(const struct queue *queue, uint8_t **bytes, size_t *length,
                                      struct traject_error *error)
{
    enum traject_result result = TRAJECT_OK;
    struct stat about;
    *length = 0;
    int fd = open(queue->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? TRAJECT_OK : fail(queue->path, error);
    if (fstat(fd, &about)) {
        result = fail(queue->path, error);
    } else if (!S_ISREG(about.st_mode) || about.st_size > WAITING_BYTES_MAX) {
        result = traject_error_set(error, TRAJECT_UNUSABLE,
                                   N_("%s is not what traject keeps there; put it elsewhere"), queue->path);
    } else {
        *bytes = malloc((size_t)about.st_size + 1);
        ssize_t got = 1;
        while (got > 0 && *length < (size_t)about.st_size) {
            got = read(fd, *bytes + *length, (size_t)about.st_size - *length);
            *length += got > 0 ? (size_t)got : 0;
        }
        if (got < 0)
            result = fail(queue->path, error);
        /* An empty file is no queue either: none is ever written. */
        else if (!*length)
            result =
                traject_error_set(error, TRAJECT_UNUSABLE,
                                  N_("%s is not what traject keeps there; put it elsewhere"), queue->path);
        if (result)
            free(*bytes);
    }
    close(fd);
    return result;
}

static enum traject_result load(struct queue *queue, struct traject_error *error)
{
    uint8_t *sealed, *bytes = NULL;
    size_t sealed_length, length = 0;
    enum traject_result result = read_bytes(queue, &sealed, &sealed_length, error);
    if (result)
        return result;
    if (!sealed_length) {
        queue->waiting = traject__client__waiting__unpack(NULL, 0, NULL);
        return TRAJECT_OK;
    }
    enum sealed_state state =
        sealed_open(queue->token, queue->profile, sealed, sealed_length, &bytes, &length);
    free(sealed);
    if (state == SEALED_OPENED)
        queue->waiting = waiting_unpack(bytes, length);
    if (bytes)
        OPENSSL_cleanse(bytes, length);
    free(bytes);
    if (state == SEALED_OTHER_TOKEN)
        return traject_error_set(
            error, TRAJECT_UNUSABLE,
            N_("what waits in %s was kept with another token than profile %s has now, and cannot be opened; "
               "put "
               "that "
               "token back to see it with 'traject waiting', or remove the file and enter it again"),
            queue->path, queue->profile);
    if (!queue->waiting)
        return traject_error_set(
            error, TRAJECT_UNUSABLE,
            N_("%s is damaged, and what waits there cannot be opened; remove the file and enter "
               "it again"),
            queue->path);
    return TRAJECT_OK;
}

/* That a file was renamed or removed is on the disk once its folder is. */
static enum traject_result sync_folder(const struct queue *queue, struct traject_error *error)
{
    int fd = open(queue->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum traject_result result = fd < 0 || fsync(fd) ? fail(queue->folder, error) : TRAJECT_OK;
    if (fd >= 0)
        close(fd);
    return result;
}

static enum traject_result write_new(const struct queue *queue, const uint8_t *bytes, size_t length,
                                     struct traject_error *error)
{
    enum traject_result result = TRAJECT_OK;
    size_t done = 0;
    ssize_t written = 1;
    /* Of a run that was ended while it wrote. */
    unlink(queue->new_path);
    int fd = open(queue->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(queue->new_path, error);
    while (written > 0 && done < length) {
        written = write(fd, bytes + done, length - done);
        done += written > 0 ? (size_t)written : 0;
    }
    if (done < length || fsync(fd))
        result = fail(queue->new_path, error);
    if (close(fd) && !result)
        result = fail(queue->new_path, error);
    if (!result && rename(queue->new_path, queue->path))
        result = fail(queue->path, error);
    if (result)
        unlink(queue->new_path);
    return result;
}

static enum traject_result store(struct queue *queue, struct traject_error *error)
{
    enum traject_result result;
    if (!queue->waiting->n_entries) {
        result = unlink(queue->path) ? fail(queue->path, error) : TRAJECT_OK;
        return result ? result : sync_folder(queue, error);
    }
    size_t length = traject__client__waiting__get_packed_size(queue->waiting), sealed_length;
    uint8_t *bytes = malloc(length + 1);
    traject__client__waiting__pack(queue->waiting, bytes);
    uint8_t *sealed = sealed_make(queue->token, queue->profile, bytes, length, &sealed_length);
    OPENSSL_cleanse(bytes, length);
    free(bytes);
    if (sealed_length > WAITING_BYTES_MAX)
        result = traject_error_set(error, TRAJECT_UNUSABLE,
                                   N_("more waits in %s already than fits there (%d KiB); send that first"),
                                   queue->path, WAITING_BYTES_MAX / 1024);
    else
        result = write_new(queue, sealed, sealed_length, error);
    free(sealed);
    return result ? result : sync_folder(queue, error);
}

/* ---- one profile's queue ---- */

static void close_queue(struct queue *queue)
{
    if (queue->waiting)
        traject__client__waiting__free_unpacked(queue->waiting, NULL);
    if (queue->lock >= 0)
        close(queue->lock);
    if (queue->token)
        OPENSSL_cleanse(queue->token, strlen(queue->token));
    free(queue->token);
    free(queue->folder);
    free(queue->path);
    free(queue->new_path);
}

static enum traject_result find_queue(const char *profile, struct queue *queue, struct traject_error *error)
{
    struct traject_profile loaded;
    *queue = (struct queue){.profile = profile, .lock = -1};
    enum traject_result result = traject_profile_load(profile, &loaded, error);
    if (result)
        return result;
    queue->token = strdup(loaded.token);
    traject_profile_clear(&loaded);
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int made = state && *state ? asprintf(&queue->folder, "%s/traject", state)
                               : asprintf(&queue->folder, "%s/.local/state/traject", home ? home : "");
    if (made < 0 || asprintf(&queue->path, "%s/%s.waiting", queue->folder, profile) < 0 ||
        asprintf(&queue->new_path, "%s.new", queue->path) < 0)
        abort();
    return TRAJECT_OK;
}

static void make_folder(const struct queue *queue)
{
    char *path = queue->folder;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

/* Opens the queue for a change, alone. Ended by close_queue, also after a failure. */
static enum traject_result open_queue(const char *profile, struct queue *queue, struct traject_error *error)
{
    enum traject_result result = find_queue(profile, queue, error);
    if (result)
        return result;
    make_folder(queue);
    char *lock_path;
    if (asprintf(&lock_path, "%s.lock", queue->path) < 0)
        abort();
    queue->lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int locked = -1;
    while (queue->lock >= 0 && (locked = flock(queue->lock, LOCK_EX)) && errno == EINTR)
        ;
    result = locked ? fail(lock_path, error) : load(queue, error);
    free(lock_path);
    return result;
}

enum traject_result waiting_read(const char *profile, Traject__Client__Waiting **waiting,
                                 struct traject_error *error)
{
    struct queue queue;
    enum traject_result result = find_queue(profile, &queue, error);
    if (!result)
        result = load(&queue, error);
    *waiting = queue.waiting;
    queue.waiting = NULL;
    close_queue(&queue);
    return result;
}

enum traject_result waiting_add(const char *profile, Traject__Client__WaitingEntry *entry,
                                struct traject_error *error)
{
    struct queue queue;
    enum traject_result result = open_queue(profile, &queue, error);
    if (!result) {
        Traject__Client__Waiting *waiting = queue.waiting;
        entry->number = waiting->n_entries ? waiting->entries[waiting->n_entries - 1]->number + 1 : 1;
        waiting->entries = realloc(waiting->entries, (waiting->n_entries + 1) * sizeof *waiting->entries);
        if (!waiting->entries)
            abort();
        waiting->entries[waiting->n_entries++] = entry;
        result = store(&queue, error);
        waiting->n_entries--; /* the caller's */
    }
    close_queue(&queue);
    return result;
}

enum traject_result waiting_settle(const char *profile, const char *request_key, const char *refusal,
                                   bool *found, struct traject_error *error)
{
    struct queue queue;
    *found = false;
    enum traject_result result = open_queue(profile, &queue, error);
    Traject__Client__Waiting *waiting = queue.waiting;
    size_t i = 0;
    while (!result && i < waiting->n_entries && strcmp(waiting->entries[i]->request_key, request_key) != 0)
        i++;
    if (!result && i < waiting->n_entries) {
        Traject__Client__WaitingEntry *entry = waiting->entries[i];
        *found = true;
        if (refusal) {
            if (entry->refusal != protobuf_c_empty_string)
                free(entry->refusal);
            entry->refusal = strdup(refusal);
        } else {
            memmove(&waiting->entries[i], &waiting->entries[i + 1],
                    (--waiting->n_entries - i) * sizeof *waiting->entries);
            traject__client__waiting_entry__free_unpacked(entry, NULL);
        }
        result = store(&queue, error);
    }
    close_queue(&queue);
    return result;
}
