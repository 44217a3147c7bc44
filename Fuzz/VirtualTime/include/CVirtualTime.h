// A clock that moves only when the event loop would sleep. The functions of the C library that are replaced here belong to the
// fuzzing executable, so calls from it (and from libcurl) find these and not the library's.
#ifndef PENSTOCK_CVIRTUALTIME_H
#define PENSTOCK_CVIRTUALTIME_H

#include <stdint.h>

// Asked when epoll_wait finds nothing ready and would sleep for `timeout` nanoseconds, or for ever when that is negative.
//
// It returns how many nanoseconds pass without an event, or a negative number: look again, something was done.
typedef int64_t (*virtual_time_idle)(int64_t timeout);

// From now on, on the calling thread: CLOCK_MONOTONIC is virtual and begins anew, epoll_wait never sleeps, and Swift's
// random numbers are those that follow from `seed`.
void virtual_time_begin(uint64_t seed, virtual_time_idle idle);
// Ends that.
void virtual_time_end(void);
// Moves the clock.
void virtual_time_pass(int64_t nanoseconds);

// A file that is nowhere but in memory.
int memory_file(void);

#endif
