using Microsoft.Extensions.Hosting;

namespace OsDevHv.Running;

/// <summary>Signals are <see cref="StopSignals"/>' business; a host adds nothing.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
