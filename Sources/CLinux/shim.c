#define _GNU_SOURCE
#include "CLinux.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int penstock_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int penstock_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    int failed = setrlimit(RLIMIT_CORE, &none);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) | failed;
}

void penstock_forgo_backtraces(void) {
    static const int crashes[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
        struct sigaction now;
        if (sigaction(crashes[index], NULL, &now) == 0 && now.sa_handler != SIG_IGN) signal(crashes[index], SIG_DFL);
    }
}

void penstock_trim_memory(void) { malloc_trim(0); }

void penstock_tune_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

ssize_t penstock_send_two(int fd, const void *first, size_t first_bytes, const void *second, size_t second_bytes) {
    struct iovec parts[2] = {{(void *)first, first_bytes}, {(void *)second, second_bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

void penstock_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
