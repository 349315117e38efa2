using System.Diagnostics;
using OsDevHv.Kvm.Abi;

namespace OsDevHv.Kvm.Probe;

/// <summary>
/// Finds out what this host's KVM can do by running guests of a few instructions. Some tens of milliseconds where KVM is fast, so it is for
/// when a debugger or a report wants it. A KVM that hangs in one costs two seconds, and is recorded as unable.
/// </summary>
public static class HostProbe
{
    private const ulong Dr7Enable0 = 0x401;
    private const ulong Dr7Write0 = 0x10000;
    private const ushort CoalescedPort = 0x99;
    private const byte BreakpointVector = 3;
    private const byte DebugVector = 1;

    /// <summary>Probes.</summary>
    /// <exception cref="KvmUnavailableException">There is no usable KVM; the message says why and what to do about it.</exception>
    public static HostTraits Run(string path = KvmDevice.DefaultPath)
    {
        var start = Stopwatch.GetTimestamp();
        using var device = KvmDevice.Open(path);
        using var guest = new ProbeGuest(device);
        var real = ModeTraitsOf(guest, ProbeMode.Real);
        var protectedMode = ModeTraitsOf(guest, ProbeMode.Protected);
        var longMode = ModeTraitsOf(guest, ProbeMode.Long);
        const KvmSyncSets bothSets = KvmSyncSets.Regs | KvmSyncSets.Sregs;
        return new HostTraits(
            device.ApiVersion,
            ModuleName(),
            IsNested(),
            real,
            protectedMode,
            longMode,
            ReadOnlyWriteExits(guest),
            MsrExits(guest, 0x802) && MsrExits(guest, 0x12345),
            device.Check(KvmCapability.CoalescedPio) != 0 && PortCoalesces(device, guest),
            ((KvmSyncSets)device.Check(KvmCapability.SyncRegisters) & bothSets) == bothSets,
            Array.FindAll(Enum.GetValues<KvmCapability>(), capability => device.Check(capability) == 0),
            device.Check(KvmCapability.MaximumVcpus),
            Stopwatch.GetElapsedTime(start));
    }

    private static ModeTraits ModeTraitsOf(ProbeGuest guest, ProbeMode mode) => new(
        Int3(guest, mode),
        Halts(guest, mode),
        Steps(guest, mode),
        ExecuteBreakpointFires(guest, mode),
        WatchpointFires(guest, mode),
        SoftwareInterruptWorks(guest, mode),
        SseWorks(guest, mode));

    private static Int3Outcome Int3(ProbeGuest guest, ProbeMode mode)
    {
        var debug = new KvmGuestDebug { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.SoftwareBreakpoints };

        // int3; nop; hlt
        if (guest.Run(mode, [0xcc, 0x90, 0xf4], debug) != ProbeEnd.Exit)
        {
            return Int3Outcome.Unexpected;
        }

        if (guest.Handled(BreakpointVector))
        {
            return Int3Outcome.ReachesGuest;
        }

        var page = guest.Vcpu.RunPage;
        if (guest.Rip != ProbeGuest.Code)
        {
            return Int3Outcome.Unexpected;
        }

        return page.ExitReason switch
        {
            KvmExitReason.Debug when page.Debug.Exception == BreakpointVector => Int3Outcome.DebugExit,
            KvmExitReason.InternalError when page.FailedInstruction is [0xcc, ..] => Int3Outcome.NotEmulated,
            _ => Int3Outcome.Unexpected,
        };
    }

    private static bool Halts(ProbeGuest guest, ProbeMode mode) =>
        // hlt
        guest.Run(mode, [0xf4]) == ProbeEnd.Exit
        && guest.Vcpu.RunPage.ExitReason == KvmExitReason.Halt
        && guest.Rip == ProbeGuest.Code + 1;

    private static bool Steps(ProbeGuest guest, ProbeMode mode)
    {
        var debug = new KvmGuestDebug { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.SingleStep };

        // nop; nop; hlt
        return guest.Run(mode, [0x90, 0x90, 0xf4], debug) == ProbeEnd.Exit && IsDebugExit(guest) && guest.Rip == ProbeGuest.Code + 1;
    }

    private static bool ExecuteBreakpointFires(ProbeGuest guest, ProbeMode mode)
    {
        var debug = HardwareBreakpoint(ProbeGuest.Code + 1, Dr7Enable0);

        // nop; nop; hlt
        return guest.Run(mode, [0x90, 0x90, 0xf4], debug) == ProbeEnd.Exit && IsDebugExit(guest) && guest.Rip == ProbeGuest.Code + 1;
    }

