using System.Security.Cryptography;
using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Boot;

namespace OsDevHv.Machine.Snapshots;

/// <summary>What a snapshot's file tells of the kernel.</summary>
/// <param name="File">The file that has its symbols.</param>
/// <param name="Image">
/// How it was booted: of what is there for the moment of booting, nothing; so a machine that goes on from it needs no kernel's file.
/// </param>
internal sealed record SavedKernel(KernelFile File, BootedImage Image)
{
    private const int DigestSize = 32;
    private const int MostProcessors = 4096;
    private const int PieceBytes = 64 << 10;

    // So much does no kernel have, and what unpacks to more would fill the disk.
    private const long MostBytes = 4L << 30;

    /// <summary>Saves it, or gives the one that was saved.</summary>
    /// <exception cref="StateException">What was saved cannot be that of a kernel.</exception>
    public static SavedKernel Exchange(StateExchange state, SavedKernel? saved)
    {
        string path = state.Of(saved?.File.Path ?? "");
        long length = state.Of(saved?.File.Length ?? 0);
        byte[] digest = saved?.File.Digest.ToArray() ?? new byte[DigestSize];
        state.Bytes(digest);
        string protocol = state.Of(saved?.Image.Protocol ?? "");
        var architecture = (TargetArchitecture)state.Index((int)(saved?.Image.Architecture ?? 0), Enum.GetValues<TargetArchitecture>().Length);
        ulong bias = state.Of(saved?.Image.SymbolBias ?? 0);
        var others = new ParkedProcessor[state.Index(saved?.Image.OtherProcessors.Count ?? 0, MostProcessors)];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = new ParkedProcessor(default, default, state.Of(saved?.Image.OtherProcessors[i].ReleaseAddress ?? 0));
        }
        if (length is < 0 or > MostBytes || !Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw StateExchange.Damaged();
        }
        return new SavedKernel(
            new KernelFile(path, length, digest),
            new BootedImage(protocol, architecture, default, default) { SymbolBias = bias, OtherProcessors = others });
    }

    /// <summary>Writes the kernel's file.</summary>
    /// <exception cref="SnapshotException">It is not the one that was booted any more.</exception>
    public static void WriteFile(Stream packed, KernelFile kernel)
    {
        using FileStream source = System.IO.File.OpenRead(kernel.Path);
        if (!Copy(source, packed, kernel))
        {
            throw new SnapshotException($"{kernel.Path} has changed since the machine was made, and nothing was saved: save it anew");
        }
    }

    /// <summary>Reads the kernel's file.</summary>
    /// <exception cref="StateException">It is another one than was saved.</exception>
    public static void ReadFile(Stream packed, KernelFile kernel, KernelCopy copy)
    {
        using FileStream target = System.IO.File.Create(copy.File);
        if (!Copy(packed, target, kernel))
        {
            throw StateExchange.Damaged();
        }
    }

    /// <summary>Copies as many bytes as the file has; false where they are not the file's.</summary>
    private static bool Copy(Stream source, Stream target, KernelFile kernel)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[PieceBytes];
        long left = kernel.Length;
        while (left != 0 && source.Read(piece, 0, (int)Math.Min(left, piece.Length)) is var count and > 0)
        {
            digest.AppendData(piece, 0, count);
            target.Write(piece, 0, count);
            left -= count;
        }
        return left == 0 && digest.GetHashAndReset().AsSpan().SequenceEqual(kernel.Digest.Span);
    }
}
