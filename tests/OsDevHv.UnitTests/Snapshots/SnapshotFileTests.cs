using System.Buffers.Binary;
using System.Security.Cryptography;
using OsDevHv.Gdb;
using OsDevHv.Kvm;
using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Snapshots;

/// <summary>A snapshot's file, without a machine: what is written comes back, and nothing else is taken.</summary>
public sealed class SnapshotFileTests : IDisposable
{
    private const int VersionAt = 16;
    private const int DigestAt = 28;
    private const int HeaderSize = 60;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-test");

    private string Kernel => At("kernel.elf");

    private string Snapshot => At("one.snapshot");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_is_saved_comes_back()
    {
        Save();

        using SavedMachine saved = SnapshotFile.Load(Snapshot);

        byte[] page = new byte[GuestRam.PageSize];
        saved.Snapshot.Memory.Read(3, page);
        Assert.All(page, static value => Assert.Equal(0x5a, value));
        Assert.Equal((1, TimeSpan.FromMilliseconds(7)), (saved.Snapshot.Memory.PageCount, saved.Snapshot.Time));
        Assert.Equal([1, 2, 3], saved.Snapshot.State.ToArray());
        Assert.Equal(SnapshotShapeTests.Shape().Cpuid, saved.Snapshot.Shape.Cpuid);
        Assert.Contains($"kernel: {Kernel}", saved.Profile, StringComparison.Ordinal);
        Assert.Equal((Kernel, 17), (saved.Kernel.Path, saved.Kernel.Length));
    }

    [Fact]
    public void How_the_kernel_was_booted_comes_back_as_far_as_it_is_needed_later()
    {
        Save();

        using SavedMachine saved = SnapshotFile.Load(Snapshot);

        BootedImage image = saved.Snapshot.Image;
        Assert.Equal(("multiboot2", TargetArchitecture.I386, 0xffff_ffff_8000_0000), (image.Protocol, image.Architecture, image.SymbolBias));
        Assert.Equal([0x9000ul, 0xa000ul], image.OtherProcessors.Select(static other => other.ReleaseAddress));
    }

    [Fact]
    public void A_kernel_that_is_as_it_was_is_used_where_it_is()
    {
        Save();

        using SavedMachine saved = SnapshotFile.Load(Snapshot);

        Assert.Null(saved.Notice);
        Assert.Null(saved.Snapshot.Symbols);
    }

    [Theory]
    [InlineData(null, "is gone")]
    [InlineData("another kernel!!!", "has changed since the snapshot was saved")]
    [InlineData("longer than the kernel was", "has changed since the snapshot was saved")]
    public void For_a_kernel_that_is_not_what_it_was_the_copy_serves(string? now, string what)
    {
        Save();
        File.Delete(Kernel);
        if (now is not null)
        {
            File.WriteAllText(Kernel, now);
        }

        SavedMachine saved = SnapshotFile.Load(Snapshot);

        string copy = saved.Snapshot.Symbols!.File;
        Assert.Equal($"{Kernel} {what}; the symbols are those of the copy in the snapshot, {copy}", saved.Notice);
        Assert.Equal("the kernel's file", File.ReadAllText(copy));
        Assert.Equal((Kernel, "kernel.elf"), (saved.Snapshot.Symbols.Original, Path.GetFileName(copy)));
        saved.Dispose();
        Assert.False(Directory.Exists(Path.GetDirectoryName(copy)));
    }

    [Fact]
    public void A_kernel_that_changes_before_it_is_saved_is_refused_and_leaves_what_was_there()
    {
        File.WriteAllText(Snapshot, "an older snapshot");
        File.WriteAllText(Kernel, "the kernel's file");
        KernelFile kernel = KernelFile.Of(Kernel);
        File.WriteAllText(Kernel, "the kernel's FILE");

        var refused = Assert.Throws<SnapshotException>(() => Save(kernel));

        Assert.Equal($"{Kernel} has changed since the machine was made, and nothing was saved: save it anew", refused.Message);
        Assert.Equal("an older snapshot", File.ReadAllText(Snapshot));
        Assert.Equal(["kernel.elf", "one.snapshot"], _directory.EnumerateFiles().Select(static file => file.Name).Order());
    }

