using OsDevHv.Kvm.Probe;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Engine.Kvm;

namespace OsDevHv.Tests.Kvm;

/// <summary>What the host of this run can do; tests that need more skip, and say which trait they lack.</summary>
internal static class Host
{
    private static readonly Lazy<HostTraits> s_traits = new(() => HostProbe.Run());

    public static HostTraits Traits => s_traits.Value;

    public static EngineTraits Engine => KvmEngineTraits.From(Traits);

    public static ModeTraits Of(GuestMode mode) => mode switch
    {
        GuestMode.Real => Traits.Real,
        GuestMode.Protected32 => Traits.Protected,
        _ => Traits.Long,
    };

    /// <summary>Skips the test unless the host has the trait.</summary>
    public static void Require(bool present, string trait)
    {
        if (!present)
        {
            Assert.Skip($"this host lacks: {trait} ({Traits.Module})");
        }
    }
}
