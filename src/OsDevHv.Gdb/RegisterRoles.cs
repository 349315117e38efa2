namespace OsDevHv.Gdb;

/// <summary>What LLDB wants to know of a register beyond gdb's description; -1 and null: it has none.</summary>
/// <param name="Dwarf">Its number in DWARF and call frames (System V psABI, x86-64 figure 3.36 and i386 table 2.14).</param>
/// <param name="Generic">LLDB's name for what it is for: pc, sp, fp, flags, arg1 to arg6.</param>
internal readonly record struct RegisterRole(int Dwarf, string? Generic)
{
    private static ReadOnlySpan<int> Dwarf64 => [0, 3, 2, 1, 4, 5, 6, 7];

    private static ReadOnlySpan<int> Dwarf32 => [0, 3, 1, 2, 6, 7, 5, 4];

    private static ReadOnlySpan<int> Segments64 => [51, 52, 53, 50, 54, 55];

    private static ReadOnlySpan<int> Segments32 => [41, 42, 43, 40, 44, 45];

    private static readonly string?[] Generic64 =
        [null, null, "arg4", "arg3", "arg2", "arg1", "fp", "sp", "arg5", "arg6", null, null, null, null, null, null];

    /// <summary>The role of a register of a 64-bit (<paramref name="wide"/>) or 32-bit description.</summary>
    public static RegisterRole Of(RegisterDescription register, bool wide)
    {
        int index = register.Index;
        return register.Source switch
        {
            RegisterSource.General when wide => new(index < 8 ? Dwarf64[index] : index, Generic64[index]),
            RegisterSource.General => new(Dwarf32[index], index switch { 6 => "fp", 7 => "sp", _ => null }),
            RegisterSource.Rip => new(wide ? 16 : 8, "pc"),
            RegisterSource.Rflags => new(wide ? 49 : 9, "flags"),
            RegisterSource.Selector when (uint)index < 6 => new(wide ? Segments64[index] : Segments32[index], null),
            RegisterSource.X87 => new((wide ? 33 : 11) + index, null),
            RegisterSource.Xmm => new((wide ? 17 : 21) + index, null),
            RegisterSource.Mxcsr => new(wide ? 64 : 39, null),
            RegisterSource.FsBase when wide => new(58, null),
            RegisterSource.GsBase when wide => new(59, null),
            _ => new(-1, null),
        };
    }
}
