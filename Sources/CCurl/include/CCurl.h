#ifndef PENSTOCK_CCURL_H
#define PENSTOCK_CCURL_H
#include <curl/curl.h>
#endif
