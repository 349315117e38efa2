namespace OsDevHv.Machine.Reports;

/// <summary>Segment, system and gate descriptors in words (Intel SDM vol. 3A, 3.4.5, 3.5 and 6.11).</summary>
internal static class DescriptorText
{
    /// <summary>Bytes that a descriptor takes: system descriptors have 16 in long mode.</summary>
    public static int SizeOf(ulong low, bool isLongMode) => isLongMode && (low >> 44 & 1) == 0 && (low >> 40 & 0xf) != 0 ? 16 : 8;

    /// <summary>A descriptor of the GDT or an LDT; <paramref name="high"/> is its second half where it has one.</summary>
    public static string Describe(ulong low, ulong high, bool isLongMode)
    {
        if (low == 0 && high == 0)
        {
            return "null";
        }
        int type = (int)(low >> 40 & 0xf);
        bool isSegment = (low >> 44 & 1) != 0;
        if (!isSegment && type is 4 or 5 or 6 or 7 or 0xc or 0xe or 0xf)
        {
            return DescribeGate(low, high, isLongMode, symbol: "");
        }
        ulong address = (low >> 16 & 0xff_ffff) | (low >> 56 << 24) | (SizeOf(low, isLongMode) == 16 ? high << 32 : 0);
        ulong limit = (low & 0xffff) | (low >> 32 & 0xf_0000);
        limit = (low >> 55 & 1) != 0 ? (limit << 12) | 0xfff : limit;
        string what = isSegment ? Segment(low, type, isLongMode) : SystemSegment(type, isLongMode);
        return $"{what}, base 0x{address:x}, limit 0x{limit:x}, DPL {low >> 45 & 3}{(Present(low) ? "" : ", not present")}";
    }

    /// <summary>A gate of the IDT; <paramref name="high"/> is its second half where it has one.</summary>
    public static string DescribeGate(ulong low, ulong high, bool isLongMode, string symbol)
    {
        int type = (int)(low >> 40 & 0xf);
        ulong selector = low >> 16 & 0xffff;
        string present = Present(low) ? "" : ", not present";
        string what = type switch
        {
            4 => "16-bit call gate",
            5 => "task gate",
            6 => "16-bit interrupt gate",
            7 => "16-bit trap gate",
            0xc => "call gate",
            0xe => "interrupt gate",
            0xf => "trap gate",
            _ => $"type 0x{type:x}, which is no gate",
        };
        if (type == 5)
        {
            return $"{what} to TSS 0x{selector:x}, DPL {low >> 45 & 3}{present}";
        }
        ulong stack = isLongMode ? low >> 32 & 7 : 0;
        return $"{what} to 0x{selector:x}:0x{OffsetOf(low, high, isLongMode):x}{symbol}, DPL {low >> 45 & 3}"
            + $"{(stack != 0 ? $", IST {stack}" : "")}{present}";
    }

    /// <summary>The offset that a gate names.</summary>
    public static ulong OffsetOf(ulong low, ulong high, bool isLongMode)
    {
        bool is16 = (low >> 40 & 0xf) is 4 or 6 or 7;
        return (low & 0xffff) | (is16 ? 0 : low >> 48 << 16) | (isLongMode ? high << 32 : 0);
    }

    private static bool Present(ulong low) => (low >> 47 & 1) != 0;

    private static string Segment(ulong low, int type, bool isLongMode)
    {
        bool is32 = (low >> 54 & 1) != 0;
        string accessed = (type & 1) != 0 ? ", accessed" : "";
        if ((type & 8) != 0)
        {
            string bits = isLongMode && (low >> 53 & 1) != 0 ? "64" : is32 ? "32" : "16";
            string readable = (type & 2) != 0 ? "readable" : "execute-only";
            return $"{bits}-bit code, {readable}{((type & 4) != 0 ? ", conforming" : "")}{accessed}";
        }
        return $"data, {((type & 2) != 0 ? "writable" : "read-only")}{((type & 4) != 0 ? ", expand-down" : "")}{(is32 ? ", B" : "")}{accessed}";
    }

    private static string SystemSegment(int type, bool isLongMode) => type switch
    {
        1 => "16-bit TSS, available",
        2 => "LDT",
        3 => "16-bit TSS, busy",
        9 => $"{(isLongMode ? 64 : 32)}-bit TSS, available",
        0xb => $"{(isLongMode ? 64 : 32)}-bit TSS, busy",
        _ => $"system type 0x{type:x}, which is reserved",
    };
}
