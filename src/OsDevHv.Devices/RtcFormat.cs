namespace OsDevHv.Devices;

/// <summary>How an RTC's time and alarm registers are written: the DM and 24/12 bits of register B.</summary>
/// <param name="IsBinary">Binary; else BCD.</param>
/// <param name="Is24Hour">Hours 0 to 23; else 1 to 12 with bit 7 for the afternoon.</param>
internal readonly record struct RtcFormat(bool IsBinary, bool Is24Hour)
{
    private const byte Afternoon = 0x80;
    private const byte DoNotCare = 0xc0;

    /// <summary>The number in a register; one that is no BCD gives some number from 0 to 165.</summary>
    public int Decode(byte value) => IsBinary ? value : DecodeBcd(value);

    /// <summary>The register of a number from 0 to 99.</summary>
    public byte Encode(int number) => IsBinary ? (byte)number : EncodeBcd(number);

    /// <summary>The hour, 0 to 23, in a register; an invalid one gives the nearest.</summary>
    public int DecodeHour(byte value)
    {
        if (Is24Hour)
        {
            return Math.Clamp(Decode(value), 0, 23);
        }

        int hour = Math.Clamp(Decode((byte)(value & ~Afternoon)), 1, 12) % 12;
        return (value & Afternoon) != 0 ? hour + 12 : hour;
    }

    /// <summary>The register of an hour from 0 to 23.</summary>
    public byte EncodeHour(int hour) => Is24Hour
        ? Encode(hour)
        : (byte)(Encode(hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? Afternoon : 0));

    /// <summary>The seconds or minutes of an alarm: 0 to 59, -1 for any, null if none would ever be equal.</summary>
    public int? DecodeAlarm(byte value)
    {
        if ((value & DoNotCare) == DoNotCare)
        {
            return -1;
        }

        int number = Decode(value);
        return number <= 59 && Encode(number) == value ? number : null;
    }

    /// <summary>The hour of an alarm: 0 to 23, -1 for any, null if none would ever be equal.</summary>
    public int? DecodeHourAlarm(byte value)
    {
        if ((value & DoNotCare) == DoNotCare)
        {
            return -1;
        }

        int hour = DecodeHour(value);
        return EncodeHour(hour) == value ? hour : null;
    }

    /// <summary>BCD, whatever the format: the century.</summary>
    public static int DecodeBcd(byte value) => ((value >> 4) * 10) + (value & 15);

    /// <inheritdoc cref="DecodeBcd"/>
    public static byte EncodeBcd(int number) => (byte)((number / 10 << 4) | (number % 10));
}
