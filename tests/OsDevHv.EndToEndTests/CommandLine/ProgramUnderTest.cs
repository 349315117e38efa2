namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>Where the program and the test kernels are: the environment says, or else they are the checkout's own.</summary>
internal static class ProgramUnderTest
{
    /// <summary>The program's file.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("OSDEVHV_PROGRAM") ?? InCheckout("artifacts/osdevhv");

    /// <summary>A test kernel's file.</summary>
    public static string Kernel(string name) =>
        System.IO.Path.Combine(Environment.GetEnvironmentVariable("OSDEVHV_KERNELS") ?? InCheckout("testkernels/build"), name);

    private static string InCheckout(string path)
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = System.IO.Path.GetDirectoryName(directory))
        {
            if (File.Exists(System.IO.Path.Combine(directory, "OsDevHv.sln")))
            {
                return System.IO.Path.Combine(directory, path);
            }
        }

        throw new InvalidOperationException("These tests need a checkout around them, or OSDEVHV_PROGRAM and OSDEVHV_KERNELS.");
    }
}
