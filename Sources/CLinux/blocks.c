#include "CLinux.h"

#include <pthread.h>
#include <stdlib.h>

// Blocks of three sizes are kept for the next buffer of the same thread. Larger ones are rare and go to malloc.
#define CLASSES 3
static const size_t class_bytes[CLASSES] = {1024, 4096, 16640};
// At most 64 KiB, 128 KiB and 520 KiB a thread stay here; after a burst the rest is given back.
static const unsigned class_limit[CLASSES] = {64, 32, 32};

struct block {
    struct block *next;
};
struct cache {
    struct block *first[CLASSES];
    unsigned count[CLASSES];
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct cache *own;

static void give_back(void *value) {
    struct cache *cache = value;
    for (int index = 0; index < CLASSES; index++) {
        for (struct block *block = cache->first[index]; block != NULL;) {
            struct block *next = block->next;
            free(block);
            block = next;
        }
    }
    free(cache);
    own = NULL;
}

static void make_key(void) { pthread_key_create(&key, give_back); }

// NULL when there is no memory for it: the caller then does without.
static struct cache *this_threads_cache(void) {
    if (own != NULL) return own;
    pthread_once(&once, make_key);
    own = calloc(1, sizeof *own);
    if (own != NULL) pthread_setspecific(key, own);
    return own;
}

static int class_of(size_t bytes) {
    for (int index = 0; index < CLASSES; index++) {
        if (bytes <= class_bytes[index]) return index;
    }
    return -1;
}

void *penstock_block_take(size_t bytes, size_t *capacity) {
    int index = class_of(bytes);
    if (index < 0) {
        *capacity = bytes;
        return malloc(bytes);
    }
    *capacity = class_bytes[index];
    struct cache *cache = this_threads_cache();
    if (cache == NULL || cache->first[index] == NULL) return malloc(class_bytes[index]);
    struct block *block = cache->first[index];
    cache->first[index] = block->next;
    cache->count[index]--;
    return block;
}

void penstock_block_give(void *memory, size_t capacity) {
    if (memory == NULL) return;
    int index = class_of(capacity);
    if (index >= 0 && class_bytes[index] == capacity) {
        struct cache *cache = this_threads_cache();
        if (cache != NULL && cache->count[index] < class_limit[index]) {
            struct block *block = memory;
            block->next = cache->first[index];
            cache->first[index] = block;
            cache->count[index]++;
            return;
        }
    }
    free(memory);
}
