using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>A pair of 8259As with the commands that drivers give them.</summary>
internal sealed class Pic8259Bench
{
    public Pic8259Bench() => Pair = new Pic8259Pair(Line, Errors);

    public RecordingLine Line { get; } = new();

    public GuestErrorRecorder Errors { get; } = new();

    public Pic8259Pair Pair { get; }

    public Pic8259 Master => Pair.Master;

    public Pic8259 Slave => Pair.Slave;

    /// <summary>A pair as kernels set it up: vectors 20h to 2Fh, nothing masked.</summary>
    public static Pic8259Bench AsKernelsDo(byte masterIcw4 = 0x01, byte slaveIcw4 = 0x01)
    {
        Pic8259Bench bench = new();
        bench.Initialize(0x20, 0x11, 0x20, 0x04, masterIcw4);
        bench.Initialize(0xa0, 0x11, 0x28, 0x02, slaveIcw4);
        return bench;
    }

    public void Initialize(int port, params byte[] words)
    {
        Out(port, words[0]);
        foreach (byte word in words[1..])
        {
            Out(port + 1, word);
        }
    }

    public void Out(int port, byte value) => Pair.Write((ulong)(port - 0x20), 1, value);

    public byte In(int port) => (byte)Pair.Read((ulong)(port - 0x20), 1);

    public void Raise(params int[] irqs)
    {
        foreach (int irq in irqs)
        {
            Pair.SetInput(irq, true);
        }
    }

    public void Lower(params int[] irqs)
    {
        foreach (int irq in irqs)
        {
            Pair.SetInput(irq, false);
        }
    }

    public byte Acknowledge() => Pair.Acknowledge();
}
