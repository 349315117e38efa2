/* QEMU's firmware configuration device (docs/specs/fw_cfg.rst). */
#pragma once
#include <stdint.h>

enum { FW_CFG_SELECTOR = 0x510, FW_CFG_DATA = 0x511, FW_CFG_DMA_HIGH = 0x514, FW_CFG_DMA_LOW = 0x518 };
enum { FW_CFG_SIGNATURE = 0x00, FW_CFG_ID = 0x01, FW_CFG_RAM_SIZE = 0x03, FW_CFG_CPUS = 0x05, FW_CFG_CMDLINE_SIZE = 0x14,
       FW_CFG_CMDLINE = 0x15, FW_CFG_DIRECTORY = 0x19, FW_CFG_FIRST_FILE = 0x20 };
enum { FW_CFG_ERROR = 0x01, FW_CFG_READ = 0x02, FW_CFG_SKIP = 0x04, FW_CFG_SELECT = 0x08, FW_CFG_WRITE = 0x10 };

struct fw_cfg_file { uint32_t size; uint16_t key; char name[56]; };

static inline uint32_t swap32(uint32_t value) { return __builtin_bswap32(value); }
static inline uint64_t swap64(uint64_t value) { return __builtin_bswap64(value); }

/* Reads by the data port, from the item's beginning. */
void fw_cfg_read(uint16_t key, void *target, uint32_t count);
/* A number of up to 8 bytes, little-endian. */
uint64_t fw_cfg_number(uint16_t key, uint32_t count);

/* The control field: an operation on an item that it selects. */
static inline uint32_t fw_cfg_on(uint16_t key, uint32_t operation) { return (uint32_t)key << 16 | FW_CFG_SELECT | operation; }

/* A transfer by DMA, addresses being physical; gives the control field afterwards, 0 for success. */
uint32_t fw_cfg_dma(uint32_t control, uint32_t length, uint64_t address);
/* Starts the operation of a structure anywhere. */
void fw_cfg_start(uint64_t structure);

/* How many files there are. */
uint32_t fw_cfg_files(void);
/* The file of that number in the directory. */
void fw_cfg_file_at(uint32_t number, struct fw_cfg_file *file);
/* 0 when there is no file of that name. */
int fw_cfg_find(const char *name, struct fw_cfg_file *file);

int same_text(const char *one, const char *other);
