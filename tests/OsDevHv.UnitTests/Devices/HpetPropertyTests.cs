using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

public sealed class HpetPropertyTests
{
    private static readonly ulong[] _registers = [0x10, 0x20, 0xf0, 0x100, 0x108, 0x110, 0x120, 0x128, 0x130, 0x140, 0x148, 0x14c];

    private static readonly Gen<ulong> _register = Gen.Int[0, _registers.Length - 1].Select(i => _registers[i]);

    /// <summary>A register, a value of few ticks that is also a plausible configuration, and ticks to wait afterwards.</summary>
    private static readonly Gen<(ulong Register, ulong Value, int Wait)[]> _writes = Gen.Select(
        _register,
        Gen.OneOf(
            Gen.ULong[0, 63],
            Gen.Select(Gen.ULong[0, 0xff], Gen.Int[16, 23], (bits, pin) => bits | ((ulong)pin << 9)),
            Gen.OneOf(Gen.Const(0x104UL), Gen.Const(0x10cUL), Gen.Const(0x4004UL))),
        Gen.Int[0, 50],
        (register, value, wait) => (register, register == 0x10 ? value & 3 : value, wait)).Array[1, 40];

    [Fact]
    public void However_late_the_alarm_is_an_HPET_is_where_ticking_would_have_brought_it()
    {
        Gen.Select(_writes, Gen.Int[1, 500]).Sample(
            (writes, wait) =>
            {
                HpetBench ticking = new();
                HpetBench late = new();
                foreach ((ulong register, ulong value, int ticks) in writes.Append((0x10UL, 1UL, wait)))
                {
                    ticking.Hpet.Write(register, 8, value);
                    late.Hpet.Write(register, 8, value);
                    AssertSameRegisters(ticking, late);
                    ticking.TakeEvents();
                    late.TakeEvents();

                    for (int i = 0; i < ticks; i++)
                    {
                        ticking.Clock.Now += 10;
                        ticking.Hpet.OnAlarm();
                    }

                    late.Clock.Now += 10L * ticks;
                    AssertSameRegisters(ticking, late);
                    late.Hpet.OnAlarm();
                    AssertSameRegisters(ticking, late);
                    Assert.Equal(LastOfEach(ticking), LastOfEach(late));
                    Assert.True(late.Clock.Alarm > late.Clock.Now);
                }
            },
            iter: 3_000);
    }

    [Fact]
    public void An_alarm_is_set_for_exactly_the_ticks_at_which_an_output_changes()
    {
        _writes.Sample(
            writes =>
            {
                HpetBench hpet = new();
                foreach ((ulong register, ulong value, int ticks) in writes)
                {
                    hpet.Hpet.Write(register, 8, value);
                    for (int i = 0; i < ticks; i++)
                    {
                        hpet.Clock.Now += 10;
                        bool due = hpet.Clock.Alarm <= hpet.Clock.Now;
                        hpet.TakeEvents();
                        hpet.Hpet.OnAlarm();
                        Assert.True(due || hpet.Events.Count == 0);
                        Assert.Equal(hpet.Clock.Alarm, hpet.Hpet.NextExpiry);
                    }
                }
            },
            iter: 2_000);
    }

    [Fact]
    public void No_access_of_any_shape_at_any_time_makes_an_HPET_throw()
    {
        Gen<ulong> offset = Gen.OneOf(Gen.ULong[0, 0x500], _register, Gen.ULong);
        Gen<(ulong At, int Width, ulong Value, long Wait, bool IsWrite)> access = Gen.Select(
            offset, Gen.Int[0, 3], Gen.OneOf(Gen.ULong, Gen.ULong[0, 64]), Gen.Long[0, long.MaxValue / 64], Gen.Bool);

        access.Array[1, 60].Sample(
            accesses =>
            {
                HpetBench hpet = new(32);
                foreach ((ulong at, int width, ulong value, long wait, bool isWrite) in accesses)
                {
                    hpet.Clock.Now += wait;
                    if (isWrite)
                    {
                        hpet.Hpet.Write(at, 1 << width, value);
                    }
                    else
                    {
                        hpet.Hpet.Read(at, 1 << width);
                    }

                    hpet.Hpet.OnAlarm();
                    Assert.True(hpet.Clock.Alarm > hpet.Clock.Now);
                    Assert.InRange(hpet.Hpet.Timer((int)(value % 32)).NextMatch, hpet.Clock.Now + 1, IDeviceClock.Never);
                }
            },
            iter: 2_000);
    }

    private static void AssertSameRegisters(HpetBench expected, HpetBench actual)
    {
        foreach (ulong register in _registers)
        {
            Assert.Equal(expected.Hpet.Read(register, 8), actual.Hpet.Read(register, 8));
        }
    }

    /// <summary>The level of each line that changed, and the messages sent, without how often.</summary>
    private static SortedSet<string> LastOfEach(HpetBench hpet)
    {
        SortedDictionary<string, string> last = [];
        foreach (string what in hpet.Events)
        {
            last[what.TrimStart('+', '-')] = what;
        }

        return [.. last.Values];
    }
}
