namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>
/// What the tests run, and where: as tests/run says it in the environment, or what the checkout around the tests has built.
/// </summary>
internal static class Installation
{
    /// <summary>The <c>osdevhv</c> program.</summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("OSDEVHV_PROGRAM") ?? Path.Combine(Checkout(), "artifacts", "osdevhv");

    private static readonly string s_kernels =
        Environment.GetEnvironmentVariable("OSDEVHV_KERNELS") ?? Path.Combine(Checkout(), "testkernels", "build");

    /// <summary>Whether the tests run on an emulated host (tests/hosts).</summary>
    public static bool IsNestedHost { get; } = Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") is "amd" or "intel";

    /// <summary>How long one session may take. A nested host is taken for stalled when nothing is said for longer.</summary>
    public static TimeSpan Limit { get; } = Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") switch
    {
        "amd" => TimeSpan.FromSeconds(150),
        "intel" => TimeSpan.FromSeconds(200),
        _ => TimeSpan.FromSeconds(120),
    };

    /// <summary>The path of a test kernel, such as <c>spinner64.elf</c>.</summary>
    public static string Kernel(string name) => Path.Combine(s_kernels, name);

    private static string Checkout()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "OsDevHv.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException("Outside a checkout OSDEVHV_PROGRAM and OSDEVHV_KERNELS must be set.");
    }
}
