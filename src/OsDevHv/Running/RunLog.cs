using Microsoft.Extensions.Logging;

namespace OsDevHv.Running;

/// <summary>What <c>--verbose</c> says.</summary>
internal static partial class RunLog
{
    [LoggerMessage(1, LogLevel.Information, "machine {Name}: {Cpus} CPU(s), {Mebibytes} MiB, kernel {Kernel}")]
    public static partial void Machine(ILogger logger, string name, int cpus, ulong mebibytes, string kernel);

    [LoggerMessage(2, LogLevel.Information, "machine built in {Milliseconds:F1} ms")]
    public static partial void Built(ILogger logger, double milliseconds);

    [LoggerMessage(3, LogLevel.Information, "started {Milliseconds:F1} ms after the command")]
    public static partial void Started(ILogger logger, double milliseconds);

    [LoggerMessage(4, LogLevel.Information, "over: {Verdict}")]
    public static partial void Over(ILogger logger, string verdict);
}
