using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Running;
using OsDevHv.View;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv view</c>.</summary>
internal sealed class ViewCommand
{
    public const string Name = "view";

    private const string Opener = "xdg-open";

    private readonly Argument<int?> _process = new("PID")
    {
        Description = "The process that runs the machine, where there are several",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ProgramContext _context;

    private ViewCommand(ProgramContext context) => _context = context;

    public static Command Create(ProgramContext context)
    {
        var options = new ViewCommand(context);
        var command = new Command(Name, "Show a running machine in the browser: its screen, serial port and processors.")
        {
            options._process,
        };
        command.SetAction(parsed => options.Run(parsed.GetValue(options._process)));
        return command;
    }

    private int Run(int? process)
    {
        IReadOnlyList<RunningView> all = RunningViews.OfThisUser().Find();
        IReadOnlyList<RunningView> wanted = process is { } id ? [.. all.Where(view => view.ProcessId == id)] : all;
        if (wanted is not [var one])
        {
            _context.Error.WriteLine(Describe(process, all));
            return ExitCodes.HostError;
        }

        _context.Output.WriteLine(one.Address);
        _context.Output.Flush();
        if (HasDisplay)
        {
            Open(one.Address);
        }

        return ExitCodes.Passed;
    }

    private static bool HasDisplay =>
        Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 }
        || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 };

    private static string Describe(int? process, IReadOnlyList<RunningView> all)
    {
        string problem = (process, all.Count) switch
        {
            (_, 0) => "no running machine serves a page; start one with: osdevhv run FILE --view",
            ({ } id, _) => $"process {id} runs no machine that serves a page; those that do:",
            _ => "several machines serve pages; say which, as in: osdevhv view "
                + all[0].ProcessId.ToString(CultureInfo.InvariantCulture),
        };
        return string.Join('\n', [$"osdevhv: {problem}", .. all.Select(static view => $"  {view.ProcessId}  {view.Name}")]);
    }

    private void Open(Uri address)
    {
        try
        {
            using Process? opener = Process.Start(new ProcessStartInfo(Opener, [address.ToString()]) { UseShellExecute = false });
        }
        catch (Win32Exception error)
        {
            _context.Error.WriteLine($"osdevhv: open it in a browser yourself: {Opener}: {error.Message}");
        }
    }
}
