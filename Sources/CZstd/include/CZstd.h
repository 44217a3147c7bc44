// libzstd, of which only what decodes is used.
#ifndef PENSTOCK_CZSTD_H
#define PENSTOCK_CZSTD_H

#include <zstd.h>
#include <zstd_errors.h>

#endif
