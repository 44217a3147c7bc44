#include "CJSONText.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"  // no block is ever passed: all is inlined

// Vectors of the compiler's own: it makes of them what the processor has, four SSE2 or NEON registers or two of AVX2.
typedef uint8_t block __attribute__((vector_size(64)));
typedef int8_t signed_block __attribute__((vector_size(64)));
typedef _Bool bits __attribute__((ext_vector_type(64)));

#define INLINE static inline __attribute__((always_inline))

INLINE block load(const uint8_t *bytes) {
    block loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return loaded;
}

// One bit for each byte, the first one lowest.
INLINE uint64_t mask(signed_block truths) {
    bits each = __builtin_convertvector(truths, bits);
    uint64_t all;
    memcpy(&all, &each, sizeof all);
    return all;
}

// Not 0 where a byte is above or below a limit.
INLINE block above(block text, uint8_t limit) { return __builtin_elementwise_sub_sat(text, (block){0} + limit); }
INLINE block below(block text, uint8_t limit) { return __builtin_elementwise_sub_sat((block){0} + limit, text); }
INLINE int is_zero(block text) { return mask(text != 0) == 0; }

// Quotes, backslashes, control characters and all that is not ASCII. The quote is the control characters' neighbour once
// 0x22 and 0x20 have changed places, and as signed numbers what is not ASCII lies below them.
INLINE uint64_t specials(block text) {
    return mask(((signed_block)(text ^ 2) <= 0x20) | (text == '\\'));
}

// Whether the 64 bytes are UTF-8 (RFC 3629 §4), but for a last character that is not all there.
INLINE int is_utf8(const uint8_t *bytes) {
    block text = load(bytes), before = load(bytes - 1);
    block follows = above(before, 0xBF) | above(load(bytes - 2), 0xDF) | above(load(bytes - 3), 0xEF);
    block wrong = (block)(follows != 0) ^ (block)((signed_block)text < -0x40);
    wrong |= (block)((text & 0xFE) == 0xC0) | above(text, 0xF4);
    // Second bytes that make a character overlong, a surrogate or larger than U+10FFFF.
    wrong |= (block)(before == 0xE0) & below(text, 0xA0);
    wrong |= (block)(before == 0xED) & above(text, 0x9F);
    wrong |= (block)(before == 0xF0) & below(text, 0x90);
    wrong |= (block)(before == 0xF4) & above(text, 0x8F);
    return is_zero(wrong);
}

// How many of the last bytes before `end` begin a character that goes on behind it.
INLINE size_t unfinished(const uint8_t *end) {
    if (end[-1] >= 0xC0) return 1;
    if (end[-2] >= 0xE0) return 2;
    return end[-3] >= 0xF0 ? 3 : 0;
}

enum { escaped = 1, digit = 2 };
static const uint8_t kinds[256] = {
    ['"'] = escaped, ['\\'] = escaped, ['/'] = escaped, ['n'] = escaped, ['r'] = escaped, ['t'] = escaped,
    ['b'] = escaped | digit, ['f'] = escaped | digit, ['0' ... '9'] = digit, ['A' ... 'F'] = digit, ['a'] = digit,
    ['c'] = digit, ['d'] = digit, ['e'] = digit,
};

INLINE int is_pair(const uint8_t *bytes, const char *pair) { return memcmp(bytes, pair, 2) == 0; }

// Whether there is an escape of two bytes. Most are one of the first two, which take one comparison each.
INLINE int is_short_escape(const uint8_t *bytes) {
    return is_pair(bytes, "\\\"") || is_pair(bytes, "\\n") || (bytes[0] == '\\' && kinds[bytes[1]] & escaped);
}

// Whether there is `\u` and four digits, of no surrogate.
INLINE int is_unicode_escape(const uint8_t *bytes) {
    return is_pair(bytes, "\\u") && kinds[bytes[2]] & kinds[bytes[3]] & kinds[bytes[4]] & kinds[bytes[5]] & digit &&
        !((bytes[2] | 0x20) == 'd' && bytes[3] >= '8');
}

INLINE struct penstock_json_run run(const uint8_t *bytes, size_t at, size_t count) {
    // An escape that begins with the block's last byte takes five more.
    if (count - at < 64 + 5) return (struct penstock_json_run){at, 0};
    const uint8_t *start = bytes + at, *last = bytes + count - (64 + 5);
    size_t has_escapes = 0;
    while (start <= last) {
        block text = load(start);
        uint64_t stops = specials(text);
        const uint8_t *next = start + 64;
        if (!is_zero(text & 0x80)) {
            if (!is_utf8(start)) break;
            stops &= ~mask((signed_block)text < 0);
            next -= unfinished(next);
        }
        unsigned place = 0;
        while (stops != 0) {
            place = (unsigned)__builtin_ctzll(stops);
            stops &= ~(uint64_t)3 << place;
            if (!is_short_escape(start + place)) {
                if (!is_unicode_escape(start + place)) {
                    return (struct penstock_json_run){(size_t)(start - bytes) + place, has_escapes};
                }
                // They come in rows, behind which a block begins anew.
                do place += 6;
                while (place < 64 && is_unicode_escape(start + place));
                next = start + place;
                place = 0;
                stops = 0;
            }
            has_escapes = 1;
        }
        start = next + (place == 63);
    }
    return (struct penstock_json_run){(size_t)(start - bytes), has_escapes};
}

struct penstock_json_run penstock_json_run_anywhere(const uint8_t *bytes, size_t at, size_t count) {
    return run(bytes, at, count);
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi2"))) static struct penstock_json_run run_avx2(
    const uint8_t *bytes, size_t at, size_t count) {
    return run(bytes, at, count);
}

struct penstock_json_run penstock_json_run(const uint8_t *bytes, size_t at, size_t count) {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return run_avx2(bytes, at, count);
    return run(bytes, at, count);
}
#else
struct penstock_json_run penstock_json_run(const uint8_t *bytes, size_t at, size_t count) {
    return run(bytes, at, count);
}
#endif
