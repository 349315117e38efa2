using System.Globalization;
using OsDevHv.Suites.Conventions;
using OsDevHv.Suites.Expectations;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>
/// What the consoles of a machine print in one attempt: looked through as it comes, and kept. Consoles call from threads of their own.
/// </summary>
/// <param name="testCase">The case.</param>
/// <param name="directory">For files of the output.</param>
/// <param name="enough">Is told once that the run need not go on: the limit is reached, or what ends the run was printed.</param>
internal sealed class CaseOutput(TestCase testCase, string directory, Action enough) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Port> _ports = new(StringComparer.Ordinal);
    private readonly OutputTail _tail = new();
    private long _total;
    private bool _isClosed;

    /// <summary>What was looked for.</summary>
    public OutputWatch Watch { get; } = new(testCase.Expect);

    /// <summary>Whether more was printed than the case may.</summary>
    public bool IsOverLimit { get; private set; }

    /// <summary>What was said about tests, by each console that said something else than those before. After <see cref="Close"/>.</summary>
    public IReadOnlyList<GuestReport> Reports { get; private set; } = [];

    /// <summary>The end of it.</summary>
    public string Tail
    {
        get
        {
            lock (_lock)
            {
                return _tail.ToString();
            }
        }
    }

    /// <summary>Takes what a console prints.</summary>
    /// <returns>How much of it, from the first on, the case may print, and has in time.</returns>
    public int Take(string port, ReadOnlySpan<byte> bytes)
    {
        bool isEnough;
        int count;
        lock (_lock)
        {
            if (_isClosed || IsOverLimit)
            {
                return 0;
            }

            long room = testCase.Limits.Output - _total;
            IsOverLimit = bytes.Length > room;
            ReadOnlySpan<byte> taken = IsOverLimit ? bytes[..(int)room] : bytes;
            count = taken.Length;
            _total += count;
            _tail.Write(taken);
            bool wasDone = Watch.IsDone;
            PortOf(port).Take(taken);
            isEnough = IsOverLimit || (Watch.IsDone && !wasDone);
        }

        if (isEnough)
        {
            enough();
        }

        return count;
    }

    /// <summary>The run is over: what has begun is a line, and nothing more is taken.</summary>
    /// <param name="ofOpenTest">See <see cref="ConsoleConventions.Finish"/>.</param>
    public void Close(AttemptOutcome ofOpenTest)
    {
        lock (_lock)
        {
            _isClosed = true;
            var reports = new List<GuestReport>();
            foreach (Port port in _ports.Values)
            {
                port.Finish(ofOpenTest);
                // Many kernels print the same on the serial line and the debug console.
                if (!reports.Any(report => report.Subtests.SequenceEqual(port.Report.Subtests) && report.Problems.SequenceEqual(port.Report.Problems)))
                {
                    reports.Add(port.Report);
                }
            }

            Reports = reports;
        }
    }

    /// <summary>Writes all of it to files; what they are called, by console, and what could not be written.</summary>
    public IReadOnlyList<(string Name, string? Failure)> Keep()
    {
        lock (_lock)
        {
            foreach (Port port in _ports.Values)
            {
                port.Log.Keep();
            }

            return [.. _ports.Select(static pair => (FileName(pair.Key), pair.Value.Log.Failure))];
        }
    }

    /// <summary>Deletes what went to files.</summary>
    public void Discard()
    {
        lock (_lock)
        {
            foreach (Port port in _ports.Values)
            {
                port.Log.Discard();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (Port port in _ports.Values)
            {
                port.Log.Dispose();
            }
        }
    }

    /// <summary>Says what the limit was.</summary>
    public string LimitText() =>
        string.Create(CultureInfo.InvariantCulture, $"output: at most {testCase.Limits.Output} bytes are allowed (limits.output); it printed more and was ended");

    private static string FileName(string port) => $"{port}.log";

    private Port PortOf(string name)
    {
        if (!_ports.TryGetValue(name, out Port? port))
        {
            _ports.Add(name, port = new Port(name, Watch, new PortLog(Path.Combine(directory, FileName(name)))));
        }

        return port;
    }

    /// <summary>One console.</summary>
    private sealed class Port
    {
        private readonly string _name;
        private readonly OutputWatch _watch;
        private readonly LineReader _lines;
        private readonly ConsoleConventions _conventions = new();

        public Port(string name, OutputWatch watch, PortLog log)
        {
            _name = name;
            _watch = watch;
            Log = log;
            _lines = new LineReader(Take);
        }

        public PortLog Log { get; }

        public GuestReport Report => _conventions.Report;

        public void Take(ReadOnlySpan<byte> bytes)
        {
            Log.Write(bytes);
            _lines.Write(bytes);
            if (_watch.LooksForEnd)
            {
                _watch.LookForEnd(_name, _lines.Begun);
            }
        }

        public void Finish(AttemptOutcome ofOpenTest)
        {
            _lines.Finish();
            _conventions.Finish(ofOpenTest);
        }

        private void Take(LinePiece piece)
        {
            _watch.Take(_name, piece);
            if (piece.IsStart)
            {
                _conventions.Line(piece.Text);
            }
        }
    }
}
