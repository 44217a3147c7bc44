// HTTP/1.1 load on 127.0.0.1 from one thread, for what wrk cannot do: a fixed rate, event streams, streams held open.
//
//   load rate    PORT PATH BODY_FILE KEY  REQUESTS_PER_SECOND SECONDS
//       Sends a request when it is due, whether or not others are still open, and counts its time from then on.
//       -> {"ok":N,"failed":N,"p50_us":T,"p99_us":T}
//   load streams PORT PATH BODY_FILE KEY  COUNT SECONDS
//       Keeps COUNT event streams running; a finished one is followed by another until SECONDS have passed.
//       -> {"ok":N,"failed":N,"events":N,"p50_us":T,"p99_us":T}      (times to the first event)
//   load hold    PORT PATH BODY_FILE KEY  COUNT
//       Opens COUNT event streams, says so when each has had an event, and keeps them until standard input ends.
//       -> {"ok":N,"failed":N}
//
// KEY may be empty. One line of JSON on standard output. Build: cc -O2 -o load load.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { max_connections = 8192, max_head = 8192 };

// Where in an answer a connection is.
enum part { idle, head, sized, chunk_size, chunk_data, chunk_end, trailer, until_close };

struct connection {
    int fd;
    enum part part;
    size_t sent;            // of the request
    bool closes;            // the answer said so
    char line[max_head];    // the head, then the current line of chunk framing
    size_t line_length;
    uint64_t left;          // of the body or the chunk
    unsigned matched;       // of "data:" at the start of a body line; 6: this line is none
    uint64_t events;
    int64_t begun;          // ns; when the request was due
    int64_t first_event;    // ns; 0 before
};

static struct connection connections[max_connections];
static int used_connections;
static int poller;
static struct sockaddr_in address;
static char *request;
static size_t request_length;
static bool is_stream;

static uint64_t ok_total, failed_total, event_total;
static uint32_t *times;     // us
static size_t times_count, times_room;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void record(int64_t nanoseconds) {
    if (times_count == times_room) {
        times_room = times_room ? times_room * 2 : 1 << 14;
        times = realloc(times, times_room * sizeof *times);
        if (!times) die("realloc");
    }
    times[times_count++] = (uint32_t)(nanoseconds / 1000);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(double share) {
    if (times_count == 0) return 0;
    return times[(size_t)(share * (double)(times_count - 1) + 0.5)];
}

static bool is_finished(const struct connection *c) { return c->part == idle; }

static void hang_up(struct connection *c) {
    if (c->fd > 0) close(c->fd);
    c->fd = 0;
}

static void finish(struct connection *c, bool ok) {
    if (ok && (!is_stream || c->events > 0)) {
        ok_total++;
        if (!is_stream) record(now() - c->begun);
    } else {
        failed_total++;
    }
    c->part = idle;
    if (!ok || c->closes) hang_up(c);
}

static void count_events(struct connection *c, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n') {
            c->matched = 0;
        } else if (c->matched == 6) {
            const char *end = memchr(bytes + i, '\n', count - i);
            if (!end) return;
            i = (size_t)(end - bytes);
            c->matched = 0;
        } else if (bytes[i] == "data:"[c->matched]) {
            if (++c->matched < 5) continue;
            c->matched = 6;
            c->events++;
            event_total++;
            if (c->first_event == 0) {
                c->first_event = now();
                record(c->first_event - c->begun);
            }
        } else {
            c->matched = 6;
        }
    }
}

// A whole head is in c->line. False when the answer is not a 200.
static bool read_head(struct connection *c) {
    c->line[c->line_length] = 0;
    if (strncmp(c->line, "HTTP/1.1 200", 12) != 0) return false;
    c->closes = strcasestr(c->line, "\r\nconnection: close") != NULL;
    const char *length = strcasestr(c->line, "\r\ncontent-length:");
    if (strcasestr(c->line, "\r\ntransfer-encoding: chunked")) {
        c->part = chunk_size;
    } else if (length) {
        c->part = sized;
        c->left = strtoull(length + 17, NULL, 10);
    } else {
        c->part = until_close;
        c->closes = true;
    }
    c->line_length = 0;
    return true;
}

