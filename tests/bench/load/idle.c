#include "options.h"
int idle(const struct options *options)
{
    (void)options;
    return 1;
}
int broadcast(const struct options *options)
{
    (void)options;
    return 1;
}
