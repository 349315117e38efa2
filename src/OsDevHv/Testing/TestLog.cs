using System.Diagnostics;
using System.Globalization;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Reports;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Testing;

/// <summary>
/// A run on stdout: a line for each finished case, and on a terminal a last line that says how far it is, where cases that passed have no
/// line of their own. Any thread.
/// </summary>
internal sealed class TestLog : IRunObserver, IDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(40);

    private readonly Lock _lock = new();
    private readonly TextWriter _output;
    private readonly TestRequest _request;
    private readonly bool _isTerminal;
    private readonly int _total;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<string> _running = [];
    private readonly Timer? _timer;
    private int _finished;
    private int _failed;
    private bool _isDrawn;
    private long _drawn;
    private bool _isBroken;

    /// <param name="output">Where.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="isTerminal">Whether the output is a terminal that understands ECMA-48.</param>
    /// <param name="total">How many cases there are.</param>
    public TestLog(TextWriter output, TestRequest request, bool isTerminal, int total)
    {
        _output = output;
        _request = request;
        _isTerminal = isTerminal;
        _total = total;
        _timer = isTerminal ? new Timer(_ => Redraw(), null, s_redraw, s_redraw) : null;
    }

    /// <inheritdoc/>
    public void Started(TestCase testCase)
    {
        lock (_lock)
        {
            _running.Add(testCase.Id);
            DrawIfDue();
        }
    }

    /// <inheritdoc/>
    public void Finished(CaseResult result)
    {
        var one = ReportedCase.Of(result, 0);
        bool isTold = !_isTerminal || _request.Verbose || one.Outcome is not (CaseOutcome.Passed or CaseOutcome.NotRun);

        // Thousands of lines that say nothing would push the failures off the screen.
        isTold &= one.Outcome != CaseOutcome.NotRun;
        IReadOnlyList<string> details = CaseText.Details(one, _request.Artifacts);
        lock (_lock)
        {
            _running.RemoveAll(id => id == one.Id);
            _finished++;
            _failed += CaseJudge.IsFailure(one.Outcome) ? 1 : 0;
            if (isTold)
            {
                Erase();
                WriteLine(Coloured(one, CaseText.Headline(one)));
                foreach (string line in details)
                {
                    WriteLine(line);
                }

                Flush();
            }

            DrawIfDue();
        }
    }

    /// <summary>A line among the others.</summary>
    public void Tell(string line)
    {
        lock (_lock)
        {
            Erase();
            WriteLine(line);
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _running.Clear();
            Erase();
            Flush();
        }
    }

    private void Redraw()
    {
        lock (_lock)
        {
            Draw();
        }
    }

    // Cases that take a millisecond are not to wait for a terminal.
    private void DrawIfDue()
    {
        if (_isTerminal && Stopwatch.GetElapsedTime(_drawn) > s_shortest)
        {
            Draw();
        }
    }

    private void Draw()
    {
        if (_isTerminal && _running.Count > 0)
        {
            _drawn = Stopwatch.GetTimestamp();
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            string running = string.Join(", ", _running.Distinct().Take(8).Select(ReportText.CleanLine));

            // No wrapping while it is written: a line that is too long is cut off at the edge, and the next still overwrites it.
            Write(string.Create(
                CultureInfo.InvariantCulture,
                $"\r\x1b[?7l[{_finished}/{_total}] {_failed} failed, {seconds:F0} s, running: {running}\x1b[K\x1b[?7h"));
            _isDrawn = true;
        }

        Flush();
    }

    private void Erase()
    {
        if (_isDrawn)
        {
            Write("\r\x1b[K");
            _isDrawn = false;
        }
    }

    private string Coloured(ReportedCase one, string headline)
    {
        string? colour = one.Outcome switch
        {
            _ when !_isTerminal => null,
            CaseOutcome.Failed or CaseOutcome.Error or CaseOutcome.UnexpectedPass => "31",
            CaseOutcome.Flaky or CaseOutcome.QuarantinedFailure => "33",
            CaseOutcome.Passed => "32",
            _ => null,
        };
        int colon = headline.IndexOf(':', StringComparison.Ordinal);
        return colour is null ? headline : $"\x1b[{colour}m{headline[..colon]}\x1b[0m{headline[colon..]}";
    }

    private void WriteLine(string line)
    {
        Write(_request.GitHub ? GitHubReport.Disarm(line) : line);
        Write("\n");
    }

    private void Write(string text) => Try(() => _output.Write(text));

    private void Flush() => Try(_output.Flush);

    // A log that cannot be written any more does not end the run; the reports are still to come, and the program says so at its end.
    private void Try(Action write)
    {
        try
        {
            if (!_isBroken)
            {
                write();
            }
        }
        catch (IOException)
        {
            _isBroken = true;
        }
    }
}
