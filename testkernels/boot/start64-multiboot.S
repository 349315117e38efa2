/* Start-up of 64-bit kernels that Multiboot enters in 32-bit protected mode: goes to long mode with the first 4 GiB mapped to themselves,
 * then calls kernel_start(magic, information). CR4.PAE is set before EFER.LME, as the processor manuals order it: some virtual machine
 * monitors do not survive the other order. */
#define IMAGE_OFFSET 0
#include "multiboot-header.inc"

        .section .text.start, "ax"
        .code32
        .globl _start
        .type _start, @function
_start:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        cli
        cld
        mov %eax, %edi                          /* the arguments of kernel_start */
        mov %ebx, %esi
        mov $page_map, %eax
        mov %eax, %cr3
        mov %cr4, %eax
        or $0x20, %eax                          /* PAE */
        mov %eax, %cr4
        mov $0xc0000080, %ecx                   /* EFER */
        rdmsr
        or $0x100, %eax                         /* LME */
        wrmsr
        mov %cr0, %eax
        or $0x80000001, %eax                    /* PG, PE */
        mov %eax, %cr0
        lgdt gdt_pointer
        ljmp $8, $long_mode
        .code64
long_mode:
        mov $16, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov %ecx, %ss
        mov $stack_top, %esp
        xor %ebp, %ebp
        call kernel_start
        ud2
        .cfi_endproc
        .size _start, . - _start

#include "long-mode-gdt.inc"
gdt_pointer:
        .short gdt_end - gdt - 1
        .long gdt

#include "identity-map.inc"

        .section .bss
        .balign 16
        .skip 16384
stack_top:
