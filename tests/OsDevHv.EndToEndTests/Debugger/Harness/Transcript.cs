namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>What came of a session: what gdb said, section by section, and what the machine did.</summary>
internal sealed class Transcript(string gdb, RunningMachine machine, string everything)
{
    /// <summary>A line that begins a section in gdb's output, before its name.</summary>
    public const string Marker = "@@";

    /// <summary>What the guest said up to the end of the session, or of the run when that is over.</summary>
    public string GuestOutput => machine.Output;

    /// <summary>What gdb said, errors included, in the section of this name.</summary>
    public string Section(string name)
    {
        string begin = $"\n{Marker}{name}\n";
        int start = gdb.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(start >= 0, $"gdb did not come to '{name}':\n{everything}");
        start += begin.Length;
        int end = gdb.IndexOf($"\n{Marker}", start - 1, StringComparison.Ordinal);
        return end < 0 ? gdb[start..] : gdb[start..Math.Max(start, end)];
    }

    /// <summary>Asserts that gdb said something in a section.</summary>
    public void Says(string section, string expected) =>
        Assert.True(Section(section).Contains(expected, StringComparison.Ordinal), $"'{section}' lacks '{expected}'.\n{everything}");

    /// <summary>Asserts that gdb said nothing like this in any section.</summary>
    public void NeverSays(string unexpected) =>
        Assert.False(gdb.Contains(unexpected, StringComparison.OrdinalIgnoreCase), $"gdb said '{unexpected}'.\n{everything}");

    /// <summary>Asserts that the guest said something.</summary>
    public void GuestSays(string expected) =>
        Assert.True(GuestOutput.Contains(expected, StringComparison.Ordinal), $"The guest did not say '{expected}'.\n{everything}");
}
