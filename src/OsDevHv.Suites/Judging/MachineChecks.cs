using OsDevHv.Machine;
using OsDevHv.Machine.Display;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Judging;

/// <summary>What a case states of the machine that its run leaves: the screen, memory. With the machine standing still.</summary>
internal sealed class MachineChecks(VirtualMachine machine)
{
    /// <summary>Where the screen differs from the picture; null where it does not, or none is expected.</summary>
    public Picture? Difference { get; private set; }

    /// <summary>All that is not as expected, a line each.</summary>
    public IReadOnlyList<string> Failures(Expectation expected) =>
        [.. ScreenFailures(expected), .. PictureFailures(expected), .. MemoryFailures(expected)];

    private IEnumerable<string> ScreenFailures(Expectation expected)
    {
        if (expected.Screen.Count == 0)
        {
            yield break;
        }

        string screen = machine.Screen.ToText();
        var sequence = new PatternSequence(expected.Screen);
        foreach (string line in screen.Split('\n').Skip(1))
        {
            sequence.Take("", new Conventions.LinePiece(line, 0, IsStart: true, IsEnd: true));
        }

        if (sequence.Missing is { } missing)
        {
            string after = sequence.Last is { } last ? $" below {last}" : "";
            yield return $"screen: expected {missing}{after}; it is not there. The screen is: {string.Join(" | ", screen.TrimEnd().Split('\n'))}";
        }
    }

    private IEnumerable<string> PictureFailures(Expectation expected)
    {
        if (expected.Picture is not { } wanted)
        {
            yield break;
        }

        if (!machine.Screen.TryCapture(out Picture? shown, out string description))
        {
            yield return $"picture: expected {wanted.File}; {description}";
            yield break;
        }

        string? failure;
        try
        {
            failure = PictureCheck.Compare(wanted, PictureCheck.Read(wanted.File), shown, out Picture? difference);
            Difference = difference;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = $"picture: {error.Message}";
        }

        if (failure is not null)
        {
            yield return failure;
        }
    }

    private IEnumerable<string> MemoryFailures(Expectation expected)
    {
        if (expected.Memory.Count == 0)
        {
            return [];
        }

        var check = new MemoryCheck(machine.Memory, machine.Symbols, [.. machine.Controller.Vcpus.Select(static vcpu => vcpu.Snapshot.System)]);
        return expected.Memory.Select(check.Failure).OfType<string>();
    }
}
