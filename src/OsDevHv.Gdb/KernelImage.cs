namespace OsDevHv.Gdb;

/// <summary>The file whose symbols describe what the machine runs, and where that is.</summary>
/// <param name="Path">An ELF file on this host, with its full path.</param>
/// <param name="LinkAddress">p_vaddr of its first loadable segment, in the order of the file: of a vmlinux not the lowest.</param>
/// <param name="Bias">What is to be added, modulo 2^64, to the addresses in the file; null where the kernel has not been found.</param>
public sealed record KernelImage(string Path, ulong LinkAddress, ulong? Bias)
{
    /// <summary>The build id (note NT_GNU_BUILD_ID); empty where there is none.</summary>
    public ReadOnlyMemory<byte> BuildId { get; init; }

    /// <summary>Where <see cref="LinkAddress"/> is in the running machine; null where that is not known.</summary>
    public ulong? RunAddress => unchecked(LinkAddress + Bias);
}
