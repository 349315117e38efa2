/* What PVH tells a kernel. Xen, xen/include/public/arch-x86/hvm/start_info.h. */
#pragma once
#include <stdint.h>

enum { PVH_MAGIC = 0x336ec578 };

struct pvh_start {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t map; /* from version 1 on, as the rest */
    uint32_t map_count, reserved;
};

struct pvh_module { uint64_t address, size, command_line, reserved; };
struct pvh_range { uint64_t base, length; uint32_t type, reserved; };
