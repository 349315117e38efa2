using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>A UART on the bench: named registers, a recording wire and a recording interrupt line.</summary>
internal sealed class UartBench
{
    public const byte NoInterrupt = 0x01;
    public const byte LineStatusInterrupt = 0x06;
    public const byte ReceivedDataInterrupt = 0x04;
    public const byte TimeoutInterrupt = 0x0c;
    public const byte TransmitterInterrupt = 0x02;
    public const byte ModemStatusInterrupt = 0x00;

    public const byte DataReady = 0x01;
    public const byte Overrun = 0x02;
    public const byte ParityError = 0x04;
    public const byte FramingError = 0x08;
    public const byte BreakInterrupt = 0x10;
    public const byte TransmitterIdle = 0x60;
    public const byte FifoError = 0x80;

    public const byte Out2 = 0x08;
    public const byte Loopback = 0x10;

    public UartBench() => Uart = new Uart16550(Wire, Line, () => RoomCalls++);

    public Uart16550 Uart { get; }

    public RecordingSink Wire { get; } = new();

    public RecordingLine Line { get; } = new();

    public int RoomCalls { get; private set; }

    /// <summary>RBR and THR, or DLL.</summary>
    public byte Data
    {
        get => Read(0);
        set => Write(0, value);
    }

    public byte Ier
    {
        get => Read(1);
        set => Write(1, value);
    }

    /// <summary>The interrupt identification without the bits that say that FIFOs are on.</summary>
    public byte Cause => (byte)(Read(2) & 0x0f);

    public byte Iir => Read(2);

    public byte Fcr
    {
        set => Write(2, value);
    }

    public byte Lcr
    {
        get => Read(3);
        set => Write(3, value);
    }

    public byte Mcr
    {
        get => Read(4);
        set => Write(4, value);
    }

    public byte Lsr => Read(5);

    public byte Msr => Read(6);

    public byte Scr
    {
        get => Read(7);
        set => Write(7, value);
    }

    public byte Read(int register) => (byte)Uart.Read((ulong)register, 1);

    public void Write(int register, byte value) => Uart.Write((ulong)register, 1, value);

    public void ReceiveAll(params ReadOnlySpan<byte> values)
    {
        foreach (byte value in values)
        {
            Assert.True(Uart.Receive(value));
        }
    }

    /// <summary>Characters 1, 2, ... up to <paramref name="count"/>.</summary>
    public void ReceiveCount(int count)
    {
        for (int i = 1; i <= count; i++)
        {
            Assert.True(Uart.Receive((byte)i));
        }
    }
}
