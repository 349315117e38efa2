using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Reports;

/// <summary>Addresses with their names, as gdb writes them.</summary>
internal static class SymbolText
{
    /// <summary>" &lt;name+0x12&gt;", or nothing when the address has no name.</summary>
    public static string Suffix(ElfSymbols? symbols, ulong address) =>
        symbols is not null && symbols.TryFind(address, out string name, out ulong offset) ? Format(name, offset) : "";

    /// <summary>
    /// The same for a return address, which belongs to the function of the call before it even when that is the function's end.
    /// </summary>
    public static string SuffixOfReturn(ElfSymbols? symbols, ulong address) =>
        symbols is not null && symbols.TryFind(address - 1, out string name, out ulong offset) ? Format(name, offset + 1) : "";

    private static string Format(string name, ulong offset) => offset == 0 ? $" <{name}>" : $" <{name}+0x{offset:x}>";
}
