using System.Globalization;
using System.Text.RegularExpressions;

namespace OsDevHv.EndToEndTests.Debugger;

/// <summary>What a kernel developer does first, in one session with the kernel <c>debuggee</c>.</summary>
public abstract partial class DebuggeeTests(DebuggeeSession session)
{
    [Fact]
    public void Gdb_attaches_before_the_first_instruction() => session.Session.Says("attach", "entry 1");

    [Fact]
    public void Nothing_of_the_register_description_puzzles_gdb()
    {
        session.Session.NeverSays("packet reply is too long");
        session.Session.NeverSays("while parsing target");
    }

    [Fact]
    public void Stepi_executes_one_instruction() => session.Session.Says("stepi", "moved 1, 2");

    [Fact]
    public void A_breakpoint_at_kernel_main_is_hit() => session.Session.Says("break", "Breakpoint 1, kernel_main ()");

    [Theory]
    [InlineData("cs             0x8")]
    [InlineData("cr0            0x")]
    [InlineData("efer           0x")]
    [InlineData("PE")]
    public void Info_registers_shows_general_and_system_registers(string expected) => session.Session.Says("registers", expected);

    [Fact]
    public void Memory_at_the_pc_is_disassembled()
    {
        string listing = session.Session.Section("disassembly");

        Assert.Equal(8, listing.Split('\n').Count(static line => line.Contains("<kernel_main", StringComparison.Ordinal)));
        Assert.Contains("=> 0x", listing, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_goes_over_a_call_to_the_next_line()
    {
        int[] lines = [.. Lines().Matches(session.Session.Section("next")).Select(static match => int.Parse(match.ValueSpan, CultureInfo.InvariantCulture))];

        Assert.Equal([lines[0], lines[0] + 1, lines[0] + 2], lines);
    }

    [Fact]
    public void Backtrace_names_all_callers()
    {
        string[] callers = [.. session.Session.Section("backtrace").Split('\n').Where(static line => line.StartsWith('#'))];

        Assert.Contains("inner (value=33)", callers[0], StringComparison.Ordinal);
        Assert.Contains("in middle (", callers[1], StringComparison.Ordinal);
        Assert.Contains("in outer (", callers[2], StringComparison.Ordinal);
        Assert.Contains("in kernel_main ()", callers[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Finish_returns_to_the_caller_and_shows_the_value() => session.Session.Says("finish", "= 70");

    [Fact]
    public void A_written_variable_is_what_the_guest_uses() => session.Session.GuestSays("knob = 99\n");

    [Fact]
    public void A_written_register_is_what_the_guest_uses() => session.Session.GuestSays("register = 777\n");

    [Fact]
    public void A_written_function_pointer_is_what_the_guest_calls() => session.Session.GuestSays("operation = 40\n");

    [Fact]
    public void Gdb_can_call_a_function_of_the_guest() => session.Session.Says("call", "called 42");

    [Fact]
    public void A_condition_stops_at_the_right_pass() => session.Session.Says("condition", "number 7 total 21");

    [Fact]
    public void Code_is_what_the_file_has_while_breakpoints_are_inserted() => session.Session.Says("memory", "matched.");

    [Fact]
    public void Ctrl_C_stops_a_loop()
    {
        session.Session.Says("spin", "received signal SIGINT");
        session.Session.Says("spin", "in spin 1");
    }

    [Fact]
    public void Continue_after_ctrl_C_goes_on() => session.Session.GuestSays("debuggee: end\n");

    [Fact]
    public void Gdb_is_told_the_exit_code() => session.Session.Says("end", "exited with code 017");

    [Fact]
    public void The_program_ends_with_the_guests_exit_code() => Assert.Equal(15, session.ExitCode);

    [GeneratedRegex(@"(?<=#0 .*kernel_main \(\) at .*debuggee\.c:)\d+")]
    private static partial Regex Lines();
}

/// <summary>The session of <see cref="DebuggeeTests"/>.</summary>
public abstract class DebuggeeSession(int bits) : SessionFixture
{
    /// <inheritdoc/>
    protected override string Kernel => $"debuggee{bits}.elf";

    /// <inheritdoc/>
    /// <remarks>
    /// The loop runs with interrupts on, though none comes: the emulated VMX of the Intel host cannot take a guest off the processor
    /// otherwise.
    /// </remarks>
    protected override string Script => $"""
        # attach
        printf "entry %d\n", $pc == (long)&_start
        # stepi
        stepi
        set var $first = $pc
        stepi
        printf "moved %d, %d\n", $first - (long)&_start, $pc - (long)&_start
        # break
        break kernel_main
        continue
        # registers
        info registers
        # disassembly
        x/8i $pc
        # next
        backtrace 1
        next
        backtrace 1
        next
        backtrace 1
        # backtrace
        break inner
        continue
        backtrace
        # finish
        finish
        # write
        set var knob = 99
        set var exit_value = 7
        set var operation = subtract_one
        tbreak *register_probe
        continue
        set var ${(bits == 64 ? "rax" : "eax")} = 777
        # call
        printf "called %d\n", add_one(41)
        # condition
        tbreak tick if number == 7
        continue
        printf "number %d total %d\n", number, tick_total
        # memory
        set breakpoint always-inserted on
        compare-sections .text
        set breakpoint always-inserted off
        # before the loop
        set var spin_requested = 1
        tbreak spin
        continue
        set var $eflags = $eflags | 0x200
        # spin
        continue
        printf "in spin %d\n", $pc >= (long)&spin && $pc < (long)&kernel_main
        set var spin_requested = 0
        # end
        continue
        """;

    private protected override async Task InterveneAsync(DebuggerSession session)
    {
        await session.UntilItRunsAsync("spin");
        await session.InterruptAsync();
    }
}

/// <summary>In long mode.</summary>
public sealed class DebuggeeSession64() : DebuggeeSession(64);

/// <summary>In protected mode.</summary>
public sealed class DebuggeeSession32() : DebuggeeSession(32);

[Trait("Suite", "debugger")]
public sealed class DebuggeeTests64(DebuggeeSession64 session) : DebuggeeTests(session), IClassFixture<DebuggeeSession64>;

[Trait("Suite", "debugger")]
public sealed class DebuggeeTests32(DebuggeeSession32 session) : DebuggeeTests(session), IClassFixture<DebuggeeSession32>;
