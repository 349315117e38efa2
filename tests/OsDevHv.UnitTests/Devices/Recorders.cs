using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

internal sealed class RecordingDevice(int accessSize, ulong answer = 0) : IBusDevice
{
    public List<string> Calls { get; } = [];

    public int AccessSize => accessSize;

    public ulong Read(ulong offset, int size)
    {
        Calls.Add($"r{size}@{offset:X}");
        return answer;
    }

    public void Write(ulong offset, int size, ulong value) => Calls.Add($"w{size}@{offset:X}={value:X}");

    public void ExchangeState(StateExchange state)
    {
    }

    public void Reset() => Calls.Add("reset");
}

internal sealed class RecordingSink : IByteSink
{
    public List<byte> Bytes { get; } = [];

    public void Write(byte value) => Bytes.Add(value);
}

internal sealed class NullSink : IByteSink
{
    public void Write(byte value)
    {
    }
}

internal sealed class RecordingLine : IInterruptLine
{
    public bool IsHigh { get; private set; }

    public int RisingEdges { get; private set; }

    public int Calls { get; private set; }

    public void Set(bool high)
    {
        Calls++;
        RisingEdges += high && !IsHigh ? 1 : 0;
        IsHigh = high;
    }
}

internal sealed class RecordingPower : IPowerControl
{
    public List<string> Requests { get; } = [];

    public void PowerOff(string source) => Requests.Add($"off: {source}");

    public void Reset(string source) => Requests.Add($"reset: {source}");

    public void DebugExit(uint value) => Requests.Add($"exit: {value:X}");
}
