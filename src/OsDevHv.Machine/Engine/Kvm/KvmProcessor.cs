using OsDevHv.Kvm.Abi;

namespace OsDevHv.Machine.Engine.Kvm;

/// <summary>What the CPUID leaves of a vCPU say that its adapter needs.</summary>
/// <param name="Signature">Family, model, stepping: what EDX holds after a reset.</param>
/// <param name="Xstate">Where the extended state is.</param>
internal sealed record KvmProcessor(uint Signature, XstateFormat Xstate)
{
    private const uint ExtendedStateLeaf = 0xd;

    /// <summary>Reads it from the leaves that the guest is shown.</summary>
    public static KvmProcessor From(ReadOnlySpan<KvmCpuidEntry> leaves)
    {
        var format = new XstateFormat();
        foreach (KvmCpuidEntry leaf in leaves)
        {
            if (leaf is { Function: ExtendedStateLeaf, Index: 0 })
            {
                format = format with { Supported = leaf.Eax | ((ulong)leaf.Edx << 32) };
            }
            else if (leaf is { Function: ExtendedStateLeaf, Index: >= 2 and < 63 })
            {
                // EAX: size; EBX: offset in the standard format (Intel SDM vol. 1, 13.5.2).
                format = format.WithComponent((int)leaf.Index, leaf.Ebx, leaf.Eax);
            }
        }

        return new KvmProcessor(CpuidPolicy.Signature(leaves), format);
    }
}
