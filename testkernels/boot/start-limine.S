/* Entry of kernels that the Limine boot protocol loads: notes every register as it was, for the kernel to check, and calls kernel_start.
 * The same for the other processors, whose extra_argument says where to note them; they go on in processor_main. */
        .macro note                             /* the state's address is in RAX; on the stack: RFLAGS, RAX */
        mov %rbx, 8(%rax)
        mov %rcx, 16(%rax)
        mov %rdx, 24(%rax)
        mov %rsi, 32(%rax)
        mov %rdi, 40(%rax)
        mov %rbp, 48(%rax)
        mov %r8, 64(%rax)
        mov %r9, 72(%rax)
        mov %r10, 80(%rax)
        mov %r11, 88(%rax)
        mov %r12, 96(%rax)
        mov %r13, 104(%rax)
        mov %r14, 112(%rax)
        mov %r15, 120(%rax)
        pop %rbx
        mov %rbx, 0(%rax)
        pop %rbx
        mov %rbx, 128(%rax)
        mov %rsp, 56(%rax)
        mov %cr0, %rbx
        mov %rbx, 136(%rax)
        mov %cr3, %rbx
        mov %rbx, 144(%rax)
        mov %cr4, %rbx
        mov %rbx, 152(%rax)
        mov %cs, 160(%rax)
        mov %ss, 162(%rax)
        mov %ds, 164(%rax)
        mov %es, 166(%rax)
        mov %fs, 168(%rax)
        mov %gs, 170(%rax)
        str 172(%rax)
        sldt 174(%rax)
        sgdt 182(%rax)
        sidt 198(%rax)
        .endm

        .section .text, "ax"
        .globl limine_start
        .type limine_start, @function
limine_start:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        pushfq
        push %rax
        lea first_state(%rip), %rax
        note
        cld
        xor %ebp, %ebp
        call limine_main
        ud2
        .cfi_endproc
        .size limine_start, . - limine_start

        .globl limine_processor_start
        .type limine_processor_start, @function
limine_processor_start:
        .cfi_startproc
        .cfi_undefined 16
        pushfq
        push %rax
        mov 24(%rdi), %rax
        note
        xor %ebp, %ebp
        call processor_main
        ud2
        .cfi_endproc
        .size limine_processor_start, . - limine_processor_start
