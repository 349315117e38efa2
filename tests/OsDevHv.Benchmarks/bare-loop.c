/* bare-loop: the least that a VMM on KVM can do for a port exit, as a floor for the benchmark.
 *
 *   bare-loop KERNEL COMMAND-LINE
 *
 * Runs a 32-bit Multiboot 1 ELF file as testkernels/ makes them, in 128 MiB of RAM. Writes to port 80h are counted and nothing else is
 * done for them; COM1 looks ready and its output is dropped; a write to F4h ends the run.
 *
 * Prints the nanoseconds of one exit: the time from the first write to port 80h to the first output behind the loop, divided by the writes.
 * Exit status: 1, with the reason on stderr, when there is no such figure.
 */
#include <elf.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { RAM_BYTES = 128 << 20, INFO = 0x8000, COMMAND_LINE = 0x8100, TEST_PORT = 0x3ff, COM1 = 0x3f8, EXIT_PORT = 0xf4 };

static char *ram;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int check(int result, const char *what)
{
    if (result < 0)
        fail(what);
    return result;
}

static uint32_t load(const char *path)
{
    static char file[1 << 20];
    int fd = check(open(path, O_RDONLY), path);
    ssize_t size = read(fd, file, sizeof file);
    Elf32_Ehdr *head = (Elf32_Ehdr *)file;
    if (size < (ssize_t)sizeof *head || memcmp(head->e_ident, ELFMAG "\1", 5) != 0) {
        fprintf(stderr, "%s: not a 32-bit ELF file\n", path);
        exit(1);
    }
    close(fd);
    Elf32_Phdr *part = (Elf32_Phdr *)(file + head->e_phoff);
    for (int i = 0; i < head->e_phnum; i++)
        if (part[i].p_type == PT_LOAD)
            memcpy(ram + part[i].p_paddr, file + part[i].p_offset, part[i].p_filesz);
    return head->e_entry;
}

/* The state in which Multiboot 1 enters a kernel: flat protected mode, interrupts and paging off. */
static void enter(int vcpu, uint32_t entry)
{
    struct kvm_sregs system;
    check(ioctl(vcpu, KVM_GET_SREGS, &system), "KVM_GET_SREGS");
    struct kvm_segment data = { .limit = 0xffffffff, .selector = 16, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1 };
    system.ds = system.es = system.fs = system.gs = system.ss = data;
    system.cs = data;
    system.cs.selector = 8;
    system.cs.type = 11;
    system.cr0 = 0x11;
    check(ioctl(vcpu, KVM_SET_SREGS, &system), "KVM_SET_SREGS");
    struct kvm_regs general = { .rip = entry, .rax = 0x2badb002, .rbx = INFO, .rflags = 2 };
    check(ioctl(vcpu, KVM_SET_REGS, &general), "KVM_SET_REGS");
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return fprintf(stderr, "usage: bare-loop KERNEL COMMAND-LINE\n"), 1;
    int kvm = check(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (ram == MAP_FAILED)
        fail("mmap");
    struct kvm_userspace_memory_region slot = { .memory_size = RAM_BYTES, .userspace_addr = (uintptr_t)ram };
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "KVM_SET_USER_MEMORY_REGION");
    int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int page_size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        fail("mmap of the run page");

    enter(vcpu, load(arguments[1]));
    uint32_t *info = (uint32_t *)(ram + INFO);
    info[0] = 1 << 2; /* The command line is there. */
    info[4] = COMMAND_LINE;
    strncpy(ram + COMMAND_LINE, arguments[2], 255);

    long exits = 0;
    double first = 0, last = 0;
    for (;;) {
        check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
        if (run->exit_reason != KVM_EXIT_IO) {
            fprintf(stderr, "bare-loop: unexpected exit %u\n", run->exit_reason);
            return 1;
        }
        uint8_t *data = (uint8_t *)run + run->io.data_offset;
        if (run->io.port == TEST_PORT) {
            if (exits++ == 0)
                first = now();
        } else if (run->io.direction == KVM_EXIT_IO_IN) {
            memset(data, run->io.port == COM1 + 5 ? 0x60 : 0xff, run->io.size * run->io.count);
        } else {
            if (run->io.port == EXIT_PORT)
                break;
            /* The first output behind the loop marks its end. */
            if (exits > 1 && last == 0)
                last = now();
        }
    }
    if (exits < 2 || last == 0) {
        fprintf(stderr, "bare-loop: no exits to measure\n");
        return 1;
    }
    printf("%.1f\n", (last - first) / exits);
    return 0;
}
