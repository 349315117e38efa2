using Microsoft.Extensions.Logging;

namespace OsDevHv.Running;

/// <summary>
/// Logs to stderr, a line an entry, at once and on the caller's thread: for a program that lives for seconds, a queue would only lose
/// lines.
/// </summary>
internal sealed class StderrLogger(TextWriter error, LogLevel minimum) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            error.WriteLine($"osdevhv: {formatter(state, exception)}");
        }
    }
}
