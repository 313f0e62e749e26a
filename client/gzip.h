/* Files that are gzip (RFC 1952), read and written through stdio. */
#ifndef TRAJECT_GZIP_H
#define TRAJECT_GZIP_H

#include <stdio.h>

/* What a packed file may unpack to: what is read from it may have to be held. */
#define GZIP_BYTES_MAX (4LL << 30)

/* A stream of what is behind `fd`, unpacked when it is gzip, else as it is. Owns `fd`, also when it returns
 * NULL with errno set. Reading fails with EBADMSG when the packed data is damaged or cut off, and with EFBIG
 * when there is more of it than GZIP_BYTES_MAX. */
FILE *gzip_reader(int fd);

/* A stream that packs what is written into `fd`; closing it writes the rest, and tells of what could not be
 * written. Owns `fd` as above. The same bytes are packed the same each time. */
FILE *gzip_writer(int fd);

/* What went wrong, of errno after reading. */
const char *gzip_strerror(int number);

#endif
