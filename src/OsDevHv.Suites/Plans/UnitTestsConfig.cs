using System.Globalization;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;
using OsDevHv.Suites.Plans.KvmUnitTests;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Suites.Plans;

/// <summary>
/// Reads the unittests.cfg of kvm-unit-tests for x86: each test is a case, which boots its file by Multiboot 1 with the arguments behind
/// the file's name, as QEMU does. What cannot be had here, and what is not built, is skipped with the reason.
/// </summary>
internal static class UnitTestsConfig
{
    private const string FileName = "unittests.cfg";

    // That of run_tests.sh.
    private const string DefaultTimeout = "90s";

    /// <summary>Whether a path names such a file.</summary>
    public static bool IsOne(string path) => Path.GetFileName(path).EndsWith(FileName, StringComparison.Ordinal);

    /// <summary>Reads its cases; they count only if no error was reported.</summary>
    /// <param name="path">The file; the kernels are beside it.</param>
    /// <param name="overrides">Machine keys set from outside.</param>
    /// <param name="context">The reading.</param>
    public static IReadOnlyList<TestCase> Read(string path, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var source = new NodeSource(path, directory);
        if (SourceText.Read(path, source, source.Start, context.Diagnostics) is not { } text)
        {
            return [];
        }

        string suite = Path.GetFileName(directory) is { Length: > 0 } name ? name : SuiteBinder.NameOf(path);
        string built = BuiltFor(directory);
        var cases = new List<TestCase>();
        var binder = new CaseBinder(suite, overrides, context);
        foreach (UnitTest test in new UnitTestLines(source, context).Read(text))
        {
            var machine = new QemuMachine();
            machine.Take(test["qemu_params"]);
            machine.Take(test["extra_params"]);
            if (test["smp"].Length > 0)
            {
                machine.TakeProcessors(test["smp"]);
            }

            string? skip = WhyNot(test, directory, built) ?? (machine.Missing is { } missing ? $"there is not {missing}" : null);
            MapNode map = MapOf(test, machine, ref skip);

            // Of a file that is not there nothing but that is to be told.
            CaseBinder binding = skip is null ? binder : new CaseBinder(suite, overrides, new ReadContext(ProfileUse.Check));
            cases.AddRange(binding.Bind(test.Name, test.Place, [map]).Select(one => one with { Skip = skip, IsManual = Words(test["groups"]).Contains("nodefault") }));
        }

        if (cases.Count == 0 && context.Diagnostics.Count == 0)
        {
            context.Report(DiagnosticCodes.NoCases, source.Start, "this has no tests; each begins with a line [NAME]");
        }

        return cases;
    }

    /// <summary>The architecture that the tests were configured for.</summary>
    private static string BuiltFor(string directory)
    {
        string? line = FirstLines(Path.Combine(directory, "..", "config.mak"), 100)
            .FirstOrDefault(static line => line.StartsWith("ARCH=", StringComparison.Ordinal));
        return line is null ? "x86_64" : line["ARCH=".Length..].Trim();
    }

    /// <summary>Why a test is not run; null where nothing speaks against it.</summary>
    private static string? WhyNot(UnitTest test, string directory, string built)
    {
        string[] groups = Words(test["groups"]);
        string[] architectures = test["arch"].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string file = test["file"];
        return file.Length == 0 ? "it names no file"
            : architectures.Length > 0 && !architectures.Contains(built) ? $"it is for {test["arch"]}; these tests are for {built}"
            : test["accel"] is not ("" or "kvm") ? $"it needs the accelerator {test["accel"]}"
            : test["machine"] is not ("" or "pc" or "q35") ? $"it needs the machine {test["machine"]}"
            : groups.Contains("migration") ? "it needs a migration to another host"
            : groups.Contains("panic") ? "it needs QEMU's device pvpanic"
            : FailedCheck(test["check"]) is { } check ? $"the host is not so: {check}"
            : !File.Exists(Path.Combine(directory, file)) ? $"{file} is not built"
            : null;
    }

    private static string? FailedCheck(string checks)
    {
        foreach (string check in Words(checks))
        {
            int equals = check.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || FirstLines(check[..equals], 1).FirstOrDefault() != check[(equals + 1)..])
            {
                return check;
            }
        }

