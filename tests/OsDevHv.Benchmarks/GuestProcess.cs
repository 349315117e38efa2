using System.Diagnostics;
using System.Text;

namespace OsDevHv.Benchmarks;

/// <summary>A running contender: its output as it comes, with the times. Killed when disposed.</summary>
internal sealed class GuestProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _name;
    private readonly Process _process;
    private readonly Stream _output;
    private readonly Timer _limit;
    private readonly StringBuilder _errors = new();
    private readonly byte[] _buffer = new byte[4096];
    private int _buffered;
    private string _lastRead = "";

    public GuestProcess(string name, ProcessStartInfo start)
    {
        _name = name;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Started = Stopwatch.GetTimestamp();
        _process = Process.Start(start) ?? throw new BenchException($"{name} does not start");
        _output = _process.StandardOutput.BaseStream;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
        _limit = new Timer(_ => _process.Kill(), null, Limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When it was about to be started, as of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long Started { get; }

    /// <summary>The process, for /proc.</summary>
    public int Id => _process.Id;

    /// <summary>Waits for the first byte of output; returns when it came.</summary>
    public long WaitForFirstByte()
    {
        Fill();
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Waits for a text in the output and drops all up to its end; returns when it came.</summary>
    public long WaitFor(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            int at = _buffer.AsSpan(0, _buffered).IndexOf(text);
            if (at >= 0)
            {
                int end = at + text.Length;
                _buffer.AsSpan(end, _buffered - end).CopyTo(_buffer);
                _buffered -= end;
                return Stopwatch.GetTimestamp();
            }

            // Of what cannot be the text's beginning nothing is kept.
            int kept = Math.Min(_buffered, text.Length - 1);
            _buffer.AsSpan(_buffered - kept, kept).CopyTo(_buffer);
            _buffered = kept;
            Fill();
        }
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public void WaitForEnd()
    {
        while (_output.Read(_buffer) > 0)
        {
        }

        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    private void Fill()
    {
        int read = _output.Read(_buffer, _buffered, _buffer.Length - _buffered);
        if (read == 0)
        {
            lock (_errors)
            {
                throw new GuestEndedException(
                    $"{_name} ended, or was ended after {Limit.TotalSeconds} s, before it printed what was expected, after \"{_lastRead}\": {_errors}");
            }
        }

        _lastRead = Encoding.Latin1.GetString(_buffer, _buffered, read);
        _buffered += read;
    }
}
