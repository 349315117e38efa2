using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Platform;

/// <summary>gdb's <c>monitor</c> commands: the table of all of them, and those about the machine as a whole.</summary>
internal sealed class MonitorCommands
{
    private readonly VirtualMachine _machine;
    private readonly MonitorTable _table;

    public MonitorCommands(VirtualMachine machine)
    {
        _machine = machine;
        var monitored = new MonitoredMachine(machine);
        _table = new MonitorTable(
            [
                .. new PageCommands(monitored).Commands,
                .. new MemoryCommands(monitored).Commands,
                .. new RegisterCommands(monitored).Commands,
                .. new DescriptorCommands(monitored).Commands,
                .. new CodeCommands(monitored).Commands,
                .. Overview,
                .. new InterruptMonitor(machine.Fabric, machine.Controller).Commands,
                .. new TimerMonitor(machine.Chipset).Commands,
                .. new InputMonitor(machine.Input).Commands,
                .. Screen,
                LinearPc,
                Symbols,
                Step,
                .. new MachineCommands(machine).Commands,
                .. new CheckpointCommands(machine).Commands,
                .. new DumpCommand(monitored, machine.Target).Commands,
                .. new TrapMonitor(machine, monitored).Commands,
            ],
            () => machine.Controller.IsStopped,
            machine.Controller.Vcpus.Count);
    }

    private IReadOnlyList<MonitorCommand> Overview =>
    [
        new("vcpus", "", "what each vCPU is doing",
            _ => string.Concat(_machine.View.DescribeVcpus().Select(static line => $"{line}\n")))
        {
            IsInfo = true,
            Aliases = ["cpus"],
        },
        new("memory", "", "the guest-physical memory map", _ => Memory()) { IsInfo = true },
        new("mtree", "", "what answers at which memory address and port", _ => new BusMap(_machine).Describe()) { IsInfo = true },
        new("host", "", "what this host's KVM can do for a debugger", _ => Host()) { IsInfo = true },
        new("unclaimed", "", "accesses that no device answered", _ => Unclaimed()) { IsInfo = true },
        new("clock", "", "the machine's time", _ => Clock()) { IsInfo = true },
        new("fw-cfg", "", "the files of the firmware configuration device, and ramfb's frame",
            _ => new FwCfgMonitor(_machine.Board).Info())
        {
            IsInfo = true,
        },
    ];

    private IReadOnlyList<MonitorCommand> Screen =>
    [
        new("screen", "", "what the screen shows; in text mode the text", _ => _machine.Screen.ToText()),
        new("screenshot", "FILE", "write what the screen shows to a PNG file on this host, over one that is there",
            call => call.Rest.Length == 0 ? "screenshot to which file?\n" : _machine.Screenshots.Take(call.Rest) + "\n"),
    ];

    private MonitorCommand LinearPc =>
        new("linear-pc", "[on|off]", "whether $pc has the base of CS added, as it has to begin with; $ip is always the offset in CS",
            call => SetLinearPc(call[0]));

    private MonitorCommand Symbols =>
        new("symbols", "", "the kernel's file, how far it was moved, and what to tell the debugger",
            _ => SymbolMonitor.Describe(_machine.Kernel, _machine.Image, _machine.Target.FindKernel()))
        {
            NeedsStop = true,
        };

    private MonitorCommand Step =>
        new("step", "interrupts [on|off]", "whether a step delivers a pending interrupt; off to begin with",
            call => SetStep(call[0], call[1]));

    /// <summary>Runs one command line for the vCPU that the debugger looks at; returns its output.</summary>
    public Task<string> RunAsync(string command, int vcpu) => _table.RunAsync(command, vcpu);

    private string Memory()
    {
        var text = new StringBuilder();
        foreach (MemoryRange range in _machine.Target.MemoryMap)
        {
            text.Append($"{range.Start:x12}h-{range.Start + range.Length - 1:x12}h {(range.IsRam ? "RAM" : "ROM")} {range.Length >> 10} KiB\n");
        }
        return text.ToString();
    }

    private string Host()
    {
        EngineTraits traits = _machine.Traits;
        return $"software breakpoints: {traits.SoftwareBreakpoints}\n"
            + $"debug registers: execute {YesNo(traits.ExecuteRegisters)}, data {YesNo(traits.DataRegisters)}\n"
            + $"single steps: {YesNo(traits.SingleStep)}\n"
            + $"read-only memory: {YesNo(traits.ReadOnlyMemory)}\n";
    }

    private string Unclaimed()
    {
        using var writer = new StringWriter { NewLine = "\n" };
        UnclaimedTrace.WriteSummary(writer, _machine.UnclaimedPorts, _machine.UnclaimedMemory);
        return writer.ToString();
    }

    private string Clock()
    {
        MachineClock clock = _machine.Controller.Clock;
        string state = clock.IsRunning ? "running" : "stopped";
        return $"machine time {InterruptMonitor.Milliseconds(clock.Now)} ms, {state}; stopped for {InterruptMonitor.Milliseconds(clock.TimeStopped)} ms in all\n";
    }

    private string SetStep(string? what, string? wanted)
    {
        if (what != "interrupts" || wanted is not (null or "on" or "off"))
        {
            throw new MonitorException("step what? interrupts on, interrupts off, or interrupts alone to ask");
        }

        _machine.Target.InterruptsInSteps = wanted is null ? _machine.Target.InterruptsInSteps : wanted == "on";
        return _machine.Target.InterruptsInSteps
            ? "a step delivers a pending interrupt: it ends at the handler's first instruction (in kernel code; user code is not interrupted)\n"
            : "a step delivers no interrupt; what comes meanwhile waits for the CPU to run\n";
    }

    private string SetLinearPc(string? wanted)
    {
        switch (wanted)
        {
            case null:
                return _machine.Target.LinearPc
                    ? "on: $pc is the linear address of the next instruction\n"
                    : "off: $pc is the offset of the next instruction in CS\n";
            case "on" or "off":
                _machine.Target.LinearPc = wanted == "on";
                return "gdb still shows what it read before: 'maintenance flush register-cache' or 'stepi' makes it look again\n";
            default:
                throw new MonitorException($"'{wanted}' is neither on nor off");
        }
    }

    private static string YesNo(bool value) => value ? "yes" : "no";
}
