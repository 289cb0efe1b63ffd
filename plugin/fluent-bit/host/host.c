/*
 * A host for the native filter that imitates Fluent Bit's calls, for tests on machines without Fluent Bit, and with
 * tools that do not work with Fluent Bit's own allocator.
 *
 *     host [--repeat N] [--keep] [--refuse] PLUGIN [PROPERTY=VALUE ...] < chunks > answers
 *
 * A chunk on stdin is its size (four bytes, big-endian) and its bytes. Each chunk is filtered N times (default 1), and
 * the last answer is written to stdout: the byte 1 and a new chunk in the same form, or the byte 2 if the chunk is
 * unchanged. Events that the filter appends come before that: the byte 3, then the tag and the events, each in the form
 * of a chunk. As in Fluent Bit, they are filtered first, and must come out unchanged. At the end, the resident memory
 * after the first chunk and after the last is printed to stderr, in KiB.
 *
 * --keep never frees an answer, so that a test can show that a leak would be detected. --refuse rejects all appended
 * events.
 *
 * Exits with 1 if the plugin cannot be loaded or refuses its properties, and with 2 for any other error.
 *
 * Source: Fluent Bit, src/flb_plugin.c (loading), src/flb_filter.c (properties, calls), src/flb_log.c.
 */

#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MODIFIED = 1, NOTOUCH = 2, APPENDED = 3 };

/* The options of the command line. */
static int keep = 0;
static int refuse = 0;
static int write_answers = 0;

/* An instance of a filter, which the plugin sees as an opaque pointer. */
struct flb_filter_instance {
    const char *name;
    void *context;
    char **properties;
    int count;
};

/* An instance of an input, also opaque to the plugin, with its filter. */
struct flb_input_instance {
    struct flb_filter_plugin *plugin;
    struct flb_filter_instance *filter;
};

/* include/fluent-bit/flb_filter.h, version 5.1, or 2.1 with VERSION_2_1 */
struct flb_filter_plugin {
    int event_type;
    int flags;
    char *name;
    char *description;
    void *config_map;
#ifndef VERSION_2_1
    int (*cb_pre_run)(struct flb_filter_instance *, void *, void *);
#endif
    int (*cb_init)(struct flb_filter_instance *, void *, void *);
    int (*cb_filter)(const void *, size_t, const char *, int, void **, size_t *, struct flb_filter_instance *,
                     struct flb_input_instance *, void *, void *);
    int (*cb_exit)(void *, void *);
#ifndef VERSION_2_1
    int (*cb_notification)(struct flb_filter_instance *, void *, void *);
#endif
    void *links[2];
};

static void fail(int code, const char *what, const char *why)
{
    fprintf(stderr, "host: %s: %s\n", what, why);
    exit(code);
}

static void write_sized(const void *bytes, size_t size)
{
    unsigned char digits[4] = {size >> 24, size >> 16, size >> 8, size};
    fwrite(digits, 1, sizeof(digits), stdout);
    fwrite(bytes, 1, size, stdout);
}

const char *flb_filter_get_property(const char *key, struct flb_filter_instance *instance)
{
    size_t length = strlen(key);
    for (int at = 0; at < instance->count; at++) {
        const char *property = instance->properties[at];
        if (strncasecmp(property, key, length) == 0 && property[length] == '=') {
            return property + length + 1;
        }
    }
    return NULL;
}

/* Omitted when a test needs a host without this function. */
#ifndef WITHOUT_SET_CONTEXT
void flb_filter_set_context(struct flb_filter_instance *instance, void *context)
{
    instance->context = context;
}
#endif

const char *flb_filter_name(struct flb_filter_instance *instance)
{
    return instance->name;
}

void flb_log_print(int type, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    (void) file;
    (void) line;
    va_start(arguments, format);
    fprintf(stderr, "[%s] ", type == 1 ? "error" : "other");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
}

/* Omitted when a test needs a host without this function. */
#ifndef WITHOUT_LOG_APPEND
int flb_input_log_append_processed(struct flb_input_instance *input, size_t records, const char *tag, size_t tag_size,
                                   const void *events, size_t size)
{
    (void) records;
    void *out = NULL;
    size_t out_size = 0;
    struct flb_filter_instance *filter = input->filter;
    if (refuse) {
        return -1;
    }
    if (input->plugin->cb_filter(events, size, tag, (int) tag_size, &out, &out_size, filter, input, filter->context, NULL)
        != NOTOUCH) {
        fail(2, "a part", "it was filtered again");
    }
    if (write_answers) {
        putchar(APPENDED);
        write_sized(tag, tag_size);
        write_sized(events, size);
    }
    return 0;
}
#endif

