#include "kernel.h"
#include "console.h"
#include "ports.h"

struct boot boot;

void kernel_start(uint32_t magic, const void *information)
{
    boot.magic = magic;
    boot.information = information;
    console_initialise();
    machine_exit(kernel_main());
}

void machine_exit(uint32_t value)
{
    if (value <= 0xff)
        out8(0xf4, (uint8_t)value); /* isa-debug-exit may be a single port wide */
    else
        out32(0xf4, value);
    dead_halt();
}

void dead_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}
