using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Boot;

/// <summary>
/// A raw binary at a stated address, entered in a stated mode with interrupts off and nothing passed to it.
/// <list type="bullet">
/// <item>Real: as a BIOS enters a boot sector. CS is 0 for an entry below 10000h, else entry / 16; IP the rest; DL 80h (the first
/// disk); DS, ES, FS
/// and GS 0; the stack ends at 0:7C00h, or elsewhere in a segment of its own when the image is there. There is no BIOS behind the
/// vectors.</item>
/// <item>Protected: flat 32-bit segments, paging off, a stack of 16 KiB, all other registers 0.</item>
/// <item>Long: as <see cref="ElfBoot"/>, without mappings other than the identity.</item>
/// </list>
/// </summary>
internal static class FlatBoot
{
    private const ulong RealStackTop = 0x7c00;
    private const ulong RealStackBytes = 0x1000;
    private const ulong RealMemoryEnd = 0x10_0000;

    public static BootedImage Boot(BootProfile profile, BootFile file, BootMemory memory)
    {
        LongMode.RefuseArguments(profile, file, "flat");
        ulong entry = profile.FlatEntry ?? profile.FlatAddress;
        ImagePiece image = new("the binary", 0, profile.FlatAddress, file.Length, file.Length);
        ulong reach = profile.FlatMode switch
        {
            FlatMode.Real => RealMemoryEnd,
            FlatMode.Protected => MemoryMap.HoleEnd,
            _ => ulong.MaxValue,
        };
        if (entry >= reach)
        {
            string mode = profile.FlatMode == FlatMode.Real ? "real" : "protected";
            throw file.Bad($"the entry 0x{entry:x} cannot be reached in {mode} mode; it must be below 0x{reach:x}.");
        }

        new ImageLayout(file, [image], profile.FlatAddress).WithEntry(entry, "the stated entry").Load(memory, relocation: null);
        return profile.FlatMode switch
        {
            FlatMode.Real => EnterReal(file, memory, entry),
            FlatMode.Protected => EnterProtected(memory, entry),
            _ => LongMode.Enter(memory, LongMode.IdentityMap(memory), "flat", entry),
        };
    }

    private static BootedImage EnterReal(BootFile file, BootMemory memory, ulong entry)
    {
        ulong stack = 0;
        ulong top = RealStackTop;
        if (!memory.IsFree(RealStackTop - RealStackBytes, RealStackBytes))
        {
            // Above the interrupt vectors and the BIOS data area.
            if (!memory.TryAllocate("the initial stack", RealStackBytes, 16, 0x500, MemoryMap.LowMemoryEnd, out stack))
            {
                throw file.Bad("the binary leaves no room for a stack of 4 KiB below 639 KiB; use another mode.");
            }

            top = RealStackBytes;
        }

        ushort code = (ushort)(entry < 0x1_0000 ? 0 : entry >> 4);
        GeneralRegisters general = new() { Rdx = 0x80, Rip = entry - ((ulong)code << 4), Rsp = top, Rflags = ControlBits.RflagsFixed };
        return new BootedImage("flat", TargetArchitecture.X86_64, general, InitialState.Real(code, (ushort)(stack >> 4)));
    }

    private static BootedImage EnterProtected(BootMemory memory, ulong entry)
    {
        ulong gdt = memory.AllocateLow("the descriptor table", InitialState.GdtBytes, 8);
        InitialState.WriteGdt(memory, gdt);
        GeneralRegisters general = new()
        {
            Rip = entry,
            Rsp = LongMode.StackWithReturnToZero(memory, sizeof(uint)),
            Rflags = ControlBits.RflagsFixed,
        };
        return new BootedImage("flat", TargetArchitecture.X86_64, general, InitialState.Protected(gdt));
    }
}
