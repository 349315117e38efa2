using System.Globalization;
using System.Security;
using System.Text;

namespace OsDevHv.Gdb;

/// <summary>The documents of <c>qXfer</c> that change: the memory map and the thread list (GDB manual, appendix E.13 and E.14).</summary>
internal static class TransferDocuments
{
    /// <summary>
    /// The memory map, with the gaps filled as RAM up to the end of the address space. gdb takes a map for the
    /// linear addresses it reads and writes and refuses all others unasked; but ours are physical, and a kernel in the upper half has
    /// its code where the physical map has nothing. ROM is named as such, so that gdb sets hardware breakpoints there by itself.
    /// </summary>
    /// <param name="target">The machine.</param>
    /// <param name="architecture">The session's, which decides where the address space ends.</param>
    public static byte[] MemoryMap(IDebugTarget target, TargetArchitecture architecture)
    {
        StringBuilder xml = new();
        xml.Append("<?xml version=\"1.0\"?><!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\"")
            .Append(" \"http://sourceware.org/gdb/gdb-memory-map.dtd\"><memory-map>\n");
        UInt128 end = UInt128.One << (architecture == TargetArchitecture.X86_64 ? 64 : 32);
        UInt128 next = 0;
        foreach (MemoryRange range in target.MemoryMap)
        {
            UInt128 start = UInt128.Max(range.Start, next);
            UInt128 stop = UInt128.Min((UInt128)range.Start + range.Length, end);
            if (range.IsRam || start >= stop)
            {
                continue;
            }

            AppendMemory(xml, "ram", next, start);
            AppendMemory(xml, "rom", start, stop);
            next = stop;
        }

        AppendMemory(xml, "ram", next, end);
        xml.Append("</memory-map>\n");
        return Encoding.ASCII.GetBytes(xml.ToString());
    }

    /// <summary>
    /// The list of libraries (GDB manual, appendix G.3): a kernel loads none that the machine could know of. Its own file is the main
    /// program, and boot modules are data.
    /// </summary>
    public static byte[] NoLibraries { get; } = "<library-list version=\"1.0\"/>\n"u8.ToArray();

    /// <summary>The threads with their names and what they are doing.</summary>
    /// <param name="session">Who asks.</param>
    /// <param name="process">What comes before a thread's number: the process, or nothing.</param>
    public static byte[] Threads(GdbSession session, string process)
    {
        StringBuilder xml = new("<?xml version=\"1.0\"?><threads>\n");
        for (int vcpu = 0; vcpu < session.Actions.Length; vcpu++)
        {
            string doing = SecurityElement.Escape(session.DescribeVcpu(vcpu));
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<thread id=\"{process}{ThreadId.Of(vcpu).Number:x}\" core=\"{vcpu}\" name=\"CPU {vcpu}\">{doing}</thread>\n");
        }

        xml.Append("</threads>\n");
        return Encoding.UTF8.GetBytes(xml.ToString());
    }

    private static void AppendMemory(StringBuilder xml, string type, UInt128 start, UInt128 end)
    {
        if (end > start)
        {
            // gdb adds start and length in 64 bits; a region that ends at 2^64 then ends at 0, which it takes for "no end". A length of
            // 2^64 itself cannot be written: half of it twice can.
            UInt128 half = UInt128.One << 63;
            if (start == 0 && end == half * 2)
            {
                AppendMemory(xml, type, 0, half);
                start = half;
            }

            xml.Append(
                CultureInfo.InvariantCulture,
                $"<memory type=\"{type}\" start=\"0x{start:x}\" length=\"0x{end - start:x}\"/>\n");
        }
    }
}
