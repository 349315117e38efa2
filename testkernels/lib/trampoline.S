/* What a processor runs from its SIPI on: copied to TRAMPOLINE (smp.h), below 1 MiB, from where it goes through protected mode to long mode
 * and into the image. CR4.PAE is set before EFER.LME. */
#define AT(label) (label - trampoline_start + 0x8000)

        .section .rodata
        .balign 16
        .globl trampoline_start, trampoline_end
        .code16
trampoline_start:
        cli
        cld
        mov %cs, %ebx                           /* kept for a look at what the processor started with */
        mov %cr0, %esi
        xor %ax, %ax
        mov %ax, %ds
        lgdtl AT(pointer)
        mov $0x11, %eax                         /* PE, ET: caches on */
        mov %eax, %cr0
        ljmpl $0x18, $AT(protected)
        .code32
protected:
        mov $0x10, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        mov %cr4, %eax
        or $0x20, %eax                          /* PAE */
        mov %eax, %cr4
        mov $page_map, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx                   /* EFER */
        rdmsr
        or $0x100, %eax                         /* LME */
        wrmsr
        mov %cr0, %eax
        or $0x80000000, %eax                    /* PG */
        mov %eax, %cr0
        ljmp $0x08, $processor_entry
        .balign 8
table:  .quad 0
        .quad 0x00af9b000000ffff                /* 08h: 64-bit code */
        .quad 0x00cf93000000ffff                /* 10h: data */
        .quad 0x00cf9b000000ffff                /* 18h: 32-bit code */
pointer:
        .short pointer - table - 1
        .long AT(table)
trampoline_end:

        .text
        .code64
        .type processor_entry, @function
processor_entry:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        xor %eax, %eax
        mov %eax, %fs
        mov %eax, %gs
        mov $1, %eax
        lock xadd %eax, number_next             /* its number */
        and $63, %eax
        mov %esi, seen_cr0(,%rax,4)
        mov %ebx, seen_segment(,%rax,4)
        inc %eax
        shl $12, %eax
        lea processor_stacks(%rax), %rsp        /* the end of its own */
        xor %ebp, %ebp
        call processor_started
        ud2
        .cfi_endproc
        .size processor_entry, . - processor_entry

        .bss
        .balign 4
        .globl number_next, seen_cr0, seen_segment
number_next:
        .skip 4
seen_cr0:
        .skip 64 * 4
seen_segment:
        .skip 64 * 4
