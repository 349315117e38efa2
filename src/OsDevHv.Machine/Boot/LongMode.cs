using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>What the protocols that enter a kernel in 64-bit mode without boot information have in common.</summary>
internal static class LongMode
{
    private const ulong StackBytes = 16 * 1024;

    /// <summary>Refuses what would be dropped silently.</summary>
    public static void RefuseArguments(BootProfile profile, BootFile file, string protocol)
    {
        if (profile.Modules.Count > 0)
        {
            throw file.Bad($"the protocol `{protocol}` has no way to hand over modules; use a Multiboot kernel or take `modules` out.");
        }

        if (profile.CommandLine.Length > 0)
        {
            throw file.Bad($"the protocol `{protocol}` has no way to hand over a command line; use a Multiboot kernel or take `cmdline` "
                + "out.");
        }
    }

    /// <summary>Tables that map everything below 4 GiB and all RAM to itself.</summary>
    public static PageTableBuilder IdentityMap(BootMemory memory)
    {
        PageTableBuilder tables = new();
        tables.MapIdentity(Math.Max(MemoryMap.HoleEnd, memory.Map.RamEnd));
        return tables;
    }

    /// <summary>Writes the tables, a GDT and a stack to free low memory.</summary>
    public static BootedImage Enter(BootMemory memory, PageTableBuilder tables, string protocol, ulong entry)
    {
        ulong pageTables = memory.AllocateLow("the page tables", tables.Bytes, PageTableBuilder.PageBytes);
        tables.Write(memory, pageTables);
        ulong gdt = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        InitialState.WriteGdt(memory, gdt);
        GeneralRegisters general = new()
        {
            Rip = entry,
            Rsp = StackWithReturnToZero(memory, sizeof(ulong)),
            Rflags = ControlBits.RflagsFixed,
        };
        return new BootedImage(protocol, TargetArchitecture.X86_64, general, InitialState.Long(gdt, pageTables));
    }

    /// <summary>
    /// A stack as the System V ABI has it on entry to a function: 16-aligned before a return address, which is 0 and so ends backtraces.
    /// </summary>
    public static ulong StackWithReturnToZero(BootMemory memory, int addressBytes)
    {
        ulong stack = memory.AllocateLow("the initial stack", StackBytes, 16);
        memory.Zero(stack, StackBytes);
        return stack + StackBytes - (ulong)addressBytes;
    }
}
