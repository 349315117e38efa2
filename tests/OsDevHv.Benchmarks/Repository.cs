namespace OsDevHv.Benchmarks;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The directory with the solution in it.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a test kernel.</summary>
    /// <exception cref="BenchException">It was not built.</exception>
    public static string Kernel(string name)
    {
        string path = Path.Combine(Root, "testkernels", "build", name);
        return File.Exists(path) ? path : throw new BenchException($"{path} is missing: make kernels");
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
