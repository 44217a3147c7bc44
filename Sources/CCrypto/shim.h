#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
