using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Gdb;

/// <summary>The shipped gdbinit and VS Code's launch.json, as gdb and lldb take them.</summary>
public sealed class EditorFileTests
{
    private static readonly string[] s_lldbCommands = ["targetCreateCommands", "processCreateCommands"];

    private static string Shipped(string name) => Path.Combine(AppContext.BaseDirectory, name);

    [Fact]
    public async Task Gdb_takes_the_gdbinit_without_complaint_and_its_commands_work()
    {
        const string kernel = "debuggee64.elf";
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");

        Transcript session = await DebuggerSession.RunAsync(machine, kernel, $"""
            # load
            source {Shipped("gdbinit")}
            # help
            help osdevhv
            # complete
            complete hv-s
            # cpus
            hv-cpus
            # symbols
            hv-symbols
            # lapic
            hv-lapic
            hv-lapic 0
            # others
            hv-breakpoints
            hv-memory
            hv-interrupts
            hv-exits
            hv-screen
            hv-why vector 20
            osdevhv
            # physical
            hv-physical
            x/1xb 0x100000
            hv-linear
            x/1xb 0x100000
            # step
            hv-step-interrupts on
            hv-step-interrupts off
            # reset
            hv-reset
            # end
            kill
            """);

        Assert.Equal("", session.Section("load").Trim());
        session.Says("help", "hv-cpus");
        session.Says("complete", "hv-symbols");
        session.Says("cpus", "vCPU 0: stopped");
        session.Says("symbols", "linked at  100000h");
        session.Says("physical", "0x100000");
        session.Says("step", "a step delivers a pending interrupt");
        session.Says("step", "a step delivers no interrupt");
        session.Says("reset", "_start");
        session.Says("others", "this list");
        session.NeverSays("undefined");
        session.NeverSays("error in sourced command");
        session.NeverSays("there is no command");
    }

    [Fact]
    public async Task The_commands_of_launch_json_work_in_gdbs_machine_interface()
    {
        const string kernel = "debuggee64.elf";
        JsonElement configuration = Configuration("cppdbg");
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");
        string server = configuration.GetProperty("miDebuggerServerAddress").GetString()!;
        string[] commands =
        [
            .. configuration.GetProperty("setupCommands").EnumerateArray().Select(static command => command.GetProperty("text").GetString()!),
            $"-file-exec-and-symbols {Installation.Kernel(kernel)}",
            string.Create(CultureInfo.InvariantCulture, $"-target-select remote 127.0.0.1:{machine.Port}"),
            "-break-insert kernel_main", "-exec-continue",
        ];

        string said = await TalkAsync(configuration.GetProperty("MIMode").GetString()!, ["-nx", "-q", "-interpreter=mi"], commands, "bkptno=\"1\"");

        Assert.Equal("127.0.0.1:1234", server);
        Assert.DoesNotContain("^error", said, StringComparison.Ordinal);
        Assert.Contains("^connected", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_commands_of_launch_json_work_in_lldb()
    {
        const string kernel = "debuggee64.elf";
        JsonElement configuration = Configuration("lldb");
        await using RunningMachine machine = await RunningMachine.StartAsync(kernel, "--wait");
        string[] commands =
        [
            .. s_lldbCommands
                .SelectMany(key => configuration.GetProperty(key).EnumerateArray())
                .Select(command => command.GetString()!
                    .Replace("${workspaceFolder}/kernel.elf", Installation.Kernel(kernel), StringComparison.Ordinal)
                    .Replace("1234", machine.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)),
        ];

        string said = await TalkAsync("lldb", ["--no-lldbinit", "--no-use-colors"], commands, "stop reason = signal SIGTRAP");

        Assert.DoesNotContain("error:", said, StringComparison.Ordinal);
    }

    private static JsonElement Configuration(string type)
    {
        using FileStream file = File.OpenRead(Shipped("launch.json"));
        return JsonDocument.Parse(file, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip }).RootElement
            .GetProperty("configurations").EnumerateArray().Single(configuration => configuration.GetProperty("type").GetString() == type);
    }

    /// <summary>Types commands at a debugger, waits until it says something, and returns all that it said.</summary>
    private static async Task<string> TalkAsync(string program, string[] arguments, string[] commands, string until)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process debugger = Process.Start(start)!;
        try
        {
            var text = new TextCollector(debugger.StandardOutput);
            foreach (string command in commands)
            {
                await debugger.StandardInput.WriteLineAsync(command);
            }

            await debugger.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            using var limit = new CancellationTokenSource(Installation.Limit);
            bool said = false;
            try
            {
                said = await text.WaitAsync(all => all.Contains(until, StringComparison.Ordinal), limit.Token);
            }
            catch (OperationCanceledException)
            {
                // Reported with what it said instead.
            }

            Assert.True(said, $"{program} did not say '{until}':\n{text.Text}");
            return text.Text;
        }
        finally
        {
            debugger.Kill();
        }
    }
}
