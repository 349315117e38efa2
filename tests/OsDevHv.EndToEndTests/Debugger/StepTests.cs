using System.Globalization;
using System.Text.RegularExpressions;

namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>Every step executes one instruction, over all kinds of them.</summary>
public sealed partial class StepTests
{
    private const int ExitPassed = 33;

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    [Trait("Suite", "debugger")]
    public async Task Steps_land_on_every_instruction_and_nowhere_else(int bits)
    {
        string kernel = $"steps{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, StepOver("steps"));

        AssertRightCount(session);
        session.GuestSays("steps result = 34567aca\n");
        Assert.Equal(ExitPassed, await machine.ExitAsync());
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public async Task Steps_go_over_a_halt_that_nothing_ends(int bits)
    {
        string kernel = $"steps{bits}.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait", "--cmdline", "halt=yes");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, StepOver("halts"));

        AssertRightCount(session);
        Assert.Equal(ExitPassed, await machine.ExitAsync());
    }

    /// <summary>
    /// Most processors do not stop in the shadow of MOV SS, some not in that of STI; the instruction after it is then executed with it.
    /// </summary>
    private static void AssertRightCount(Transcript session)
    {
        Match counts = Counts().Match(session.Section("count"));
        Assert.True(counts.Success, session.Section("count") + session.Section("step"));
        int Number(string name) => int.Parse(counts.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

        Assert.Equal(0, Number("outside"));
        Assert.InRange(Number("steps"), Number("all") - Number("shadows"), Number("all"));
        session.Says("end", "exited with code 041");
    }

    private static string StepOver(string code) => $"""
        # start
        break *{code}_begin
        continue
        delete
        # step
        set var $steps = 0
        set var $outside = 0
        while $pc != (long)&{code}_end && $steps < 200
          stepi
          set var $steps = $steps + 1
          if $pc < (long)&{code}_begin || $pc > (long)&{code}_end
            set var $outside = $outside + 1
          end
        end
        # count
        printf "steps %d outside %d all %d shadows %d\n", $steps, $outside, (int){code}_count, (int){code}_shadows
        # end
        continue
        """;

    [GeneratedRegex(@"steps (?<steps>\d+) outside (?<outside>\d+) all (?<all>\d+) shadows (?<shadows>\d+)")]
    private static partial Regex Counts();
}
