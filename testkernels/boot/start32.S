/* Start-up of 32-bit kernels: entered in protected mode by Multiboot, or at the first byte of a flat binary.
 * Takes nothing for granted but flat segments: sets its own GDT and stack, then calls
 * kernel_start(magic, information), with zeros when no loader left any. */
#include "multiboot-header.inc"

        .section .text.start, "ax"
        .globl _start
        .type _start, @function
_start:
        .cfi_startproc
        .cfi_undefined eip                      /* a backtrace ends here */
        cli
        cld
        lgdt gdt_pointer
        ljmp $8, $1f
1:      mov $16, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov %ecx, %ss
        mov $stack_top, %esp
        xor %ebp, %ebp
#if !defined(MULTIBOOT) && !defined(PVH)
        xor %eax, %eax
        xor %ebx, %ebx
#endif
        sub $8, %esp                            /* the two arguments leave the stack on 16 bytes at the call */
        push %ebx
        push %eax
        call kernel_start
        ud2
        .cfi_endproc
        .size _start, . - _start

        .section .rodata
        .balign 8
gdt:    .quad 0
        .quad 0x00cf9b000000ffff                /* 08h: code, 4 GiB */
        .quad 0x00cf93000000ffff                /* 10h: data, 4 GiB */
gdt_pointer:
        .short gdt_pointer - gdt - 1
        .long gdt

        .section .bss
        .balign 16
        .skip 16384
stack_top:
