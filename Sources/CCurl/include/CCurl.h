// libcurl, with a typed function for each variadic call that is needed.
#ifndef PENSTOCK_CCURL_H
#define PENSTOCK_CCURL_H

#include <curl/curl.h>

static inline CURLcode penstock_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode penstock_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode penstock_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode penstock_curl_get_socket(CURL *handle, curl_socket_t *socket) {
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, socket);
}
static inline CURLcode penstock_curl_get_proxy_status(CURL *handle, long *status) {
    return curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, status);
}

// Makes the handle's sockets close-on-exec, which 7.88 does not do by itself.
CURLcode penstock_curl_close_on_exec(CURL *handle);

typedef int (*penstock_socket_callback)(CURL *, curl_socket_t, int, void *, void *);
typedef int (*penstock_timer_callback)(CURLM *, long, void *);

static inline CURLMcode penstock_multi_set_callbacks(
    CURLM *multi, penstock_socket_callback on_socket, penstock_timer_callback on_timer, void *context
) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}

static inline CURLSHcode penstock_share_enable(CURLSH *share, curl_lock_data data) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, data);
}

// CURLMsg holds a union; the handle and result of the next finished connect, or 0 when there is none.
static inline int penstock_multi_next_done(CURLM *multi, CURL **handle, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *handle = message->easy_handle;
        *result = message->data.result;
        return 1;
    }
    return 0;
}

#endif
