using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using OsDevHv.Devices;
using OsDevHv.Machine.Input;
using OsDevHv.Machine.Interrupts;
using OsDevHv.Machine.Interrupts.Explain;
using OsDevHv.Machine.RunControl;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Platform;

/// <summary>
/// Random accesses of every kind at whole machines, of 1 to 8 CPUs and with some devices missing: nothing of ours throws, whatever a guest
/// does. Runs for OSDEVHV_FUZZ_SECONDS (a second by itself, `make fuzz` for longer) from OSDEVHV_FUZZ_SEED, a random one where it is not
/// set. Each machine has a seed of its own, one more than the last; a failure tells the one that shows it first.
/// </summary>
public sealed class WholeMachineFuzzTests
{
    private const int MostCpus = 8;
    private const int AccessesOfAMachine = 3000;

    // Where devices are; one access in eight goes anywhere.
    private static readonly ushort[] s_ports =
        [0x20, 0x21, 0x40, 0x41, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x72, 0x73, 0x80, 0x92, 0xa0, 0xa1, 0xb2, 0xb3, 0xe9, 0xf4,
         0x2f8, 0x2f9, 0x2fa, 0x2fb, 0x2fc, 0x2fd, 0x3b4, 0x3b5, 0x3ba, 0x3c0, 0x3c1, 0x3c2, 0x3c4, 0x3c5, 0x3c6, 0x3c7, 0x3c8, 0x3c9,
         0x3cc, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3da, 0x3f8, 0x3f9, 0x3fb, 0x4d0, 0x4d1, 0x510, 0x511,
         0x514, 0x518, 0x600, 0x602, 0x604, 0x608, 0xcf9, 0xb004, 0x8900];

    private static readonly ulong[] s_pages = [0xfee00000, 0xfec00000, 0xfed00000, 0xfee01000, 0xd0000000];

    private static readonly uint[] s_msrs =
        [0x1b, 0x6e0, 0x802, 0x803, 0x808, 0x80a, 0x80b, 0x80d, 0x80f, 0x828, 0x830, 0x832, 0x835, 0x836, 0x837, 0x838, 0x839, 0x83e, 0x83f];

    private static readonly MachineProfile s_pc = WholeMachine.Profile()!;

