using System.Diagnostics;
using System.Security.Cryptography;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary><c>osdevhv snapshot</c>: a file that has all that it takes to go on, on a host that fits.</summary>
public sealed class SnapshotCommandTests : IDisposable
{
    private const int DigestAt = 28;
    private const int HeaderSize = 60;
    private const int BadImage = 66;

    private readonly TemporaryFiles _files = new();

    private string Kernel => _files.Path("kernel.elf");

    private string Snapshot => _files.Path("ready.snapshot");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_kernel_that_is_as_it_was_is_not_spoken_of()
    {
        await SaveAsync();

        ProgramRun run = await CrashAsync();

        run.Says("#0  0x");
        run.Says(" <hangs+");
        Assert.DoesNotContain("kernel.elf", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_whose_kernel_is_deleted_still_has_its_symbols()
    {
        await SaveAsync();
        File.Delete(Kernel);

        ProgramRun run = await CrashAsync();

        run.Says($"osdevhv: {Kernel} is gone; the symbols are those of the copy in the snapshot, ");
        run.Says(" <hangs+");
        run.Says(" <kernel_start+");
        Assert.False(Directory.Exists(Path.GetDirectoryName(CopyOf(run))), "the copy is still there");
    }

    [Fact]
    public async Task A_machine_whose_kernel_was_built_anew_has_the_symbols_of_its_own()
    {
        await SaveAsync();
        File.Copy(Installation.Kernel("spinner64.elf"), Kernel, overwrite: true);

        ProgramRun run = await CrashAsync();

        run.Says($"osdevhv: {Kernel} has changed since the snapshot was saved; the symbols are those of the copy in the snapshot, ");
        run.Says(" <hangs+");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gdb_without_a_file_gets_one_that_is_the_kernels(bool isReplaced)
    {
        await SaveAsync();
        File.Delete(Kernel);
        if (isReplaced)
        {
            File.Copy(Installation.Kernel("spinner64.elf"), Kernel);
        }

        using ProgramRun run = ProgramRun.Start("snapshot", "restore", Snapshot, "--args", "case=hangs", "--gdb=127.0.0.1:0", "--wait");
        string listening = await run.WaitForErrorAsync("gdb: listening on ");
        string said = await GdbAsync(listening.Split(' ').First(static word => word.StartsWith("127.0.0.1:", StringComparison.Ordinal)).TrimEnd(','));

        string copy = CopyOf(run);
        Assert.NotEqual(Kernel, copy);
        Assert.Contains($"file       {copy}", said, StringComparison.Ordinal);
        Assert.Contains($"Symbols from \"target:{copy}\"", said, StringComparison.Ordinal);
        Assert.Contains(" kernel_main ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_boots_the_kernel_that_is_there_now_and_says_so()
    {
        await SaveAsync("--set", "verdict.on-reset=reboot");
        await File.AppendAllTextAsync(Kernel, "built anew", TestContext.Current.CancellationToken);

        ProgramRun run = await RestoreAsync("--args", "case=resets-by-8042", "--timeout", "5s");

        run.Says($"snapshot: the machine was reset and has booted {Kernel} as it is now");
    }

    [Fact]
    public async Task A_reset_without_a_kernel_ends_the_run_and_names_the_file()
    {
        await SaveAsync("--set", "verdict.on-reset=reboot");
        File.Delete(Kernel);

        ProgramRun run = await RestoreAsync("--args", "case=resets-by-8042", "--timeout", "5s");

        run.Exits(BadImage);
        run.Says($"cannot boot again: {Kernel}: there is no such file");
    }

    [Fact]
    public async Task Symbols_that_the_command_line_names_win_and_must_be_there()
    {
        await SaveAsync();
        File.Delete(Kernel);

        ProgramRun run = await RestoreAsync("--set", $"debug.symbols={_files.Path("none.elf")}");

        run.Exits(BadImage);
        run.Says($"osdevhv: debug.symbols: there is no file {_files.Path("none.elf")}");
    }

    [Fact]
    public async Task A_snapshot_of_another_vendors_processor_is_refused()
    {
        await SaveAsync();
        // The CPUID leaf 0: no subleaf, 32 bits of it and of the leaf, EAX, then EBX with the vendor's first four letters.
        Doctor(content =>
        {
            int at = VendorIn(content);
            "Osde"u8.CopyTo(content.AsSpan(at));
        });

        ProgramRun run = await RestoreAsync("--args", "case=nothing");

        run.Exits(BadImage);
        run.Says("the snapshot needs a processor by Osde");
        run.Says("restore it on a host like the one that saved it");
    }

    [Fact]
    public async Task A_snapshot_that_needs_features_that_the_host_lacks_is_refused()
    {
        await SaveAsync();
        // Leaf 7, subleaf 0: EBX is behind it and EAX.
        Doctor(static content =>
        {
            int at = content.AsSpan().IndexOf((ReadOnlySpan<byte>)[1, 0, 0, 0, 0, 7, 0, 0, 0]);
            Assert.True(at > 0, "the snapshot has no leaf 7");
            content.AsSpan(at + 13, 4).Fill(0xff);
        });

        ProgramRun run = await RestoreAsync("--args", "case=nothing");

        run.Exits(BadImage);
        run.Says("the snapshot needs processor features that this host does not give a guest (CPUID 7 EBX, bits ");
    }

    [Fact]
    public async Task A_damaged_and_an_older_snapshot_are_refused()
    {
        await SaveAsync();
        byte[] good = await File.ReadAllBytesAsync(Snapshot, TestContext.Current.CancellationToken);

        await File.WriteAllBytesAsync(Snapshot, good[..^100], TestContext.Current.CancellationToken);
        ProgramRun cut = await RestoreAsync();
        await File.WriteAllBytesAsync(Snapshot, [.. good[..^100], (byte)~good[^100], .. good[^99..]], TestContext.Current.CancellationToken);
        ProgramRun damaged = await RestoreAsync();
        await File.WriteAllBytesAsync(Snapshot, [.. good[..16], 1, .. good[17..]], TestContext.Current.CancellationToken);
        ProgramRun older = await RestoreAsync();

        Assert.All([cut, damaged, older], static run => run.Exits(BadImage));
        cut.Says("the snapshot is cut off");
        damaged.Says("its checksum is wrong");
        older.Says("the snapshot has version 1 of the format, and this program reads version 2");
    }

    private static int VendorIn(byte[] content)
    {
        foreach (byte[] letters in (byte[][])["Genu"u8.ToArray(), "Auth"u8.ToArray(), "Hygo"u8.ToArray()])
        {
            if (content.AsSpan().IndexOf(letters) is var at and > 0)
            {
                return at;
            }
        }

        Assert.Skip("this host's processor is by a vendor that the test does not know");
        return 0;
    }

    private static string CopyOf(ProgramRun run)
    {
        const string words = "the copy in the snapshot, ";
        return run.Error[(run.Error.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Split('\n')[0];
    }

    private static async Task<string> GdbAsync(string address)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] commands =
        [
            "set width 0", "set remotetimeout 60", $"target remote {address}", "info files", "info symbol $pc", "monitor symbols", "bt", "kill",
        ];
        foreach (string argument in (string[])["-c", "exec gdb \"$@\" 2>&1", "gdb", "-nx", "-q", "-batch", .. commands.SelectMany(static one => (string[])["-ex", one])])
        {
            start.ArgumentList.Add(argument);
        }

        using Process gdb = Process.Start(start)!;
        gdb.StandardInput.Close();
        using var limit = new CancellationTokenSource(Installation.Limit);
        string said = await gdb.StandardOutput.ReadToEndAsync(limit.Token);
        await gdb.WaitForExitAsync(limit.Token);
        return said;
    }

    /// <summary>Changes what the file says, and its checksum with it.</summary>
    private void Doctor(Action<byte[]> change)
    {
        byte[] all = File.ReadAllBytes(Snapshot);
        byte[] content = all[HeaderSize..];
        change(content);
        content.CopyTo(all, HeaderSize);
        SHA256.HashData(content).CopyTo(all, DigestAt);
        File.WriteAllBytes(Snapshot, all);
    }

    private async Task SaveAsync(params string[] options)
    {
        File.Copy(Installation.Kernel("cases64.elf"), Kernel);
        ProgramRun run = await ProgramRun.ToEndAsync(["snapshot", "save", Kernel, Snapshot, "--set", "memory=8M", .. options]);
        run.Exits(0);
    }

    private async Task<ProgramRun> CrashAsync()
    {
        // Not a triple fault, of which AMD's processors lose the place.
        ProgramRun run = await RestoreAsync("--args", "case=hangs", "--timeout", "2s");
        run.Exits(124);
        return run;
    }

    private Task<ProgramRun> RestoreAsync(params string[] options) => ProgramRun.ToEndAsync(["snapshot", "restore", Snapshot, .. options]);
}
