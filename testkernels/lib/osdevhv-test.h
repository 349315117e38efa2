/*
 * Tells OsDevHv's test runner what a kernel's tests come to, lets it take a snapshot of the machine, and gets a test's arguments.
 *
 * This one file is all: C or C++, freestanding, 32-bit or 64-bit code that may use ports; no libc, no other header, nothing to link.
 * Where the devices are not there, on another emulator or a PC, lines go nowhere and there are no arguments. Copy it into your kernel.
 * Interrupts may be on; two processors must not write lines at the same time.
 *
 * The protocol, for other languages
 *
 *   A line is printable text in ASCII or UTF-8, written byte by byte to the debug console, port E9h, and ended by a line feed:
 *
 *     @osdevhv begin NAME         the test NAME begins; until it ends, a death of the machine is its failure
 *     @osdevhv pass NAME          it passed
 *     @osdevhv fail NAME: WHY     it failed
 *     @osdevhv skip NAME: WHY     it cannot be judged on this machine
 *     @osdevhv ready              the machine is ready for a snapshot
 *
 *   A line begins at the start of a line and has at most 1024 bytes. NAME has at least one character and ends at the first ": ", or at
 *   the end of the line; ": WHY" may be left out. Whatever else is written to the port is ordinary output. A line may end CR LF.
 *
 *   Behind "@osdevhv ready" the kernel reads a byte from port E9h. There the snapshot is taken: each test goes on behind that read, on a
 *   machine of its own, with its own arguments. A kernel that is booted for each test goes on in the same way.
 *
 *   Arguments are the fw_cfg file "opt/org.osdevhv/arguments": text of up to 1023 bytes, filled up with zeros to the file's 1024. The file
 *   keeps its place and size in every test, so that its selector can be looked up before the snapshot; read it anew after.
 */
#ifndef OSDEVHV_TEST_H
#define OSDEVHV_TEST_H

#define OSDEVHV_ARGUMENTS_SIZE 1024

static inline void osdevhv_out8_(unsigned short port, unsigned char value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline unsigned char osdevhv_in8_(unsigned short port)
{
    unsigned char value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

/* Reads bytes from a port with one instruction, which costs one exit from the guest and not one for each byte. */
static inline void osdevhv_in_bytes_(unsigned short port, void *target, unsigned long count)
{
    __asm__ volatile("cld; rep insb" : "+D"(target), "+c"(count) : "d"(port) : "memory", "cc");
}

static inline void osdevhv_select_(unsigned short key)
{
    __asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((unsigned short)0x510) : "memory");
}

static inline void osdevhv_text_(const char *text)
{
    for (; *text; text++)
        osdevhv_out8_(0xe9, (unsigned char)*text);
}

static inline void osdevhv_line_(const char *verb, const char *name, const char *why)
{
    osdevhv_text_("@osdevhv ");
    osdevhv_text_(verb);
    if (name) {
        osdevhv_text_(" ");
        osdevhv_text_(name);
    }
    if (why && *why) {
        osdevhv_text_(": ");
        osdevhv_text_(why);
    }
    osdevhv_text_("\n");
}

/* Whether OsDevHv, or another machine with a debug console, is there. */
static inline int osdevhv_is_there(void) { return osdevhv_in8_(0xe9) == 0xe9; }

/* The test begins. A name has no line feed and no ": ". */
static inline void osdevhv_begin(const char *name) { osdevhv_line_("begin", name, 0); }

/* The test passed. */
static inline void osdevhv_pass(const char *name) { osdevhv_line_("pass", name, 0); }

/* The test failed. */
static inline void osdevhv_fail(const char *name, const char *why) { osdevhv_line_("fail", name, why); }

/* The test cannot be judged here. */
static inline void osdevhv_skip(const char *name, const char *why) { osdevhv_line_("skip", name, why); }

/* Where the snapshot is taken: what follows is done by each test anew. */
static inline void osdevhv_ready(void)
{
    osdevhv_line_("ready", 0, 0);
    (void)osdevhv_in8_(0xe9);
}

/* The fw_cfg selector of the arguments, 0 when there are none. It stays the same, so look it up once, before osdevhv_ready(). */
static inline unsigned short osdevhv_arguments_key(void)
{
    static const char wanted[] = "opt/org.osdevhv/arguments";
    unsigned char signature[4], count[4], entry[64];
    osdevhv_select_(0x00);
    osdevhv_in_bytes_(0x511, signature, sizeof signature);
    if (signature[0] != 'Q' || signature[1] != 'E' || signature[2] != 'M' || signature[3] != 'U')
        return 0;
    osdevhv_select_(0x19); /* the directory: a count and entries of 64 bytes, big-endian */
    osdevhv_in_bytes_(0x511, count, sizeof count);
    for (unsigned left = (unsigned)count[2] << 8 | count[3]; left; left--) {
        unsigned at = 0;
        osdevhv_in_bytes_(0x511, entry, sizeof entry);
        while (at < sizeof wanted && entry[8 + at] == (unsigned char)wanted[at])
            at++;
        if (at == sizeof wanted)
            return (unsigned short)(entry[4] << 8 | entry[5]);
    }
    return 0;
}

/* Gets the arguments: text ended by 0, "" when there are none. The buffer has OSDEVHV_ARGUMENTS_SIZE bytes. */
static inline const char *osdevhv_arguments(unsigned short key, char *buffer)
{
    buffer[0] = 0;
    if (key) {
        osdevhv_select_(key);
        osdevhv_in_bytes_(0x511, buffer, OSDEVHV_ARGUMENTS_SIZE);
        buffer[OSDEVHV_ARGUMENTS_SIZE - 1] = 0;
    }
    return buffer;
}

#endif
