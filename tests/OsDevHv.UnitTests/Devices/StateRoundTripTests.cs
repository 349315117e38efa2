using CsCheck;
using OsDevHv.Devices;
using OsDevHv.Machine.Memory;
using OsDevHv.Tests.Boot;

namespace OsDevHv.Tests.Devices;

/// <summary>Every model: whatever was done to it, a new one that gets its state does from then on what it does.</summary>
public sealed class StateRoundTripTests
{
    private const int PassTime = 0;
    private const int Poke = 1;
    private const int Read = 2;

    private static readonly uint[] s_telling = [0x11, 0x34, 0x36, 0xf4, 0xf3, 0xd4, 0x60, 0xc7, 0x80, 0x1ff];

    private static readonly Gen<(int What, int Offset, int Size, uint Value)[]> s_doings = Gen.Select(
        Gen.Frequency((2, Gen.Const(PassTime)), (2, Gen.Const(Poke)), (3, Gen.Const(Read)), (5, Gen.Const(3))),
        Gen.Int[0, 0x3ff],
        Gen.Int[0, 4].Select(static n => new[] { 1, 1, 2, 4, 8 }[n]),
        Gen.OneOf(Gen.UInt, Gen.UInt[0, 0xff], Gen.Int[0, 9].Select(static n => s_telling[n]))).Array[0, 60];

    public static TheoryData<string> Models => [.. s_models.Keys];

