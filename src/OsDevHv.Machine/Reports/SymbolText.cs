using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Reports;

/// <summary>Addresses with their names, as gdb writes them.</summary>
internal static class SymbolText
{
    /// <summary>" &lt;name+0x12&gt;", or nothing when the address has no name.</summary>
    public static string Suffix(ElfSymbols? symbols, ulong address)
    {
        if (symbols is null || !symbols.TryFind(address, out string name, out ulong offset))
        {
            return "";
        }

        return offset == 0 ? $" <{name}>" : $" <{name}+0x{offset:x}>";
    }
}
