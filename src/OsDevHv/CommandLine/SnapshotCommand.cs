using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Machine.Snapshots;
using OsDevHv.Profiles;
using OsDevHv.Running;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv snapshot</c>: <c>save</c> and <c>restore</c>.</summary>
internal static class SnapshotCommand
{
    public const string Name = "snapshot";
    public const string SaveName = "save";
    public const string RestoreName = "restore";

    public static Command Create(ProgramContext context) => new(Name, "Save a running machine to a file, and go on from one.")
    {
        CreateSave(context),
        CreateRestore(context),
    };

    private static Command CreateSave(ProgramContext context)
    {
        var run = new RunCommand(context);
        var target = new Argument<string>("SNAPSHOT") { Description = "The file to write" };
        var at = new Option<SnapshotPoint>("--at")
        {
            Description = $"Where: {SnapshotPoint.Forms}; by default ready",
            HelpName = "POINT",
            DefaultValueFactory = static _ => SnapshotPoint.Ready,
            CustomParser = static result =>
            {
                if (SnapshotPoint.TryParse(result.Tokens[0].Value, out SnapshotPoint? point, out string? error))
                {
                    return point;
                }
                result.AddError($"--at: {error}");
                return null;
            },
        };
        var command = new Command(SaveName, "Boot a kernel, run it to a point, and save the machine there.");
        run.AddTo(command);
        command.Add(target);
        command.Add(at);
        command.SetAction(async (parsed, _) => run.Read(parsed, [], out int exitCode) is { } request
            ? await SaveAsync(context, request, parsed.GetValue(at)!, parsed.GetValue(target)!).ConfigureAwait(false)
            : exitCode);
        return command;
    }

    private static Command CreateRestore(ProgramContext context)
    {
        var run = new RunCommand(context);
        var arguments = new Option<string>("--args")
        {
            Description = "What the kernel is told when it asks for its arguments",
            HelpName = "STR",
            DefaultValueFactory = static _ => "",
            CustomParser = static result =>
            {
                string text = result.Tokens[0].Value;
                if (!OsDevHv.Machine.Firmware.TestArguments.Fit(text))
                {
                    result.AddError("--args: arguments are at most 1023 bytes of text");
                }
                return text;
            },
        };
        var command = new Command(RestoreName, "Go on from a saved machine, as run does.");
        run.AddTo(command);
        command.Add(arguments);
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                using SavedMachine saved = SnapshotFile.Load(parsed.GetValue(run.File)!);
                if (run.ReadSaved(parsed, saved.Profile, out int exitCode) is not { } request)
                {
                    return exitCode;
                }

                await TellOfSymbolsAsync(context, saved, request.Profile).ConfigureAwait(false);
                return await new MachineHost(context).RunAsync(request with { StartFrom = saved.Snapshot, Arguments = parsed.GetValue(arguments) })
                    .ConfigureAwait(false);
            }
            catch (SnapshotException error)
            {
                await context.Error.WriteLineAsync($"osdevhv: {error.Message}").ConfigureAwait(false);
                return ExitCodes.BadImage;
            }
        });
        return command;
    }

    /// <summary>Says which file has the symbols, where that is not plain.</summary>
    private static async Task TellOfSymbolsAsync(ProgramContext context, SavedMachine saved, MachineProfile profile)
    {
        string symbols = Path.GetFullPath(profile.SymbolFile);
        if (symbols != saved.Kernel.Path && !File.Exists(symbols))
        {
            throw new SnapshotException($"debug.symbols: there is no file {symbols}");
        }

        if (symbols == saved.Kernel.Path && saved.Notice is { } notice)
        {
            await context.Error.WriteLineAsync($"osdevhv: {notice}").ConfigureAwait(false);
        }
    }

    private static async Task<int> SaveAsync(ProgramContext context, RunRequest request, SnapshotPoint point, string path)
    {
        try
        {
            using var signals = new StopSignals(context.Error, interruptIsDebuggers: false);
            var options = new MachineOptions { Messages = context.Error, Trace = request.Trace, SnapshotAt = point, TestArguments = "" };
            long start = Stopwatch.GetTimestamp();
            KernelFile kernel = KernelFile.Of(request.Profile.SymbolFile);
            using var machine = VirtualMachine.Create(request.Profile, options);
            if (await machine.RunToPointAsync(signals.Stop).ConfigureAwait(false) is { } verdict)
            {
                string words = VerdictText.Describe(verdict, Stopwatch.GetElapsedTime(start));
                await context.Error.WriteLineAsync($"osdevhv: {words}; it did not come to {point}, and nothing was saved").ConfigureAwait(false);
                return verdict.ExitCode == ExitCodes.Passed ? ExitCodes.Failed : verdict.ExitCode;
            }
            using MachineSnapshot snapshot = await machine.CaptureAsync().ConfigureAwait(false);
            SnapshotFile.Save(path, snapshot, request.Profile, kernel);
            string size = string.Create(CultureInfo.InvariantCulture, $"{snapshot.MemoryBytes >> 10} KiB of memory, at {snapshot.Time.TotalMilliseconds:0.0} ms");
            await context.Error.WriteLineAsync($"osdevhv: saved {path}: {size}; it needs {snapshot.Needs}").ConfigureAwait(false);
            return ExitCodes.Passed;
        }
        catch (Exception error)
        {
            Failure failure = Failure.Of(error);
            await context.Error.WriteLineAsync($"osdevhv: {failure.Message} (exit code {failure.ExitCode})").ConfigureAwait(false);
            return failure.ExitCode;
        }
    }
}
