using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

internal sealed class MessageRecorder : IInterruptMessageSink
{
    public List<InterruptMessage> Messages { get; } = [];

    public void Send(in InterruptMessage message) => Messages.Add(message);
}

internal sealed class GuestErrorRecorder : IGuestErrorLog
{
    public List<string> Reports { get; } = [];

    public void Report(string device, string problem, ulong value) => Reports.Add($"{device}: {problem}: {value:X}");
}
