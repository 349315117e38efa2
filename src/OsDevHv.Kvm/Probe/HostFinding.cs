namespace OsDevHv.Kvm.Probe;

/// <summary>One line of the report on a host.</summary>
/// <param name="Trait">What was looked at.</param>
/// <param name="Value">What was found.</param>
/// <param name="Consequence">What that means for the user.</param>
public readonly record struct HostFinding(string Trait, string Value, string Consequence);

/// <summary>Puts the traits of a host into words.</summary>
public static class HostReport
{
    /// <summary>All findings, the general ones first.</summary>
    public static IReadOnlyList<HostFinding> Findings(HostTraits traits)
    {
        ArgumentNullException.ThrowIfNull(traits);
        return
        [
            new("KVM", $"API {traits.ApiVersion}, {ModuleText(traits)}", ModuleConsequence(traits)),
            new(
                "capabilities",
                traits.MissingCapabilities.Count == 0 ? "all" : $"without {string.Join(", ", traits.MissingCapabilities)}",
                "All that a machine cannot do without are there."),
            new("vCPUs of a machine", $"at most {Math.Min(traits.MaximumVcpus, 64)}", "The fewer of KVM's limit and 64."),
            InEachMode(traits, "INT3", mode => Int3Text(mode.Int3), Int3Consequence(traits)),
            InEachMode(
                traits,
                "planted HLT",
                mode => YesNo(mode.Halt),
                traits.Modes.All(mode => mode.Halt)
                    ? "Can stand in for INT3 as a breakpoint in kernel code."
                    : "Is no substitute for INT3 in all modes."),
            InEachMode(
                traits,
                "single step",
                mode => YesNo(mode.SingleStep),
                traits.Modes.All(mode => mode.SingleStep) ? "stepi and next work." : "stepi and next do not work in all modes."),
            InEachMode(
                traits,
                "execute breakpoint register",
                mode => YesNo(mode.ExecuteRegister),
                traits.Modes.All(mode => mode.ExecuteRegister)
                    ? "hbreak works; breakpoints can be set before their memory is mapped or written."
                    : "hbreak is refused."),
            InEachMode(
                traits,
                "data watchpoint register",
                mode => YesNo(mode.DataRegister),
                traits.Modes.All(mode => mode.DataRegister) ? "watch, rwatch and awatch run at full speed." : DataConsequence(traits)),
            InEachMode(
                traits,
                "software interrupt (INT n)",
                mode => YesNo(mode.SoftwareInterrupt),
                traits.Modes.All(mode => mode.SoftwareInterrupt)
                    ? "Kernels may use INT n."
                    : "A kernel that executes INT n in its own code stops here with an instruction that KVM cannot emulate."),
            InEachMode(
                traits,
                "SSE arithmetic",
                mode => YesNo(mode.Sse),
                traits.Modes.All(mode => mode.Sse)
                    ? "Kernels may be built with SSE."
                    : "Build kernels with -mgeneral-regs-only: KVM cannot emulate SSE arithmetic in kernel code here."),
            new(
                "read-only memory",
                YesNo(traits.ReadOnlyMemory),
                traits.ReadOnlyMemory
                    ? "ROM is protected, and pages can be watched for writes."
                    : "ROM is not protected; no watching of pages."),
            new(
                "MSR exits",
                YesNo(traits.MsrExits),
                traits.MsrExits ? "x2APIC and unknown MSRs are the machine's own." : "No machine can be created: use Linux 5.10 or later."),
            new("coalesced port writes", YesNo(traits.CoalescedPorts), "Not needed; would save exits."),
            new(
                "registers with each exit",
                YesNo(traits.SyncRegisters),
                traits.SyncRegisters
                    ? "Stops and steps need no further system calls for registers."
                    : "Stops and steps are a little slower."),
        ];
    }

    private static HostFinding InEachMode(HostTraits traits, string trait, Func<ModeTraits, string> text, string consequence)
    {
        var (real, protectedMode, longMode) = (text(traits.Real), text(traits.Protected), text(traits.Long));
        var value = real == protectedMode && real == longMode
            ? $"{real} in all modes"
            : $"real mode: {real}; 32-bit: {protectedMode}; 64-bit: {longMode}";
        return new HostFinding(trait, value, consequence);
    }

    private static string ModuleText(HostTraits traits) =>
        (traits.Module.Length > 0 ? traits.Module : "module unknown") + (traits.Nested ? ", in a virtual machine" : "");

    private static string ModuleConsequence(HostTraits traits) => traits.Module switch
    {
        "kvm_intel" or "kvm_amd" when !traits.Nested => "Guests run at the processor's speed.",
        "kvm_intel" or "kvm_amd" => "Guests run at the speed that the outer virtual machine allows; exits are slower than on bare metal.",
        "kvm_pvm" => "Kernel code is emulated instruction by instruction, about a million a second, and not all instructions are.",
        _ => "The findings below say what it can do.",
    };

    private static string Int3Text(Int3Outcome outcome) => outcome switch
    {
        Int3Outcome.DebugExit => "debug exit",
        Int3Outcome.NotEmulated => "not emulated",
        Int3Outcome.ReachesGuest => "goes to the guest",
        _ => "unexpected",
    };

    private static string Int3Consequence(HostTraits traits)
    {
        if (traits.Modes.All(mode => mode.Int3 == Int3Outcome.DebugExit))
        {
            return "Breakpoints are INT3, in any number, in any code.";
        }

        return traits.Modes.All(mode => mode.Int3 == Int3Outcome.NotEmulated)
            ? "Breakpoints are INT3, which KVM reports because it cannot emulate it."
            : "INT3 cannot be a breakpoint in every mode; another way is used.";
    }

    private static string DataConsequence(HostTraits traits) =>
        traits.ReadOnlyMemory
            ? "watch works by making pages read-only; rwatch and awatch are refused."
            : "watch, rwatch and awatch are refused.";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
