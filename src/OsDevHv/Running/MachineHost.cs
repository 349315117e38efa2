using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.View;

namespace OsDevHv.Running;

/// <summary>Runs one machine to its verdict: builds it, hosts it and the gdb server, says how it ended.</summary>
internal sealed class MachineHost(ProgramContext context)
{
    /// <summary>Returns the exit code of the process. The last line on stderr says the same in words.</summary>
    public async Task<int> RunAsync(RunRequest request)
    {
        var logger = new StderrLogger(context.Error, request.Verbose ? LogLevel.Information : LogLevel.Warning);
        try
        {
            using var signals = new StopSignals(context.Error, interruptIsDebuggers: request.Debugger is not null);
            return await RunAsync(request, logger, signals.Stop).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Failure failure = Failure.Of(error);
            context.Error.WriteLine($"osdevhv: {failure.Message} (exit code {failure.ExitCode})");
            return failure.ExitCode;
        }
    }

    private async Task<int> RunAsync(RunRequest request, StderrLogger logger, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        MachineProfile profile = request.Profile;
        RunLog.Machine(logger, profile.Name, profile.Cpu.Count, profile.MemoryBytes >> 20, profile.Boot.Kernel);
        IPEndPoint? listening = null;
        IMachine? held = null;
        var options = new MachineOptions
        {
            Messages = context.Error,
            Trace = request.Trace,
            Debuggable = profile.Gdb.Listen is not null,
            Viewable = profile.View.Listen is not null,
            Screenshots = request.Screenshots,
            StartFrom = request.StartFrom,
            TestArguments = request.Arguments,
            OnHeld = verdict => context.Error.WriteLine(HeldText(verdict, held?.DebugTarget.FindKernel()?.Path ?? profile.Boot.Kernel, listening)),
            ReadsStandardInput = request.Debugger is null,
        };
        using IMachine machine = held = context.CreateMachine(profile, options);
        using var signal = new ScreenshotSignal(machine, request.Screenshots);
        RunLog.Built(logger, Stopwatch.GetElapsedTime(start).TotalMilliseconds);

        using var service = new MachineService(machine, profile.Gdb.Wait, stop);
        await using ViewService? view = profile.View.Listen is { } listen ? new ViewService(machine.View, listen, context.Error) : null;
        await using GdbService? gdb =
            profile.Gdb.Listen is { } address ? new GdbService(machine.DebugTarget, address, context.Error) : null;
        using IHost host = BuildHost(service, view, gdb);
        await host.StartAsync(stop).ConfigureAwait(false);
        listening = gdb?.EndPoint;
        RunLog.Started(logger, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        try
        {
            using Process? debugger = request.Debugger is { } command
                ? StartDebugger(command.Start(machine.DebugTarget.FindKernel()?.Path, gdb!.EndPoint!))
                : null;
            Task ended = debugger?.WaitForExitAsync(CancellationToken.None) ?? service.Verdict;
            await Task.WhenAny(ended, service.Verdict).ConfigureAwait(false);
            if (!service.Verdict.IsCompleted)
            {
                await service.StopAsync(CancellationToken.None).ConfigureAwait(false);
            }

            Verdict verdict = await service.Verdict.ConfigureAwait(false);
            string words = VerdictText.Describe(verdict, Stopwatch.GetElapsedTime(start));
            await (view?.FinishAsync(words) ?? Task.CompletedTask).ConfigureAwait(false);
            context.Error.WriteLine($"osdevhv: {words}");
            await ended.ConfigureAwait(false);
            return debugger?.ExitCode ?? verdict.ExitCode;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string HeldText(Verdict verdict, string kernel, IPEndPoint? address) =>
        $"osdevhv: {VerdictText.Name(verdict.Kind)}; the machine waits as it is. Look at it with:\n"
        + $"  gdb {kernel} -ex 'target remote {address}'\n"
        + "The run ends when the debugger goes on or leaves, or with Ctrl-C here.";

    private static Process StartDebugger(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new HostException($"{start.FileName} cannot be started: {error.Message}", error);
        }
    }

    private static IHost BuildHost(MachineService machine, ViewService? view, GdbService? gdb)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);

        // The servers first: a debugger must find its before the first instruction.
        if (gdb is not null)
        {
            builder.Services.AddSingleton<IHostedService>(gdb);
        }

        if (view is not null)
        {
            builder.Services.AddSingleton<IHostedService>(view);
        }

        builder.Services.AddSingleton<IHostedService>(machine);
        return builder.Build();
    }
}
