// The inside of JSON's string literals, 64 bytes at a time.
#ifndef PENSTOCK_CJSONTEXT_H
#define PENSTOCK_CJSONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct penstock_json_run {
    size_t end;
    // Not 0 when an escape was passed.
    size_t has_escapes;
};

// Goes from `at`, a character's or an escape's first byte within a string literal, as far as there are plain characters,
// escapes and UTF-8, all of them valid and whole. Where it stops may be the closing quote, an error, a surrogate's escape,
// or the last 69 bytes of the text, which are left alone: the caller has to look. The bytes before `at` have to be valid
// likewise, and three at least. Reads nothing outside of the `count` bytes.
struct penstock_json_run penstock_json_run(const uint8_t *bytes, size_t at, size_t count);

// The same without what only some processors have, so that tests see it on all of them.
struct penstock_json_run penstock_json_run_anywhere(const uint8_t *bytes, size_t at, size_t count);

#endif
