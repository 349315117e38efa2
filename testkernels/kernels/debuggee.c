/* debuggee: made to be debugged. Everything that a debugger changes shows in what is printed or in the exit value.
 *
 * What a debugger may use:
 *   kernel_main > outer > middle > inner   nested calls with locals and arguments; `finish` from inner gives 70, from outer 107
 *   knob                                   printed after the calls
 *   register_probe                         a label; what (E|R)AX holds there is printed, 4660 (1234h) by itself
 *   tick                                   called 10 times with 0 to 9
 *   watched                                written at one place only, in change_watched, from 1 to 2; read in read_watched
 *   operation                              a function pointer: add_one; subtract_one is there to be put into it
 *   spin_requested, spin_count             set the first and it counts until it is zero again: for Ctrl-C
 *   halt_requested                         set it and it halts with interrupts open and none to come, at `halted`
 *   exit_value                             ends the run
 *
 * Prints:
 *   debuggee: start
 *   outer = 107
 *   knob = 1
 *   register = 4660
 *   ticks = 45
 *   port sum = 10
 *   watched = 2
 *   operation = 42
 *   string out
 *   string in = 170
 *   interrupts opened and closed
 *   debuggee: end
 * Ends: debug exit 10h.
 */
#include "console.h"
#include "kernel.h"
#include "ports.h"

#define NOINLINE __attribute__((noinline, noclone))

enum { SCRATCH = COM1 + 7 };

volatile uint32_t knob = 1;
volatile uint32_t watched = 1;
volatile uint32_t tick_total;
volatile uint32_t spin_requested, spin_count;
volatile uint32_t halt_requested;
volatile uint32_t exit_value = EXIT_PASSED;

NOINLINE uint32_t inner(uint32_t value)
{
    volatile uint32_t inner_local = value * 2;
    inner_local += 4;
    return inner_local;
}

NOINLINE uint32_t middle(uint32_t value)
{
    volatile uint32_t middle_local = value + 3;
    uint32_t result = inner(middle_local);
    return result + 7;
}

NOINLINE uint32_t outer(uint32_t value)
{
    volatile uint32_t outer_local = value * 10;
    uint32_t result = middle(outer_local);
    return result + outer_local;
}

NOINLINE uint32_t register_value(void)
{
    uint32_t value = 0x1234;
    __asm__ volatile(".globl register_probe\n"
                     "register_probe:\n"
                     "\tnop"
                     : "+a"(value));
    return value;
}

NOINLINE void tick(uint32_t number)
{
    tick_total += number;
}

NOINLINE uint32_t port_loop(uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        out8(SCRATCH, (uint8_t)i);
        sum += in8(SCRATCH);
    }
    return sum;
}

/* Nothing is there: the accesses leave the processor, what they read is not looked at. */
NOINLINE void touch_mmio(void)
{
    volatile uint32_t *mmio = (volatile uint32_t *)0xd0000000;
    *mmio = 0x5a5a5a5a;
    (void)*mmio;
}

NOINLINE void change_watched(void)
{
    watched = 2;
}

NOINLINE uint32_t read_watched(void)
{
    return watched;
}

NOINLINE uint32_t add_one(uint32_t value) { return value + 1; }
__attribute__((noinline, noclone, used)) uint32_t subtract_one(uint32_t value) { return value - 1; }

uint32_t (*volatile operation)(uint32_t) = add_one;

NOINLINE void string_out(void)
{
    static const char text[] = "string out\n";
    const char *source = text;
    uintptr_t count = sizeof text - 1;
    __asm__ volatile("rep outsb" : "+S"(source), "+c"(count) : "d"((uint16_t)COM1) : "memory");
}

NOINLINE uint32_t string_in(void)
{
    uint8_t buffer[8];
    uint8_t *target = buffer;
    uintptr_t count = sizeof buffer;
    out8(SCRATCH, 0xaa);
    __asm__ volatile("rep insb" : "+D"(target), "+c"(count) : "d"((uint16_t)SCRATCH) : "memory");
    uint32_t same = buffer[0];
    for (unsigned i = 1; i < sizeof buffer; i++)
        if (buffer[i] != same)
            return 0;
    return same;
}

/* Interrupts are open for an instruction or two; both PICs are masked, so that none comes. */
NOINLINE void open_and_close_interrupts(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    __asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

NOINLINE void halt(void)
{
    __asm__ volatile("sti\n"
                     "\thlt\n"
                     "\t.globl halted\n"
                     "halted:\n"
                     "\tcli"
                     : : : "memory");
}

NOINLINE void spin(void)
{
    while (spin_requested)
        spin_count++;
}

uint32_t kernel_main(void)
{
    print("debuggee: start\n");
    uint32_t result = outer(3);
    print_decimal_value("outer", result);
    print_decimal_value("knob", knob);
    print_decimal_value("register", register_value());
    for (uint32_t i = 0; i < 10; i++)
        tick(i);
    print_decimal_value("ticks", tick_total);
    print_decimal_value("port sum", port_loop(5));
    touch_mmio();
    change_watched();
    print_decimal_value("watched", read_watched());
    print_decimal_value("operation", operation(41));
    string_out();
    print_decimal_value("string in", string_in());
    open_and_close_interrupts();
    print("interrupts opened and closed\n");
    if (halt_requested)
        halt();
    spin();
    print("debuggee: end\n");
    return exit_value;
}