    [Fact]
    public void Nothing_throws_whatever_a_guest_does()
    {
        int seed = Setting("OSDEVHV_FUZZ_SEED") ?? Random.Shared.Next();
        double seconds = Setting("OSDEVHV_FUZZ_SECONDS") ?? 1;
        TestContext.Current.TestOutputHelper?.WriteLine($"fuzzing whole machines for {seconds} s from OSDEVHV_FUZZ_SEED={seed}");
        long start = Stopwatch.GetTimestamp();
        long machines = 0;
        do
        {
            try
            {
                Exercise(new Random(seed));
            }
            catch (Exception failure)
            {
                Assert.Fail($"to see it again: make fuzz SEED={seed} (OSDEVHV_FUZZ_SEED)\n{failure}");
            }
            machines++;
            seed = unchecked(seed + 1);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{machines:#,0} machines, {machines * AccessesOfAMachine:#,0} accesses");
    }

    private static void Exercise(Random random)
    {
        int cpus = random.Next(1, MostCpus + 1);
        using var machine = new WholeMachine(cpus, Profile(random));
        for (int i = 0; i < AccessesOfAMachine; i++)
        {
            Access(machine, cpus, random);
        }
        Explain(machine, cpus);
    }

    /// <summary>The whole PC for every other machine; else one without some devices, as far as a profile may be.</summary>
    private static MachineProfile Profile(Random random)
    {
        if (random.Next(2) == 0)
        {
            return s_pc;
        }
        string[] missing = [.. s_pc.Devices.Where(_ => random.Next(4) == 0).Select(device => $"devices.{device.Name}=null")];
        return WholeMachine.Profile(missing) ?? s_pc;
    }

    private static void Access(WholeMachine machine, int cpus, Random random)
    {
        int cpu = random.Next(cpus);
        ulong? written = random.Next(2) == 0 ? null : Value(random);
        switch (random.Next(10))
        {
            case 8:
                UseInput(machine.Board.Input, random);
                break;
            case 0 or 1 or 2:
                ushort port = random.Next(8) == 0 ? (ushort)random.Next(0x10000) : s_ports[random.Next(s_ports.Length)];
                machine.Port(cpu, port, 1 << random.Next(3), written);
                break;
            case 3 or 4:
                ulong address = s_pages[random.Next(s_pages.Length)] + (ulong)(random.Next(2) == 0 ? random.Next(0x1000) : random.Next(0x100) * 16);
                machine.Memory(cpu, address, 1 << random.Next(4), written);
                break;
            case 5:
                uint index = random.Next(8) == 0 ? 0x800 + (uint)random.Next(0x100) : s_msrs[random.Next(s_msrs.Length)];
                machine.Msr(cpu, index, written);
                break;
            case 6 when random.Next(4) == 0:
                Transfer(machine, cpu, random);
                break;
            case 6:
                machine.Pass(random.NextInt64(1L << random.Next(1, 40)));
                break;
            case 7:
                SendMessage(machine, cpu, random);
                break;
            default:
                Deliver(machine.Fabric.Sources[cpu], random);
                break;
        }
    }

    /// <summary>A DMA of the fw_cfg device, and what it writes, of fields that may be anything.</summary>
    private static void Transfer(WholeMachine machine, int cpu, Random random)
    {
        ulong structure = Address(random);
        ulong content = Address(random);
        Span<byte> bytes = stackalloc byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)random.Next(0x1f, 0x30) << 16 | (uint)random.Next(0x20));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], random.Next(4) == 0 ? (uint)Value(random) : (uint)random.Next(29));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], content);
        machine.Ram.TryWrite(structure, bytes[..16]);
        // A picture, if the item is ramfb's and the numbers are good.
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Address(random));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], random.Next(4) == 0 ? (uint)Value(random) : 0x34325258);
        for (int field = 12; field < bytes.Length; field += 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[field..], (uint)Value(random));
        }
        machine.Ram.TryWrite(content, bytes);
        machine.Port(cpu, 0x514, 4, BinaryPrimitives.ReverseEndianness((uint)(structure >> 32)));
        machine.Port(cpu, 0x518, 4, BinaryPrimitives.ReverseEndianness((uint)structure));
    }

    /// <summary>An address in the 64 KiB of RAM, or about their end, or any.</summary>
    private static ulong Address(Random random) => random.Next(8) switch
    {
        0 => Value(random),
        1 => 0x10000 - (ulong)random.Next(32),
        _ => (ulong)random.Next(0x10000),
    };

    /// <summary>What the hands at the keyboard and mouse can do.</summary>
    private static void UseInput(InputDevices input, Random random)
    {
        string key = KeyNames.All[random.Next(KeyNames.All.Count)];
        switch (random.Next(5))
        {
            case 0:
                input.TrySetKey(key, random.Next(2) == 0, out _);
                break;
            case 1:
                input.TrySendKeys($"ctrl-{key}", TimeSpan.FromMilliseconds(random.Next(2000)), out _);
                break;
            case 2:
                input.TryType("Ab~\n", out _);
                break;
            case 3:
                input.TryMoveMouse(random.Next(-2000, 2000), random.Next(-2000, 2000), random.Next(-20, 20), out _);
                break;
            default:
                input.TrySetMouseButtons((MouseButtons)random.Next(32), out _);
                break;
        }
    }

    /// <summary>
    /// An IPI of any kind, INIT and SIPI too, to a CPU that there is or is not, by the page and by the MSR: one of them works.
    /// </summary>
    private static void SendMessage(WholeMachine machine, int cpu, Random random)
    {
        const ulong page = 0xfee00000;
        uint command = (uint)random.Next(0x100) | ((uint)random.Next(8) << 8) | ((uint)random.Next(2) << 11)
            | ((uint)random.Next(4) << 14) | ((uint)random.Next(4) << 18);
        uint destination = random.Next(4) == 0 ? 0xff : (uint)random.Next(MostCpus + 1);
        machine.Memory(cpu, page + 0x310, 4, destination << 24);
        machine.Memory(cpu, page + 0x300, 4, command);
        machine.Msr(cpu, 0x830, ((ulong)(destination == 0xff ? uint.MaxValue : destination) << 32) | command);
    }

    private static void Deliver(VcpuInterrupts source, Random random)
    {
        source.TryTakeNonMaskable();
        source.TryTakeInit();
        source.TryTakeStartUp(out _);
        if ((source.Pending & VcpuSignals.Interrupt) != 0)
        {
            source.TryAcknowledge(out _);
        }
        source.TaskPriority = (byte)random.Next(16);
    }

    /// <summary>What the debugger could ask: it must have an answer to any state.</summary>
    private static void Explain(WholeMachine machine, int cpus)
    {
        var glance = new CpuGlance(0, true, false, new Dictionary<int, long>());
        var explainer = new InterruptExplainer(machine.Fabric, [.. Enumerable.Repeat(glance, cpus)]);
        for (int irq = 0; irq < IoApic.PinCount; irq++)
        {
            Assert.NotEmpty(explainer.WhyInterrupt(irq));
        }
        for (int vector = 0; vector <= byte.MaxValue; vector++)
        {
            Assert.NotEmpty(explainer.WhyVector((byte)vector));
        }
        if (machine.Board.Screens.Ramfb?.Invoke() is { } frame)
        {
            Assert.True(machine.Ram.Contains(frame.Address, frame.Length));
        }
        Assert.NotEmpty(machine.Screen.ToText());
        Assert.Equal(
            machine.Board.Screens.Text is not null || machine.Board.Screens.Ramfb?.Invoke() is not null,
            machine.Screen.TryCapture(out _, out _));
        var monitor = new Machine.Platform.TimerMonitor(machine.Board.Chipset);
        var input = new Machine.Platform.InputMonitor(machine.Board.Input);
        Assert.All([input.Keyboard(), input.Mouse()], Assert.NotEmpty);
        Assert.All([monitor.Pit(), monitor.Hpet(), monitor.Rtc()], Assert.NotEmpty);
    }

    /// <summary>Any value, but often one that means something: few bits, all ones, small.</summary>
    private static ulong Value(Random random) => random.Next(4) switch
    {
        0 => (ulong)random.NextInt64() << random.Next(2),
        1 => 1UL << random.Next(64),
        2 => ulong.MaxValue,
        _ => (ulong)random.Next(0x200),
    };

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : null;
}
