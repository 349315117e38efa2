using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>What this host can do, and the skips that follow.</summary>
internal static class Host
{
    private static readonly Lazy<HostTraits> s_traits = new(() => HostProbe.Run());

    /// <summary>The abilities that breakpoints are planned with.</summary>
    public static EngineTraits Abilities => KvmEngineTraits.From(s_traits.Value);

    /// <summary>Skips a test where no write can be watched.</summary>
    public static void NeedsWriteWatchpoints() => Assert.SkipUnless(
        Abilities.DataRegisters || Abilities.ReadOnlyMemory, "this host has neither data watchpoints nor read-only memory");

    /// <summary>Skips a test where data debug registers do not fire.</summary>
    public static void NeedsDataRegisters() => Assert.SkipUnless(Abilities.DataRegisters, "data watchpoints do not fire on this host");

    /// <summary>Skips a test where execute debug registers do not fire.</summary>
    public static void NeedsExecuteRegisters() =>
        Assert.SkipUnless(Abilities.ExecuteRegisters, "execute breakpoints in debug registers do not fire on this host");

    /// <summary>Skips a test where the guest cannot run an INT3 of its own.</summary>
    public static void NeedsGuestInt3(int bits) => Assert.SkipUnless(
        Mode(bits).Int3 is Int3Outcome.DebugExit or Int3Outcome.ReachesGuest, $"a guest's INT3 is not executed in {bits}-bit mode on this host");

    /// <summary>Skips a test where kernel code is executed by KVM's instruction emulator, which knows only some.</summary>
    public static void NeedsAllInstructions() => Assert.SkipUnless(
        s_traits.Value.Long is { SoftwareInterrupt: true, Sse: true },
        "this host's KVM emulates kernel code: neither INT n nor SSE are executed, and what is takes a microsecond an instruction");

    /// <summary>
    /// Skips a test where virtual-8086 mode does not work: KVM's emulator has no IRET to it, and the software emulation of SVM hangs in it.
    /// </summary>
    public static void NeedsVirtual8086() => Assert.SkipWhen(
        EmulatesKernelMode || Environment.GetEnvironmentVariable("OSDEVHV_TEST_HOST") == "amd",
        "virtual-8086 mode does not work on this host");

    /// <summary>
    /// Whether kernel-mode code is executed by KVM's emulator (module kvm_pvm): none of what hardware intercepts is dependable there.
    /// </summary>
    public static bool EmulatesKernelMode => s_traits.Value.Module == "kvm_pvm";

    /// <summary>Skips a test where KVM does not exit when a guest lowers CR8, so that what it lets through comes late or never.</summary>
    public static void NeedsTaskPriorityExits() => Assert.SkipWhen(EmulatesKernelMode, "this host's KVM does not exit when CR8 is lowered");

    /// <summary>Skips a test where the guest's time stamp counter cannot be held back.</summary>
    public static void NeedsTscOffset() => Assert.SkipWhen(EmulatesKernelMode, "this host's KVM ignores the offset of the guest's TSC");

    private static ModeTraits Mode(int bits) => bits == 64 ? s_traits.Value.Long : s_traits.Value.Protected;
}
