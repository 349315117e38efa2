using System.Security.Cryptography;
using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine;
using OsDevHv.Machine.Commands;
using OsDevHv.Machine.Core;
using OsDevHv.Machine.Display;
using OsDevHv.Machine.Firmware;
using OsDevHv.Machine.Platform;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;

namespace OsDevHv.Suites.Running;

/// <summary>
/// The files of one attempt, in <c>CASE/attempt-N</c> of the artifacts' directory. They are written of attempts that did not pass.
/// </summary>
internal sealed class AttemptFiles
{
    /// <summary>The machine of the case as a profile, from which the attempt can be run again.</summary>
    public const string MachineFile = "machine.yaml";

    private readonly List<Artifact> _artifacts = [];
    private readonly List<string> _failures = [];

    /// <summary>Names the files; none is written yet.</summary>
    public AttemptFiles(string root, TestCase testCase, int attempt)
    {
        Relative = $"{Safe(testCase.Id)}/attempt-{attempt}";
        Directory = Path.Combine(root, Relative);
    }

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>What was written.</summary>
    public IReadOnlyList<Artifact> Artifacts => _artifacts;

    /// <summary>What could not be written, a line each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    private string Relative { get; }

    /// <summary>A directory's name that a case's id makes on any file system: what is changed in it is told apart by a hash.</summary>
    public static string Safe(string id)
    {
        const int longest = 80;
        string name = string.Join('/', id.Split('/', 2).Select(static part => string.Concat(part.Select(
            static character => char.IsAsciiLetterOrDigit(character) || "._-=+,[]@".Contains(character, StringComparison.Ordinal) ? character : '_'))));
        bool isPlain = name == id && name.Length <= longest && name.Split('/').All(static part => part.Trim('.').Length > 0);
        string cut = name.Length <= longest ? name : name[..longest];
        return isPlain ? id : $"{cut.TrimStart('.', '/')}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 4))}";
    }

    /// <summary>The command that runs the case again with a debugger.</summary>
    public string Reproduce() => $"osdevhv run {Quote(Path.Combine(Directory, MachineFile))} --gdb --wait";

    /// <summary>Writes the machine's profile, its arguments in it.</summary>
    public void WriteMachine(TestCase testCase) => Write(MachineFile, null, path => File.WriteAllText(path, EffectiveProfile.Write(WithArguments(testCase))));

    /// <summary>Writes what the consoles printed.</summary>
    public void WriteOutput(CaseOutput output)
    {
        foreach ((string name, string? failure) in output.Keep())
        {
            Add(ArtifactKind.Serial, name, failure);
        }
    }

    /// <summary>Writes what the machine told, which is a crash report where the guest died.</summary>
    public void WriteMessages(MessageLog messages, VerdictKind verdict)
    {
        string text = messages.ToString();
        bool isCrash = Postmortem.IsCalledFor(verdict);
        if (text.Length > 0)
        {
            Write(
                isCrash ? "crash.txt" : "messages.txt", isCrash ? ArtifactKind.CrashReport : ArtifactKind.Messages, path => File.WriteAllText(path, text));
        }
    }

    /// <summary>Writes a picture of the screen, where there is one.</summary>
    public void WriteScreen(VirtualMachine machine)
    {
        if (machine.Screen.TryCapture(out Picture? picture, out _))
        {
            WritePicture("screen.png", ArtifactKind.Screenshot, picture);
        }
    }

    /// <summary>Writes where the screen differs from what was expected.</summary>
    public void WriteDifference(Picture picture) => WritePicture("difference.png", ArtifactKind.Difference, picture);

    /// <summary>Writes a core file.</summary>
    public void WriteCore(VirtualMachine machine) => Write("core", ArtifactKind.Core, path =>
    {
        var request = new CoreRequest(
            path, machine.Controller.Culprit, GdbSignal.SegmentationFault, machine.Target.Architecture == TargetArchitecture.X86_64);
        string said = CoreDump.Write(new MonitoredMachine(machine), machine.Target.MemoryMap, request, out bool isWritten);
        if (!isWritten)
        {
            throw new IOException(said);
        }
    });

    private static MachineProfile WithArguments(TestCase testCase) => testCase.Arguments.Length == 0 ? testCase.Profile : testCase.Profile with
    {
        FirmwareConfig =
        [
            .. testCase.Profile.FirmwareConfig.Where(static item => item.Name != TestArguments.ItemName),
            new FirmwareItem(TestArguments.ItemName, FirmwareItemContent.Text, testCase.Arguments, 0),
        ],
    };

    private static string Quote(string path) =>
        path.All(static character => char.IsAsciiLetterOrDigit(character) || "._-=+,/@".Contains(character, StringComparison.Ordinal))
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private void WritePicture(string name, ArtifactKind kind, Picture picture) => Write(name, kind, path =>
    {
        using FileStream file = File.Create(path);
        picture.WritePng(file);
    });

    private void Write(string name, ArtifactKind? kind, Action<string> write)
    {
        string? failure = null;
        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            write(Path.Combine(Directory, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            failure = error.Message;
        }

        Add(kind, name, failure);
    }

    private void Add(ArtifactKind? kind, string name, string? failure)
    {
        if (failure is not null)
        {
            _failures.Add($"artifact {name}: {failure}");
        }
        else if (kind is { } known)
        {
            _artifacts.Add(new Artifact(known, $"{Relative}/{name}"));
        }
    }
}