        return null;
    }

    private static IEnumerable<string> FirstLines(string path, int most)
    {
        try
        {
            return [.. File.ReadLines(path).Take(most)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>The test as a suite would write it.</summary>
    private static MapNode MapOf(UnitTest test, QemuMachine machine, ref string? skip)
    {
        Place place = test.Place;
        var boot = new List<MapEntry> { Text(ProfileKeys.Protocol.Name, "multiboot1") };
        if (test["file"] is { Length: > 0 } file)
        {
            boot.Add(Text(ProfileKeys.Kernel.Name, file));
        }

        if (!ShellWords.TrySplit(test["test_args"], out List<string>? words))
        {
            skip ??= $"only a shell can read the arguments {test["test_args"]}";
            words = [];
        }

        string[] arguments = [test["file"], string.Join(' ', words), machine.Append];
        boot.Add(Text(ProfileKeys.CommandLine.Name, string.Join(' ', arguments.Where(static part => part.Length > 0))));
        var parts = new List<MapEntry> { Map(ProfileKeys.Boot.Name, boot) };
        parts.Add(Map(ProfileKeys.Devices.Name, TestDevices()));
        parts.AddRange(machine.Memory is { } memory ? [Text(ProfileKeys.Memory.Name, memory)] : []);
        parts.AddRange(CpuOf(machine) is { Count: > 0 } cpu ? [Map(ProfileKeys.Cpu.Name, cpu)] : []);
        if (Timeout(test["timeout"]) is not { } timeout)
        {
            skip ??= $"timeout = {test["timeout"]} is no duration";
            timeout = DefaultTimeout;
        }

        return new MapNode(
            place,
            [
                Map(SuiteKeys.Machine.Name, parts),
                Map(SuiteKeys.Limits.Name, [Text(SuiteKeys.LimitTime.Name, timeout)]),
                new MapEntry(SuiteKeys.Tags.Name, place, new ListNode(place, [.. Words(test["groups"]).Select(Scalar)])),
            ]);

        List<MapEntry> CpuOf(QemuMachine asked)
        {
            List<MapEntry> features =
            [
                .. asked.X2Apic is { } x2Apic ? [Switch(ProfileKeys.X2Apic.Name, x2Apic)] : Array.Empty<MapEntry>(),
                .. asked.TscDeadline is { } deadline ? [Switch(ProfileKeys.TscDeadline.Name, deadline)] : Array.Empty<MapEntry>(),
            ];
            return
            [
                .. asked.Processors is { } count ? [new MapEntry(ProfileKeys.CpuCount.Name, place, new ScalarNode(place, count, isPlain: true))]
                    : Array.Empty<MapEntry>(),
                .. features.Count > 0 ? [Map(ProfileKeys.CpuFeatures.Name, features)] : Array.Empty<MapEntry>(),
            ];
        }

        // Those of x86/run; the debug console would be at a port of the test device's.
        List<MapEntry> TestDevices() =>
        [
            Removed("debugcon"),
            .. machine.LacksTimer ? [Removed("pit")] : Array.Empty<MapEntry>(),
            Map("testdev", [Text("type", "pc-testdev")]),
        ];

        MapEntry Map(string name, List<MapEntry> entries) => new(name, place, new MapNode(place, entries));
        MapEntry Removed(string name) => new(name, place, new ScalarNode(place, "null", isPlain: true));
        MapEntry Text(string name, string text) => new(name, place, Scalar(text));
        MapEntry Switch(string name, bool isOn) => new(name, place, new ScalarNode(place, isOn ? "on" : "off", isPlain: true));
        ScalarNode Scalar(string text) => new(place, text, isPlain: false);
    }

    /// <summary>A duration of timeout(1), as profiles write it; null where it is none.</summary>
    private static string? Timeout(string text)
    {
        if (text.Length == 0)
        {
            return DefaultTimeout;
        }

        string number = char.IsAsciiDigit(text[^1]) ? text : text[..^1];
        string unit = text[number.Length..];
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 100_000
            && unit is "" or "s" or "m" or "h"
            ? $"{number}{(unit.Length == 0 ? "s" : unit)}"
            : null;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
