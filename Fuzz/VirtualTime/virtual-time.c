#define _GNU_SOURCE
#include "CVirtualTime.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// libFuzzer and the sanitizer ask for the time as well, some of it before they are set up.
#define PLAIN __attribute__((no_sanitize("address", "coverage")))

static _Thread_local virtual_time_idle idle;
static _Thread_local int64_t now;
static _Thread_local uint64_t random_state;
// Since the loop last had nothing to do.
static _Thread_local int turns;
#define MOST_TURNS 100000

PLAIN void virtual_time_begin(uint64_t seed, virtual_time_idle when_idle) {
    now = 1000000000000;
    random_state = seed;
    turns = 0;
    idle = when_idle;
}

PLAIN void virtual_time_end(void) { idle = NULL; }

PLAIN void virtual_time_pass(int64_t nanoseconds) {
    if (nanoseconds > 0) now += nanoseconds;
}

// The wall clock stays as it is: libFuzzer judges by it how long an input takes.
PLAIN int clock_gettime(clockid_t clock, struct timespec *time) {
    if (idle == NULL || clock != CLOCK_MONOTONIC) return (int)syscall(SYS_clock_gettime, clock, time);
    // Nothing takes no time at all.
    now += 1000;
    time->tv_sec = now / 1000000000;
    time->tv_nsec = now % 1000000000;
    return 0;
}

PLAIN int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    if (idle == NULL) return (int)syscall(SYS_epoll_pwait, epoll, events, most, timeout, NULL, 8);
    for (;;) {
        int count = (int)syscall(SYS_epoll_pwait, epoll, events, most, 0, NULL, 8);
        if (count != 0 || timeout == 0) {
            // A loop that spins takes no virtual time, so nobody else would notice.
            if (++turns > MOST_TURNS) abort();
            return count;
        }
        turns = 0;
        int64_t passed = idle(timeout < 0 ? -1 : (int64_t)timeout * 1000000);
        if (passed < 0) continue;
        virtual_time_pass(passed);
        return 0;
    }
}

// Where SystemRandomNumberGenerator gets its bytes. SplitMix64.
PLAIN void swift_stdlib_random(void *space, size_t count) {
    if (idle == NULL) {
        while (count > 0) {
            long filled = syscall(SYS_getrandom, space, count, 0);
            if (filled <= 0) continue;
            space = (char *)space + filled;
            count -= (size_t)filled;
        }
        return;
    }
    for (size_t index = 0; index < count; index++) {
        uint64_t mixed = random_state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        ((unsigned char *)space)[index] = (unsigned char)(mixed ^ (mixed >> 31));
    }
}

int memory_file(void) { return memfd_create("penstock", MFD_CLOEXEC); }
