namespace OsDevHv.Devices;

/// <content>Its counters, and the packets that tell of them.</content>
public sealed partial class Ps2Mouse
{
    // A notch back and forth: a signed nibble.
    private const int WheelLimit = 8;

    private MovementCounter _x;
    private MovementCounter _y;
    private int _wheel;
    private MouseButtons _told;

    private bool HasChanged =>
        _x.HasMoved || _y.HasMoved || ((Buttons ^ _told) & Reported) != 0 || (_wheel != 0 && Kind != MouseKind.Standard);

    private MouseButtons Reported => Kind == MouseKind.Explorer ? (MouseButtons)0x1f : (MouseButtons)0x07;

    /// <summary>Sends the counters and begins to count anew.</summary>
    private void SendPacket(bool isScaled, bool withAcknowledge = false)
    {
        MovementCounter x = isScaled ? _x.Scaled : _x;
        MovementCounter y = isScaled ? _y.Scaled : _y;
        const byte alwaysSet = 0x08;
        int first = alwaysSet
            | ((Buttons & MouseButtons.Left) != 0 ? 0x01 : 0)
            | ((Buttons & MouseButtons.Right) != 0 ? 0x02 : 0)
            | ((Buttons & MouseButtons.Middle) != 0 ? 0x04 : 0)
            | (x.Value < 0 ? 0x10 : 0)
            | (y.Value < 0 ? 0x20 : 0)
            | (x.HasOverflown ? 0x40 : 0)
            | (y.HasOverflown ? 0x80 : 0);
        Span<byte> packet = stackalloc byte[MaximumOutput];
        int count = 0;
        if (withAcknowledge)
        {
            packet[count++] = Acknowledge;
        }

        packet[count++] = (byte)first;
        packet[count++] = (byte)x.Value;
        packet[count++] = (byte)y.Value;
        if (Kind != MouseKind.Standard)
        {
            packet[count++] = Kind == MouseKind.Wheel ? (byte)_wheel : (byte)((_wheel & 0x0f) | (((int)Buttons & 0x18) << 1));
        }

        _told = Buttons;
        ClearCounters();
        Send(packet[..count]);
    }

    private void ClearCounters()
    {
        _x = default;
        _y = default;
        _wheel = 0;
    }

    /// <summary>A counter of 9 bits in two's complement, which stays at its limit once that is passed.</summary>
    private readonly record struct MovementCounter(int Value, bool HasOverflown)
    {
        private const int Minimum = -256;
        private const int Maximum = 255;

        public bool HasMoved => Value != 0 || HasOverflown;

        /// <summary>Scaling 2:1, which slow movements do not get.</summary>
        public MovementCounter Scaled
        {
            get
            {
                int magnitude = Math.Abs(Value) switch
                {
                    0 => 0,
                    1 or 2 => 1,
                    3 => 3,
                    4 => 6,
                    5 => 9,
                    int fast => 2 * fast,
                };
                MovementCounter scaled = Limited(Math.Sign(Value) * magnitude);
                return scaled with { HasOverflown = scaled.HasOverflown || HasOverflown };
            }
        }

        /// <summary>Counts on, unless it has passed its limit before.</summary>
        public MovementCounter Plus(int counts) => HasOverflown ? this : Limited((long)Value + counts);

        private static MovementCounter Limited(long value)
        {
            int limited = (int)Math.Clamp(value, Minimum, Maximum);
            return new MovementCounter(limited, limited != value);
        }
    }
}
