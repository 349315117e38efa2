using System.Collections.Concurrent;

namespace OsDevHv.Gdb;

/// <summary>
/// The registers that gdb is told of, in order: one table makes target.xml, the order of <c>g</c> and <c>G</c>, and the numbers of
/// <c>p</c>, <c>P</c> and stop replies.
/// </summary>
/// <remarks>
/// Order, numbers and names are QEMU's (its gdb-xml/i386-32bit.xml and i386-64bit.xml), so that scripts made for it work; our own follow,
/// and last those that not every host has, so that no number depends on the host. They hold for a whole session, whatever mode the CPU is
/// in: gdb cannot take a change of sizes. <c>g</c> ends where QEMU's does; gdb asks for the others one by one, when it wants them.
/// </remarks>
internal sealed class RegisterLayout
{
    private static readonly ConcurrentDictionary<(TargetArchitecture, RegisterFeatures), RegisterLayout> Layouts = new();

    private RegisterLayout(TargetArchitecture architecture, RegisterFeatures present)
    {
        Architecture = architecture;
        bool wide = architecture == TargetArchitecture.X86_64;
        List<RegisterDescription> table = [];
        AddGeneral(table, wide);
        AddSystem(table, wide);
        AddFloatingPoint(table);
        int sse = table.Count;
        AddSse(table, wide ? 16 : 8);
        CoreCount = table.Count;
        List<RegisterFeature> features = [new(RegisterFeature.Core, 0, sse), new(RegisterFeature.Sse, sse, CoreCount)];
        foreach ((string name, IEnumerable<RegisterDescription> registers) in ExtensionRegisters.Of(wide, present))
        {
            int first = table.Count;
            table.AddRange(registers);
            features.Add(new RegisterFeature(name, first, table.Count));
        }

        Features = features;
        Registers = new RegisterDescription[table.Count];
        int offset = 0;
        for (int number = 0; number < table.Count; number++)
        {
            Registers[number] = table[number] with { Number = number, Offset = offset };
            offset += table[number].Bytes;
        }

        TotalBytes = Registers[CoreCount].Offset;
        Expedited = [.. Registers.Where(static r => r is { Source: RegisterSource.Rip or RegisterSource.Rflags }
            or { Source: RegisterSource.General, Index: 6 or 7 })];
        Description = TargetDescription.Xml(this);
    }

    /// <summary>What gdb calls it.</summary>
    public TargetArchitecture Architecture { get; }

    /// <summary>All registers; the index is the number.</summary>
    public RegisterDescription[] Registers { get; }

    /// <summary>How many registers there are.</summary>
    public int Count => Registers.Length;

    /// <summary>How many of them, from the first, are in <c>g</c>: those that QEMU has.</summary>
    public int CoreCount { get; }

    /// <summary>The features of target.xml, in the order of their registers.</summary>
    public IReadOnlyList<RegisterFeature> Features { get; }

    /// <summary>Bytes in <c>g</c>.</summary>
    public int TotalBytes { get; }

    /// <summary>
    /// What a stop reply brings along: gdb needs no read to show the place. All are in <see cref="RegisterGroups.General"/>.
    /// </summary>
    public RegisterDescription[] Expedited { get; }

    /// <summary>target.xml.</summary>
    public byte[] Description { get; }

    /// <summary>The layout of an architecture, for a processor that has <paramref name="features"/>.</summary>
    public static RegisterLayout For(TargetArchitecture architecture, RegisterFeatures features = RegisterFeatures.None) =>
        Layouts.GetOrAdd((architecture, features), static key => new RegisterLayout(key.Item1, key.Item2));

    private static void AddGeneral(List<RegisterDescription> table, bool wide)
    {
        // The 32-bit order is the processor's encoding, the 64-bit one the System V ABI's; the index is into RegisterFile.General.
        ReadOnlySpan<int> order = wide ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 2, 3, 1, 7, 6, 4, 5];
        ReadOnlySpan<string> names = ["ax", "bx", "cx", "dx", "si", "di", "bp", "sp"];
        int bits = wide ? 64 : 32;
        string integer = wide ? "int64" : "int32";
        foreach (int index in order)
        {
            table.Add(new((wide ? "r" : "e") + names[index], bits, index >= 6 ? "data_ptr" : integer, RegisterSource.General, index));
        }

        for (int index = 8; wide && index < 16; index++)
        {
            table.Add(new($"r{index}", bits, integer, RegisterSource.General, index));
        }

        table.Add(new(wide ? "rip" : "eip", bits, "code_ptr", RegisterSource.Rip));
        table.Add(new("eflags", 32, "i386_eflags", RegisterSource.Rflags));
    }

    private static void AddSystem(List<RegisterDescription> table, bool wide)
    {
        int bits = wide ? 64 : 32;
        string integer = wide ? "int64" : "int32";
        ReadOnlySpan<string> segments = ["cs", "ss", "ds", "es", "fs", "gs"];
        for (int index = 0; index < segments.Length; index++)
        {
            table.Add(new(segments[index], 32, "int32", RegisterSource.Selector, index));
        }

        table.Add(new("fs_base", bits, integer, RegisterSource.FsBase));
        table.Add(new("gs_base", bits, integer, RegisterSource.GsBase));
        table.Add(new("k_gs_base", bits, integer, RegisterSource.KernelGsBase));
        table.Add(new("cr0", bits, "i386_cr0", RegisterSource.Cr0));
        table.Add(new("cr2", bits, integer, RegisterSource.Cr2));
        table.Add(new("cr3", bits, "i386_cr3", RegisterSource.Cr3));
        table.Add(new("cr4", bits, "i386_cr4", RegisterSource.Cr4));
        table.Add(new("cr8", bits, integer, RegisterSource.Cr8));
        table.Add(new("efer", bits, "i386_efer", RegisterSource.Efer));
    }

    private static void AddFloatingPoint(List<RegisterDescription> table)
    {
        for (int index = 0; index < 8; index++)
        {
            table.Add(new($"st{index}", 80, "i387_ext", RegisterSource.X87, index));
        }

        ReadOnlySpan<string> names = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"];
        for (int index = 0; index < names.Length; index++)
        {
            table.Add(new(names[index], 32, "int", RegisterSource.Fctrl + index));
        }
    }

    private static void AddSse(List<RegisterDescription> table, int count)
    {
        for (int index = 0; index < count; index++)
        {
            table.Add(new($"xmm{index}", 128, "vec128", RegisterSource.Xmm, index));
        }

        table.Add(new("mxcsr", 32, "i386_mxcsr", RegisterSource.Mxcsr));
    }
}
