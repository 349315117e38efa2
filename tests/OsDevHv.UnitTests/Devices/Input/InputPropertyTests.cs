using CsCheck;
using OsDevHv.Devices;
using Xunit;

namespace OsDevHv.Tests.Devices;

/// <summary>What holds whatever a guest and the hands at the devices do.</summary>
public sealed class InputPropertyTests
{
    private enum What
    {
        Command,
        Data,
        MouseByte,
        Read,
        Key,
        Move,
        Buttons,
        Time,
    }

    private static readonly Gen<(What What, int Value)[]> s_actions = Gen.Select(
        Gen.Enum<What>(), Gen.OneOf(Gen.Int[0, 255], Gen.Int[0xe6, 0xff], Gen.Int)).Array[0, 200];

    [Fact]
    public void Interrupts_and_status_agree_at_all_times()
    {
        s_actions.Sample(
            actions =>
            {
                InputBench bench = new();
                foreach ((What what, int value) in actions)
                {
                    Apply(bench, what, value);
                    byte status = bench.Status;
                    byte configuration = bench.Controller.Configuration;
                    bool isFull = (status & InputBench.OutputFull) != 0;
                    bool isMouse = isFull && (status & InputBench.AuxiliaryOutput) != 0;
                    Assert.Equal(isFull && !isMouse && (configuration & 0x11) == 0x01, bench.KeyboardLine.IsHigh);
                    Assert.Equal(isMouse && (configuration & 0x02) != 0, bench.MouseLine.IsHigh);
                    Assert.Equal(configuration & 0x04, status & 0x04);
                    Assert.Equal(0x10, status & 0x92);
                }
            },
            iter: 5_000);
    }

    [Fact]
    public void The_output_ends_and_the_devices_stay_within_their_bounds()
    {
        s_actions.Sample(
            actions =>
            {
                InputBench bench = new();
                foreach ((What what, int value) in actions)
                {
                    Apply(bench, what, value);
                    Assert.InRange(bench.Keyboard.BufferedBytes, 0, 17);
                    Assert.InRange(bench.Keyboard.ScanCodeSet, 1, 3);
                    Assert.InRange(bench.Mouse.SampleRate, 10, 200);
                    Assert.InRange(bench.Mouse.Resolution, 0, 3);
                }

                bench.Drain();
                Assert.Equal(0, bench.Status & InputBench.OutputFull);
            },
            iter: 5_000);
    }

    [Fact]
    public void After_reset_all_is_as_new_whatever_was_done()
    {
        Gen.Select(s_actions, s_actions).Sample(
            (before, after) =>
            {
                InputBench used = new();
                foreach ((What what, int value) in before)
                {
                    Apply(used, what, value);
                }

                used.Controller.Reset();
                InputBench fresh = new();
                used.KeyboardClock.Now = used.MouseClock.Now = 0;

                Assert.False(used.KeyboardLine.IsHigh || used.MouseLine.IsHigh);
                foreach ((What what, int value) in after)
                {
                    Assert.Equal(Apply(fresh, what, value), Apply(used, what, value));
                    Assert.Equal(fresh.Status, used.Status);
                }
            },
            iter: 3_000);
    }

    [Fact]
    public void Keys_pressed_and_released_while_the_guest_reads_come_out_in_order_as_set_2_has_them()
    {
        Gen.Int[0, KeyboardKey.All.Count - 1].Array[0, 60].Sample(
            keys =>
            {
                InputBench bench = new InputBench().Raw();
                InputBench alone = new InputBench().Raw();
                foreach (int index in keys)
                {
                    string name = KeyboardKey.All[index].Name;
                    (string Make, string Break) struck = bench.Strike(name);
                    Assert.Equal(alone.Strike(name), struck);
                    Assert.NotEqual("", struck.Make);
                }
            },
            iter: 500);
    }

    [Fact]
    public void What_the_mouse_tells_adds_up_to_how_it_was_moved()
    {
        Gen.Select(Gen.Int[-200, 200], Gen.Int[-200, 200]).Array[0, 60].Sample(
            moves =>
            {
                InputBench bench = new InputBench().Raw();
                bench.AskMouse(0xf4);
                (int X, int Y) told = (0, 0);
                foreach ((int right, int up) in moves)
                {
                    bench.Mouse.Move(right, up, 0);
                    bench.PassForMouse(10_000_000);
                    byte[] packet = Convert.FromHexString(bench.Drain());
                    Assert.Equal((right | up) == 0 ? 0 : 3, packet.Length);
                    if (packet.Length == 3)
                    {
                        Assert.Equal(0x08, packet[0] & 0xcf);
                        told.X += packet[1] - ((packet[0] & 0x10) << 4);
                        told.Y += packet[2] - ((packet[0] & 0x20) << 3);
                    }
                }

                Assert.Equal((moves.Sum(move => move.Item1), moves.Sum(move => move.Item2)), told);
            },
            iter: 1_000);
    }

    private static byte Apply(InputBench bench, What what, int value)
    {
        switch (what)
        {
            case What.Command:
                bench.Command((byte)value);
                break;
            case What.Data:
                bench.Data((byte)value);
                break;
            case What.MouseByte:
                bench.Command(0xd4);
                bench.Data((byte)value);
                break;
            case What.Read:
                return bench.Read();
            case What.Key:
                KeyboardKey key = KeyboardKey.All[(int)((uint)value % (uint)KeyboardKey.All.Count)];
                if ((value & 1) == 0)
                {
                    bench.Keyboard.Press(key);
                }
                else
                {
                    bench.Keyboard.Release(key);
                }

                break;
            case What.Move:
                bench.Mouse.Move(value, value >> 3, value >> 8);
                break;
            case What.Buttons:
                bench.Mouse.SetButtons((MouseButtons)(value & 0x1f));
                break;
            default:
                bench.PassForKeyboard((uint)value % 600_000_000);
                bench.PassForMouse((uint)value % 600_000_000);
                break;
        }

        return 0;
    }
}
