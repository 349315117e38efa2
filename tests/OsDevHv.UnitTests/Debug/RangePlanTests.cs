using System.Buffers.Binary;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;
using OsDevHv.Tests.RunControl;

namespace OsDevHv.Tests.Debug;

/// <summary>
/// Where a CPU is held that runs through a range, and how a fault on the way is undone (Intel SDM vol. 3A, 6.12.1 and 6.14).
/// </summary>
public sealed class RangePlanTests
{
    private const ulong Tables = 0x2000, Idt = 0x4000, Code = 0x5000, Handler = 0x6123, Stack = 0x7000;
    private const byte InterruptGate = 0x8e, TaskGate = 0x85, Hlt = 0xf4;
    private const byte Fault = 6, FaultWithCode = 13;

    private readonly FlatMemory _memory = new();
    private readonly ArmedTraps _traps;

    public RangePlanTests()
    {
        // nop; nop; jz behind; ret
        Write(Code, [0x90, 0x90, 0x74, 1, 0xc3, 0x40]);
        _traps = new ArmedTraps(_memory, SoftwareBreakpointTechnique.None, new TrapPlan());
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(64, true)]
    [InlineData(32, false)]
    [InlineData(32, true)]
    public void What_a_fault_has_changed_is_undone(int bits, bool errorCode)
    {
        SystemRegisters system = System(bits);
        RangePlan plan = Plan(system)!;
        var before = new GeneralRegisters { Rip = Code + 1, Rsp = Stack - 4, Rflags = 0x246, Rax = 5 };
        GeneralRegisters general = before;
        Assert.True(InterruptEntry.TryEnter(_memory, system, ref general, errorCode ? FaultWithCode : Fault));
        if (errorCode)
        {
            general.Rsp -= (ulong)bits / 8;
            Write(general.Rsp, new byte[bits / 8]);
        }

        bool undone = plan.TryUndoFault(ref general);

        Assert.True(undone);
        Assert.Equal(before, general);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public void A_frame_of_other_code_is_left_as_it_is(int bits)
    {
        SystemRegisters system = System(bits);
        RangePlan plan = Plan(system)!;
        var general = new GeneralRegisters { Rip = Code + 0x20, Rsp = Stack, Rflags = 0x246 };
        Assert.True(InterruptEntry.TryEnter(_memory, system, ref general, Fault));
        GeneralRegisters before = general;

        Assert.False(plan.TryUndoFault(ref general));
        Assert.Equal(before, general);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public void Exits_places_outside_and_handlers_hold_the_cpu_until_they_are_lifted(int bits)
    {
        RangePlan plan = Plan(System(bits))!;
        byte[] before = [.. _memory.Bytes];

        Assert.True(plan.TryPlant());
        byte[] planted = [.. _memory.Bytes];
        plan.Lift();

        ulong[] changed = [.. Enumerable.Range(0, before.Length).Where(at => before[at] != planted[at]).Select(at => (ulong)at)];
        Assert.Equal([Code + 4, Code + 5, Handler], changed);
        Assert.All(changed, at => Assert.Equal(Hlt, planted[(int)at]));
        Assert.Equal(
            (RangePlace.Exit, RangePlace.Outside, RangePlace.Handler, RangePlace.None),
            (plan.PlaceOf(Code + 4), plan.PlaceOf(Code + 5), plan.PlaceOf(Handler), plan.PlaceOf(Code)));
        Assert.Equal(before, _memory.Bytes);
    }

    [Fact]
    public void What_the_guest_writes_over_a_byte_stays()
    {
        RangePlan plan = Plan(System(32))!;

        plan.TryPlant();
        Write(Code + 5, [0x48]);
        plan.Lift();

        Assert.Equal([0xc3, 0x48], _memory.Bytes[(int)(Code + 4)..(int)(Code + 6)]);
    }

    [Fact]
    public void A_place_that_the_debugger_holds_is_left_to_its_byte()
    {
        SystemRegisters system = System(32);
        var request = new TrapRequest(OsDevHv.Gdb.BreakpointKind.Software, Code + 5, 1);
        var traps = new ArmedTraps(_memory, SoftwareBreakpointTechnique.Int3DebugExit, new TrapPlan
        {
            Planted = [new PlantedTrap(request, Code + 5, SharesByte: false, IsGuarded: false)],
        });
        traps.Plant();
        RangePlan plan = RangePlan.Make(traps, system, new StepRange(Code, Code + 5), [Code])!;

        Assert.True(plan.TryPlant());

        Assert.Equal([Hlt, 0xcc], _memory.Bytes[(int)(Code + 4)..(int)(Code + 6)]);
        Assert.Equal(RangePlace.Outside, plan.PlaceOf(Code + 5));
        plan.Lift();
        traps.Lift();
        Assert.Equal([0xc3, 0x40], _memory.Bytes[(int)(Code + 4)..(int)(Code + 6)]);
    }

    [Theory]
    [InlineData("task gate")]
    [InlineData("another segment")]
    [InlineData("handler not mapped")]
    [InlineData("handler inside")]
    [InlineData("table not mapped")]
    [InlineData("code not mapped")]
    public void Where_a_fault_could_get_away_there_is_no_plan(string what)
    {
        SystemRegisters system = System(32);
        SetGate(32, Fault, what == "task gate" ? TaskGate : InterruptGate, what == "another segment" ? (ushort)0x20 : (ushort)0x10,
            what switch { "handler not mapped" => 0x8000_0000, "handler inside" => Code + 2, _ => Handler });
        system.Idt = what == "table not mapped" ? system.Idt with { Base = 0x9000_0000 } : system.Idt;
        ulong code = what == "code not mapped" ? 0x9000_0000 : Code;

        Assert.Null(RangePlan.Make(_traps, system, new StepRange(code, code + 5), [code]));
    }

    [Fact]
    public void A_range_that_writes_debug_registers_is_not_planned_for()
    {
        Write(Code, [0x0f, 0x23, 0xf8, 0x90]); // mov dr7, eax; nop

        Assert.Null(Plan(System(32)));
    }

    [Fact]
    public void A_plan_holds_until_something_that_it_was_made_of_changes()
    {
        SystemRegisters system = System(64);
        var range = new StepRange(Code, Code + 5);
        RangePlan plan = Plan(system)!;

        Assert.True(plan.IsCurrent(_traps, system, range, Code));
        Assert.False(plan.IsCurrent(_traps, system, range, Code + 3));
        Assert.False(plan.IsCurrent(_traps, system, new StepRange(Code, Code + 4), Code));
        Assert.False(plan.IsCurrent(ArmedTraps.None, system, range, Code));
        SystemRegisters other = system;
        other.Cr3 = Tables + 0x1000;
        Assert.False(plan.IsCurrent(_traps, other, range, Code));
        Write(Code + 1, [0x40]);
        Assert.False(plan.IsCurrent(_traps, system, range, Code));
        Write(Code + 1, [0x90]);
        Assert.True(plan.IsCurrent(_traps, system, range, Code));
        SetGate(64, Fault, InterruptGate, 0x10, Handler + 1);
        Assert.False(plan.IsCurrent(_traps, system, range, Code));
    }

    private RangePlan? Plan(in SystemRegisters system) => RangePlan.Make(_traps, system, new StepRange(Code, Code + 5), [Code]);

    /// <summary>Flat code at privilege level 0 with handlers for two exceptions; paging in long mode.</summary>
    private SystemRegisters System(int bits)
    {
        foreach (byte vector in (byte[])[Fault, FaultWithCode])
        {
            SetGate(bits, vector, InterruptGate, 0x10, Handler);
        }
        var system = new SystemRegisters
        {
            Cr0 = 1,
            Cs = new Segment(0, uint.MaxValue, 0x10, 0xb, 0, SegmentBits.Default32),
            Ss = new Segment(0, uint.MaxValue, 0x18, 3, 0, SegmentBits.Default32),
            Idt = new DescriptorTable(Idt, 0xfff),
        };
        if (bits == 32)
        {
            return system;
        }
        Write(Tables, BitConverter.GetBytes((Tables + 0x1000) | 3));
        Write(Tables + 0x1000, BitConverter.GetBytes(0x83UL));
        return system with
        {
            Cr0 = 0x8000_0001,
            Cr3 = Tables,
            Cr4 = 1 << 5,
            Efer = 1 << 10 | 1 << 8,
            Cs = system.Cs with { Flags = SegmentBits.Long },
        };
    }

    private void SetGate(int bits, byte vector, byte type, ushort selector, ulong handler)
    {
        int size = bits / 4;
        var gate = new byte[size];
        BinaryPrimitives.WriteUInt64LittleEndian(
            gate, (handler & 0xffff) | ((ulong)selector << 16) | ((ulong)type << 40) | ((handler >> 16 & 0xffff) << 48));
        Write(Idt + (ulong)(vector * size), gate);
    }

    private void Write(ulong address, byte[] bytes) => bytes.CopyTo(_memory.Bytes, (int)address);
}
