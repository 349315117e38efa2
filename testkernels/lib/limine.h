/* The Limine boot protocol, written from its specification (PROTOCOL.md of the limine-protocol repository, base revisions 0 to 6). */
#pragma once
#include <stdint.h>

#define LIMINE_NEWEST 6

#define LIMINE_MAGIC 0xc7b1dd30df4c8b88, 0x0a82e883a194f07b

/* "Requests Delimiters", "Base Revisions" */
#define LIMINE_START { 0xf6b8f4b39de7d1ae, 0xfab91a6940fcb9cf, 0x785c6ed015d3e316, 0x181e920a7852b9d9 }
#define LIMINE_END { 0xadc0e0531bb10d03, 0x9572709f31764c62 }
#define LIMINE_BASE_REVISION(n) { 0xf9562b2d5c95a6c8, 0x6a7b384944536bdc, n }

/* "Feature List": the second half of each request's number. */
#define LIMINE_BOOTLOADER_INFO LIMINE_MAGIC, 0xf55038d8e2a1202f, 0x279426fcf5f59740
#define LIMINE_COMMAND_LINE LIMINE_MAGIC, 0x4b161536e598651e, 0xb390ad4a2f1f303a
#define LIMINE_FIRMWARE_TYPE LIMINE_MAGIC, 0x8c2f75d90bef28a8, 0x7045a4688eac00c3
#define LIMINE_STACK_SIZE LIMINE_MAGIC, 0x224ef0460a8e8926, 0xe1cb0fc25f46ea3d
#define LIMINE_HHDM LIMINE_MAGIC, 0x48dcf1cb8ad2b852, 0x63984e959a98244b
#define LIMINE_FRAMEBUFFER LIMINE_MAGIC, 0x9d5827dcd881dd75, 0xa3148604f6fab11b
#define LIMINE_PAGING_MODE LIMINE_MAGIC, 0x95c1a0edab0944cb, 0xa4e5cb3842f7488a
#define LIMINE_MP LIMINE_MAGIC, 0x95a67b819a1b857e, 0xa0b61b723b6a73e0
#define LIMINE_RISCV_HART LIMINE_MAGIC, 0x1369359f025525f9, 0x2ff2a56178391bb6
#define LIMINE_MEMMAP LIMINE_MAGIC, 0x67cf3d9d378a806f, 0xe304acdfc50c3c62
#define LIMINE_ENTRY_POINT LIMINE_MAGIC, 0x13d86c035a1cd3e1, 0x2b0caa89d8f3026a
#define LIMINE_EXECUTABLE_FILE LIMINE_MAGIC, 0xad97e90e83f1ed67, 0x31eb5d1c5ff23b69
#define LIMINE_MODULE LIMINE_MAGIC, 0x3e7e279702be32af, 0xca1c4f3bd1280cee
#define LIMINE_RSDP LIMINE_MAGIC, 0xc5e77b6b397e7b43, 0x27637845accdcf3c
#define LIMINE_SMBIOS LIMINE_MAGIC, 0x9e9046f11e095391, 0xaa4a520fefbde5ee
#define LIMINE_EFI_SYSTEM_TABLE LIMINE_MAGIC, 0x5ceba5163eaaf6d6, 0x0a6981610cf65fcc
#define LIMINE_TPM_EVENT_LOG LIMINE_MAGIC, 0x98e094fc7e76e979, 0xee8d8775c54e1d1f
#define LIMINE_EFI_MEMMAP LIMINE_MAGIC, 0x7df62a431d6872d5, 0xa4fcdfb3e57306c8
#define LIMINE_DATE LIMINE_MAGIC, 0x502746e184c088aa, 0xfbc5ec83e6327893
#define LIMINE_EXECUTABLE_ADDRESS LIMINE_MAGIC, 0x71ba76863cc55f63, 0xb2644a48c516a487
#define LIMINE_DEVICE_TREE LIMINE_MAGIC, 0xb40ddb48fb54bac7, 0x545081493f81ffb7
#define LIMINE_PERFORMANCE LIMINE_MAGIC, 0x6b50ad9bf36d13ad, 0xdc4c7e88fc759e17
#define LIMINE_KEEP_IOMMU LIMINE_MAGIC, 0x8ebaabe51f490179, 0x2aa86a59ffb4ab0f
#define LIMINE_TSC_FREQUENCY LIMINE_MAGIC, 0x10f2ee1d87d195e4, 0xf747a2b78f6ddb31
#define LIMINE_FLANTERM LIMINE_MAGIC, 0x3259399fe7c5f126, 0xe01c1c8c5db9d1a9
#define LIMINE_ENTROPY LIMINE_MAGIC, 0x65ea80255d5682c5, 0x9117240723f493eb

/* Any request, with room for the members of those that have some. */
struct limine_request {
    uint64_t id[4], revision;
    const volatile struct limine_response *response;
    uint64_t member[3];
};

/* Any response that holds numbers and pointers alone. */
struct limine_response { uint64_t revision, member[3]; };

struct limine_memory { uint64_t base, length, type; };

/* "Memory Map Feature" */
enum {
    LIMINE_USABLE, LIMINE_RESERVED, LIMINE_ACPI_RECLAIMABLE, LIMINE_ACPI_NVS, LIMINE_BAD, LIMINE_LOADER_RECLAIMABLE,
    LIMINE_EXECUTABLE, LIMINE_FRAME_MEMORY, LIMINE_RESERVED_MAPPED
};

/* "MP (Multiprocessor) Feature", x86-64 */
struct limine_processor {
    uint32_t processor_id, lapic_id;
    uint64_t reserved;
    void (*goto_address)(struct limine_processor *);
    uint64_t extra_argument;
};

struct limine_processors {
    uint64_t revision;
    uint32_t flags, bsp_lapic_id;
    uint64_t count;
    struct limine_processor **processors;
};

/* "File Structure" */
struct limine_file {
    uint64_t revision;
    const uint8_t *address;
    uint64_t size;
    const char *path, *string;
    uint32_t media_type, unused;
    uint8_t tftp_address[4];
    uint32_t tftp_port, partition, mbr_disk;
    uint8_t gpt_disk[16], gpt_partition[16], partition_uuid[16];
};

struct limine_internal_module { const char *path, *string; uint64_t flags; };

/* "Framebuffer Feature" */
struct limine_framebuffer {
    uint8_t *address;
    uint64_t width, height, pitch;
    uint16_t bpp;
    uint8_t memory_model, red_size, red_shift, green_size, green_shift, blue_size, blue_shift, unused[7];
    uint64_t edid_size;
    const void *edid;
    uint64_t mode_count;
    void **modes;
};
