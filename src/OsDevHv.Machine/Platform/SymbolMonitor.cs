using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Debug;

namespace OsDevHv.Machine.Platform;

/// <summary><c>monitor symbols</c>: which file's symbols describe the kernel, where it runs, and how to tell a debugger.</summary>
internal static class SymbolMonitor
{
    /// <summary>The text, lines ended by line feeds.</summary>
    public static string Describe(KernelLocator locator, BootedImage image, KernelImage? kernel)
    {
        if (kernel is null)
        {
            return $"{locator.File} is not an ELF file and has no symbols ({image.Protocol})\n"
                + "name the ELF file that has them as debug.symbols in the profile, or by --set debug.symbols=FILE\n";
        }

        string linked = $"file       {kernel.Path}\nlinked at  {kernel.LinkAddress:x}h\n";
        if (kernel.Bias is not { } bias)
        {
            return linked + "runs at    not found: it is not mapped in what the stopped CPUs run; ask again once the kernel runs\n";
        }

        string moved = linked + $"runs at    {kernel.RunAddress:x}h\nbias       {bias:x}h\n";
        return bias == 0
            ? moved + "the addresses in the file are right as they are\n"
            : moved + $"gdb        add-symbol-file {kernel.Path} -o 0x{bias:x}\n"
                + $"lldb       target modules load --file {Path.GetFileName(kernel.Path)} --slide 0x{bias:x}\n";
    }
}
