/* Start-up of 64-bit kernels in the bzImage format of Linux (Documentation/arch/x86/boot.rst): the setup header, the 32-bit entry at the
 * image's first byte and the 64-bit entry 200h behind it. There is no real-mode code: a loader that enters the kernel by that finds a HLT.
 * Both entries save the state, clear .bss, which a loader does not, and call kernel_start("HdrS", boot_params). */
#define IMAGE_OFFSET 0
#include "entry-state.inc"

        .section .setup, "a"
        .org 0x1f1
        .byte 1                                 /* setup_sects */
        .short 0
        .long linux_paragraphs                  /* syssize */
        .short 0, 0, 0
        .short 0xaa55                           /* boot_flag */
        .byte 0xeb, header_end - 0f             /* a jump over the header */
0:      .ascii "HdrS"
        .short 0x20f                            /* version 2.15 */
        .long 0
        .short 0, 0
        .byte 0                                 /* type_of_loader */
        .byte 1                                 /* loadflags: loaded high */
        .short 0
        .long 0x100000                          /* code32_start */
        .long 0, 0, 0                           /* ramdisk_image, ramdisk_size, bootsect_kludge */
        .short 0
        .byte 0, 0
        .long 0                                 /* cmd_line_ptr */
        .long 0x37ffffff                        /* initrd_addr_max */
        .long 0x200000                          /* kernel_alignment */
        .byte 0, 0                              /* relocatable_kernel, min_alignment */
        .short 3                                /* xloadflags: 64-bit entry, reaches above 4 GiB */
        .long 255                               /* cmdline_size */
        .long 0
        .quad 0
        .long 0, 0                              /* payload_offset, payload_length */
        .quad 0                                 /* setup_data */
        .quad 0x100000                          /* pref_address */
        .long linux_init_size
        .long 0, 0
header_end:
        cli
        hlt
        .org 1024

        .section .text.start, "ax"
        .code32
        .globl _start
        .type _start, @function
_start:
        save_entry_state 32, eax
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
        .size _start, . - _start

        .org _start + 0x200
        .code64
        .type entry64, @function
entry64:
        save_entry_state 64, rax
        mov $page_map, %eax
        mov %rax, %cr3
        lgdt gdt_pointer
        push $8
        push $long_mode
        lretq
        .size entry64, . - entry64

        .type long_mode, @function
long_mode:
        .cfi_startproc
        .cfi_undefined 16                       /* RIP: a backtrace ends here */
        mov $16, %ecx
        mov %ecx, %ds
        mov %ecx, %es
        mov %ecx, %fs
        mov %ecx, %gs
        mov %ecx, %ss
        mov $stack_top, %esp
        cld
        mov $bss_start, %edi
        mov $bss_end, %ecx
        sub %edi, %ecx
        xor %eax, %eax
        rep stosb
        xor %ebp, %ebp
        mov $0x53726448, %edi                   /* the arguments of kernel_start */
        call kernel_start
        ud2
        .cfi_endproc
        .size long_mode, . - long_mode

#include "long-mode-gdt.inc"
gdt_pointer:
        .short gdt_end - gdt - 1
        .quad gdt

#include "identity-map.inc"

        .section .bss
        .balign 16
        .skip 16384
stack_top:
