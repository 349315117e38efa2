/* Start-up of kernels that PVH enters: Xen's note with the entry, which saves the state and goes on as Multiboot's, with PVH's magic number
 * for EAX. The mode after that is the kernel's own. */
#ifdef __x86_64__
#include "start64-multiboot.S"
#else
#include "start32.S"
#endif
#include "entry-state.inc"

        .section .note.pvh, "a", @note
        .balign 4
        .long 4                                 /* bytes of the name, then of the value */
#ifdef __x86_64__
        .long 8
#else
        .long 4
#endif
        .long 18                                /* XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz "Xen"
#ifdef __x86_64__
        .quad pvh_entry
#else
        .long pvh_entry
#endif

        .section .text.start, "ax"
        .code32
        .globl pvh_entry
        .type pvh_entry, @function
pvh_entry:
        save_entry_state 32, eax
        mov $0x336ec578, %eax
        jmp _start
        .size pvh_entry, . - pvh_entry