// Takes one byte of a line; true when it was the line's LF.
static bool take_line(struct connection *c, char byte) {
    if (c->line_length < max_head - 1) c->line[c->line_length++] = byte;
    return byte == '\n';
}

static void take(struct connection *c, const char *bytes, size_t count) {
    size_t at = 0;
    while (c->part != idle && (at < count || (c->part == sized && c->left == 0))) {
        switch (c->part) {
        case head:
            if (!take_line(c, bytes[at++])) break;
            if (c->line_length >= 4 && memcmp(c->line + c->line_length - 4, "\r\n\r\n", 4) == 0 && !read_head(c))
                finish(c, false);
            break;
        case sized:
        case chunk_data: {
            size_t run = count - at < c->left ? count - at : (size_t)c->left;
            if (is_stream) count_events(c, bytes + at, run);
            at += run;
            c->left -= run;
            if (c->left > 0) break;
            if (c->part == sized) finish(c, true);
            else c->part = chunk_end;
            break;
        }
        case chunk_size:
            if (!take_line(c, bytes[at++])) break;
            c->line[c->line_length] = 0;
            c->left = strtoull(c->line, NULL, 16);
            c->line_length = 0;
            c->part = c->left > 0 ? chunk_data : trailer;
            break;
        case chunk_end:
            if (bytes[at++] == '\n') c->part = chunk_size;
            break;
        case trailer:
            if (!take_line(c, bytes[at++])) break;
            if (c->line_length == 2) finish(c, true);
            c->line_length = 0;
            break;
        case until_close:
            if (is_stream) count_events(c, bytes + at, count - at);
            at = count;
            break;
        case idle:
            break;
        }
    }
}

static void send_rest(struct connection *c) {
    while (c->sent < request_length) {
        ssize_t n = send(c->fd, request + c->sent, request_length - c->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS) finish(c, false);
            return;
        }
        c->sent += (size_t)n;
    }
}

static void connect_socket(struct connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) die("connect");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) != 0) die("epoll_ctl");
}

static void begin(struct connection *c, int64_t due) {
    if (c->fd <= 0) connect_socket(c);
    c->part = head;
    c->sent = c->line_length = 0;
    c->matched = 0;
    c->events = 0;
    c->closes = false;
    c->begun = due;
    c->first_event = 0;
    send_rest(c);
}

static void receive(struct connection *c) {
    static char bytes[1 << 17];
    while (c->fd > 0) {
        ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
        if (n > 0) {
            take(c, bytes, (size_t)n);
            continue;
        }
        if (n < 0 && errno == EAGAIN) return;
        if (c->part == until_close && n == 0) finish(c, true);
        else if (!is_finished(c)) finish(c, false);
        hang_up(c);
    }
}

// Handles what happens until `deadline` or the first events, whichever is sooner.
static void turn(int64_t deadline) {
    struct epoll_event events[256];
    int64_t left = deadline - now();
    if (left < 0) left = 0;
    struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    int count = epoll_pwait2(poller, events, 256, &wait, NULL);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->fd <= 0) continue;
        if (!is_finished(c) && c->sent < request_length) send_rest(c);
        if (c->fd > 0) receive(c);
    }
}

static struct connection *idle_connection(void) {
    // The first free one: few connections stay busy, as in a client's pool.
    for (int i = 0; i < used_connections; i++)
        if (is_finished(&connections[i])) return &connections[i];
    return used_connections < 512 ? &connections[used_connections++] : NULL;
}

static bool all_finished(void) {
    for (int i = 0; i < used_connections; i++)
        if (!is_finished(&connections[i])) return false;
    return true;
}

