// Linux calls that the Glibc module does not carry, and macros that Swift cannot import.
#ifndef PENSTOCK_CLINUX_H
#define PENSTOCK_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>

// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC; a _GNU_SOURCE call, so it lives in the .c file.
int penstock_accept(int listener, struct sockaddr *address, socklen_t *length);

// epoll_event is packed and holds a union; only these two of its parts are needed here.
static inline int penstock_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, operation, fd, &event);
}
static inline uint64_t penstock_epoll_token(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t penstock_epoll_flags(const struct epoll_event *event) { return event->events; }

// The calling thread's name, at most 15 bytes.
void penstock_name_thread(const char *name);

// Memory for a buffer, at least `bytes` of it; `capacity` says how much it is. NULL when there is none. Usual sizes come
// from a list of the calling thread's own, which costs a tenth of malloc; what is on it is bounded, and goes with the
// thread. Any thread may give any block.
void *penstock_block_take(size_t bytes, size_t *capacity);
void penstock_block_give(void *memory, size_t capacity);

// Returns to the system what malloc holds and nobody uses. It holds up who allocates meanwhile, for milliseconds.
void penstock_trim_memory(void);

// Fixes from which size on malloc asks the system for a block of its own (4 MiB), and how much of a heap's end it keeps
// (8 MiB). Its own choice moves with what was freed last: buffers of 100 KB then went back after each request, and their
// pages were faulted in again for the next. Once, at the start.
void penstock_tune_memory(void);

// send(2) of two pieces with MSG_NOSIGNAL, as if they were one.
ssize_t penstock_send_two(int fd, const void *first, size_t first_bytes, const void *second, size_t second_bytes);

// Lets a crash end the process and no more. The Swift runtime's own handlers, where there are any, run a program that prints
// registers and the memory that they point to. Signals that whoever started the process ignores stay ignored.
void penstock_forgo_backtraces(void);

// Keeps secrets out of core dumps and away from other processes of the same user.
int penstock_forbid_dumps(void);

#endif
