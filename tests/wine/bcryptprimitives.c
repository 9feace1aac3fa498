/* For tests alone: Wine 8 lacks this library, of which Rust's standard library asks one function. */
#include <windows.h>

/* RtlGenRandom, by the name that advapi32 exports it under. */
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length)
{
    const ULONG at_once = 0x10000000;
    while (length > 0) {
        ULONG part = length > at_once ? at_once : (ULONG)length;
        if (!SystemFunction036(bytes, part))
            return FALSE;
        bytes += part;
        length -= part;
    }
    return TRUE;
}