static void run_rate(double rate, double seconds) {
    // The first requests open connections and warm caches; they are not counted.
    for (int i = 0; i < 32; i++) {
        struct connection *c = idle_connection();
        if (c) begin(c, now());
        int64_t until = now() + 5000000;
        while (now() < until) turn(until);
    }
    ok_total = failed_total = times_count = 0;
    int64_t start = now();
    long total = (long)(rate * seconds);
    for (long i = 0; i < total; i++) {
        int64_t due = start + (int64_t)((double)i * 1e9 / rate);
        while (now() < due) turn(due);
        struct connection *c = idle_connection();
        if (c) begin(c, due);
        else failed_total++;
    }
    int64_t last = now() + 5000000000;
    while (!all_finished() && now() < last) turn(last);
}

static void run_streams(int count, double seconds) {
    int64_t start = now(), end = start + (int64_t)(seconds * 1e9), last = end + 20000000000;
    used_connections = count;
    int64_t opened = 0;
    while (now() < last) {
        // A few at a time, so that their events do not all fall together.
        int64_t due = (now() - start) / 1000000 + 1;
        for (; opened < count && opened < due; opened++) begin(&connections[opened], now());
        bool busy = false;
        for (int i = 0; i < opened; i++) {
            if (is_finished(&connections[i]) && now() < end) begin(&connections[i], now());
            busy |= !is_finished(&connections[i]);
        }
        if (!busy && now() >= end) break;
        turn(now() + 1000000);
    }
}

static void report_held(void) {
    printf("{\"ok\":%d,\"failed\":%" PRIu64 "}\n", used_connections - (int)failed_total, failed_total);
    fflush(stdout);
}

static void run_hold(int count) {
    used_connections = count;
    int opened = 0;
    bool reported = false;
    int64_t limit = now() + 60000000000;
    while (now() < limit) {
        if (opened < count) {
            begin(&connections[opened++], now());
        } else if (!reported) {
            int waiting = 0;
            for (int i = 0; i < count; i++) waiting += connections[i].first_event == 0 && !is_finished(&connections[i]);
            if (waiting == 0) {
                reported = true;
                report_held();
            }
        }
        turn(now() + (opened < count ? 500000 : 20000000));
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&input, 1, 0) > 0) break;
    }
    if (!reported) report_held();
}

static void prepare(char **arguments) {
    address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[0])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    FILE *file = fopen(arguments[2], "rb");
    if (!file) die(arguments[2]);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    request = malloc((size_t)size + 4096);
    if (!request) die("malloc");
    const char *key = arguments[3];
    int length = snprintf(
        request, 4096,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\n%s%s%sContent-Length: %ld\r\n\r\n",
        arguments[1], arguments[0], *key ? "Authorization: Bearer " : "", key, *key ? "\r\n" : "", size);
    if (length < 0 || length >= 4096) die("head");
    if (fread(request + length, 1, (size_t)size, file) != (size_t)size) die("read");
    fclose(file);
    request_length = (size_t)length + (size_t)size;
}

int main(int argc, char **argv) {
    bool is_rate = argc == 8 && strcmp(argv[1], "rate") == 0;
    bool is_hold = argc == 7 && strcmp(argv[1], "hold") == 0;
    if (!is_rate && !is_hold && !(argc == 8 && strcmp(argv[1], "streams") == 0)) {
        fprintf(stderr, "usage: load rate|streams|hold PORT PATH BODY_FILE KEY AMOUNT [SECONDS]\n");
        return 2;
    }
    double amount = atof(argv[6]), seconds = is_hold ? 0 : atof(argv[7]);
    if (amount < 1 || amount > (is_rate ? 10000 : max_connections) || seconds > 60) {
        fprintf(stderr, "load: out of bounds\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1);
    is_stream = !is_rate;
    prepare(argv + 2);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (is_hold) {
        run_hold((int)amount);
        return 0;
    }
    if (is_rate) run_rate(amount, seconds);
    else run_streams((int)amount, seconds);
    if (times_count > 0) qsort(times, times_count, sizeof *times, by_size);
    printf(
        "{\"ok\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"events\":%" PRIu64 ",\"p50_us\":%u,\"p99_us\":%u}\n", ok_total,
        failed_total, event_total, percentile(0.5), percentile(0.99));
    return 0;
}
