using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Suites.Plans;

/// <summary>
/// Reads what <c>osdevhv test</c> is given. Nothing that stands in a file makes it throw: every error is a
/// <see cref="ProfileDiagnostic"/>. Any thread.
/// </summary>
public static class SuiteReader
{
    private static readonly string[] s_suitesOfDirectories = ["suite.yaml", "*.suite.yaml", "*.suite.yml", "unittests.cfg"];

    /// <summary>Whether a file is a suite, and no machine profile.</summary>
    public static bool IsSuite(string path) => IsYaml(path) ? SuiteFiles.IsSuite(path) : UnitTestsConfig.IsOne(path);

    /// <summary>Makes a plan of suites and kernels.</summary>
    /// <param name="paths">
    /// Suite files, an <c>unittests.cfg</c> of kvm-unit-tests, machine profiles, kernels, quoted globs, and directories: of one, the suites
    /// in it, or where there are none the kernels (ELF executables), not those of directories below.
    /// </param>
    /// <param name="overrides">Machine keys set from outside, for every case. The last wins.</param>
    /// <param name="use">What the plan is for: one that is only checked need not have its kernels.</param>
    public static PlanResult Read(
        IReadOnlyList<string> paths, IReadOnlyList<ProfileOverride> overrides, ProfileUse use = ProfileUse.Run)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(overrides);
        var context = new ReadContext(use);
        var cases = new List<TestCase>();
        foreach (string path in paths)
        {
            foreach (string file in FilesOf(path, context))
            {
                cases.AddRange(ReadFile(file, overrides, context));
            }
        }

        return context.Diagnostics.Count > 0
            ? new PlanResult(null, context.Diagnostics.Sorted())
            : new PlanResult(new TestPlan { Cases = Distinct(cases) }, []);
    }

    private static IReadOnlyList<string> FilesOf(string path, ReadContext context)
    {
        IReadOnlyList<string> found =
            Directory.Exists(path) ? FilesOfDirectory(path)
            : Glob.IsPattern(path) && !File.Exists(path) ? Glob.Expand(path, Environment.CurrentDirectory)
            : [path];
        if (found.Count == 0)
        {
            Place place = new NodeSource(path, Environment.CurrentDirectory).Start;
            context.Report(
                DiagnosticCodes.NoCases,
                place,
                Directory.Exists(path)
                    ? "this directory has no suites (suite.yaml, *.suite.yaml, unittests.cfg) and no kernels (ELF executables); are they built?"
                    : "no file matches this pattern; are they built?");
        }

        return found;
    }

    private static string[] FilesOfDirectory(string path)
    {
        string[] suites = [.. s_suitesOfDirectories.SelectMany(pattern => Glob.Expand(Path.Combine(path, pattern), Environment.CurrentDirectory))];
        return suites.Length > 0 ? suites : [.. Glob.Expand(Path.Combine(path, "*"), Environment.CurrentDirectory).Where(IsExecutable)];
    }

    private static IReadOnlyList<TestCase> ReadFile(string path, IReadOnlyList<ProfileOverride> overrides, ReadContext context)
    {
        if (UnitTestsConfig.IsOne(path))
        {
            return UnitTestsConfig.Read(path, overrides, context);
        }

        if (IsYaml(path) && SuiteFiles.IsSuite(path))
        {
            return SuiteBinder.Read(path, overrides, context);
        }

        // A kernel, or a machine with its kernel, is a suite of one case.
        Place place = new NodeSource(path, Environment.CurrentDirectory).Start;
        string suite = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) is { Length: > 0 } directory ? directory : "kernels";
        Key key = IsYaml(path) ? SuiteKeys.Profile : ProfileKeys.Kernel;
        var entry = new MapEntry(key.Name, place, new ScalarNode(place, Path.GetFullPath(path), isPlain: false));
        return new CaseBinder(suite, overrides, context).Bind(
            Path.GetFileNameWithoutExtension(path), place, [new MapNode(place, [entry])]);
    }

    private static bool IsYaml(string path) => Path.GetExtension(path).ToUpperInvariant() is ".YAML" or ".YML";

    /// <summary>Whether a file is an ELF executable (System V ABI, chapter 4): no object file, no core.</summary>
    private static bool IsExecutable(string path)
    {
        const int typeOffset = 16;
        const int executable = 2;
        const int positionIndependent = 3;
        Span<byte> header = stackalloc byte[typeOffset + 1];
        try
        {
            using FileStream file = File.OpenRead(path);
            return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
                && header.StartsWith("\x7f"u8) && header[1..].StartsWith("ELF"u8)
                && header[typeOffset] is executable or positionIndependent;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Cases of the same name, of kernels of two directories or a suite that is named twice, are numbered.</summary>
    private static List<TestCase> Distinct(List<TestCase> cases)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var distinct = new List<TestCase>(cases.Count);
        foreach (TestCase one in cases)
        {
            string id = one.Id;
            string name = one.Name;
            for (int number = 2; !seen.Add(id); number++)
            {
                (id, name) = ($"{one.Id}#{number}", $"{one.Name}#{number}");
            }

            distinct.Add(one with { Id = id, Name = name });
        }

        return distinct;
    }
}
