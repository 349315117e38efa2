using Microsoft.Extensions.Hosting;
using OsDevHv.Machine;

namespace OsDevHv.Running;

/// <summary>Runs the machine as a hosted service; starting it starts the guest, stopping it ends the run.</summary>
internal sealed class MachineService(IMachine machine, bool waitForDebugger, CancellationToken userStops) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(userStops);
    private readonly TaskCompletionSource<Verdict> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The verdict, or why there is none.</summary>
    public Task<Verdict> Verdict => _verdict.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!Verdict.IsCompleted)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await ((Task)Verdict).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        try
        {
            _verdict.SetResult(await machine.RunAsync(waitForDebugger, _stop.Token).ConfigureAwait(false));
        }
        catch (Exception error)
        {
            // Whatever it is, the one who awaits the verdict turns it into an exit code.
            _verdict.SetException(error);
        }
    }
}
