using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Machine.Time;

namespace OsDevHv.Machine.Platform;

/// <summary>gdb's <c>monitor</c> commands.</summary>
internal sealed class MonitorCommands(VirtualMachine machine)
{
    private const string Help = """
        help              this list
        info vcpus        what each vCPU is doing
        info breakpoints  breakpoints and watchpoints, and how each is made
        info memory       the guest-physical memory map
        info host         what this host's KVM can do for a debugger
        info unclaimed    accesses that no device answered
        info lapic [CPU]  the local APICs
        info ioapic       the I/O APIC's pins
        info pic          the 8259s
        info pit          the 8254
        info hpet         the HPET
        info rtc          the clock
        info clock        the machine's time
        info fw-cfg       the files of the firmware configuration device, and ramfb's frame
        info keyboard     the keyboard and the 8042
        info mouse        the mouse
        sendkey KEYS [MS] press keys, as in ctrl-alt-delete, for 100 ms
        mouse_move X Y [Z] move the mouse right, down, and turn its wheel
        mouse_button N    the sum of the buttons down: 1 left, 2 middle, 4 right
        why irq N         follow an interrupt from its line to the CPUs, and say what stands in its way
        why vector V      what sends a vector, and how each CPU stands to it
        interrupts        the interrupts delivered to each CPU last
        exits             the last exits of each CPU
        screen            what the screen shows; in text mode the text
        screenshot FILE   write what the screen shows to a PNG file on this host, over one that is there
        reset             boot the machine again; it stays stopped before its first instruction
        quit              end the run

        """ + TrapMonitor.Help + "\n";

    private TrapMonitor Traps => new(machine);

    private TimerMonitor Timers => new(machine.Chipset);

    private InputMonitor Input => new(machine.Input);

    private InterruptMonitor Interrupts => new(machine.Fabric, machine.Controller);

    /// <summary>Runs one command line; returns its output.</summary>
    public async Task<string> RunAsync(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words switch
        {
            [] or ["help"] => Help,
            ["info"] => "info what? vcpus, breakpoints, memory, host, unclaimed, lapic, ioapic, pic, pit, hpet, rtc, clock, keyboard, mouse "
                + "or fw-cfg\n",
            ["info", "lapic"] => Interrupts.LocalApics(cpu: null),
            ["info", "lapic", var cpu] => Interrupts.LocalApics(cpu),
            ["info", "ioapic"] => Interrupts.IoApicPins(),
            ["info", "pic"] => Interrupts.Pics(),
            ["info", "pit"] => Timers.Pit(),
            ["info", "hpet"] => Timers.Hpet(),
            ["info", "rtc"] => Timers.Rtc(),
            ["info", "clock"] => Clock(),
            ["info", "fw-cfg"] => new FwCfgMonitor(machine.Board).Info(),
            ["info", "keyboard"] => Input.Keyboard(),
            ["info", "mouse"] => Input.Mouse(),
            ["sendkey", var keys] => Input.SendKeys(keys, hold: null),
            ["sendkey", var keys, var hold] => Input.SendKeys(keys, hold),
            ["sendkey", ..] => "send what? keys such as a, ret or ctrl-alt-delete, and for how many milliseconds\n",
            ["mouse_move", var right, var down] => Input.MoveMouse(right, down, wheel: null),
            ["mouse_move", var right, var down, var wheel] => Input.MoveMouse(right, down, wheel),
            ["mouse_move", ..] => "move where? right, down, and notches of the wheel\n",
            ["mouse_button", var buttons] => Input.SetMouseButtons(buttons),
            ["mouse_button", ..] => "which buttons? the sum of 1 left, 2 middle, 4 right\n",
            ["why", var kind, var argument] => Interrupts.Why(kind, argument),
            ["why", ..] => "why what? irq N or vector V\n",
            ["interrupts"] => Interrupts.LastInterrupts(),
            ["exits"] => Interrupts.LastExits(),
            ["info", "vcpus"] => string.Concat(machine.View.DescribeVcpus().Select(static line => $"{line}\n")),
            ["info", "memory"] => Memory(),
            ["info", "host"] => Host(),
            ["info", "unclaimed"] => Unclaimed(),
            ["screen"] => machine.Screen.ToText(),
            ["screenshot"] => "screenshot to which file?\n",
            ["screenshot", ..] => machine.Screenshots.Take(command.Trim()["screenshot".Length..].Trim()) + "\n",
            ["reset"] => await ResetAsync().ConfigureAwait(false),
            ["quit"] => Quit(),
            _ => Traps.Run(words) ?? $"there is no command '{command.Trim()}'; 'monitor help' lists them\n",
        };
    }

    private string Memory()
    {
        var text = new StringBuilder();
        foreach (MemoryRange range in machine.Target.MemoryMap)
        {
            text.Append($"{range.Start:x12}h-{range.Start + range.Length - 1:x12}h {(range.IsRam ? "RAM" : "ROM")} {range.Length >> 10} KiB\n");
        }
        return text.ToString();
    }

    private string Host()
    {
        EngineTraits traits = machine.Traits;
        return $"software breakpoints: {traits.SoftwareBreakpoints}\n"
            + $"debug registers: execute {YesNo(traits.ExecuteRegisters)}, data {YesNo(traits.DataRegisters)}\n"
            + $"single steps: {YesNo(traits.SingleStep)}\n"
            + $"read-only memory: {YesNo(traits.ReadOnlyMemory)}\n";
    }

    private string Unclaimed()
    {
        using var writer = new StringWriter { NewLine = "\n" };
        UnclaimedTrace.WriteSummary(writer, machine.UnclaimedPorts, machine.UnclaimedMemory);
        return writer.ToString();
    }

    private string Clock()
    {
        MachineClock clock = machine.Controller.Clock;
        string state = clock.IsRunning ? "running" : "stopped";
        return $"machine time {InterruptMonitor.Milliseconds(clock.Now)} ms, {state}; stopped for {InterruptMonitor.Milliseconds(clock.TimeStopped)} ms in all\n";
    }

    private async Task<string> ResetAsync()
    {
        if (!machine.Target.IsStopped)
        {
            return "the machine is running; stop it first\n";
        }
        try
        {
            // Off the session's thread, for it waits for each vCPU's thread.
            await Task.Run(() => machine.Controller.Service(machine.Reboot)).ConfigureAwait(false);
        }
        catch (Boot.BootException failure)
        {
            return $"cannot boot again: {failure.Message}\n";
        }
        return "reset; gdb still shows what it read before: 'flushregs' or 'stepi' makes it look again\n";
    }

    private string Quit()
    {
        machine.Controller.End(new Verdict(VerdictKind.Stopped, "by monitor quit", ExitCodes.Stopped));
        return "";
    }

    private static string YesNo(bool value) => value ? "yes" : "no";
}
