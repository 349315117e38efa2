/* framebuffer: finds the framebuffer that the loader tells of, prints what is told, and draws a picture into it. Its Multiboot header asks
 * for 160 by 120 pixels of 32 bits. Run it with --set 'devices.fb={type: framebuffer, width: 160, height: 120}'.
 *
 * Prints, for example:
 *   framebuffer: address fd000000 pitch 280 width a0 height 78 depth 20 type 1
 *   colours: red 10+8 green 8+8 blue 0+8       position and size of each; for type 1
 * The picture, for type 1 (RGB): in the upper half 8 bars of equal width, black, blue, green, cyan, red, magenta, yellow, white from the
 * left; in the lower half greys, from black on the left to white on the right; the four corners' pixels red, green, blue and white, from
 * the top left on, row by row. For type 2 (EGA text): "framebuffer: text" in the first row.
 * Ends: debug exit 10h; 11h when no framebuffer is told of, or one of another type.
 */
#include "console.h"
#include "kernel.h"
#include "multiboot.h"

enum { TYPE_RGB = 1, TYPE_TEXT = 2 };

struct field { uint8_t position, size; } __attribute__((packed));

struct frame {
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t depth, type;
    struct field red, green, blue;
};

static struct frame frame;

static int find_frame(void)
{
    if (boot.magic == MULTIBOOT1_MAGIC) {
        const struct mb1_information *information = boot.information;
        const struct mb1_framebuffer *told = &information->framebuffer;
        if (!(information->flags & MB1_FRAMEBUFFER))
            return 0;
        frame = (struct frame){ told->address, told->pitch, told->width, told->height, told->depth, told->type,
                                { told->colors[0], told->colors[1] }, { told->colors[2], told->colors[3] },
                                { told->colors[4], told->colors[5] } };
        return 1;
    }
    if (boot.magic != MULTIBOOT2_MAGIC)
        return 0;
    for (const struct mb2_tag *tag = mb2_first(boot.information); tag->type != MB2_END; tag = mb2_next(tag)) {
        const struct mb2_framebuffer *told = (const struct mb2_framebuffer *)tag;
        if (tag->type != MB2_FRAMEBUFFER)
            continue;
        frame = (struct frame){ told->address, told->pitch, told->width, told->height, told->depth, told->type,
                                { 0, 0 }, { 0, 0 }, { 0, 0 } };
        if (told->type == TYPE_RGB) {
            frame.red = (struct field){ told->colors[0], told->colors[1] };
            frame.green = (struct field){ told->colors[2], told->colors[3] };
            frame.blue = (struct field){ told->colors[4], told->colors[5] };
        }
        return 1;
    }
    return 0;
}

static void print_number(const char *name, uint64_t value)
{
    print(" ");
    print(name);
    print(" ");
    print_hex(value);
}

static void print_field(const char *name, struct field field)
{
    print_number(name, field.position);
    print("+");
    print_hex(field.size);
}

static void report(void)
{
    print("framebuffer:");
    print_number("address", frame.address);
    print_number("pitch", frame.pitch);
    print_number("width", frame.width);
    print_number("height", frame.height);
    print_number("depth", frame.depth);
    print_number("type", frame.type);
    print("\n");
    if (frame.type == TYPE_RGB) {
        print("colours:");
        print_field("red", frame.red);
        print_field("green", frame.green);
        print_field("blue", frame.blue);
        print("\n");
    }
}

static void put(uint32_t x, uint32_t y, uint32_t red, uint32_t green, uint32_t blue)
{
    volatile uint8_t *pixel = (volatile uint8_t *)(uintptr_t)frame.address + y * frame.pitch + x * (frame.depth / 8);
    uint32_t value = red << frame.red.position | green << frame.green.position | blue << frame.blue.position;
    if (frame.depth == 32) {
        *(volatile uint32_t *)pixel = value;
        return;
    }
    for (unsigned byte = 0; byte < frame.depth / 8u; byte++)
        pixel[byte] = (uint8_t)(value >> 8 * byte);
}

static void draw(void)
{
    for (uint32_t x = 0; x < frame.width; x++) {
        uint32_t bar = 8 * x / frame.width, grey = frame.width > 1 ? 255 * x / (frame.width - 1) : 0;
        uint32_t red = bar & 4 ? 255 : 0, green = bar & 2 ? 255 : 0, blue = bar & 1 ? 255 : 0;
        for (uint32_t y = 0; y < frame.height / 2; y++)
            put(x, y, red, green, blue);
        for (uint32_t y = frame.height / 2; y < frame.height; y++)
            put(x, y, grey, grey, grey);
    }
    put(0, 0, 255, 0, 0);
    put(frame.width - 1, 0, 0, 255, 0);
    put(0, frame.height - 1, 0, 0, 255);
    put(frame.width - 1, frame.height - 1, 255, 255, 255);
}

uint32_t kernel_main(void)
{
    if (!find_frame()) {
        print("framebuffer: none\n");
        return EXIT_FAILED;
    }
    report();
    if (frame.type == TYPE_TEXT) {
        volatile uint16_t *text = (volatile uint16_t *)(uintptr_t)frame.address;
        for (const char *from = "framebuffer: text"; *from; from++)
            *text++ = (uint16_t)(0x0700 | (uint8_t)*from);
        return EXIT_PASSED;
    }
    if (frame.type != TYPE_RGB)
        return EXIT_FAILED;
    draw();
    return EXIT_PASSED;
}