    private static bool WatchpointFires(ProbeGuest guest, ProbeMode mode)
    {
        var debug = HardwareBreakpoint(ProbeGuest.Data, Dr7Enable0 | Dr7Write0);

        // mov %al, (%bx) or mov %al, (%rbx); nop; hlt
        ReadOnlySpan<byte> code = mode == ProbeMode.Real ? [0x88, 0x07, 0x90, 0xf4] : [0x88, 0x03, 0x90, 0xf4];
        return guest.Run(mode, code, debug, rbx: ProbeGuest.Data) == ProbeEnd.Exit && IsDebugExit(guest);
    }

    private static bool SoftwareInterruptWorks(ProbeGuest guest, ProbeMode mode) =>
        // int $0x40; hlt
        guest.Run(mode, [0xcd, 0x40, 0xf4]) == ProbeEnd.Exit && guest.Handled(0x40);

    private static bool SseWorks(ProbeGuest guest, ProbeMode mode) =>
        // paddd %xmm1, %xmm1; hlt
        guest.Run(mode, [0x66, 0x0f, 0xfe, 0xc9, 0xf4]) == ProbeEnd.Exit && guest.Vcpu.RunPage.ExitReason == KvmExitReason.Halt;

    private static bool ReadOnlyWriteExits(ProbeGuest guest)
    {
        const int slot = 1;
        guest.Vm.AddMemory(slot, ProbeGuest.ReadOnlyPage, guest.Ram, ProbeGuest.ReadOnlyPage, GuestRam.PageSize, readOnly: true);

        // mov %cl, (%rbx); hlt: CL is the low byte of the address, so put one there that is not 0
        const ulong address = ProbeGuest.ReadOnlyPage + 0x42;
        if (guest.Run(ProbeMode.Long, [0x88, 0x0b, 0xf4], default, address) != ProbeEnd.Exit)
        {
            return false;
        }

        var page = guest.Vcpu.RunPage;
        return page.ExitReason == KvmExitReason.Mmio
            && page.Mmio.IsWrite != 0
            && page.Mmio.PhysicalAddress == address
            && page.MmioData is [0x42]
            && guest.Ram.TryPeek(address, out var value)
            && value == 0;
    }

    private static bool MsrExits(ProbeGuest guest, uint index) =>
        // rdmsr; hlt
        guest.Run(ProbeMode.Long, [0x0f, 0x32, 0xf4], default, index) == ProbeEnd.Exit
        && guest.Vcpu.RunPage.ExitReason == KvmExitReason.ReadMsr
        && guest.Vcpu.RunPage.Msr.Index == index;

    private static bool PortCoalesces(KvmDevice device, ProbeGuest guest)
    {
        if (!guest.Vm.TryCoalescePort(CoalescedPort))
        {
            return false;
        }

        // out %al, $0x99; hlt
        var end = guest.Run(ProbeMode.Long, [0xe6, (byte)CoalescedPort, 0xf4]);
        return end == ProbeEnd.Exit
            && guest.Vcpu.RunPage.ExitReason == KvmExitReason.Halt
            && guest.Vcpu.CoalescedWrites(device.Check(KvmCapability.CoalescedMmio)).TryTake(out ushort port, out _)
            && port == CoalescedPort;
    }

    private static KvmGuestDebug HardwareBreakpoint(ulong address, ulong dr7)
    {
        var debug = new KvmGuestDebug { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.HardwareBreakpoints };
        debug.Registers[0] = address;
        debug.Registers[7] = dr7;
        return debug;
    }

    private static bool IsDebugExit(ProbeGuest guest)
    {
        var page = guest.Vcpu.RunPage;
        return page.ExitReason == KvmExitReason.Debug && page.Debug.Exception == DebugVector;
    }

    private static string ModuleName()
    {
        const string modules = "/sys/module";
        return Directory.Exists(modules)
            ? Directory.EnumerateDirectories(modules, "kvm_*")
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal)
                .FirstOrDefault("")
            : "";
    }

    /// <summary>CPUID leaf 1, ECX bit 31, which no processor sets by itself, as Linux reports it.</summary>
    private static bool IsNested()
    {
        const string path = "/proc/cpuinfo";
        return File.Exists(path)
            && File.ReadLines(path)
                .Where(line => line.StartsWith("flags", StringComparison.Ordinal))
                .Any(line => line.Split(' ').Contains("hypervisor"));
    }
}