    [Fact]
    public void What_firmware_config_reads_from_files_is_kept()
    {
        File.WriteAllText(At("seed"), "\0\u0001\u007f");
        Save(item: new FirmwareItem("opt/seed", FirmwareItemContent.File, At("seed"), WritableBytes: 0));

        using SavedMachine saved = SnapshotFile.Load(Snapshot);

        Assert.Contains("opt/seed: { hex: \"00017f\" }", saved.Profile, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_file_is_refused()
    {
        Save();
        byte[] good = File.ReadAllBytes(Snapshot);

        for (int length = 0; length < good.Length; length += length < HeaderSize ? 1 : 13)
        {
            Refused(good[..length], length < VersionAt ? "this is no snapshot" : "cut off");
        }
    }

    [Fact]
    public void Every_byte_counts()
    {
        Save();
        byte[] good = File.ReadAllBytes(Snapshot);

        for (int at = 0; at < good.Length; at += at < HeaderSize ? 1 : 13)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x41;
            string words = at switch { < VersionAt => "this is no snapshot", < VersionAt + 4 => "version", < DigestAt => "cut off", _ => "checksum" };
            Refused(bad, words);
        }
    }

    [Fact]
    public void What_follows_the_end_is_refused()
    {
        Save();

        Refused([.. File.ReadAllBytes(Snapshot), 0], "something behind its end");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Another_version_is_refused_in_words(int version)
    {
        Save();
        byte[] other = File.ReadAllBytes(Snapshot);
        BinaryPrimitives.WriteInt32LittleEndian(other.AsSpan(VersionAt), version);

        Refused(other, $"the snapshot has version {version} of the format, and this program reads version 2: use the program that saved it, or save it anew");
    }

    [Fact]
    public void What_has_a_good_checksum_and_nonsense_in_it_never_gets_through_as_another_error()
    {
        Save();
        File.Delete(Kernel);
        byte[] good = File.ReadAllBytes(Snapshot);

        for (int at = HeaderSize; at < good.Length; at += 3)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0xff;
            SHA256.HashData(bad.AsSpan(HeaderSize)).CopyTo(bad, DigestAt);
            File.WriteAllBytes(Snapshot, bad);

            Exception? refused = Record.Exception(() => SnapshotFile.Load(Snapshot).Dispose());

            Assert.True(refused is null or SnapshotException, $"with the byte at {at} inverted: {refused}");
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_said_to_be_so() =>
        Assert.StartsWith($"{At("none")}: the snapshot cannot be read: ", Assert.Throws<SnapshotException>(() => SnapshotFile.Load(At("none"))).Message);

    private string At(string name) => Path.Combine(_directory.FullName, name);

    private void Refused(byte[] content, string words)
    {
        File.WriteAllBytes(Snapshot, content);
        var refused = Assert.Throws<SnapshotException>(() => SnapshotFile.Load(Snapshot).Dispose());
        Assert.StartsWith($"{Snapshot}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private void Save(KernelFile? kernel = null, FirmwareItem? item = null)
    {
        if (kernel is null)
        {
            File.WriteAllText(Kernel, "the kernel's file");
        }

        SnapshotShape shape = SnapshotShapeTests.Shape();
        var memory = new RamImage(shape.BackingBytes);
        byte[] page = new byte[GuestRam.PageSize];
        page.AsSpan().Fill(0x5a);
        memory.Write(3, page);
        var image = new BootedImage("multiboot2", TargetArchitecture.I386, default, default)
        {
            SymbolBias = 0xffff_ffff_8000_0000,
            OtherProcessors = [new ParkedProcessor(default, default, 0x9000), new ParkedProcessor(default, default, 0xa000)],
        };
        ProfileResult read = ProfileReader.ForKernel(Kernel, Array.Empty<string>());
        MachineProfile profile = item is null ? read.Profile! : read.Profile! with { FirmwareConfig = [item] };
        using var snapshot = new MachineSnapshot(shape, memory, new byte[] { 1, 2, 3 }, image);
        SnapshotFile.Save(Snapshot, snapshot, profile, kernel ?? KernelFile.Of(Kernel));
    }
}
