using System.Text;

namespace OsDevHv.Machine.Boot;

/// <summary>The strings that kernels are handed.</summary>
internal static class BootStrings
{
    /// <summary>Refuses a command line that cannot be handed over whole.</summary>
    /// <param name="path">The kernel or module that it is for.</param>
    /// <param name="commandLine">The command line.</param>
    /// <param name="longest">Bytes of UTF-8, without the terminating zero.</param>
    /// <exception cref="BootException">It has a zero in it, or is too long.</exception>
    public static void CheckCommandLine(string path, string commandLine, uint longest)
    {
        if (commandLine.Contains('\0', StringComparison.Ordinal))
        {
            throw new BootException($"{path}: its command line has a zero character in it, which would end it there; take it out.");
        }

        int bytes = Encoding.UTF8.GetByteCount(commandLine);
        if (bytes > longest)
        {
            throw new BootException($"{path}: its command line has {bytes} bytes; {longest} is the most that it takes.");
        }
    }
}
