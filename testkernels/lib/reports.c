#include "reports.h"
#include "console.h"

static void report_number(const char *name, uint64_t value)
{
    print(" ");
    print(name);
    print(" ");
    print_hex(value);
}

void report_text(const char *name, const char *value)
{
    print(name);
    print(": ");
    print(value);
    print("\n");
}

void report_blob(const char *name, uint64_t address, uint64_t size, const char *line)
{
    print(name);
    print(":");
    report_number("address", address);
    report_number("size", size);
    if (line) {
        print(" line \"");
        print(line);
        print("\"");
    }
    print(" text \"");
    const char *text = (const char *)(uintptr_t)address;
    for (unsigned i = 0; i < size && i < 32 && text[i] >= ' ' && text[i] <= '~'; i++)
        print_character(text[i]);
    print("\"\n");
}

void report_range(uint64_t base, uint64_t length, uint32_t type)
{
    print("map:");
    report_number("base", base);
    report_number("length", length);
    report_number("type", type);
    print("\n");
}

static uint8_t sum(const uint8_t *bytes, unsigned count)
{
    uint8_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total = (uint8_t)(total + bytes[i]);
    return total;
}

int is_root_pointer(uint64_t address)
{
    static const char signature[] = "RSD PTR ";
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)address;
    for (unsigned i = 0; i < 8; i++)
        if (!address || bytes[i] != (uint8_t)signature[i])
            return 0;
    return sum(bytes, 20) == 0 && (bytes[15] == 0 || sum(bytes, 36) == 0);
}
