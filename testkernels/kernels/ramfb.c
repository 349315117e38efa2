/* ramfb: QEMU's frame buffer in RAM: every format, gaps between rows, sizes, anew at any time; and a test picture.
 * QEMU hw/display/ramfb.c, ui/qemu-pixman.c.
 *
 * Command line: format=XR24 (or AR24, XB24, AB24, RG24: QEMU has XB24 and AB24 from 8.2 on), width=N and height=N (64 and 48), stride=N
 * (bytes, 0 for no gap), address=N (0x400000): what the last picture is like. lies=yes: configurations that are to be refused come before
 * it, and one after it; QEMU 7.2 aborts.
 *
 * The picture, of width w and height h: eight upright bars in the upper half (rows y < h / 2; bar x * 8 / w: white, yellow, cyan, green,
 * magenta, red, blue, black); below, red is x * 255 / (w - 1), green y * 255 / (h - 1), blue 255 - red (each 0 where w or h is 1);
 * in the corners squares of 4 by 4: white at the upper left, red at the upper right, green at the lower left, blue at the lower right, the
 * later over the earlier. Alpha is 255. Between the rows memory is as it was.
 * Prints a line a check, then "N passed, 0 failed". A debugger may stop at picture_shown.
 * Ends: debug exit 10h, or 11h when a check fails.
 */
#include "checks.h"
#include "console.h"
#include "fw-cfg.h"
#include "kernel.h"

struct __attribute__((packed)) configuration { uint64_t address; uint32_t fourcc, flags, width, height, stride; };

/* Where red, green and blue are in a pixel. */
struct format { const char *name; uint32_t bytes, red, green, blue; };

static const struct format formats[] = {
    { "XR24", 4, 2, 1, 0 }, { "AR24", 4, 2, 1, 0 }, { "XB24", 4, 0, 1, 2 }, { "AB24", 4, 0, 1, 2 }, { "RG24", 3, 2, 1, 0 },
};
enum { FORMATS = sizeof formats / sizeof formats[0], FIRST_ADDRESS = 0x400000, LIES = 10 };

static uint16_t key;

static uint32_t fourcc(const struct format *format)
{
    const char *name = format->name;
    return (uint32_t)name[3] << 24 | (uint32_t)name[2] << 16 | (uint32_t)name[1] << 8 | (uint32_t)name[0];
}

static uint32_t configure(const struct configuration *wanted)
{
    struct configuration item = { swap64(wanted->address), swap32(wanted->fourcc), swap32(wanted->flags),
                                  swap32(wanted->width), swap32(wanted->height), swap32(wanted->stride) };
    return fw_cfg_dma(fw_cfg_on(key, FW_CFG_WRITE), sizeof item, (uintptr_t)&item);
}

/* 0xRRGGBB. */
static uint32_t colour(const struct configuration *shape, uint32_t x, uint32_t y)
{
    static const uint32_t bars[] = { 0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000 };
    uint32_t width = shape->width, height = shape->height;
    int right = x + 4 >= width, low = y + 4 >= height;
    if ((x < 4 || right) && (y < 4 || low))
        return low ? right ? 0x0000ff : 0x00ff00 : right ? 0xff0000 : 0xffffff;
    if (y < height / 2)
        return bars[x * 8 / width];
    uint32_t red = width > 1 ? x * 255 / (width - 1) : 0, green = height > 1 ? y * 255 / (height - 1) : 0;
    return red << 16 | green << 8 | (255 - red);
}

static void draw(const struct configuration *shape, const struct format *format)
{
    uint32_t stride = shape->stride ? shape->stride : shape->width * format->bytes;
    for (uint32_t y = 0; y < shape->height; y++) {
        uint8_t *pixel = (uint8_t *)(uintptr_t)shape->address + y * stride;
        for (uint32_t x = 0; x < shape->width; x++, pixel += format->bytes) {
            uint32_t rgb = colour(shape, x, y);
            pixel[format->red] = (uint8_t)(rgb >> 16);
            pixel[format->green] = (uint8_t)(rgb >> 8);
            pixel[format->blue] = (uint8_t)rgb;
            if (format->bytes == 4)
                pixel[3] = 0xff;
        }
    }
}

/* For debuggers: the picture is there. */
__attribute__((noinline)) void picture_shown(void)
{
    __asm__ volatile("" : : : "memory");
}

static void show(const char *name, const struct configuration *shape, const struct format *format)
{
    draw(shape, format);
    check(name, configure(shape), 0);
}

static void check_formats(void)
{
    for (unsigned i = 0; i < FORMATS; i++) {
        struct configuration shape = { FIRST_ADDRESS + 0x10000 * i, fourcc(&formats[i]), 0, 16, 16, 0 };
        show(formats[i].name, &shape, &formats[i]);
        check("read-back-address", swap64(fw_cfg_number(key, 8)), shape.address);
    }
}

static void check_shapes(void)
{
    static const struct { const char *name; uint32_t width, height, stride; } shapes[] = {
        { "gap", 17, 16, 17 * 4 + 60 }, { "page-per-row", 16, 16, 4096 }, { "tall", 16, 100, 0 }, { "wide", 100, 16, 0 },
    };
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct configuration shape = { FIRST_ADDRESS, fourcc(&formats[0]), 0, shapes[i].width, shapes[i].height, shapes[i].stride };
        show(shapes[i].name, &shape, &formats[0]);
    }
}

/* Each is wrong in one field. The transfer itself is right, so there is no error to be seen. */
static void lie(unsigned from, unsigned to)
{
    static const struct configuration lies[LIES] = {
        { FIRST_ADDRESS, 0, 0, 64, 48, 0 }, { FIRST_ADDRESS, 0x36314752, 0, 64, 48, 0 }, { FIRST_ADDRESS, 0x34325258, 0, 0, 48, 0 },
        { FIRST_ADDRESS, 0x34325258, 0, 64, 0, 0 }, { FIRST_ADDRESS, 0x34325258, 0, 0x40000010, 16, 64 },
        { FIRST_ADDRESS, 0x34325258, 0, 64, 0xffffffff, 0 }, { FIRST_ADDRESS, 0x34325258, 0, 64, 48, 255 },
        { FIRST_ADDRESS, 0x34325258, 0, 64, 48, 0xfffffffc }, { 0xd0000000, 0x34325258, 0, 64, 48, 0 },
        { 0xfffffffffffff000, 0x34325258, 0, 64, 48, 0 },
    };
    for (unsigned i = from; i < to; i++)
        check("lie", configure(&lies[i]), 0);
}

uint32_t kernel_main(void)
{
    struct fw_cfg_file file;
    if (!fw_cfg_find("etc/ramfb", &file)) {
        skip("ramfb", "there is none");
        return checks_result();
    }
    key = file.key;
    check("size", file.size, sizeof(struct configuration));
    const struct format *format = &formats[0];
    for (unsigned i = 0; i < FORMATS; i++)
        if (option_is("format", formats[i].name))
            format = &formats[i];
    struct configuration shape = { number_option("address", FIRST_ADDRESS), fourcc(format), 0, number_option("width", 64),
                                   number_option("height", 48), number_option("stride", 0) };
    check_formats();
    check_shapes();
    if (option_is("lies", "yes"))
        lie(0, LIES - 1);
    show("picture", &shape, format);
    if (option_is("lies", "yes"))
        lie(LIES - 1, LIES);
    picture_shown();
    return checks_result();
}
