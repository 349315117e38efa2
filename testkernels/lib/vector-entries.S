/* An entry for each vector, 16 bytes apart: makes the stack a struct trap (vectors.h) and calls vector_arrived. */
        .text
        .balign 16
        .globl vector_entries
vector_entries:
        .set vector, 0
        .rept 256
        .balign 16
        .if vector != 8 && vector != 10 && vector != 11 && vector != 12 && vector != 13 && vector != 14 && vector != 17 && vector != 21
        pushq $0                                /* where the processor pushes no error code */
        .endif
        pushq $vector
        jmp common_entry
        .set vector, vector + 1
        .endr

        .type common_entry, @function
common_entry:
        push %rax
        push %rbx
        push %rcx
        push %rdx
        push %rsi
        push %rdi
        push %rbp
        push %r8
        push %r9
        push %r10
        push %r11
        push %r12
        push %r13
        push %r14
        push %r15
        cld
        mov %rsp, %rdi
        call vector_arrived                     /* 22 quadwords since the processor aligned the stack */
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rbp
        pop %rdi
        pop %rsi
        pop %rdx
        pop %rcx
        pop %rbx
        pop %rax
        add $16, %rsp
        iretq
        .size common_entry, . - common_entry
