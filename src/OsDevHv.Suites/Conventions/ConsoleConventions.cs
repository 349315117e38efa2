using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Conventions;

/// <summary>
/// Everything that a console may say about tests, in every convention at once: they do not share a line. Memory is bounded whatever is
/// printed. One thread.
/// </summary>
internal sealed class ConsoleConventions
{
    private readonly TapParser _tap;
    private readonly KvmUnitTestsParser _kvmUnitTests;
    private readonly RustParser _rust;
    private readonly GuestInterfaceParser _guest;

    /// <summary>Nothing said yet.</summary>
    public ConsoleConventions()
    {
        _tap = new TapParser(Report);
        _kvmUnitTests = new KvmUnitTestsParser(Report);
        _rust = new RustParser(Report);
        _guest = new GuestInterfaceParser(Report);
    }

    /// <summary>What was said; whole after <see cref="Finish"/>.</summary>
    public GuestReport Report { get; } = new();

    /// <summary>Takes a line, or of a long one its first piece.</summary>
    public void Line(string line)
    {
        _tap.Line(line);
        _kvmUnitTests.Line(line);
        _rust.Line(line);
        _guest.Line(line);
    }

    /// <summary>There is no more.</summary>
    /// <param name="ofOpenTest">What a test comes to that began and did not end: what the run's end says.</param>
    public void Finish(AttemptOutcome ofOpenTest)
    {
        _tap.Finish();
        _rust.Finish();
        _guest.Finish(ofOpenTest);
    }
}
