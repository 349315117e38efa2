/* Start-up of 64-bit kernels that are entered in long mode: plain ELF64 files and flat binaries. Nothing is taken for granted but a map of
 * the image to itself: the GDT, the stack and the page tables are its own (4 GiB mapped to themselves).
 * HIGH_HALF: the kernel is linked at FFFFFFFF80000000h and up; only this start-up code runs at its physical address, until the kernel's own
 * page tables are in place. Calls kernel_start(0, 0). */
#ifdef HIGH_HALF
#define IMAGE_OFFSET 0xffffffff80000000
#else
#define IMAGE_OFFSET 0
#endif

        .section .text.start, "ax"
        .globl _start
        .type _start, @function
_start:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        cli
        cld
        mov $page_map - IMAGE_OFFSET, %eax
        mov %rax, %cr3
        mov $kernel_entry, %rax
        jmp *%rax
        .cfi_endproc
        .size _start, . - _start

        .section .text, "ax"
        .type kernel_entry, @function
kernel_entry:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        mov $stack_top, %rsp
        lgdt gdt_pointer
        push $8
        mov $1f, %rax
        push %rax
        lretq
1:      mov $16, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov %ecx, %ss
        xor %ebp, %ebp
        xor %edi, %edi
        xor %esi, %esi
        call kernel_start
        ud2
        .cfi_endproc
        .size kernel_entry, . - kernel_entry

#include "long-mode-gdt.inc"
gdt_pointer:
        .short gdt_end - gdt - 1
        .quad gdt

#include "identity-map.inc"

        .section .bss
        .balign 16
        .skip 16384
stack_top:
