using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using OsDevHv.Devices;
using OsDevHv.Kvm;
using OsDevHv.Profiles;

namespace OsDevHv.Machine.Snapshots;

/// <summary>A snapshot in a file: versioned and checked whole before any of it is used.</summary>
/// <remarks>
/// <para>
/// The file: 16 bytes <c>OSDEVHV-SNAPSHOT</c>, the version (32 bits), the content's length (64 bits) and its SHA-256; then the content: the
/// profile (YAML), the shape, the kernel (<see cref="SavedKernel"/>) and the state, each behind its length (32 bits), the memory's length
/// (64 bits), and in Deflate the pages that are not zero, each behind its number (64 bits), ended by the number of all ones, and then the
/// file that has the kernel's symbols. Numbers are little-endian.
/// </para>
/// <para>
/// That file is kept whole, debug information too: a debugger of the restored machine needs what it needed of the one that was saved, and a
/// file cut down to its symbols would be one that nobody has built. It packs to about a third.
/// </para>
/// </remarks>
public static class SnapshotFile
{
    private const int Version = 2;
    private const int DigestSize = 32;
    private const int LengthAt = 20;
    private const int DigestAt = 28;
    private const int HeaderSize = DigestAt + DigestSize;
    private const int MostPart = 64 << 20;
    private const ulong End = ulong.MaxValue;

    private static ReadOnlySpan<byte> Magic => "OSDEVHV-SNAPSHOT"u8;

    /// <summary>Writes a snapshot, over a file that is there; where that fails the file is as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="profile">The profile of its machine, which is kept with it.</param>
    /// <param name="kernel">The profile's <see cref="MachineProfile.SymbolFile"/> as it was before the machine was made.</param>
    /// <exception cref="SnapshotException">It cannot be written, or the kernel's file has changed.</exception>
    public static void Save(string path, MachineSnapshot snapshot, MachineProfile profile, KernelFile kernel)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(kernel);
        string unfinished = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.ReadWrite))
            {
                Write(file, snapshot, EffectiveProfile.Write(FirmwareFiles.Held(profile)), kernel);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (SnapshotException)
        {
            File.Delete(unfinished);
            throw;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            File.Delete(unfinished);
            throw new SnapshotException($"{path}: the snapshot cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Reads a snapshot and what is kept with it.</summary>
    /// <exception cref="SnapshotException">There is none, or it is damaged, or of another version of the program.</exception>
    public static SavedMachine Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            Check(file);
            return Read(file);
        }
        catch (SnapshotException error)
        {
            throw new SnapshotException($"{path}: {error.Message}", error);
        }
        catch (StateException error)
        {
            throw new SnapshotException($"{path}: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or InsufficientMemoryException)
        {
            throw new SnapshotException($"{path}: the snapshot cannot be read: {error.Message}", error);
        }
    }

    private static void Write(FileStream file, MachineSnapshot snapshot, string profile, KernelFile kernel)
    {
        file.Write(new byte[HeaderSize]);
        WritePart(file, Encoding.UTF8.GetBytes(profile));
        var shape = new StateWriter();
        _ = SnapshotShape.Exchange(shape, snapshot.Shape);
        WritePart(file, shape.ToArray());
        var booted = new StateWriter();
        _ = SavedKernel.Exchange(booted, new SavedKernel(kernel, snapshot.Image));
        WritePart(file, booted.ToArray());
        WritePart(file, snapshot.State.Span);
        WriteNumber(file, snapshot.Memory.Length);
        using (var packed = new DeflateStream(file, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] page = new byte[GuestRam.PageSize];
            for (ulong number = 0; number < snapshot.Memory.Length / GuestRam.PageSize; number++)
            {
                if (snapshot.Memory.HasPage(number))
                {
                    snapshot.Memory.Read(number, page);
                    WriteNumber(packed, number);
                    packed.Write(page);
                }
            }
            WriteNumber(packed, End);
            SavedKernel.WriteFile(packed, kernel);
        }
        byte[] header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(Magic.Length), Version);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(LengthAt), file.Length - HeaderSize);
        file.Position = HeaderSize;
        SHA256.HashData(file).CopyTo(header, DigestAt);
        file.Position = 0;
        file.Write(header);
    }

    private static void Check(FileStream file)
    {
        byte[] header = new byte[HeaderSize];
        int there = file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
        if (!header.AsSpan(0, Math.Min(there, Magic.Length)).SequenceEqual(Magic))
        {
            throw new SnapshotException("this is no snapshot; 'osdevhv snapshot save' makes one");
        }
        int version = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(Magic.Length));
        if (there >= LengthAt && version != Version)
        {
            throw new SnapshotException(
                $"the snapshot has version {version} of the format, and this program reads version {Version}: use the program that saved it, or save it anew");
        }
        long length = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(LengthAt));
        if (there < HeaderSize || length != file.Length - HeaderSize)
        {
            throw new SnapshotException("the snapshot is cut off, or has something behind its end: copy or save it anew");
        }
        if (!SHA256.HashData(file).AsSpan().SequenceEqual(header.AsSpan(DigestAt)))
        {
            throw new SnapshotException("the snapshot is damaged: its checksum is wrong: copy or save it anew");
        }
        file.Position = HeaderSize;
    }

    private static SavedMachine Read(FileStream file)
    {
        string profile = Encoding.UTF8.GetString(ReadPart(file));
        SnapshotShape shape = SnapshotShape.Exchange(new StateReader(ReadPart(file)), saved: null);
        SavedKernel booted = SavedKernel.Exchange(new StateReader(ReadPart(file)), saved: null);
        byte[] state = ReadPart(file);
        ulong length = ReadNumber(file);
        if (length != shape.BackingBytes || length == 0 || length % GuestRam.PageSize != 0 || length > long.MaxValue)
        {
            throw StateExchange.Damaged();
        }
        string? change = booted.File.Change();
        var memory = new RamImage(length);
        KernelCopy? copy = null;
        try
        {
            using var packed = new DeflateStream(file, CompressionMode.Decompress, leaveOpen: true);
            ReadMemory(packed, memory);
            if (change is not null)
            {
                copy = new KernelCopy(booted.File.Path);
                SavedKernel.ReadFile(packed, booted.File, copy);
            }
            return new SavedMachine(new MachineSnapshot(shape, memory, state, booted.Image) { Symbols = copy }, profile, booted.File, change);
        }
        catch
        {
            memory.Dispose();
            copy?.Dispose();
            throw;
        }
    }

    private static void ReadMemory(DeflateStream packed, RamImage memory)
    {
        byte[] page = new byte[GuestRam.PageSize];
        for (ulong number = ReadNumber(packed); number != End; number = ReadNumber(packed))
        {
            if (number >= memory.Length / GuestRam.PageSize)
            {
                throw StateExchange.Damaged();
            }
            packed.ReadExactly(page);
            memory.Write(number, page);
        }
    }

    private static void WritePart(Stream file, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        file.Write(length);
        file.Write(part);
    }

    private static byte[] ReadPart(Stream file)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        file.ReadExactly(length);
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (bytes is < 0 or > MostPart)
        {
            throw StateExchange.Damaged();
        }
        byte[] part = new byte[bytes];
        file.ReadExactly(part);
        return part;
    }

    private static void WriteNumber(Stream file, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        file.Write(bytes);
    }

    private static ulong ReadNumber(Stream file)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        file.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
