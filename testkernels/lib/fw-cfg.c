#include "fw-cfg.h"
#include "ports.h"

void fw_cfg_read(uint16_t key, void *target, uint32_t count)
{
    out16(FW_CFG_SELECTOR, key);
    for (uint8_t *byte = target; count; count--)
        *byte++ = in8(FW_CFG_DATA);
}

uint64_t fw_cfg_number(uint16_t key, uint32_t count)
{
    uint64_t number = 0;
    fw_cfg_read(key, &number, count);
    return number;
}

void fw_cfg_start(uint64_t structure)
{
    out32(FW_CFG_DMA_HIGH, swap32((uint32_t)(structure >> 32)));
    out32(FW_CFG_DMA_LOW, swap32((uint32_t)structure));
}

uint32_t fw_cfg_dma(uint32_t control, uint32_t length, uint64_t address)
{
    static volatile struct { uint32_t control, length; uint64_t address; } structure;
    structure.control = swap32(control);
    structure.length = swap32(length);
    structure.address = swap64(address);
    fw_cfg_start((uintptr_t)&structure);
    /* Done when no bit but that of an error is left; here, at once. */
    return swap32(structure.control);
}

uint32_t fw_cfg_files(void)
{
    uint32_t count = 0;
    fw_cfg_dma(fw_cfg_on(FW_CFG_DIRECTORY, FW_CFG_READ), sizeof count, (uintptr_t)&count);
    return swap32(count);
}

void fw_cfg_file_at(uint32_t number, struct fw_cfg_file *file)
{
    struct { uint32_t size; uint16_t key, reserved; char name[56]; } entry;
    fw_cfg_dma(fw_cfg_on(FW_CFG_DIRECTORY, FW_CFG_SKIP), 4 + number * sizeof entry, 0);
    fw_cfg_dma(FW_CFG_READ, sizeof entry, (uintptr_t)&entry);
    file->size = swap32(entry.size);
    file->key = (uint16_t)(entry.key >> 8 | entry.key << 8);
    for (unsigned i = 0; i < sizeof entry.name; i++)
        file->name[i] = entry.name[i];
}

int same_text(const char *one, const char *other)
{
    for (; *one && *one == *other; one++, other++)
        ;
    return *one == *other;
}

int fw_cfg_find(const char *name, struct fw_cfg_file *file)
{
    uint32_t count = fw_cfg_files();
    for (uint32_t i = 0; i < count; i++) {
        fw_cfg_file_at(i, file);
        if (same_text(file->name, name))
            return 1;
    }
    return 0;
}
