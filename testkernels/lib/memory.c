/* What gcc may call of its own accord. */
#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t count)
{
    void *result = target;
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(count) : : "memory");
    return result;
}

void *memset(void *target, int value, size_t count)
{
    void *result = target;
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(count) : "a"(value) : "memory");
    return result;
}
