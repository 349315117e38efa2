using System.Diagnostics;
using System.Text;
using OsDevHv.EndToEndTests.Linux;

namespace OsDevHv.Benchmarks.Measurements;

/// <summary>
/// A distribution's kernel with default parameters, from the start of the program to its shell's prompt, and off again. Only where KVM
/// executes kernel code itself.
/// </summary>
internal sealed class LinuxBoot : Measurement
{
    /// <inheritdoc/>
    public override string Name => "linux";

    /// <inheritdoc/>
    public override IEnumerable<Result> Run(IReadOnlyList<Contender> contenders, int rounds)
    {
        string? kernel = Environment.GetEnvironmentVariable("OSDEVHV_LINUX");
        if (!File.Exists(kernel))
        {
            Console.Error.WriteLine("bench: linux: left out, because OSDEVHV_LINUX names no kernel; 'make bench HOST=amd' has one");
            return [];
        }

        string ramDisk = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(ramDisk, ShellRamDisk.Make());
            Samples[] samples = TakeTurns(
                [.. contenders.Select(contender => (Func<double>)(() => SecondsToShell(contender, kernel, ramDisk)))], rounds);
            return
            [
                new Result(
                    "Linux to its shell, s",
                    "Debian's cloud kernel with a busybox initramfs, one CPU, 256 MiB, default parameters",
                    samples[0], samples[1], null, Goal.AtMost, 2),
            ];
        }
        finally
        {
            File.Delete(ramDisk);
        }
    }

    private static double SecondsToShell(Contender contender, string kernel, string ramDisk)
    {
        using GuestProcess guest = contender.StartLinux(kernel, ramDisk);
        return Stopwatch.GetElapsedTime(guest.Started, guest.WaitFor(Encoding.ASCII.GetBytes(ShellRamDisk.Prompt))).TotalSeconds;
    }
}
