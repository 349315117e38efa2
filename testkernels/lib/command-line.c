#include "kernel.h"
#include "linux.h"
#include "multiboot.h"
#include "pvh.h"

const char *command_line(void)
{
    if (boot.magic == COMMAND_LINE_MAGIC)
        return boot.information;
    if (boot.magic == MULTIBOOT1_MAGIC) {
        const struct mb1_information *information = boot.information;
        return information->flags & MB1_COMMAND_LINE ? physical(information->command_line) : "";
    }
    if (boot.magic == MULTIBOOT2_MAGIC)
        for (const struct mb2_tag *tag = mb2_first(boot.information); tag->type != MB2_END; tag = mb2_next(tag))
            if (tag->type == MB2_COMMAND_LINE)
                return ((const struct mb2_string *)tag)->text;
    if (boot.magic == PVH_MAGIC) {
        uint64_t address = ((const struct pvh_start *)boot.information)->command_line;
        return address ? physical((uint32_t)address) : "";
    }
    if (boot.magic == LINUX_MAGIC) {
        uint64_t address = zero_page_field(boot.information, ZERO_PAGE_COMMAND_LINE, 4);
        return address ? physical((uint32_t)address) : "";
    }
    return "";
}

/* The text behind "NAME=", or null. */
static const char *option(const char *name)
{
    const char *word = command_line();
    while (*word) {
        const char *rest = word, *letter = name;
        while (*letter && *rest == *letter)
            rest++, letter++;
        if (!*letter && *rest == '=')
            return rest + 1;
        while (*word && *word != ' ')
            word++;
        while (*word == ' ')
            word++;
    }
    return 0;
}

static int digit(char character, uint32_t base)
{
    int value = character >= '0' && character <= '9' ? character - '0' : (character | 32) >= 'a' ? (character | 32) - 'a' + 10 : 99;
    return (uint32_t)value < base ? value : -1;
}

uint32_t number_option(const char *name, uint32_t otherwise)
{
    const char *text = option(name);
    if (!text)
        return otherwise;
    uint32_t base = 10, value = 0;
    if (text[0] == '0' && (text[1] | 32) == 'x')
        base = 16, text += 2;
    for (int next; (next = digit(*text, base)) >= 0; text++)
        value = value * base + (uint32_t)next;
    return value;
}

int option_is(const char *name, const char *value)
{
    const char *text = option(name);
    if (!text)
        return 0;
    while (*value && *text == *value)
        text++, value++;
    return !*value && (!*text || *text == ' ');
}
