/* hello-real: a boot sector: 16-bit real mode, at 0000:7C00.
 *
 * Prints:
 *   hello from real mode
 * Ends: debug exit 10h.
 */
        .code16
        .section .text.start, "ax"
        .globl _start
_start:
        cli
        cld
        ljmp $0, $1f
1:      xor %ax, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        mov $0x7c00, %sp
        mov $greeting, %si
        call print
        mov $0x10, %al
        out %al, $0xf4
2:      cli
        hlt
        jmp 2b

        .globl print
        .type print, @function
print:                                          /* the string at DS:SI, to COM1 */
        lodsb
        test %al, %al
        jz 4f
        mov %al, %ah
        mov $0x3fd, %dx
3:      in %dx, %al
        test $0x20, %al
        jz 3b
        mov $0x3f8, %dx
        mov %ah, %al
        out %al, %dx
        jmp print
4:      ret
        .size print, . - print

greeting:
        .asciz "hello from real mode\n"
        .org _start + 510
        .short 0xaa55                           /* so that a BIOS boots it, too */
