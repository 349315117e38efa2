/* The code of steps.c. Every instruction is a STEP, which counts it; a SHADOW is one behind which interrupts and
 * traps wait an instruction. */
        .macro STEP instruction:vararg
        \instruction
        .set count, count + 1
        .endm
        .macro SHADOW instruction:vararg
        STEP \instruction
        .set shadows, shadows + 1
        .endm

#ifdef __x86_64__
#define B rbx
#else
#define B ebx
#endif

        .text
        .globl steps_run, steps_begin, steps_end
        .type steps_run, @function
steps_run:
        push %B
        .set count, 0
        .set shadows, 0
steps_begin:
        STEP mov $0x12345678, %eax
        STEP rol $5, %eax
        STEP mov %eax, steps_memory
        /* Ports: the UART's scratch register keeps what it is given; nobody minds a POST code. */
        STEP mov $0x3ff, %edx
        STEP mov $0x5a, %al
        STEP out %al, (%dx)
        STEP xor %eax, %eax
        STEP in (%dx), %al
        STEP out %al, $0x80
        STEP xor %eax, steps_memory
        /* Two accesses in a row that leave the processor. */
        STEP out %al, (%dx)
        STEP in (%dx), %al
        /* Memory-mapped I/O: nothing is there, and what is read does not count. */
        STEP mov $0xd0000000, %ebx
        STEP mov %eax, (%B)
        STEP mov (%B), %ecx
        STEP movb $1, 4(%B)
        STEP movzbl 4(%B), %ecx
        STEP addl $1, (%B)                      /* a read, then a write */
        STEP incl steps_memory
        /* The stack and calls. */
        STEP push %B
        STEP pop %B
        STEP call 1f
1:      STEP pop %B                             /* the return address */
        STEP jmp 2f
2:      STEP mov %ss, %ebx
        SHADOW mov %ebx, %ss
        STEP nop
        /* Interrupts open and none to come. */
        SHADOW sti
        STEP nop
        STEP nop
        STEP cli
        SHADOW sti
        STEP cli
        STEP roll $3, steps_memory
        STEP mov steps_memory, %eax
steps_end:
        pop %B
        ret
        .size steps_run, . - steps_run

        .section .rodata
        .balign 4
        .globl steps_count, steps_shadows
steps_count:
        .long count
steps_shadows:
        .long shadows

        .text
        .globl halts_run, halts_begin, halts_end
        .type halts_run, @function
halts_run:
        .set count, 0
        .set shadows, 0
halts_begin:
        SHADOW sti
        STEP nop
        STEP hlt
        STEP nop
        STEP cli
        SHADOW sti                              /* the usual pair: HLT runs in the shadow */
        STEP hlt
        STEP cli
halts_end:
        ret
        .size halts_run, . - halts_run

        .section .rodata
        .globl halts_count, halts_shadows
halts_count:
        .long count
halts_shadows:
        .long shadows

        .bss
        .balign 4
steps_memory:
        .skip 4
