using System.Diagnostics;

namespace OsDevHv.Benchmarks;

/// <summary>Where things are.</summary>
internal static class Repository
{
    private static readonly HashSet<string> s_copied = [];

    /// <summary>The directory with the solution in it.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a test kernel.</summary>
    /// <exception cref="BenchException">It was not built.</exception>
    public static string Kernel(string name)
    {
        string path = Path.Combine(Root, "testkernels", "build", name);
        return File.Exists(path) ? path : throw new BenchException($"{path} is missing: make kernels");
    }

    /// <summary>
    /// The path of a copy of a long-mode test kernel that says it is a 32-bit one, as it is when it is entered: QEMU's Multiboot loader
    /// takes no others.
    /// </summary>
    /// <exception cref="BenchException">It was not built, or there is no objcopy.</exception>
    public static string KernelAs32(string name)
    {
        string copy = Path.Combine(AppContext.BaseDirectory, name);
        if (!s_copied.Add(name))
        {
            return copy;
        }

        using Process process = Process.Start("objcopy", ["-O", "elf32-i386", Kernel(name), copy]);
        process.WaitForExit();
        return process.ExitCode == 0 ? copy : throw new BenchException($"objcopy cannot make a 32-bit ELF file of {name}");
    }

    /// <summary>The path of a program of the host, or null.</summary>
    public static string? FindProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, name))
        .FirstOrDefault(File.Exists);

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "OsDevHv.sln")))
            {
                return directory.FullName;
            }
        }

        throw new BenchException("this program is not inside the repository");
    }
}
