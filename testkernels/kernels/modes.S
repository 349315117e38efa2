/* modes: goes through the processor's modes: real, 16-bit protected, 32-bit protected, virtual-8086 if a debugger sets with_v86 to 1,
 * compatibility, long, and back to real. In real mode CS is 07C0h, so that an offset is no linear address.
 *
 * Prints a letter a mode:
 *   RpP[V]CLr
 * In each it records CS, SS, CR0 and EFER in in_MODE, as 16, 16, 32 and 32 bits, and then passes MODE_recorded.
 * Ends: debug exit 10h.
 *
 * For a debugger: real_recorded, protected16_recorded, protected32_recorded, v86_recorded, compatibility_recorded, long_recorded,
 * real_again_recorded; in_real to in_real_again; with_v86.
 */
        .set CODE16, 0x08
        .set DATA16, 0x10
        .set CODE32, 0x18
        .set DATA32, 0x20
        .set CODE64, 0x28
        .set TSS, 0x30

        .set SEGMENT, 0x7c0                     /* of _start */
        .set PAGE_MAP, 0x20000                  /* and two tables behind it; the RAM is zeros */
        .set TSS_BASE, 0x30000                  /* zeros as well: every port is allowed */
        .set TSS_PORTS, 104
        .set TSS_LIMIT, TSS_PORTS + 8192
        .set STACK, 0x9f00

        .macro SAY letter
        mov $0x3fd, %dx
9:      in %dx, %al
        test $0x20, %al
        jz 9b
        mov $\letter, %al
        mov $0x3f8, %dx
        out %al, %dx
        .endm

        /* BASE is what DS adds. */
        .macro RECORD where, base, accumulator=%eax
        mov %cs, %ax
        mov %ax, \where - \base
        mov %ss, %ax
        mov %ax, \where + 2 - \base
        mov %cr0, \accumulator
        mov %eax, \where + 4 - \base
        mov $0xc0000080, %ecx
        rdmsr
        mov %eax, \where + 8 - \base
        .endm

        .section .text.start, "ax"
        .code16
        .globl _start
_start:
        cli
        cld
        ljmp $SEGMENT, $real - _start
real:
        mov $SEGMENT, %ax
        mov %ax, %ds
        xor %ax, %ax
        mov %ax, %ss
        mov $STACK, %esp
        SAY 'R'
        RECORD in_real, _start
        .globl real_recorded
real_recorded:
        nop
        nop
        lgdtl gdt_pointer - _start
        mov %cr0, %eax
        or $1, %al
        mov %eax, %cr0
        ljmp $CODE16, $protected16 - _start
protected16:
        mov $DATA32, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        SAY 'p'
        RECORD in_protected16, 0
        .globl protected16_recorded
protected16_recorded:
        nop
        nop
        ljmpl $CODE32, $protected32

        .code32
protected32:
        SAY 'P'
        RECORD in_protected32, 0
        .globl protected32_recorded
protected32_recorded:
        nop
        nop
        cmpb $0, with_v86
        je to_long

        movl $STACK - 0x100, TSS_BASE + 4       /* ESP0, SS0 */
        movl $DATA32, TSS_BASE + 8
        movw $TSS_PORTS, TSS_BASE + 102
        movb $0xff, TSS_BASE + TSS_LIMIT
        mov $TSS, %ax
        ltr %ax
        lidt idt_pointer
        push $0                                 /* GS, FS */
        push $0
        push $SEGMENT                           /* DS, ES */
        push $SEGMENT
        push $0                                 /* SS:ESP */
        push $STACK - 0x200
        push $0x23002                           /* VM, IOPL 3 */
        push $SEGMENT
        push $v86 - _start
        iret

        .code16
v86:
        SAY 'V'
        mov %cs, %ax
        mov %ax, in_v86 - _start
        mov %ss, %ax
        mov %ax, in_v86 + 2 - _start
        .globl v86_recorded
v86_recorded:
        nop
        nop
        int $0

        .code32
v86_left:
        mov $DATA32, %ax
        mov %ax, %ds
        mov %ax, %es
        mov $STACK, %esp

to_long:
        movl $PAGE_MAP + 0x1003, PAGE_MAP       /* the first 2 MiB to themselves */
        movl $PAGE_MAP + 0x2003, PAGE_MAP + 0x1000
        movl $0x83, PAGE_MAP + 0x2000
        mov %cr4, %eax
        or $0x20, %eax                          /* PAE */
        mov %eax, %cr4
        mov $PAGE_MAP, %eax
        mov %eax, %cr3
        mov $0xc0000080, %ecx                   /* EFER */
        rdmsr
        or $0x100, %eax                         /* LME */
        wrmsr
        mov %cr0, %eax
        or $0x80000000, %eax                    /* PG */
        mov %eax, %cr0
        SAY 'C'
        RECORD in_compatibility, 0
        .globl compatibility_recorded
compatibility_recorded:
        nop
        nop
        ljmp $CODE64, $long_mode

        .code64
long_mode:
        SAY 'L'
        RECORD in_long, 0, %rax
        .globl long_recorded
long_recorded:
        nop
        nop
        ljmpl *leave_long

        .code32
leave:
        mov %cr0, %eax
        and $0x7fffffff, %eax
        mov %eax, %cr0
        mov $0xc0000080, %ecx
        rdmsr
        and $~0x100, %eax
        wrmsr
        ljmp $CODE16, $leave16 - _start

        .code16
leave16:
        mov $DATA16, %ax
        mov %ax, %ds
        mov %ax, %es
        mov %ax, %ss
        mov %cr0, %eax
        and $~1, %al
        mov %eax, %cr0
        ljmp $SEGMENT, $real_again - _start
real_again:
        mov $SEGMENT, %ax
        mov %ax, %ds
        xor %ax, %ax
        mov %ax, %ss
        SAY 'r'
        RECORD in_real_again, _start
        .globl real_again_recorded
real_again_recorded:
        nop
        nop
        SAY '\n'
        mov $0x10, %al
        out %al, $0xf4
1:      cli
        hlt
        jmp 1b

        .balign 8
gdt:
        .quad 0
        .quad 0x00009b007c00ffff                /* 16-bit code, base 7C00h */
        .quad 0x000093000000ffff                /* 16-bit data */
        .quad 0x00cf9b000000ffff                /* 32-bit code */
        .quad 0x00cf93000000ffff                /* 32-bit data */
        .quad 0x00af9b000000ffff                /* 64-bit code */
        .quad 0x0000890300000000 + TSS_LIMIT    /* TSS */
gdt_end:
gdt_pointer:
        .short gdt_end - gdt - 1
        .long gdt

        .balign 8
idt:
        .short v86_left                         /* an interrupt gate for vector 0 that any level may call */
        .short CODE32
        .short 0xee00
        .short 0
idt_pointer:
        .short 7
        .long idt

leave_long:
        .long leave
        .short CODE32

        .balign 4
        .globl in_real, in_protected16, in_protected32, in_v86, in_compatibility, in_long, in_real_again, with_v86
in_real:
        .skip 12
in_protected16:
        .skip 12
in_protected32:
        .skip 12
in_v86:
        .skip 12
in_compatibility:
        .skip 12
in_long:
        .skip 12
in_real_again:
        .skip 12
with_v86:
        .byte 0
