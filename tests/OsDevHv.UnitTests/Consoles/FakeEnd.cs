using System.Text;
using OsDevHv.Machine.Consoles;

namespace OsDevHv.Tests.Consoles;

/// <summary>A host end whose reader can be held up and whose input is stated.</summary>
internal sealed class FakeEnd(string input = "") : IHostEnd
{
    private readonly StringBuilder _received = new();
    private readonly ManualResetEventSlim _reads = new(initialState: true);
    private string _input = input;

    public bool HasInput => true;

    public bool AwaitsClients => false;

    public TimeSpan DrainPatience => TimeSpan.FromSeconds(30);

    public string Received
    {
        get
        {
            lock (_received)
            {
                return _received.ToString();
            }
        }
    }

    public void HoldUp() => _reads.Reset();

    public void GoOn() => _reads.Set();

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _reads.Wait();
        lock (_received)
        {
            _received.Append(Encoding.ASCII.GetString(bytes));
        }
    }

    public int Read(Span<byte> buffer)
    {
        int count = Encoding.ASCII.GetBytes(_input, buffer);
        _input = "";
        return count;
    }

    public void Cancel() => _reads.Set();

    public void Dispose() => _reads.Dispose();
}