/* Returns the resident memory in KiB. */
static long resident(void)
{
    char line[256];
    long size = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof(line), status)) {
        if (sscanf(line, "VmRSS: %ld", &size) == 1) {
            break;
        }
    }
    if (status) {
        fclose(status);
    }
    return size;
}

/*
 * Reads a chunk into memory of exactly its size, so that a tool detects any read past its end. Returns NULL at the end
 * of stdin.
 */
static void *read_chunk(uint32_t *size)
{
    unsigned char digits[4];
    size_t got = fread(digits, 1, sizeof(digits), stdin);
    if (got == 0) {
        return NULL;
    }
    *size = (uint32_t) digits[0] << 24 | digits[1] << 16 | digits[2] << 8 | digits[3];
    void *chunk = malloc(*size > 0 ? *size : 1);
    if (got < sizeof(digits) || !chunk || fread(chunk, 1, *size, stdin) < *size) {
        fail(2, "stdin", "a chunk is truncated or too large");
    }
    return chunk;
}

static void write_answer(int answer, const void *chunk, size_t size)
{
    putchar(answer);
    if (answer == MODIFIED) {
        write_sized(chunk, size);
    }
    if (fflush(stdout) != 0) {
        fail(2, "stdout", "cannot write an answer");
    }
}

int main(int count, char **arguments)
{
    long repeat = 1;
    int at = 1;
    for (; at < count && strncmp(arguments[at], "--", 2) == 0; at++) {
        if (strcmp(arguments[at], "--keep") == 0) {
            keep = 1;
        } else if (strcmp(arguments[at], "--refuse") == 0) {
            refuse = 1;
        } else if (strcmp(arguments[at], "--repeat") == 0 && at + 1 < count) {
            repeat = atol(arguments[++at]);
        } else {
            fail(2, arguments[at], "unknown option");
        }
    }
    if (at >= count) {
        fail(2, "usage", "host [--repeat N] [--keep] [--refuse] PLUGIN [PROPERTY=VALUE ...]");
    }

    void *library = dlopen(arguments[at], RTLD_LAZY);
    if (!library) {
        fail(1, arguments[at], dlerror());
    }
    struct flb_filter_plugin *description = dlsym(library, "filter_eset_plugin");
    if (!description) {
        fail(1, arguments[at], dlerror());
    }
    struct flb_filter_plugin plugin;
    memcpy(&plugin, description, sizeof(plugin));

    struct flb_filter_instance instance = {"eset.0", NULL, arguments + at + 1, count - at - 1};
    plugin.links[0] = plugin.links[1] = &plugin;
#ifndef VERSION_2_1
    /* The first call is for the check of the configuration. */
    if (plugin.cb_pre_run(&instance, NULL, NULL) != 0 || plugin.cb_pre_run(&instance, NULL, NULL) != 0) {
        fail(1, plugin.name, "the filter rejects the configuration");
    }
#endif
    if (plugin.cb_init(&instance, NULL, NULL) != 0) {
        fail(1, plugin.name, "the filter refuses to start");
    }

    struct flb_input_instance input = {&plugin, &instance};
    uint32_t size;
    long first = -1;
    void *chunk;
    while ((chunk = read_chunk(&size))) {
        for (long turn = 1; turn <= repeat; turn++) {
            void *out = NULL;
            size_t out_size = 0;
            write_answers = turn == repeat;
            int answer = plugin.cb_filter(chunk, size, "eset", 4, &out, &out_size, &instance, &input, instance.context, NULL);
            if (write_answers) {
                write_answer(answer, out, out_size);
            }
            if (answer == MODIFIED && !keep) {
                free(out);
            }
            if (first < 0) {
                first = resident();
            }
        }
        free(chunk);
    }
    fprintf(stderr, "resident: %ld KiB after the first chunk, %ld KiB after the last\n", first, resident());
    if (plugin.cb_exit && instance.context) {
        plugin.cb_exit(instance.context, NULL);
    }
    dlclose(library);
    return 0;
}
