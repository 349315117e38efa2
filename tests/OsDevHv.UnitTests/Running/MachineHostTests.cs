using System.Net;
using System.Net.Sockets;
using OsDevHv.Kvm;
using OsDevHv.Machine;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;
using OsDevHv.Running;

namespace OsDevHv.Tests.Running;

public sealed class MachineHostTests : IDisposable
{
    private static readonly Verdict s_passed = new(VerdictKind.Passed, "exit value 0x10", 0);

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task The_verdict_is_the_exit_code_and_the_last_line()
    {
        var machine = new ScriptedMachine((_, _) => Task.FromResult(new Verdict(VerdictKind.Failed, "exit value 0x11", 100)));

        int exitCode = await RunAsync(Profile(), () => machine);

        Assert.Equal(100, exitCode);
        Assert.Matches(@"^osdevhv: failed: exit value 0x11 \(exit code 100\) after \d+\.\d\d s\n$", _error.ToString());
        Assert.Equal("", _output.ToString());
        Assert.True(machine.IsDisposed);
    }

    [Fact]
    public async Task A_machine_that_throws_is_an_error_of_the_program_and_is_still_disposed()
    {
        var machine = new ScriptedMachine((_, _) => throw new InvalidOperationException("broken"));

        int exitCode = await RunAsync(Profile(), () => machine);

        Assert.Equal(ExitCodes.MachineError, exitCode);
        Assert.Contains("please report it: System.InvalidOperationException: broken", _error.ToString(), StringComparison.Ordinal);
        Assert.True(machine.IsDisposed);
    }

    public static TheoryData<Exception, int> Failures() => new()
    {
        { new BootException("no kernel"), ExitCodes.BadImage },
        { new KvmUnavailableException(KvmUnavailableReason.NoDevice, "no KVM"), ExitCodes.NoKvm },
        { new KvmException("KVM refuses"), ExitCodes.MachineError },
        { new ConsoleException("no console"), ExitCodes.HostError },
        { new InsufficientMemoryException("no RAM"), ExitCodes.HostError },
        { new IOException("no disk"), ExitCodes.HostError },
        { new InvalidCastException("no idea"), ExitCodes.MachineError },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_machine_that_cannot_be_built_has_the_exit_code_of_its_reason(Exception reason, int expected)
    {
        int exitCode = await RunAsync(Profile(), () => throw reason);

        Assert.Equal(expected, exitCode);
        Assert.Contains(reason.Message, _error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"(exit code {expected})\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_machine_is_told_whether_to_wait_for_a_debugger(bool wait)
    {
        bool? waited = null;
        var machine = new ScriptedMachine((told, _) =>
        {
            waited = told;
            return Task.FromResult(s_passed);
        });

        await RunAsync(Profile(new GdbProfile { Listen = "127.0.0.1:0", Wait = wait }), () => machine);

        Assert.Equal(wait, waited);
    }

    [Fact]
    public async Task The_gdb_server_listens_before_the_guest_starts_and_stops_with_it()
    {
        IPEndPoint? address = null;
        var machine = new ScriptedMachine(async (_, stop) =>
        {
            string line = _error.ToString().Trim();
            address = IPEndPoint.Parse(line["gdb: listening on ".Length..]);
            using var client = new TcpClient();
            await client.ConnectAsync(address, stop);
            return s_passed;
        });

        int exitCode = await RunAsync(Profile(new GdbProfile { Listen = "127.0.0.1:0" }), () => machine);

        Assert.Equal(0, exitCode);
        Assert.NotNull(address);
        using var late = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(async () => await late.ConnectAsync(address, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_address_that_cannot_be_had_ends_the_run_before_the_guest_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        bool started = false;
        var machine = new ScriptedMachine((_, _) =>
        {
            started = true;
            return Task.FromResult(s_passed);
        });

        int exitCode = await RunAsync(Profile(new GdbProfile { Listen = other.LocalEndpoint.ToString() }), () => machine);

        Assert.Equal(ExitCodes.HostError, exitCode);
        Assert.StartsWith($"osdevhv: gdb: cannot listen on {other.LocalEndpoint}: ", _error.ToString(), StringComparison.Ordinal);
        Assert.False(started);
        Assert.True(machine.IsDisposed);
    }

    [Fact]
    public async Task A_server_that_others_can_reach_is_warned_of()
    {
        await RunAsync(Profile(new GdbProfile { Listen = "0.0.0.0:0" }), () => new ScriptedMachine((_, _) => Task.FromResult(s_passed)));

        Assert.Contains("gdb: warning: whoever reaches this address controls the machine\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VerdictKind.TripleFaulted, "", 104, "triple fault (exit code 104) after 1.50 s")]
    [InlineData(VerdictKind.Passed, "exit value 0x10", 0, "passed: exit value 0x10 (exit code 0) after 1.50 s")]
    [InlineData(VerdictKind.TimedOut, "still running", 124, "timed out: still running (exit code 124) after 1.50 s")]
    public void Verdicts_are_described_in_words(VerdictKind kind, string detail, int exitCode, string expected) =>
        Assert.Equal(expected, VerdictText.Describe(new Verdict(kind, detail, exitCode), TimeSpan.FromSeconds(1.5)));

    private static MachineProfile Profile(GdbProfile? gdb = null) => new()
    {
        Name = "test",
        Cpu = new CpuProfile(1),
        MemoryBytes = 16 << 20,
        Boot = new BootProfile { Kernel = "/kernel" },
        Devices = [],
        Verdict = new VerdictProfile(),
        Gdb = gdb ?? new GdbProfile(),
    };

    private Task<int> RunAsync(MachineProfile profile, Func<IMachine> create)
    {
        var context = new ProgramContext(_output, TextWriter.Synchronized(_error), (_, _) => create());
        return new MachineHost(context).RunAsync(new RunRequest(profile, TraceCategories.None, Verbose: false));
    }
}