    private static readonly Dictionary<string, Func<World, Model>> s_models = new()
    {
        ["8259s"] = static world =>
        {
            var pics = new Pic8259Pair(world.Line("INTR"));
            return new Model(pics, [0, 1, 0x80, 0x81, 0x4b0, 0x4b1], (what, value) =>
            {
                if (what % 4 == 3)
                {
                    world.Log.Add($"vector {(pics.IsInterruptRequested ? pics.Acknowledge() : 0)}");
                }
                else if (value % 16 != 2)
                {
                    pics.SetInput((int)(value % 16), what % 2 == 0);
                }
            });
        },
        ["I/O APIC"] = static world =>
        {
            var ioApic = new IoApic(world, 3);
            return new Model(ioApic, [0, 0x10, 0x40], (what, value) =>
            {
                if (what % 4 == 3)
                {
                    ioApic.EndOfInterrupt((byte)value);
                }
                else
                {
                    ioApic.SetPin((int)(value % IoApic.PinCount), what % 2 == 0);
                }
            });
        },
        ["local APIC"] = static world =>
        {
            var apic = new LocalApic(1, false, world.Clock, world);
            return new Model(new ApicDevice(apic), [.. Enumerable.Range(0, 0x40).Select(static n => 0x10 * n)], device: apic);
        },
        ["8254 and port 61h"] = static world =>
        {
            var timer = new Pit8254(world.Clock, world.Line("IRQ 0"));
            return new Model(new Pair(timer, new SystemControlPortB(timer)), [0, 1, 2, 3, 3, 4], device: timer);
        },
        ["HPET"] = static world =>
        {
            var hpet = new Hpet(world.Clock, world, world);
            return new Model(hpet, [0x10, 0x10, 0x20, 0xf0, 0x100, 0x104, 0x108, 0x110, 0x120, 0x128, 0x140, 0x148], device: hpet);
        },
        ["RTC"] = static world =>
        {
            var rtc = new CmosRtc(world.Clock, new DateTime(2026, 2, 28, 23, 59, 58, DateTimeKind.Utc), 64 << 20, world.Line("IRQ 8"));
            return new Model(rtc, [0, 1, 2, 3], device: rtc);
        },
        ["ACPI PM"] = static world =>
        {
            var acpi = new AcpiPowerManagement(world.Clock, world.Line("SCI"), world.Power);
            return new Model(new Pair(acpi, new AcpiCommandPort(acpi), at: 12), [0, 2, 4, 8, 12, 13], device: acpi);
        },
        ["UART"] = static world =>
        {
            var uart = new Uart16550(world.Wire, world.Line("IRQ 4"));
            return new Model(uart, [0, 1, 2, 3, 4, 5, 6, 7], (what, value) =>
            {
                if (uart.CanReceive)
                {
                    uart.Receive((byte)value);
                }
            });
        },
        ["8042"] = static world =>
        {
            var keyboard = new Ps2Keyboard(world.Clock);
            var mouse = new Ps2Mouse(world.OtherClock);
            var controller = new KeyboardController(
                world.Power, new Ps2Port(keyboard, world.Line("IRQ 1")), new Ps2Port(mouse, world.Line("IRQ 12")));
            return new Model(controller, [0, 4], (what, value) =>
            {
                KeyboardKey key = KeyboardKey.All[(int)(value % KeyboardKey.All.Count)];
                switch (what % 4)
                {
                    case 0:
                        keyboard.Press(key);
                        break;
                    case 1:
                        keyboard.Release(key);
                        break;
                    case 2:
                        mouse.Move((int)(value % 300) - 150, what % 9, what % 3);
                        break;
                    default:
                        mouse.SetButtons((MouseButtons)(value % 32));
                        break;
                }
            }, keyboard, mouse);
        },
        ["VGA"] = static world => new Model(new VgaText(world.Clock), [.. Enumerable.Range(0x10, 0x1b)]),
        ["fw_cfg and ramfb"] = static world =>
        {
            var items = new FwCfgItems();
            var ram = new SparseRam(new MemoryMap(16 << 20));
            items.AddFile("opt/a", "abcdefgh"u8);
            items.AddWritableFile(Ramfb.ItemName, new byte[Ramfb.ItemSize], new Ramfb(ram));
            return new Model(new FwCfg(items, ram), [0, 0, 1, 4, 8]);
        },
        ["POST code"] = static world => new Model(new PostCodePort(), [0]),
        ["port 92h"] = static world => new Model(new SystemControlPortA(world.Power), [0]),
        ["debug console"] = static world => new Model(new DebugConsole(world.Wire) { KernelIsReady = () => world.Log.Add("ready") }, [0], state: "@osdevhv ready"),
        ["debug exit"] = static world => new Model(new DebugExit(world.Power, 4), [0]),
        ["ACPI sleep"] = static world => new Model(new AcpiSleepControl(world.Power), [0, 1]),
        ["Bochs power-off"] = static world => new Model(new BochsPowerOffPort(world.Power), [0], state: "Shutdown"),
        ["port CF9h"] = static world => new Model(new ResetControlRegister(world.Power), [0]),
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void What_gets_the_state_of_a_model_goes_on_like_it(string name)
    {
        Gen.Select(s_doings, s_doings).Sample(
            (before, after) =>
            {
                var world = new World();
                Model model = s_models[name](world);
                model.Do(before, world);
                var saved = new StateWriter();
                model.Device.ExchangeState(saved);
                byte[] state = saved.ToArray();
                World copiedWorld = world.Later();
                Model copy = s_models[name](copiedWorld);
                copiedWorld.Log.Clear();
                var reader = new StateReader(state);
                copy.Device.ExchangeState(reader);
                copiedWorld.TakeAlarms(world);
                Assert.True(reader.IsAtEnd);
                Assert.Empty(copiedWorld.Log);

                world.Log.Clear();
                model.Do(after, world);
                copy.Do(after, copiedWorld);
                Assert.Equal(world.Log, copiedWorld.Log);
            },
            iter: 2_000);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_damaged_state_is_refused_or_taken_but_never_fatal(string name)
    {
        Gen.Select(s_doings, Gen.Int[0, 4096], Gen.Byte, s_doings).Sample(
            (before, at, value, after) =>
            {
                var world = new World();
                Model model = s_models[name](world);
                model.Do(before, world);
                var saved = new StateWriter();
                model.Device.ExchangeState(saved);
                byte[] state = saved.ToArray();
                if (state.Length == 0)
                {
                    return;
                }
                state[at % state.Length] = value;
                Model copy = s_models[name](world);
                try
                {
                    copy.Device.ExchangeState(new StateReader(state.AsMemory(0, at % 7 == 0 ? at % state.Length : state.Length)));
                }
                catch (StateException)
                {
                    return;
                }
                copy.Do(after, world);
            },
            iter: 2_000);
    }

    /// <summary>A model with what is done to it.</summary>
    private sealed class Model(IBusDevice device, int[] offsets, Action<int, uint>? poke = null, params ITimedDevice?[] timed)
    {
        private string? _text;

        public Model(IBusDevice device, int[] offsets, string state)
            : this(device, offsets) => _text = state;

        public Model(IBusDevice bus, int[] offsets, ITimedDevice device)
            : this(bus, offsets, null, device)
        {
        }

        public IBusDevice Device => device;

        public void Do((int What, int Offset, int Size, uint Value)[] doings, World world)
        {
            foreach ((int what, int offset, int size, uint value) in doings)
            {
                ulong at = (ulong)offsets[offset % offsets.Length];
                int bytes = Math.Min(size, device.AccessSize);
                switch (what)
                {
                    case PassTime:
                        world.Pass((long)value * (offset % 5), timed);
                        break;
                    case Poke when _text is { } text:
                        device.Write(at, 1, text[offset % 2 == 0 ? world.At++ % text.Length : offset % text.Length]);
                        break;
                    case Poke when _text is null && poke is not null:
                        poke(offset, value);
                        break;
                    case Read:
                        world.Log.Add($"{at:x}: {device.Read(at, bytes):x}");
                        break;
                    default:
                        device.Write(at, bytes, _text is not null && value % 4 == 0 ? '\n' : value);
                        break;
                }
            }
        }
    }

    /// <summary>What is around a model; everything that the model does to it is noted.</summary>
    private sealed class World : IInterruptMessageSink, IHpetOutputs, IMessageSignal, ITscClock
    {
        public World()
        {
            Power = new Noting(Log);
            Wire = (Noting)Power;
        }

        public List<string> Log { get; } = [];

        public TestClock Clock { get; private init; } = new();

        public TestClock OtherClock { get; private init; } = new();

        public IPowerControl Power { get; }

        public IByteSink Wire { get; }

        public int At { get; set; }

        public NotingLine Line(string name) => new NotingLine(Log, name);

        public World Later() => new() { At = At, Clock = new TestClock { Now = Clock.Now }, OtherClock = new TestClock { Now = OtherClock.Now } };

        public void TakeAlarms(World other)
        {
            Clock.SetAlarm(other.Clock.Alarm);
            OtherClock.SetAlarm(other.OtherClock.Alarm);
        }

        public void Pass(long time, ITimedDevice?[] timed)
        {
            Clock.Now += time;
            OtherClock.Now += time;
            TestClock[] clocks = [Clock, OtherClock];
            for (int i = 0; i < timed.Length; i++)
            {
                if (clocks[i].Alarm <= clocks[i].Now)
                {
                    clocks[i].SetAlarm(IDeviceClock.Never);
                    timed[i]!.OnAlarm();
                }
            }
            Log.Add($"alarms {Clock.Alarm} {OtherClock.Alarm}");
        }

        public void Send(in InterruptMessage message) => Log.Add(message.ToString());

        public void SetLine(int ioApicPin, bool high) => Log.Add($"pin {ioApicPin} {high}");

        public void SetLegacy(int timer, bool high) => Log.Add($"legacy {timer} {high}");

        public void LegacyReplacementChanged(bool on) => Log.Add($"legacy {on}");

        public void Signal(ulong address, uint data) => Log.Add($"message {address:x} {data:x}");

        public long TimeOf(ulong deadline) => deadline > long.MaxValue / 2 ? IDeviceClock.Never - 1 : (long)deadline;
    }

    private sealed class Noting(List<string> log) : IPowerControl, IByteSink
    {
        public void PowerOff(string source) => log.Add($"off {source}");

        public void Reset(string source) => log.Add($"reset {source}");

        public void DebugExit(uint value) => log.Add($"exit {value}");

        public void Write(byte value) => log.Add($"byte {value}");
    }

    private sealed class NotingLine(List<string> log, string name) : IInterruptLine
    {
        public void Set(bool high) => log.Add($"{name} {high}");
    }

    /// <summary>Two models of one chip, one behind the other.</summary>
    private sealed class Pair(IBusDevice first, IBusDevice second, ulong at = 4) : IBusDevice
    {
        public int AccessSize => first.AccessSize;

        public ulong Read(ulong offset, int size) =>
            offset < at ? first.Read(offset, size) : second.Read(offset - at, Math.Min(size, second.AccessSize));

        public void Write(ulong offset, int size, ulong value)
        {
            if (offset < at)
            {
                first.Write(offset, size, value);
            }
            else
            {
                second.Write(offset - at, Math.Min(size, second.AccessSize), (byte)value);
            }
        }

        public void ExchangeState(StateExchange state)
        {
            first.ExchangeState(state);
            second.ExchangeState(state);
        }

        public void Reset()
        {
            first.Reset();
            second.Reset();
        }
    }

    /// <summary>A local APIC at a bus, with messages and MSRs by offsets that are no registers.</summary>
    private sealed class ApicDevice(LocalApic apic) : IBusDevice
    {
        public int AccessSize => 4;

        public ulong Read(ulong offset, int size)
        {
            if (offset == 0)
            {
                return apic.TryAcknowledge(out byte vector) ? vector : 0UL;
            }
            return (apic.TakeNmi() ? 1UL << 32 : 0) | (apic.TryTakeStartUp(out byte page) ? (ulong)page << 40 : 0) | apic.ReadRegister((uint)offset);
        }

        public void Write(ulong offset, int size, ulong value)
        {
            switch (offset)
            {
                case 0:
                    apic.Accept((byte)value, (value & 0x100) != 0);
                    break;
                case 0x10:
                    apic.SetLint((int)(value & 1), (value & 2) != 0);
                    break;
                case 0x40:
                    apic.AcceptNmi();
                    apic.AcceptStartUp((byte)value);
                    break;
                case 0x50:
                    _ = apic.TryWriteMsr(LocalApic.TscDeadlineMsr, value, out _);
                    break;
                case 0x60:
                    _ = apic.TryWriteMsr(LocalApic.BaseMsr, 0xfee0_0000 | (value & 0xc00), out _);
                    break;
                default:
                    _ = apic.WriteRegister((uint)offset, (uint)value);
                    break;
            }
        }

        public void ExchangeState(StateExchange state) => apic.ExchangeState(state);

        public void Reset() => apic.Reset();
    }
}
